/** Texts that somebody typed while the workitem went into other hands: whoever holds it now merges them, section by section. */
import { Alert, App, Button } from 'antd'
import { useState } from 'react'
import { type Fork, type Texts, useSettleFork } from '../api/editor.ts'
import { sentenceOf } from '../api/http.ts'
import type { ReportText, WorkitemDetail } from '../api/types.ts'
import { exactTime } from '../clock.ts'
import { textOf } from '../drafts/draft.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { editorWords } from './editor-words.ts'
import { Merge } from './merge.tsx'

interface Props {
  readonly workitem: WorkitemDetail
  readonly texts: Texts | undefined
  readonly text: ReportText
  readonly writable: boolean
  onMerge(text: ReportText): Promise<boolean>
}

export function Forks({ workitem, texts, text, writable, onMerge }: Props) {
  const say = useWords(editorWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const settle = useSettleFork(workitem.id)
  const [merging, setMerging] = useState<Fork | null>(null)
  const [busy, setBusy] = useState(false)
  const end = async (fork: Fork, merged: ReportText | null) => {
    setBusy(true)
    try {
      // Saved first: what is merged and not kept would be lost with the fork.
      if (merged !== null && !(await onMerge(merged))) return
      await settle(fork.id, merged !== null)
      setMerging(null)
    } catch (error) {
      message.error(sentenceOf(error, language))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      {(texts?.forks ?? []).map((fork) => (
        <Alert
          key={fork.id}
          type="warning"
          showIcon
          className="fork"
          title={say('forkWaiting', { name: fork.author.displayName, time: exactTime(fork.savedAt) })}
          action={
            writable && (
              <>
                <Button size="small" type="primary" onClick={() => setMerging(fork)}>
                  {say('forkMerge')}
                </Button>{' '}
                <Button size="small" disabled={busy} onClick={() => void end(fork, null)}>
                  {say('forkAside')}
                </Button>
              </>
            )
          }
        />
      ))}
      {merging && (
        <Merge
          name={workitem.patient.name}
          left={{ title: say('draftNow'), text }}
          right={{ title: say('forkOf', { name: merging.author.displayName }), text: textOf(merging.text) }}
          busy={busy}
          onMerge={(merged) => void end(merging, merged)}
          onCancel={() => setMerging(null)}
        />
      )}
    </>
  )
}
