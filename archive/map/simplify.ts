/** Fewer points for the same shape (Douglas and Peucker, 1973): what a wall shows of a county needs no metres. */
import type { Ring } from '../../storage/index/map-outline.ts'

type Position = Ring[number]

/** Of the outline as it is kept, all rings together. */
export const mostKept = 2_000

/** The same rings with at most `mostKept` positions: the tolerance is doubled until they fit; rings that shrink to nothing go. Four decimals are 11 metres. */
export function simplified(rings: readonly Ring[]): Ring[] {
  const rounded = rings.map((ring) => ring.map(([x, y]): Position => [round(x), round(y)]))
  for (let tolerance = 0.0001; ; tolerance *= 2) {
    const kept = rounded.map((ring) => thinned(ring, tolerance)).filter((ring) => ring.length >= 4)
    if (kept.reduce((sum, { length }) => sum + length, 0) <= mostKept) return kept
  }
}

const round = (degrees: number): number => Math.round(degrees * 10_000) / 10_000

/** A ring has no ends: it is cut at its first position and at the one farthest from it. */
function thinned(ring: Ring, tolerance: number): Ring {
  const start = ring[0]!
  let far = 0
  for (let at = 1; at < ring.length; at++) if (apart(ring[at]!, start) > apart(ring[far]!, start)) far = at
  const keep = new Set([0, far, ring.length - 1])
  const waiting: [number, number][] = [
    [0, far],
    [far, ring.length - 1],
  ]
  for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
    const [from, to] = span
    let worst = from
    let distance = tolerance
    for (let at = from + 1; at < to; at++) {
      const off = offLine(ring[at]!, ring[from]!, ring[to]!)
      if (off > distance) [worst, distance] = [at, off]
    }
    if (worst === from) continue
    keep.add(worst)
    waiting.push([from, worst], [worst, to])
  }
  return ring.filter((_, at) => keep.has(at))
}

const apart = ([x, y]: Position, [ox, oy]: Position): number => Math.hypot(x - ox, y - oy)

/** How far a position is from the stretch between two others. */
function offLine(position: Position, from: Position, to: Position): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const length = dx * dx + dy * dy
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, ((position[0] - from[0]) * dx + (position[1] - from[1]) * dy) / length))
  return apart(position, [from[0] + along * dx, from[1] + along * dy])
}
