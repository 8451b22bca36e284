/** The talk on one task, over the page: on the board, and wherever a notice leads. */
import './questions.css'
import { useQueryClient } from '@tanstack/react-query'
import { Modal } from 'antd'
import { useCallback } from 'react'
import { type Side, sayOn, seeThread } from '../api/question-types.ts'
import { usePresets, useThread } from '../api/questions.ts'
import { useWords } from '../language/language.tsx'
import { Answer } from '../shell/answer.tsx'
import { ThreadView } from './thread.tsx'
import { questionWords } from './words.ts'

interface Props {
  readonly workitem: string
  readonly name: string
  readonly onClose: () => void
}

export function ThreadDialog({ workitem, name, onClose }: Props) {
  const say = useWords(questionWords)
  return (
    <Modal open title={`${name} · ${say('titleOwner')}`} footer={null} width={680} mask={{ closable: false }} onCancel={onClose}>
      <ThreadOf workitem={workitem} side="owner" mayPause={false} autoFocus />
    </Modal>
  )
}

interface ThreadOfProps {
  readonly workitem: string
  readonly side: Side
  readonly mayPause: boolean
  readonly autoFocus?: boolean
  /** Of a question that lets the task wait. */
  readonly generation?: number
}

/** The talk, asked for and kept current. */
export function ThreadOf({ workitem, side, mayPause, autoFocus = false, generation }: ThreadOfProps) {
  const queries = useQueryClient()
  const thread = useThread(workitem)
  const presets = usePresets(side === 'owner')
  const refresh = useCallback(() => {
    for (const key of ['questions', 'workitem', 'workitems', 'board']) void queries.invalidateQueries({ queryKey: [key] })
  }, [queries])
  const seen = useCallback((upTo: string) => void seeThread(workitem, upTo).then(refresh, () => undefined), [workitem, refresh])
  return (
    <Answer query={thread}>
      {(said) => (
        <ThreadView
          key={workitem}
          workitem={workitem}
          thread={said}
          side={side}
          mayPause={mayPause}
          presets={presets.data?.items ?? []}
          autoFocus={autoFocus}
          onSay={async (input) => {
            const { pause } = input
            queries.setQueryData(
              ['questions', workitem],
              await sayOn(workitem, { ...input, ...(pause === true && generation !== undefined ? { generation } : {}) }),
            )
            refresh()
          }}
          onSeen={seen}
        />
      )}
    </Answer>
  )
}
