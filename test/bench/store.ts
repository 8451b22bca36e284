/** Storing CT slices, durable: by C-STORE on one association and on eight, and by STOW-RS in one body. */

import { cpuSeconds } from '../support/process-figures.ts'
import type { Bench, Part } from './bench-run.ts'
import { inPairs } from './pairs.ts'
import type { Peer } from './peer.ts'
import { cStore, makeBatch, stow } from './senders.ts'
import { cpuPerGB, type Line, ofThePeers, time, timesFaster } from './table.ts'

interface Cost extends Readonly<Record<string, number>> {
  readonly seconds: number
  /** Of the archive and of PostgreSQL, for each gigabyte. */
  readonly cpu: number
}

export const measureStore: Part = async (bench) => {
  const { slices, peers, runs } = bench
  const count = slices.fresh().files.length
  const one = await inPairs(peers, runs, (peer) => byCStore(bench, peer, 1))
  const eight = await inPairs(peers, runs, (peer) => byCStore(bench, peer, 8))
  const web = await inPairs(peers, runs, (peer) => byStow(bench, peer))
  const lines: Line[] = [
    { what: `C-STORE ${count} CT, one association`, unit: time, pairs: one.seconds, budget: timesFaster(2.5) },
    { what: '  CPU with PostgreSQL', unit: cpuPerGB, pairs: one.cpu },
    { what: `C-STORE ${count} CT, 8 associations`, unit: time, pairs: eight.seconds, budget: timesFaster(2) },
    { what: '  CPU with PostgreSQL', unit: cpuPerGB, pairs: eight.cpu, budget: ofThePeers(0.45) },
    { what: `STOW-RS ${count} CT in one body`, unit: time, pairs: web.seconds, budget: timesFaster(5) },
    { what: '  CPU with PostgreSQL', unit: cpuPerGB, pairs: web.cpu },
  ]
  return lines
}

/** Every call sends instances that nobody has seen. */
async function byCStore(bench: Bench, peer: Peer, associations: number): Promise<Cost> {
  const { files, bytes } = bench.slices.fresh()
  const batch = await makeBatch(files, associations)
  try {
    return await costOf(bench, peer, bytes, () => cStore(peer, batch))
  } finally {
    await batch.remove()
  }
}

function byStow(bench: Bench, peer: Peer): Promise<Cost> {
  const { files, bytes } = bench.slices.fresh()
  return costOf(bench, peer, bytes, () => stow(peer, files, bytes))
}

async function costOf({ database }: Bench, peer: Peer, bytes: number, send: () => Promise<void>): Promise<Cost> {
  const pids = [peer.pid, database.pid]
  const cpuBefore = await cpuSeconds(pids)
  const began = performance.now()
  await send()
  const seconds = (performance.now() - began) / 1_000
  return { seconds, cpu: ((await cpuSeconds(pids)) - cpuBefore) / (bytes / 1e9) }
}
