/** Workitems: the list, one whole, and the verbs that move one. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type Line, pollMs } from './events.ts'
import { act, isConflict, request } from './http.ts'
import type { Report, View, Workitem, WorkitemDetail, WorkitemPage } from './types.ts'

export const views: readonly View[] = ['todo', 'mine', 'review', 'final', 'all']

/** What the reading list asks for; it stands in the page's address. */
export interface ListQuery {
  readonly view: View
  readonly q: string
  readonly modality: string
  readonly institution: string
  readonly urgency: string
  readonly from: string
  readonly to: string
}

const most = 500

export const listAddress = (query: ListQuery): string => {
  const search = new URLSearchParams({ limit: String(most) })
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
  return `/api/workitems?${search}`
}

export const useWorkitems = (query: ListQuery, line: Line) =>
  useQuery({
    queryKey: ['workitems', query],
    queryFn: ({ signal }) => request<WorkitemPage>('GET', listAddress(query), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: line === 'live' ? 60_000 : pollMs,
  })

export const useWorkitem = (id: string) =>
  useQuery({
    queryKey: ['workitem', id],
    queryFn: ({ signal }) => request<WorkitemDetail>('GET', `/api/workitems/${encodeURIComponent(id)}`, { signal }),
  })

export const useReport = (id: string | null) =>
  useQuery({
    queryKey: ['report', id],
    enabled: id !== null,
    queryFn: ({ signal }) => request<Report>('GET', `/api/reports/${encodeURIComponent(id ?? '')}`, { signal }),
  })

export interface Deed {
  readonly verb: string
  readonly id: string
  /** Changes hands with every claim and takeover: a page that looked before is refused. */
  readonly generation?: number
  readonly reason?: string
  readonly password?: string
}

/** Does a verb; the answer replaces what the page knew, and the lists are asked again whether it was done or not. */
export function useDeed() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, verb, ...body }: Deed) =>
      (await act<{ workitem: Workitem }>(`/api/workitems/${encodeURIComponent(id)}/${verb}`, body)).workitem,
    onSettled: (_, __, { id, verb }) =>
      verb === 'heartbeat'
        ? undefined
        : Promise.all([queries.invalidateQueries({ queryKey: ['workitem', id] }), queries.invalidateQueries({ queryKey: ['workitems'] })]),
  })
}

/**
 * Takes the next piece of work: the first that can be claimed (view `todo`) or reviewed (view `review`), in the order of the list.
 * A colleague may be a moment faster: then the one after. Null when nothing is left.
 */
export function useTakeNext() {
  const deed = useDeed()
  return async (view: 'todo' | 'review', except: string | null = null): Promise<Workitem | null> => {
    const verb = view === 'todo' ? 'claim' : 'review'
    const state = view === 'todo' ? 'READY' : 'SUBMITTED'
    const page = await request<WorkitemPage>('GET', `/api/workitems?view=${view}&limit=50`)
    const free = page.items.filter((item) => item.id !== except && item.state === state && item.verbs.includes(verb))
    for (const { id, generation } of free) {
      try {
        return await deed.mutateAsync({ id, verb, generation })
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
    return null
  }
}
