/** The arithmetic of the benchmark: a budget that is missed must not be printed as kept. */
import { expect, test } from 'vitest'
import { readOptions } from './options.ts'
import { inPairs, median, type Pair } from './pairs.ts'
import {
  atMost,
  type Budget,
  isKept,
  megabytes,
  ofThePeers,
  perSecond,
  ratioOf,
  rowOf,
  table,
  time,
  timesFaster,
  timesTheRate,
} from './table.ts'

const line = (pairs: readonly Pair[], budget: Budget) => ({ what: 'C-STORE', unit: time, pairs, budget })

test('times are compared as peer / ours, rates as ours / peer, other figures as a part of the peer’s', () => {
  const pairs = [{ ours: 2, peer: 8 }]
  expect(ratioOf(line(pairs, timesFaster(2.5)))).toBe(4)
  expect(ratioOf(line(pairs, timesTheRate(2.5)))).toBe(0.25)
  expect(ratioOf(line(pairs, ofThePeers(0.45)))).toBe(0.25)
})

test('the ratio is the median of the rounds’ own, not the ratio of the medians', () => {
  const pairs = [
    { ours: 1, peer: 10 },
    { ours: 10, peer: 20 },
    { ours: 4, peer: 4 },
  ]
  expect(ratioOf(line(pairs, timesFaster(1)))).toBe(2)
})

test.each<[Budget, boolean]>([
  [timesFaster(4), true],
  [timesFaster(4.1), false],
  [timesTheRate(0.25), true],
  [timesTheRate(0.3), false],
  [ofThePeers(0.25), true],
  [ofThePeers(0.2), false],
  [atMost(2), true],
  [atMost(1.9), false],
])('2 s against 8 s: %o kept: %s', (budget, kept) => {
  expect(isKept(line([{ ours: 2, peer: 8 }], budget))).toBe(kept)
})

test('without a peer a ratio is neither kept nor missed, a bound is', () => {
  const alone = [{ ours: 2, peer: undefined }]
  expect(isKept(line(alone, timesFaster(4)))).toBeUndefined()
  expect(isKept(line(alone, atMost(1)))).toBe(false)
  expect(rowOf(line(alone, timesFaster(4)))).toEqual(['C-STORE', '2.00 s', '', '', '≥ 4×', ''])
})

test('figures are printed in the unit that reads best', () => {
  expect([0.00123, 0.0123, 1.234].map(time.text)).toEqual(['1.23 ms', '12 ms', '1.23 s'])
  expect(megabytes.text(3_222_000_000)).toBe('3,222 MB')
  expect(perSecond.text(1234.5)).toBe('1,235/s')
})

test('the columns of the table line up', () => {
  const rows = table(
    [line([{ ours: 2, peer: 8 }], timesFaster(2.5)), line([{ ours: 0.2, peer: 80 }], timesFaster(2.5))],
    'Orthanc 1.10.1',
  ).split('\n')
  expect(rows).toHaveLength(3)
  expect(new Set(rows.slice(1).map((row) => row.indexOf('≥')))).toHaveProperty('size', 1)
})

test('the median of an even number is between the middle two', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5)
  expect(median([5, 1, 3])).toBe(3)
})

test('both are measured in every round, in turns who is first, and the round of warming up does not count', async () => {
  const order: string[] = []
  const { seconds } = await inPairs(['ours', 'peer'], 2, async (who) => {
    order.push(who)
    return { seconds: order.length }
  })
  expect(order).toEqual(['ours', 'peer', 'peer', 'ours', 'ours', 'peer'])
  expect(seconds).toEqual([
    { ours: 4, peer: 3 },
    { ours: 5, peer: 6 },
  ])
})

test('a part that is not there, or a count of nothing, is refused by name', () => {
  expect(readOptions([], ['store', 'list'])).toMatchObject({ parts: ['store', 'list'], runs: 3, slices: 300, studies: 300, alone: false })
  expect(readOptions(['list', '--studies', '5000'], ['store', 'list'])).toMatchObject({ parts: ['list'], studies: 5000 })
  expect(() => readOptions(['store', 'lists'], ['store', 'list'])).toThrow('There is no part lists; there are store, list')
  expect(() => readOptions(['--runs', '0'], ['store'])).toThrow('--runs is a number from 1 on')
})
