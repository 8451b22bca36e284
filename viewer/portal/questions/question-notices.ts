/** Says once, wherever the person is in the portal, that the other side has asked or answered. */
import { App } from 'antd'
import { useEffect, useRef } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import type { ThreadSummary } from '../api/question-types.ts'
import { useThreads } from '../api/questions.ts'
import { useWords } from '../language/language.tsx'
import { navigate, usePath } from '../shell/router.ts'
import { questionWords } from './words.ts'

/** `reader`: at the centre; else the township's. The reader is told of what they hold and of what nobody holds to answer. */
export function useQuestionNotices(who: 'reader' | 'township' | null, line: Line): void {
  const say = useWords(questionWords)
  const { notification } = App.useApp()
  const path = usePath()
  const threads = useThreads(who !== null, line === 'live' ? 60_000 : pollMs)
  /** Last message that was told of, by task; null until the first answer, which tells nothing: it was there before. */
  const told = useRef<Map<string, string> | null>(null)
  const items = threads.data?.items
  useEffect(() => {
    // Nobody is at the screen: no name stays on it.
    if (who === null) for (const workitem of told.current?.keys() ?? []) notification.destroy(`question-${workitem}`)
    if (items === undefined || who === null) return
    const first = told.current === null
    const before = told.current ?? new Map<string, string>()
    told.current = before
    for (const each of items) {
      const fresh = before.get(each.workitem) !== each.last.at
      before.set(each.workitem, each.last.at)
      const home = who === 'reader' ? `/reading/${each.workitem}` : '/board'
      if (first || !fresh || each.last.mine || each.unread === 0 || path === home || (who === 'reader' && !isMine(each))) continue
      const key = `question-${each.workitem}`
      notification.info({
        key,
        title: say('notice', { name: each.patient.name, kind: say(each.last.kind) }),
        description: say('noticeText', { by: each.last.by, text: each.last.text }),
        duration: 0,
        onClick: () => {
          notification.destroy(key)
          navigate(who === 'reader' ? `${home}?beside=thread` : home)
        },
      })
    }
  }, [items, who, path, notification, say])
}

const isMine = ({ held, awaitsUs }: ThreadSummary): boolean => held || awaitsUs
