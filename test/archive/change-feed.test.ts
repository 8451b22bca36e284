/** Numbers of the change feed: dense for each institution, whatever stretches of the archive's own feed they come from. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runsOf } from '../../archive/change-feed.ts'
import type { Run } from '../../storage/index/change-runs.ts'

const expand = (runs: readonly Run[]) =>
  runs.flatMap(({ sequence, number, length, spread }) => Array.from({ length }, (_, n) => [sequence + n, spread ? number : number + n]))

test('any rising numbers, some of several entries, in any batches, each batch perhaps twice, are counted from 1 without a gap', () => {
  const numbers = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 4 })), { selector: ([number]) => number })
    .map((list) => list.sort(([a], [b]) => a - b))
    .map((list) => list.map(([number, size]) => ({ number, spread: size > 0, entries: Math.max(1, size) })))
  fc.assert(
    fc.property(numbers, fc.array(fc.integer({ min: 1, max: 40 })), (all, sizes) => {
      const kept = new Map<number, Run>()
      const give = (batch: typeof all) => {
        const last = [...kept.values()].at(-1)
        for (const run of runsOf(last, batch)) kept.set(run.sequence, run)
      }
      for (let at = 0, turn = 0; at < all.length; turn += 1) {
        const size = sizes[turn % Math.max(1, sizes.length)] ?? 7
        give(all.slice(at, at + size))
        give(all.slice(at, at + size))
        at += size
      }
      expect(expand([...kept.values()])).toEqual(
        all.flatMap(({ number, entries }) => Array<number>(entries).fill(number)).map((number, n) => [n + 1, number]),
      )
    }),
  )
})
