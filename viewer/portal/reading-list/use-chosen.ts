/** Several rows chosen at once; one that leaves the list leaves the choice. */
import { useCallback, useMemo, useRef, useState } from 'react'
import type { Workitem } from '../api/types.ts'

interface Chosen {
  readonly ids: ReadonlySet<string>
  readonly rows: readonly Workitem[]
  /** `range`: from the one chosen last to this one. */
  readonly choose: (id: string, how: 'toggle' | 'range') => void
  readonly chooseAll: (ids: readonly string[]) => void
  readonly clear: () => void
}

const none: ReadonlySet<string> = new Set()

export function useChosen(all: readonly Workitem[], most: number): Chosen {
  const [kept, setKept] = useState(none)
  const latest = useRef(all)
  latest.current = all
  const last = useRef<string | null>(null)
  const rows = useMemo(() => (kept.size === 0 ? [] : all.filter(({ id }) => kept.has(id))), [all, kept])
  const ids = useMemo(() => (rows.length === 0 ? none : new Set(rows.map(({ id }) => id))), [rows])
  const choose = useCallback(
    (id: string, how: 'toggle' | 'range') => {
      const place = (wanted: string | null) => latest.current.findIndex((row) => row.id === wanted)
      const [from, to] = [place(last.current), place(id)]
      last.current = id
      setKept((before) => {
        const next = new Set(before)
        if (how === 'range' && from >= 0)
          for (const row of latest.current.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(row.id)
        else if (!next.delete(id)) next.add(id)
        return new Set([...next].slice(0, most))
      })
    },
    [most],
  )
  const chooseAll = useCallback((wanted: readonly string[]) => setKept(new Set(wanted.slice(0, most))), [most])
  const clear = useCallback(() => setKept(none), [])
  return { ids, rows, choose, chooseAll, clear }
}
