/** Critical values: what is open, one whole, and what is done with it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { ContactList, Critical, CriticalDetail, CriticalPage, Figures, FindingLists } from './critical-types.ts'
import { type Line, pollMs } from './events.ts'
import { act, request } from './http.ts'

/** Asked again also while the live line stands: this is the one thing that nobody may miss. */
const openMs = 20_000

export const useOpenCriticals = (enabled: boolean, line: Line) =>
  useQuery({
    queryKey: ['critical', 'open'],
    enabled,
    queryFn: ({ signal }) => request<CriticalPage>('GET', '/api/critical?state=open&limit=200', { signal }),
    refetchInterval: line === 'live' ? openMs : pollMs,
    refetchIntervalInBackground: true,
  })

export const useCritical = (id: string | null) =>
  useQuery({
    queryKey: ['critical', id],
    enabled: id !== null,
    queryFn: ({ signal }) => request<CriticalDetail>('GET', `/api/critical/${encodeURIComponent(id ?? '')}`, { signal }),
  })

export const useFindings = () =>
  useQuery({ queryKey: ['critical-findings'], queryFn: ({ signal }) => request<FindingLists>('GET', '/api/critical-findings', { signal }) })

export const useContacts = (institution: number) =>
  useQuery({
    queryKey: ['critical-contacts', institution],
    queryFn: ({ signal }) => request<ContactList>('GET', `/api/critical-contacts?institution=${institution}`, { signal }),
  })

export const useFigures = (from: string, to: string) =>
  useQuery({
    queryKey: ['critical', 'figures', from, to],
    queryFn: ({ signal }) => request<Figures>('GET', `/api/critical/figures?${new URLSearchParams({ from, to })}`, { signal }),
  })

export interface CriticalDeed {
  readonly id: string
  readonly verb: string
  readonly body?: Readonly<Record<string, unknown>>
}

/** A verb on a critical value; whether it was done or not, everything that shows it is asked again. */
export function useCriticalDeed() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, verb, body = {} }: CriticalDeed) =>
      (await act<{ critical: Critical }>(`/api/critical/${encodeURIComponent(id)}/${verb}`, body)).critical,
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ['critical'] }), queries.invalidateQueries({ queryKey: ['workitems'] })]),
  })
}

export interface Raised {
  readonly workitem: string
  readonly finding: string | null
  readonly text: string
  readonly suspected: boolean
}

export function useRaise() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (raised: Raised) => (await act<{ critical: Critical }>('/api/critical', raised)).critical,
    onSettled: (_, __, { workitem }) =>
      Promise.all(
        [['critical'], ['workitems'], ['workitem', workitem], ['board']].map((queryKey) => queries.invalidateQueries({ queryKey })),
      ),
  })
}
