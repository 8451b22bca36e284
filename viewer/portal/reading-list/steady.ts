/**
 * Rows that do not move away under the hand: while the pointer is moving over the list its order stands, contents follow, and new rows are counted; what
 * was loaded below is shown. As soon as it rests, the fresh list is shown, with the row that was aimed at where it was. reading.md §6.1.
 */

/** How long after its last movement the pointer is still thought to be aiming. */
export const aimingMs = 3_000

interface Row {
  readonly id: string
}

export function steadyRows<Item extends Row>(
  shown: readonly Item[],
  fresh: readonly Item[],
  aiming: boolean,
): { rows: readonly Item[]; held: number } {
  if (!aiming || shown.length === 0 || shown === fresh) return { rows: fresh, held: 0 }
  const byId = new Map(fresh.map((item) => [item.id, item]))
  const known = new Set(shown.map(({ id }) => id))
  let end = fresh.length
  while (end > 0 && !known.has(fresh[end - 1]!.id)) end -= 1
  const below = end === 0 ? [] : fresh.slice(end)
  const held = fresh.slice(0, fresh.length - below.length).filter(({ id }) => !known.has(id)).length
  return { rows: [...shown.map((item) => byId.get(item.id) ?? item), ...below], held }
}

/** Which rows of `height` pixels are in or near the window. */
export function visibleRows(
  count: number,
  height: number,
  scrollTop: number,
  windowHeight: number,
  spare = 12,
): { first: number; end: number } {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / height) - spare))
  const end = Math.min(count, Math.ceil((scrollTop + windowHeight) / height) + spare)
  return { first, end: Math.max(first, end) }
}

/** Whether the rows that are drawn hold all that are needed and none that is gone, so that nothing has to be drawn anew. */
export const covers = (drawn: { first: number; end: number }, needed: { first: number; end: number }, count: number): boolean =>
  drawn.first <= needed.first && drawn.end >= needed.end && drawn.end <= count

/**
 * How many rows the anchor has moved by between two lists: the row itself, or when it has left, the next one below it that is still there.
 * 0 when none of them is.
 */
export function movedBy<Item extends Row>(before: readonly Item[], after: readonly Item[], anchor: number): number {
  if (anchor < 0 || before === after) return 0
  const places = new Map(after.map(({ id }, at) => [id, at]))
  for (let at = anchor; at < before.length; at += 1) {
    const now = places.get(before[at]!.id)
    if (now !== undefined) return now - anchor
  }
  return 0
}
