/** QIDO-RS for studies: the newest, those of a name, those of a few days; one client, then eight. */
import type { Part } from './bench-run.ts'
import { get, getItems } from './http-client.ts'
import { load } from './load.ts'
import { inPairs, median } from './pairs.ts'
import type { Peer } from './peer.ts'
import { cStore, makeBatch } from './senders.ts'
import { dateOf, smallStudies } from './small-studies.ts'
import { type Line, ofThePeers, time, timesFaster } from './table.ts'

/** What OHIF's list asks for. */
const fields = 'includefield=00081030,00080060&limit=100'
const queries = (studies: number) => [
  { what: 'newest 100', query: '', hits: Math.min(100, studies) },
  { what: 'name prefix', query: 'PatientName=Zhang*&', hits: undefined },
  { what: 'date range', query: `StudyDate=${dateOf(0)}-${dateOf(50)}&`, hits: undefined },
]
const askedEach = 5
const clients = 8

export const measureList: Part = async (bench) => {
  const { peers, runs, studies } = bench
  const batch = await makeBatch([...smallStudies(studies)], 1)
  for (const peer of peers) await cStore(peer, batch)
  await batch.remove()

  const lines: Line[] = []
  const address = (peer: Peer, query: string) => `${peer.studies}?${query}${fields}`
  for (const { what, query } of queries(studies)) {
    await checkHits(peers, query)
    const { seconds } = await inPairs(peers, runs, async (peer) => {
      const taken: number[] = []
      for (let n = 0; n < askedEach; n++) taken.push((await get(address(peer, query), headersOf(peer))).seconds)
      return { seconds: median(taken) }
    })
    lines.push({ what: `QIDO of ${studies} studies, ${what}`, unit: time, pairs: seconds, budget: timesFaster(25) })
  }
  const { p99 } = await inPairs(peers, runs, async (peer) => {
    const all = queries(studies).map(({ query }) => address(peer, query))
    return { p99: (await load(all, headersOf(peer), clients, 2)).p99 }
  })
  lines.push({ what: `  ${clients} clients, p99`, unit: time, pairs: p99, budget: ofThePeers(0.1) })
  return lines
}

const headersOf = (peer: Peer) => ({ ...peer.reader, Accept: 'application/dicom+json' })

/** A fast answer of nothing would be no figure. */
async function checkHits(peers: readonly Peer[], query: string): Promise<void> {
  const counts = await Promise.all(peers.map(async (peer) => (await getItems(`${peer.studies}?${query}${fields}`, peer.reader)).length))
  if (counts.some((count) => count === 0 || count !== counts[0])) {
    throw new Error(`?${query} finds ${peers.map(({ name }, n) => `${counts[n]} at ${name}`).join(', ')}`)
  }
}
