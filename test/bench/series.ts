/** WADO-RS of a whole series: every Part 10 object in one answer. */
import type { Part } from './bench-run.ts'
import { get } from './http-client.ts'
import { inPairs } from './pairs.ts'
import { seriesAddress } from './peer.ts'
import { time, timesFaster } from './table.ts'

export const measureSeries: Part = async (bench) => {
  const series = await bench.stored.series(bench)
  let bytes = 0
  const { seconds } = await inPairs(bench.peers, bench.runs, async (peer) => {
    const answer = await get(seriesAddress(peer, series), { ...peer.reader, Accept: 'multipart/related; type="application/dicom"' })
    bytes = answer.bytes
    return { seconds: answer.seconds }
  })
  return [{ what: `WADO-RS series, ${Math.round(bytes / 1e6)} MB`, unit: time, pairs: seconds, budget: timesFaster(1.8) }]
}
