/** A question to who reads the study, on its task: both sides see one thread. */
import '../questions/questions.css'
import { useCallback, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type Preset, sayOn, seeThread, type Thread, threadAddress } from '../api/question-types.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { ThreadView } from '../questions/thread.tsx'
import { useAsked } from './asked.ts'
import { wardWords } from './words.ts'

const refreshMs = 15_000

export function AskRadiologist({ workitem, onClose }: { readonly workitem: string; readonly onClose: () => void }) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const asked = useAsked<Thread>(threadAddress(workitem), refreshMs)
  const presets = useAsked<{ readonly items: readonly Preset[] }>('/api/answer-presets')
  const [said, setSaid] = useState<Thread | null>(null)
  const { again } = asked
  const onSeen = useCallback((upTo: string) => void seeThread(workitem, upTo).then(again, () => undefined), [workitem, again])
  const thread = asked.data && said && said.items.length > asked.data.items.length ? said : asked.data
  return (
    <aside className="ward-thread no-print" aria-label={say('ask')}>
      <header>
        <b>{say('ask')}</b>
        <span className="space" />
        <button type="button" onClick={onClose}>
          {say('close')}
        </button>
      </header>
      {thread ? (
        <ThreadView
          workitem={workitem}
          thread={thread}
          side="owner"
          mayPause={false}
          presets={presets.data?.items ?? []}
          autoFocus
          onSay={async (input) => {
            setSaid(await sayOn(workitem, input))
            again()
          }}
          onSeen={onSeen}
        />
      ) : (
        <p className="quiet">{asked.error ? sentenceOf(asked.error, language) : say('loading')}</p>
      )}
    </aside>
  )
}
