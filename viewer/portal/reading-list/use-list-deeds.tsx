/** What can be done with a row, with the question before it where it needs one; the buttons come from the server's verbs. */
import { useQueryClient } from '@tanstack/react-query'
import { App } from 'antd'
import { type ReactNode, useCallback, useMemo, useState } from 'react'
import { act, sentenceOf } from '../api/http.ts'
import type { Workitem } from '../api/types.ts'
import { type Deed, useDeed } from '../api/workitems.ts'
import { urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { Ask, type Given } from '../shell/ask.tsx'
import { shellWords } from '../shell/words.ts'
import { listWords } from './words.ts'

/** The most that is taken at once, as the server has it. */
export const mostAtOnce = 50

interface Question {
  readonly title: string
  readonly text: string
  readonly ok: string
  readonly label: string
  readonly leave?: string
  readonly danger?: boolean
  readonly deed: Omit<Deed, 'reason'>
  readonly done: string
}

export interface ListDeeds {
  readonly busy: boolean
  /** Claims what waits to be read or reviewed. Answers whether it was done. */
  readonly claim: (workitem: Workitem) => Promise<boolean>
  readonly claimAll: (workitems: readonly Workitem[]) => Promise<void>
  readonly release: (workitem: Workitem) => void
  readonly takeover: (workitem: Workitem) => void
  readonly cancel: (workitem: Workitem) => void
  readonly setUrgency: (workitem: Workitem, urgency: number) => void
  /** Null: kept for nobody any more. */
  readonly assign: (
    workitems: readonly Workitem[],
    reader: { readonly username: string; readonly displayName: string } | null,
  ) => Promise<void>
  readonly dialog: ReactNode
}

export function useListDeeds(): ListDeeds {
  const say = useWords(listWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const { message, modal } = App.useApp()
  const queries = useQueryClient()
  const { mutateAsync, isPending } = useDeed()
  const [question, setQuestion] = useState<Question | null>(null)

  const perform = useCallback(
    async (deed: Deed, done: string | null): Promise<boolean> => {
      try {
        await mutateAsync(deed)
        if (done !== null) message.success(done)
        return true
      } catch (error) {
        message.warning(sentenceOf(error, language))
        return false
      }
    },
    [mutateAsync, message, language],
  )
  const deeds = useMemo((): Omit<ListDeeds, 'busy' | 'dialog'> => {
    const nameOf = ({ patient }: Workitem) => patient.name || sayShell('noName')
    const of = ({ id, generation }: Workitem, verb: string) => ({ id, verb, generation })
    return {
      claim: (workitem) => perform(of(workitem, workitem.verbs.includes('claim') ? 'claim' : 'review'), null),
      claimAll: async (workitems) => {
        try {
          const ids = workitems.slice(0, mostAtOnce).map(({ id }) => id)
          const { claimed, refused } = await act<{ claimed: readonly string[]; refused: readonly unknown[] }>(
            '/api/workitems/claim-batch',
            { ids },
          )
          if (claimed.length > 0) message.success(say('claimedMany', { n: claimed.length }))
          if (refused.length > 0) message.warning(say('refusedMany', { n: refused.length }))
        } catch (error) {
          message.warning(sentenceOf(error, language))
        }
        await queries.invalidateQueries({ queryKey: ['workitems'] })
      },
      release: (workitem) => {
        const name = nameOf(workitem)
        modal.confirm({
          title: say('releaseAsk', { name }),
          content: say('releaseText'),
          okText: say('release'),
          onOk: () => perform(of(workitem, 'release'), say('released', { name })).then(() => undefined),
        })
      },
      takeover: (workitem) => {
        const name = nameOf(workitem)
        setQuestion({
          title: say('takeoverAsk', { name }),
          text: say('takeoverText', { holder: workitem.assignee?.displayName ?? '' }),
          ok: say('takeover'),
          label: say('takeoverReason'),
          deed: of(workitem, 'takeover'),
          done: say('takenOver', { name }),
        })
      },
      cancel: (workitem) => {
        const name = nameOf(workitem)
        setQuestion({
          title: say('cancelAsk', { name }),
          text: say('cancelText'),
          ok: say('cancel'),
          leave: say('leave'),
          label: say('cancelReason'),
          danger: true,
          deed: of(workitem, 'cancel'),
          done: say('canceled', { name }),
        })
      },
      setUrgency: (workitem, urgency) => {
        const values = { name: nameOf(workitem), urgency: urgencyText(urgency, language) }
        setQuestion({
          title: say('urgencyAsk', values),
          text: say('urgencyText'),
          ok: say('setUrgency'),
          label: say('urgencyReason'),
          deed: { ...of(workitem, 'urgency'), urgency },
          done: say('urgencySet', values),
        })
      },
      assign: async (workitems, reader) => {
        const failures: string[] = []
        for (const workitem of workitems.slice(0, mostAtOnce)) {
          try {
            await mutateAsync({ ...of(workitem, 'assign'), assignee: reader?.username ?? null })
          } catch (error) {
            failures.push(sentenceOf(error, language))
          }
        }
        const done = Math.min(workitems.length, mostAtOnce) - failures.length
        if (done > 0) message.success(reader === null ? say('unassigned') : say('assigned', { n: done, name: reader.displayName }))
        if (failures[0] !== undefined) message.warning(say('assignFailed', { n: failures.length, why: failures[0] }))
      },
    }
  }, [perform, mutateAsync, message, modal, queries, language, say, sayShell])

  const answer = async ({ reason = '' }: Given) => {
    if (question !== null && (await perform({ ...question.deed, reason }, question.done))) setQuestion(null)
  }
  const dialog = (
    <Ask
      open={question !== null}
      title={question?.title ?? ''}
      ok={question?.ok ?? ''}
      {...(question?.leave === undefined ? {} : { leave: question.leave })}
      danger={question?.danger ?? false}
      busy={isPending}
      fields={[{ name: 'reason', label: question?.label ?? '', required: true }]}
      onOk={(given) => void answer(given)}
      onCancel={() => setQuestion(null)}
    >
      <p>{question?.text}</p>
    </Ask>
  )
  return { ...deeds, busy: isPending, dialog }
}
