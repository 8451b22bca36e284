/** The rows of a question, in pages: those in the window follow the server, the others when they are scrolled to. */
import { keepPreviousData, replaceEqualDeep, useQuery, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useCallback, useMemo, useRef } from 'react'
import { type Line, pollMs } from '../api/events.ts'
import { request } from '../api/http.ts'
import type { Workitem, WorkitemPage } from '../api/types.ts'
import { type ListQuery, listAddress } from '../api/workitems.ts'
import { allStale, pageToAsk, type Range, type RowPage, rowsOf, withPage } from './row-pages.ts'

export interface Listed extends Pick<WorkitemPage, 'total' | 'counts' | 'feed'> {
  readonly pages: readonly RowPage<Workitem>[]
  readonly rows: readonly Workitem[]
}

/** A window on a page that shrinks while it is asked never asks for ever. */
const mostPagesAtOnce = 60
const none: readonly Workitem[] = []

async function asked(query: ListQuery, before: Listed | undefined, range: Range, more: boolean, signal: AbortSignal): Promise<Listed> {
  let pages = before === undefined ? [] : more ? before.pages : allStale(before.pages)
  let answer: WorkitemPage | undefined
  // A row that is as it was stays the same object: it is not drawn again.
  const known = new Map(before?.rows.map((row) => [row.id, row]))
  for (let turn = 0; turn < mostPagesAtOnce; turn += 1) {
    const at = pageToAsk(pages, range)
    if (at === undefined) break
    const after = pages[at] === undefined ? (pages.at(-1)?.next ?? null) : pages[at].after
    answer = await request<WorkitemPage>('GET', listAddress(query, after), { signal })
    const items = answer.items.map((item) => replaceEqualDeep(known.get(item.id), item) as Workitem)
    pages = withPage(pages, at, { items, next: answer.next ?? null })
  }
  const { total, counts, feed } = answer ?? before ?? { total: 0, counts: {}, feed: 0 }
  return { pages, rows: rowsOf(pages), total, counts, feed }
}

/** `range`: the rows in the window; `follow` is called when it has moved. */
export function useRows(query: ListQuery, line: Line, range: RefObject<Range>) {
  const queries = useQueryClient()
  const more = useRef(false)
  const key = useMemo(() => ['workitems', query] as const, [query])
  const list = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => {
      const onlyMore = more.current
      more.current = false
      return asked(query, queries.getQueryData<Listed>(key), range.current, onlyMore, signal)
    },
    placeholderData: keepPreviousData,
    structuralSharing: false,
    refetchInterval: line === 'live' ? 60_000 : pollMs,
  })
  const { data, isPlaceholderData, isFetching, isError, refetch } = list
  const follow = useCallback(() => {
    if (data === undefined || isPlaceholderData || isFetching || isError || pageToAsk(data.pages, range.current) === undefined) return
    more.current = true
    void refetch({ cancelRefetch: false })
  }, [data, isPlaceholderData, isFetching, isError, refetch, range])
  return { list, rows: data?.rows ?? none, follow }
}
