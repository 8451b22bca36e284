/**
 * The idle lock of the imaging room: after some minutes without a hand the session is locked at the server, which then answers the board without names and
 * nothing else; a critical value still shows. Any window of this browser keeps it awake. reading.md §10.
 */
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect } from 'react'
import { act, NotDone, request } from '../api/http.ts'

export interface Lock {
  readonly locked: boolean
  readonly idleMinutes: number
}

const queryKey = ['lock'] as const
const activityKey = 'last-activity'
const hands = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const
const noteEveryMs = 5_000
const lookEveryMs = 10_000

/** Another window may lock or unlock the session. */
export const useLock = (enabled: boolean) =>
  useQuery({
    queryKey,
    enabled,
    queryFn: ({ signal }) => request<Lock>('GET', '/api/session/lock', { signal }),
    refetchInterval: lookEveryMs,
    staleTime: lookEveryMs,
  })

export async function lockNow(queries: QueryClient): Promise<void> {
  await act('/api/session/lock')
  await queries.invalidateQueries({ queryKey })
}

/** @throws NotDone `wrong-password` */
export async function unlock(queries: QueryClient, secret: string): Promise<void> {
  await request('POST', '/api/session/unlock', { body: { secret } })
  note(Date.now())
  await queries.invalidateQueries()
}

export const isWrong = (error: unknown): boolean => error instanceof NotDone && error.status === 401 && error.code !== 'signed-out'

function note(at: number): void {
  try {
    localStorage.setItem(activityKey, String(at))
  } catch {
    // Without storage each window knows of its own hands only.
  }
}

function lastNoted(own: number): number {
  try {
    return Math.max(own, Number(localStorage.getItem(activityKey) ?? 0))
  } catch {
    return own
  }
}

/** Locks after `minutes` without a hand; 0: never. */
export function useIdle(minutes: number, lock: () => void): void {
  useEffect(() => {
    if (minutes <= 0) return
    let own = Date.now()
    note(own)
    const move = () => {
      const now = Date.now()
      if (now - own < noteEveryMs) return
      own = now
      note(now)
    }
    for (const hand of hands) addEventListener(hand, move, { passive: true, capture: true })
    const look = setInterval(
      () => {
        if (Date.now() - lastNoted(own) >= minutes * 60_000) lock()
      },
      Math.min(lookEveryMs, minutes * 15_000),
    )
    return () => {
      for (const hand of hands) removeEventListener(hand, move, { capture: true })
      clearInterval(look)
    }
  }, [minutes, lock])
}

/** Whether this session is locked now; keeps the clock that locks it. */
export function useIdleLock(enabled: boolean): boolean {
  const queries = useQueryClient()
  const { data } = useLock(enabled)
  const minutes = enabled && data !== undefined && !data.locked ? data.idleMinutes : 0
  const lock = useCallback(() => void lockNow(queries).catch(() => undefined), [queries])
  useIdle(minutes, lock)
  return enabled && data?.locked === true
}
