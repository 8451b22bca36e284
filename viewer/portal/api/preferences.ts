/** What a person has set, kept on the server so that it follows them to another PC: an object by section. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'
import { request } from './http.ts'

const address = '/api/account/preferences'
const queryKey = ['preferences']
type Sections = Readonly<Record<string, unknown>>

export const usePreferences = () =>
  useQuery({ queryKey, queryFn: () => request<Sections>('GET', address), staleTime: Number.POSITIVE_INFINITY, retry: 1 })

/** Values that change one after the other (a window being dragged) are sent once. */
const settleMs = 1_000

/**
 * One section and how to change it. The page has the change at once; a server that is away or forbids it (nobody is signed in) loses the change, which
 * is no reason to disturb anybody.
 */
export function usePreference<Value extends object>(section: string): [Value | undefined, (change: Partial<Value>) => void, boolean] {
  const queries = useQueryClient()
  const { data, isPending } = usePreferences()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const save = useCallback(
    (change: Partial<Value>) => {
      const before = queries.getQueryData<Sections>(queryKey)?.[section]
      const value = { ...(before as object | undefined), ...change }
      queries.setQueryData<Sections>(queryKey, (all) => ({ ...all, [section]: value }))
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        const latest = queries.getQueryData<Sections>(queryKey)?.[section]
        request('PUT', address, { body: { [section]: latest }, keepalive: true }).catch(() => undefined)
      }, settleMs)
    },
    [queries, section],
  )
  return [data?.[section] as Value | undefined, save, isPending]
}
