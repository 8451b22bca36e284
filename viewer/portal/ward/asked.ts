/** Asks the server for something and keeps the last answer while asking again; the ward page does without a query library. */
import { useCallback, useEffect, useState } from 'react'
import { request } from '../api/http.ts'

export interface Asked<Answer> {
  readonly address: string | null
  readonly data: Answer | undefined
  readonly error: unknown
  readonly again: () => void
}

interface Kept<Answer> {
  readonly address: string | null
  readonly data: Answer | undefined
  readonly error: unknown
}

export function useAsked<Answer>(address: string | null, everyMs?: number): Asked<Answer> {
  const [kept, setKept] = useState<Kept<Answer>>({ address: null, data: undefined, error: null })
  const [turn, setTurn] = useState(0)
  const again = useCallback(() => setTurn((turn) => turn + 1), [])
  // biome-ignore lint/correctness/useExhaustiveDependencies: a turn asks again
  useEffect(() => {
    if (address === null) return
    const stop = new AbortController()
    request<Answer>('GET', address, { signal: stop.signal })
      .then((data) => setKept({ address, data, error: null }))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) setKept((kept) => ({ address, data: kept.address === address ? kept.data : undefined, error }))
      })
    return () => stop.abort()
  }, [address, turn])
  useEffect(() => {
    if (everyMs === undefined) return
    const timer = setInterval(again, everyMs)
    return () => clearInterval(timer)
  }, [everyMs, again])
  return { ...kept, again }
}
