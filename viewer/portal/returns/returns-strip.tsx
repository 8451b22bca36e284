/** What was returned to the township, first of all on its board: a card each, the talk and the linking by hand behind it. */
import './returns.css'
import { useState } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import { type Return, useReturns } from '../api/returns.ts'
import { useWords } from '../language/language.tsx'
import { ThreadDialog } from '../questions/thread-dialog.tsx'
import { RetakeDialog } from './retake-dialog.tsx'
import { ReturnCard } from './return-card.tsx'
import { returnWords } from './words.ts'

export function ReturnsStrip({ line }: { readonly line: Line }) {
  const say = useWords(returnWords)
  const returns = useReturns('open', line === 'live' ? 60_000 : pollMs)
  const [talking, setTalking] = useState<Return | null>(null)
  const [linking, setLinking] = useState<Return | null>(null)
  const items = returns.data?.items ?? []
  return (
    <>
      {items.length > 0 && (
        <section className="returns-strip" aria-label={say('cards', { n: items.length })}>
          <h2>⚠ {say('cards', { n: items.length })}</h2>
          <ul>
            {items.map((card) => (
              <ReturnCard key={card.id} card={card} onTalk={setTalking} onLink={setLinking} />
            ))}
          </ul>
        </section>
      )}
      {talking && <ThreadDialog workitem={talking.workitem} name={talking.patient.name} onClose={() => setTalking(null)} />}
      {linking && <RetakeDialog card={linking} onClose={() => setLinking(null)} />}
    </>
  )
}
