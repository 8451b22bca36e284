/** Settings that follow a person to another PC: JSON by section, kept with the account. reading.md §10. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { request } from './http.ts'

type Preferences = Readonly<Record<string, unknown>>
const queryKey = ['preferences'] as const
const address = '/api/account/preferences'

/** What is kept in a section, and how to keep something else there: shown at once, sent after. Undefined until the server has said, or when nothing is kept. */
export function usePreference(section: string): [unknown, (value: object) => void] {
  const queries = useQueryClient()
  const { data } = useQuery({
    queryKey,
    queryFn: ({ signal }) => request<Preferences>('GET', address, { signal }),
    staleTime: 300_000,
  })
  const save = useCallback(
    (value: object) => {
      queries.setQueryData<Preferences>(queryKey, (before) => ({ ...before, [section]: value }))
      // What could not be kept stays for this page; the next change sends it again.
      request('PUT', address, { body: { [section]: value } }).catch(() => undefined)
    },
    [queries, section],
  )
  return [data?.[section], save]
}
