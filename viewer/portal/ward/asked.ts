/** Asks the server for something and keeps the last answer while asking again; the ward page does without a query library. */
import { useCallback, useEffect, useState } from 'react'
import { request } from '../api/http.ts'

export interface Asked<Answer> {
  readonly address: string | null
  readonly data: Answer | undefined
  readonly error: unknown
  /** When `data` came; older than the question where the line is lost. */
  readonly answeredAt: number | null
  readonly again: () => void
}

interface Kept<Answer> {
  readonly address: string | null
  readonly data: Answer | undefined
  readonly error: unknown
  readonly answeredAt: number | null
}

export function useAsked<Answer>(address: string | null, everyMs?: number): Asked<Answer> {
  const [kept, setKept] = useState<Kept<Answer>>({ address: null, data: undefined, error: null, answeredAt: null })
  const [turn, setTurn] = useState(0)
  const again = useCallback(() => setTurn((turn) => turn + 1), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn asks again
  useEffect(() => {
    if (address === null) return
    const stop = new AbortController()
    request<Answer>('GET', address, { signal: stop.signal })
      .then((data) => setKept({ address, data, error: null, answeredAt: Date.now() }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) {
          setKept((kept) => (kept.address === address ? { ...kept, error } : { address, data: undefined, error, answeredAt: null }))
        }
      })
    return () => stop.abort()
  }, [address, turn])
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(again, everyMs)
    // The line is back: at once, not with the next turn.
    addEventListener('online', again)
    return () => {
      clearInterval(timer)
      removeEventListener('online', again)
    }
  }, [everyMs, again])
  return { ...kept, again }
}
