/** On the board: what the reading centre has asked or said and nobody here has answered or read yet. */
import './questions.css'
import { Button } from 'antd'
import { useState } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import type { ThreadSummary } from '../api/question-types.ts'
import { useThreads } from '../api/questions.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { ThreadDialog } from './thread-dialog.tsx'
import { questionWords } from './words.ts'

export function ThreadsStrip({ line }: { readonly line: Line }) {
  const say = useWords(questionWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const threads = useThreads(true, line === 'live' ? 60_000 : pollMs)
  const [chosen, setChosen] = useState<ThreadSummary | null>(null)
  const items = threads.data?.items ?? []
  return (
    <>
      {items.length > 0 && (
        <ul className="threads-strip" aria-label={say('strip')}>
          {items.map((each) => (
            <li key={each.workitem} data-thread={each.workitem}>
              <b>
                {each.awaitsUs ? '？' : '✉'} {each.patient.name || sayShell('noName')}
              </b>
              <span>
                <span className="modality">{each.modality}</span> {each.StudyDescription}
              </span>
              <span className="thread-last">
                <span className="quiet">{each.last.by}</span> {each.last.text}{' '}
                <span className="quiet number" title={exactTime(each.last.at)}>
                  {relativeTime(each.last.at, now, language)}
                </span>
              </span>
              <Button size="large" type={each.awaitsUs ? 'primary' : 'default'} onClick={() => setChosen(each)}>
                {say(each.awaitsUs ? 'open' : 'openRead')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {chosen && <ThreadDialog workitem={chosen.workitem} name={chosen.patient.name} onClose={() => setChosen(null)} />}
    </>
  )
}
