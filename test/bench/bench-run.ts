/** One run: who is measured, with what, and what has been stored so far. */
import type { Database } from './database.ts'
import type { Options } from './options.ts'
import type { Peer, SeriesUIDs } from './peer.ts'
import type { Resources } from './resources.ts'
import { cStore, makeBatch } from './senders.ts'
import type { Slices } from './slices.ts'
import type { Line } from './table.ts'

export interface Bench extends Pick<Options, 'runs' | 'studies'> {
  readonly folder: string
  readonly database: Database
  /** Ours first. */
  readonly peers: readonly Peer[]
  readonly slices: Slices
  readonly stored: Stored
  readonly resources: Resources
  readonly say: (sentence: string) => void
}

export type Part = (bench: Bench) => Promise<Line[]>

/** A whole series that every peer holds, for those who read. */
export class Stored {
  #series: SeriesUIDs | undefined

  async series(bench: Pick<Bench, 'peers' | 'slices'>): Promise<SeriesUIDs> {
    this.#series ??= await storeSeries(bench)
    return this.#series
  }
}

/** Stores the first `count` slices at every peer under fresh UIDs. */
export async function storeSeries({ peers, slices }: Pick<Bench, 'peers' | 'slices'>, count?: number): Promise<SeriesUIDs> {
  const { files, bytes: _, ...uids } = slices.fresh(count)
  const batch = await makeBatch(files, 1)
  for (const peer of peers) await cStore(peer, batch)
  await batch.remove()
  return uids
}
