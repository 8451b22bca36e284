/** The list as it is shown: steady while the pointer aims at a row. */
import { useEffect, useMemo, useRef, useState } from 'react'
import { aimingMs, steadyRows } from './steady.ts'

interface Steady<Item> {
  readonly rows: readonly Item[]
  /** New rows that wait for the pointer to rest. */
  readonly held: number
  readonly onPointerMove: () => void
  readonly release: () => void
}

/** `question` names what was asked: another question is another list, shown at once. */
export function useSteadyRows<Item extends { readonly id: string }>(fresh: readonly Item[], question: string): Steady<Item> {
  const [aiming, setAiming] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const shown = useRef<{ question: string; rows: readonly Item[] }>({ question, rows: [] })
  const before = shown.current.question === question ? shown.current.rows : empty
  const { rows, held } = useMemo(() => steadyRows(before as readonly Item[], fresh, aiming), [before, fresh, aiming])
  useEffect(() => {
    shown.current = { question, rows }
  }, [question, rows])
  useEffect(() => () => clearTimeout(timer.current), [])
  const release = () => {
    clearTimeout(timer.current)
    setAiming(false)
  }
  const onPointerMove = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(release, aimingMs)
    setAiming(true)
  }
  return { rows, held, onPointerMove, release }
}

const empty: readonly never[] = []
