/** Frames of 512 kB asked for by eight clients, each time another instance of one series. */
import type { Part } from './bench-run.ts'
import { load } from './load.ts'
import { inPairs } from './pairs.ts'
import { seriesAddress } from './peer.ts'
import { ofThePeers, perSecond, time, timesTheRate } from './table.ts'

const clients = 8
const seconds = 3
const Accept = 'multipart/related; type="application/octet-stream"'

export const measureFrames: Part = async (bench) => {
  const series = await bench.stored.series(bench)
  const { requestsPerSecond, p99 } = await inPairs(bench.peers, bench.runs, async (peer) => {
    const frames = series.SOPInstanceUIDs.map((uid) => `${seriesAddress(peer, series)}/instances/${uid}/frames/1`)
    return { ...(await load(frames, { ...peer.reader, Accept }, clients, seconds)) }
  })
  return [
    { what: `Frame of 512 kB, ${clients} clients`, unit: perSecond, pairs: requestsPerSecond, budget: timesTheRate(8) },
    { what: '  p99', unit: time, pairs: p99, budget: ofThePeers(0.15) },
  ]
}
