/** After a report was submitted or signed: the next one is taken and opened, where the reader has asked for it. reading.md §6.1. */
import { useCallback } from 'react'
import { useTakeNext } from '../api/workitems.ts'
import { navigate } from '../shell/router.ts'
import { useListSettings } from './use-list-settings.ts'

/** Answers whether another study was opened. A dead line or an empty list leaves the reader where they are. */
export function useAutoNext(): (done: 'submit' | 'sign', id: string) => Promise<boolean> {
  const [{ autoNext }] = useListSettings()
  const takeNext = useTakeNext()
  return useCallback(
    async (done, id) => {
      if (!autoNext) return false
      try {
        const taken = await takeNext(done === 'submit' ? 'todo' : 'review', id)
        if (taken !== null) navigate(`/reading/${encodeURIComponent(taken.id)}`)
        return taken !== null
      } catch {
        return false
      }
    },
    [autoNext, takeNext],
  )
}
