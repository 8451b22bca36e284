/** What happened to the workitem: who, when, why. */
import type { WorkitemEvent } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { named, verbWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { readingWords } from './words.ts'

export function History({ events }: { events: readonly WorkitemEvent[] }) {
  const say = useWords(readingWords)
  const { language } = useLanguage()
  return (
    <details className="history">
      <summary>
        <h2>
          {say('history')} <span className="number quiet">{events.length}</span>
        </h2>
      </summary>
      <ol>
        {events.map((event) => (
          <li key={`${event.at} ${event.verb}`}>
            <span className="number quiet">{exactTime(event.at)}</span> {event.actor} {named(verbWords, event.verb, language)}
            {event.reason && <span className="quiet">{say('because', { reason: event.reason })}</span>}
          </li>
        ))}
      </ol>
    </details>
  )
}
