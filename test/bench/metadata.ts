/** `/metadata` of a series, with session and scope check: the first time it is asked for, after one more instance has arrived, and again. */
import { type Part, storeSeries } from './bench-run.ts'
import { get, getItems } from './http-client.ts'
import { inPairs, type Pair } from './pairs.ts'
import { type Peer, type SeriesUIDs, seriesAddress } from './peer.ts'
import { stow } from './senders.ts'
import { type Line, time, timesFaster } from './table.ts'

const json = { Accept: 'application/dicom+json', 'Accept-Encoding': 'gzip, deflate' }

export const measureMetadata: Part = async (bench) => {
  const { peers, runs, slices } = bench
  const whole = slices.fresh()
  const ask = async (peer: Peer, series: SeriesUIDs) =>
    (await get(`${seriesAddress(peer, series)}/metadata`, { ...peer.reader, ...json })).seconds

  // A series is cold once, so each round has one of its own.
  const cold: Pair[] = []
  for (let round = 0; round <= runs; round++) {
    const series = await storeSeries(bench)
    const [ours, peer] = [await ask(peers[0]!, series), peers[1] === undefined ? undefined : await ask(peers[1], series)]
    if (round > 0) cold.push({ ours, peer })
  }

  const growing = slices.fresh()
  const arriving: Pair[] = []
  const first = growing.files.length - runs - 1
  for (const peer of peers) await stow(peer, growing.files.slice(0, first), lengthOf(growing.files.slice(0, first)))
  for (let n = first; n < growing.files.length; n++) {
    const one = growing.files.slice(n, n + 1)
    const figures: number[] = []
    for (const peer of peers) {
      await stow(peer, one, lengthOf(one))
      figures.push(await ask(peer, growing))
    }
    if (n > first) arriving.push({ ours: figures[0]!, peer: figures[1] })
  }

  const warmSeries = await bench.stored.series(bench)
  for (const peer of peers) {
    const items = await getItems(`${seriesAddress(peer, warmSeries)}/metadata`, peer.reader)
    if (items.length !== whole.files.length)
      throw new Error(`${peer.name} has metadata of ${items.length} instances of ${whole.files.length}`)
  }
  const warm = await inPairs(peers, runs, async (peer) => ({ seconds: await best(5, () => ask(peer, warmSeries)) }))
  const lines: Line[] = [
    { what: `/metadata of ${whole.files.length}, cold`, unit: time, pairs: cold, budget: timesFaster(20) },
    { what: '  one instance has just arrived', unit: time, pairs: arriving, budget: timesFaster(20) },
    { what: '  warm', unit: time, pairs: warm.seconds, budget: timesFaster(100) },
  ]
  return lines
}

const lengthOf = (files: readonly Buffer[]): number => files.reduce((sum, { length }) => sum + length, 0)

/** The middle one of several. */
async function best(times: number, measure: () => Promise<number>): Promise<number> {
  const figures: number[] = []
  for (let n = 0; n < times; n++) figures.push(await measure())
  return figures.sort((a, b) => a - b)[Math.floor(times / 2)]!
}
