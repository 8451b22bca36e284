/** What runs behind the reading workflow, started once by every gateway: the followers of the change feed and the clocks. */
import { setTimeout as sleep } from 'node:timers/promises'
import { sweepAccounts } from '../../storage/index/reading/accounts.ts'
import { accountDefaults } from '../accounts.ts'
import type { Audit } from '../audit.ts'
import { followChanges } from '../changes.ts'
import { arrivalsConsumer, handleArrivals } from './arrivals.ts'
import type { BoardTools } from './board.ts'
import { turnClocks } from './clocks.ts'
import { type DocumentTools, documentsConsumer, storeDocuments } from './documents/store-documents.ts'

export interface ReadingService {
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** How often each clock is looked at, in milliseconds. */
const rhythm = { clocks: 2_000, documents: 5_000, seal: 1_000, sweep: 600_000 } as const

export function startReading(tools: BoardTools & DocumentTools & { readonly audit: Audit }): ReadingService {
  const { index, log } = tools
  const stopping = new AbortController()
  const sentence = (text: string) => log.warn({}, text)
  const followers = [
    followChanges({ index, consumer: arrivalsConsumer, handle: (changes) => handleArrivals(tools, changes), log: sentence }),
    followChanges({
      index,
      consumer: documentsConsumer,
      // A document that fails is tried again by the clock below; it must not hold up those behind it.
      handle: async (changes) => {
        if (changes.some(({ kind }) => kind === 'report')) await storeDocuments(tools)
      },
      log: sentence,
    }),
  ]
  const every = async (milliseconds: number, what: string, deed: () => Promise<unknown>) => {
    while (!stopping.signal.aborted) {
      await sleep(milliseconds, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      await deed().catch((error: unknown) => log.warn({ err: error }, `${what} failed and is tried again`))
    }
  }
  const clocks = [
    every(rhythm.clocks, 'the reading clock', () => turnClocks(tools, tools.quietSeconds)),
    every(rhythm.documents, 'storing report documents', () => storeDocuments(tools)),
    every(rhythm.seal, 'sealing the audit', () => tools.audit.seal()),
    every(rhythm.sweep, 'sweeping sessions', () => sweepAccounts(index.pool, accountDefaults.idleSeconds)),
  ]
  return {
    async close() {
      stopping.abort()
      await Promise.all([...followers.map((follower) => follower.close()), ...clocks])
    },
  }
}
