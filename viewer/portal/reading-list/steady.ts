/**
 * Rows that do not move away under the hand: while the pointer is moving over the list its order stands, contents follow, and new rows
 * are counted; as soon as it rests, the fresh list is shown. reading.md §6.1.
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
  if (!aiming || shown.length === 0) return { rows: fresh, held: 0 }
  const byId = new Map(fresh.map((item) => [item.id, item]))
  const known = new Set(shown.map(({ id }) => id))
  return { rows: shown.map((item) => byId.get(item.id) ?? item), held: fresh.filter(({ id }) => !known.has(id)).length }
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
