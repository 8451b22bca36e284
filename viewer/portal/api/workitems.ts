/** Workitems: the list, one whole, and the verbs that move one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { withSigning } from '../signing/signing-session.ts'
import { act, isConflict, request } from './http.ts'
import type { Patient, Report, View, Workitem, WorkitemDetail, WorkitemPage } from './types.ts'

export const views: readonly View[] = ['todo', 'mine', 'review', 'returned', 'overdue', 'critical', 'final', 'all']

/** What the reading list asks for; it stands in the page's address. Several values of one condition stand between commas. */
export interface ListQuery {
  readonly view: View
  readonly q: string
  readonly state: string
  readonly modality: string
  readonly institution: string
  readonly urgency: string
  readonly bodyPart: string
  readonly assignee: string
  readonly flags: string
  readonly from: string
  readonly to: string
}

/** Rows of one answer; the list asks for more as it is scrolled. */
export const pageRows = 200

export const listAddress = (query: Readonly<Partial<ListQuery>>, after: string | null = null): string => {
  const search = new URLSearchParams({ limit: String(pageRows) })
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
  if (after !== null) search.set('after', after)
  return `/api/workitems?${search}`
}

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
  /** Of `amend`. */
  readonly amending?: 'addendum' | 'correction'
  readonly amendingClass?: string
  /** What else the verb takes: reasons against checks, the review. */
  readonly details?: Readonly<Record<string, unknown>>
  /** Of `assign`: for whom it is kept; null: for nobody. */
  readonly assignee?: string | null
  /** Of `urgency`. */
  readonly urgency?: number
}

/** Does a verb; the answer replaces what the page knew, and the lists are asked again whether it was done or not. */
export function useDeed() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async ({ id, verb, ...body }: Deed) =>
      (await withSigning(() => act<{ workitem: Workitem }>(`/api/workitems/${encodeURIComponent(id)}/${verb}`, body))).workitem,
    onSettled: (_, __, { id, verb }) =>
      verb === 'heartbeat'
        ? undefined
        : Promise.all([queries.invalidateQueries({ queryKey: ['workitem', id] }), queries.invalidateQueries({ queryKey: ['workitems'] })]),
  })
}

/**
 * Takes the next piece of work: the server chooses what to read by its score (urgency, time left, wait, fairness between sites); of what waits for a
 * review the first of the list. A colleague may be a moment faster: then the one after. Null when nothing is left.
 */
export function useTakeNext() {
  const deed = useDeed()
  const queries = useQueryClient()
  return async (view: 'todo' | 'review', except: string | null = null, within: NextWithin = {}): Promise<Workitem | null> => {
    if (view === 'todo') {
      const { workitem } = await act<{ workitem: Workitem | null }>('/api/workitems/claim-next', within)
      await queries.invalidateQueries({ queryKey: ['workitems'] })
      return workitem
    }
    const page = await request<WorkitemPage>('GET', listAddress({ view }))
    for (const { id, generation, verbs, assignee } of page.items) {
      if (id === except || assignee !== null || !verbs.includes('review')) continue
      try {
        return await deed.mutateAsync({ id, verb: 'review', generation })
      } catch (error) {
        if (!isConflict(error)) throw error
      }
    }
    return null
  }
}

/** Of which kind the next one is to be; nothing said: any. */
export interface NextWithin {
  readonly modality?: string
  readonly institution?: number
}

/** What else of a person is on the list: what may be read in one task with another of them. */
export const useTasksOf = ({ name, PatientID }: Patient) =>
  useQuery({
    queryKey: ['workitems', 'of', name, PatientID],
    queryFn: ({ signal }) => request<WorkitemPage>('GET', listAddress({ view: 'all', q: name || PatientID }), { signal }),
  })

interface Rearrangement {
  readonly id: string
  readonly generation: number
  readonly reason: string
}

/** The other task's study is read in this one from now on. */
export const useJoin = () => useRearranging<Rearrangement & { readonly other: string }>('join')

/** A study that was joined, some series or a further procedure becomes a task of its own. */
export const useSplit = () =>
  useRearranging<
    Rearrangement & { readonly StudyInstanceUID?: string; readonly SeriesInstanceUIDs?: readonly string[]; readonly procedure?: string }
  >('split')

function useRearranging<Asked extends Rearrangement>(deed: 'join' | 'split') {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ id, ...body }: Asked) => act(`/api/workitems/${encodeURIComponent(id)}/${deed}`, body),
    onSettled: () =>
      Promise.all([queries.invalidateQueries({ queryKey: ['workitem'] }), queries.invalidateQueries({ queryKey: ['workitems'] })]),
  })
}
