/** A long list in pages of a cursor: whatever comes, goes or moves between two questions, every row is shown once and the window is fresh. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { allStale, pageToAsk, type RowPage, rowsOf, withPage } from '../../viewer/portal/reading-list/row-pages.ts'
import { movedBy, steadyRows } from '../../viewer/portal/reading-list/steady.ts'

interface Row {
  readonly id: string
  readonly key: number
}

const size = 5
const row = (key: number): Row => ({ id: String(key), key })
/** A server whose cursor is the key of the last row given. */
const answer = (list: readonly Row[], after: string | null) => {
  const rest = list.filter(({ key }) => after === null || key > Number(after))
  const items = rest.slice(0, size)
  return { items, next: rest.length > size ? String(items.at(-1)!.key) : null }
}
function refreshed(list: readonly Row[], before: readonly RowPage<Row>[], first: number, end: number): readonly RowPage<Row>[] {
  let pages = allStale(before)
  for (let turn = 0; turn < 1_000; turn += 1) {
    const at = pageToAsk(pages, { first, end })
    if (at === undefined) return pages
    const after = pages[at] === undefined ? (pages.at(-1)?.next ?? null) : pages[at].after
    pages = withPage(pages, at, answer(list, after))
  }
  throw new Error('asks for ever')
}
const ids = (rows: readonly Row[]) => rows.map(({ id }) => id)

describe('pages', () => {
  const list = Array.from({ length: 40 }, (_, at) => row(at * 10))
  test('are asked for as far as the window and a little ahead', () => {
    expect(ids(rowsOf(refreshed(list, [], 0, 3)))).toEqual(ids(list))
    const long = Array.from({ length: 400 }, (_, at) => row(at))
    expect(rowsOf(refreshed(long, [], 0, 10)).length).toBeLessThan(100)
  })
  test('that nobody looks at stay stale and are asked for when they are scrolled to', () => {
    const long = Array.from({ length: 200 }, (_, at) => row(at))
    const loaded = refreshed(long, [], 0, 150)
    const again = refreshed(long, loaded, 20, 25)
    expect(again.filter(({ stale }) => !stale).length).toBe(1)
    expect(pageToAsk(again, { first: 100, end: 103 })).toBe(20)
  })
  test('with rows that came in between push nothing out of sight', () => {
    const loaded = refreshed(list, [], 0, 40)
    const more = [...list, row(1), row(2), row(3), row(4), row(5), row(6), row(7)].sort((a, b) => a.key - b.key)
    expect(ids(rowsOf(refreshed(more, loaded, 0, 47)))).toEqual(ids(more))
  })
  test('follow any change: what the window shows is what the server has there', () => {
    const keys = fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 40 })
    fc.assert(
      fc.property(fc.array(keys, { minLength: 1, maxLength: 4 }), fc.nat(30), (states, first) => {
        let pages: readonly RowPage<Row>[] = []
        for (const state of states) {
          const now = [...state].sort((a, b) => a - b).map(row)
          pages = refreshed(now, pages, first, first + 6)
          const shown = rowsOf(pages)
          expect(new Set(ids(shown)).size).toBe(shown.length)
        }
        // Seen whole, the list is the server's, whatever it was before.
        const now = [...states.at(-1)!].sort((a, b) => a - b).map(row)
        expect(ids(rowsOf(refreshed(now, pages, 0, 1_000)))).toEqual(ids(now))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the row under the hand', () => {
  const rows = (...wanted: number[]) => wanted.map(row)
  test('says by how much it moved, or the next one below it that is still there', () => {
    expect(movedBy(rows(1, 2, 3), rows(0, 1, 2, 3), 1)).toBe(1)
    expect(movedBy(rows(1, 2, 3), rows(2, 3), 1)).toBe(-1)
    expect(movedBy(rows(1, 2, 3), rows(0, 1, 3), 1)).toBe(1)
    expect(movedBy(rows(1, 2, 3), rows(9), 1)).toBe(0)
  })
  test('keeps its neighbours while it is aimed at; what was loaded below is shown, and is nothing new', () => {
    expect(steadyRows(rows(1, 2), rows(0, 1, 2, 3, 4), true)).toEqual({ rows: rows(1, 2, 3, 4), held: 1 })
  })
})
