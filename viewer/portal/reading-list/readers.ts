/** Who reads at the centre, and what each has in hand: for the coordinator. */
import { useQuery } from '@tanstack/react-query'
import { request } from '../api/http.ts'

export interface Reader {
  readonly username: string
  readonly displayName: string
  readonly reviews: boolean
  /** Seen within the last minutes. */
  readonly here: boolean
  readonly writing: number
  readonly reviewing: number
  readonly reserved: number
}

export const useReaders = (enabled: boolean) =>
  useQuery({
    // Follows every change of a workitem, like the list.
    queryKey: ['workitems', 'readers'],
    enabled,
    queryFn: async ({ signal }) => (await request<{ items: readonly Reader[] }>('GET', '/api/readers', { signal })).items,
  })
