/**
 * A long list in pages: each knows where it begins (`after`, a cursor by value, which stays good when rows come and go). A page that is asked again is
 * folded in between its neighbours, so that a list of ten thousand rows follows the server by asking only for what is in the window. reading.md §6.1.
 */
export interface RowPage<Item> {
  /** Cursor that it was asked by; null: the first. */
  readonly after: string | null
  readonly items: readonly Item[]
  /** Cursor of what follows its last row; null: nothing does. */
  readonly next: string | null
  /** Something changed since it was asked. */
  readonly stale: boolean
}

interface Answer<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

interface Identified {
  readonly id: string
}

export type Range = Readonly<{ first: number; end: number }>

/** Rows that are asked for ahead of the window. */
const ahead = 60

export const allStale = <Item>(pages: readonly RowPage<Item>[]): readonly RowPage<Item>[] => pages.map((page) => ({ ...page, stale: true }))

/** Every row once; one that has moved between two questions stands where it was seen first. */
export function rowsOf<Item extends Identified>(pages: readonly RowPage<Item>[]): readonly Item[] {
  const seen = new Set<string>()
  const rows: Item[] = []
  for (const { items } of pages) {
    for (const item of items) {
      if (seen.has(item.id)) continue
      seen.add(item.id)
      rows.push(item)
    }
  }
  return rows
}

/** The page to ask for next so that a range of rows is shown and fresh; undefined: nothing is missing. */
export function pageToAsk<Item>(pages: readonly RowPage<Item>[], { first, end }: Range): number | undefined {
  let from = 0
  for (const [at, { items, stale }] of pages.entries()) {
    const until = from + items.length
    // The last page also covers what the window shows below the list's end.
    const seen = from < end && (until > first || at === pages.length - 1)
    if (stale && (seen || (items.length === 0 && from <= end))) return at
    from = until
  }
  const last = pages.at(-1)
  return last === undefined || (last.next !== null && from < end + ahead) ? pages.length : undefined
}

/** The pages with the answer for one of them, or for the one after the last. */
export function withPage<Item extends Identified>(
  pages: readonly RowPage<Item>[],
  at: number,
  { items, next }: Answer<Item>,
): readonly RowPage<Item>[] {
  const before = pages.slice(0, at)
  const old = pages[at]
  const page: RowPage<Item> = { after: old === undefined ? (pages[at - 1]?.next ?? null) : old.after, items, next, stale: false }
  const rest = pages.slice(at + 1)
  const following = rest[0]
  if (following === undefined || next === null) return [...before, page]
  // Rows that left have let those of the next page move up: they stay there.
  const later = new Set(following.items.map(({ id }) => id))
  const own = items.length - lengthOfTail(items, ({ id }) => later.has(id))
  if (own < items.length) return [...before, { ...page, items: items.slice(0, own), next: following.after }, ...rest]
  if (items.at(-1)?.id === old?.items.at(-1)?.id) return [...before, { ...page, next: following.after }, ...rest]
  // New rows have pushed others out at its end: until they are asked for, those stand in a page of their own.
  const fresh = new Set(items.map(({ id }) => id))
  const pushed = (old?.items ?? []).filter(({ id }) => !fresh.has(id))
  return [...before, page, { after: next, items: pushed, next: following.after, stale: true }, ...rest]
}

function lengthOfTail<Item>(items: readonly Item[], belongs: (item: Item) => boolean): number {
  let length = 0
  while (length < items.length && belongs(items[items.length - 1 - length]!)) length += 1
  return length
}
