/**
 * The publisher: one per gateway. What is finished goes at once when nothing is under way; what arrives meanwhile goes together, up to 64 instances, so a
 * commit is shared under load and nobody ever waits for company.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { announceChanges } from '../storage/index/changes.ts'
import { beat, closeEpoch, openEpoch } from '../storage/index/epochs.ts'
import type { Index } from '../storage/index/postgres.ts'
import { publishInstances } from '../storage/index/publish.ts'
import type { InstanceRecord, Published } from '../storage/index/records.ts'
import { IndexUnavailable, OutcomeUnknown } from './errors.ts'
import { epochOf } from './object-key.ts'

export interface PublisherOptions {
  readonly index: Index
  /** This gateway's name, for whoever reads the table of epochs. */
  readonly gateway: string
  /** Number of this gateway's epoch (openPublisher makes one). */
  readonly epoch: number
  /** Instances in one transaction at most. */
  readonly maxBatch?: number
  /** How long a batch whose answer was lost is repeated before its senders are told that the outcome is unknown. */
  readonly patienceMs?: number
  /** Batches under way at once: while one waits for its commit to be synced, the next is being worked on. */
  readonly concurrency?: number
  readonly log?: (sentence: string) => void
}

interface Waiting {
  readonly record: InstanceRecord
  readonly resolve: (published: Published) => void
  readonly reject: (error: unknown) => void
}

/** Announcements wake other gateways' readers; ten a second are enough. */
const announceEveryMs = 100

export class Publisher {
  #epoch: number
  #renewing: Promise<void> | undefined
  readonly #index: Index
  readonly #gateway: string
  readonly #maxBatch: number
  readonly #patienceMs: number
  readonly #concurrency: number
  readonly #log: (sentence: string) => void
  readonly #queue: Waiting[] = []
  readonly #underWay = new Set<Promise<void>>()
  #announcing: Promise<void> | undefined
  #announceAgain = false
  readonly #closing = new AbortController()

  constructor({ index, gateway, epoch, maxBatch = 64, patienceMs = 10_000, concurrency = 2, log = () => {} }: PublisherOptions) {
    this.#gateway = gateway
    this.#epoch = epoch
    this.#index = index
    this.#maxBatch = maxBatch
    this.#patienceMs = patienceMs
    this.#concurrency = concurrency
    this.#log = log
  }

  /** The epoch that the next object is to be written under. */
  get epoch(): number {
    return this.#epoch
  }

  /**
   * Resolves when the instance is committed, or known to be there already. `duplicate`, `rejected`: the caller may remove its object.
   *
   * @throws OutcomeUnknown: it may or may not have been committed; the object must be kept.
   * @throws IndexUnavailable: it was not committed.
   */
  publish(record: InstanceRecord): Promise<Published> {
    if (this.#closing.signal.aborted) return Promise.reject(new IndexUnavailable('the gateway is stopping'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ record, resolve, reject })
      this.#start()
    })
  }

  /** Opens a new epoch in the place of one that others have closed, since this gateway had been silent for an hour. */
  renew(closed: number): Promise<void> {
    if (this.#epoch !== closed) return Promise.resolve()
    this.#renewing ??= openEpoch(this.#index.pool, this.#gateway)
      .then((epoch) => {
        this.#log(`epoch ${closed} was closed while this gateway was silent; it goes on as epoch ${epoch}`)
        this.#epoch = epoch
      })
      .finally(() => {
        this.#renewing = undefined
      })
    return this.#renewing
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    await this.#announcing
  }

  #start(): void {
    while (this.#queue.length > 0 && this.#underWay.size < this.#concurrency) {
      const batch = this.#queue.splice(0, this.#maxBatch)
      const work = this.#publish(batch).finally(() => {
        this.#underWay.delete(work)
        this.#start()
      })
      this.#underWay.add(work)
    }
  }

  async #publish(waiting: readonly Waiting[]): Promise<void> {
    const epoch = this.#epoch
    const batch = waiting.filter(({ record }) => epochOf(record.objectKey) === epoch)
    for (const { record, reject } of waiting) if (epochOf(record.objectKey) !== epoch) reject(outlived())
    if (batch.length === 0) return
    try {
      const published = await this.#repeatUntilKnown(
        epoch,
        batch.map(({ record }) => record),
      )
      batch.forEach(({ resolve }, at) => {
        resolve(published[at]!)
      })
      if (published.some(({ change }) => change !== null)) this.#announce()
    } catch (error) {
      if (hasCode(error, epochClosed)) {
        for (const { reject } of batch) reject(outlived())
        await this.renew(epoch).catch(() => {})
        return
      }
      // One record that the index refuses must not fail its neighbours.
      if (batch.length > 1 && !(error instanceof IndexUnavailable)) {
        for (const one of batch) await this.#publish([one])
        return
      }
      for (const { reject } of batch) reject(error)
    }
  }

  /** A batch whose answer was lost is sent again: whether or not the first was committed, the answer is then the truth (publishing twice is harmless). */
  async #repeatUntilKnown(epoch: number, records: readonly InstanceRecord[]): Promise<Published[]> {
    const until = Date.now() + this.#patienceMs
    let unknown: OutcomeUnknown | undefined
    for (;;) {
      try {
        return await publishInstances(this.#index.pool, epoch, records)
      } catch (error) {
        if (error instanceof OutcomeUnknown) unknown = error
        const isPassing = hasCode(error, deadlock) || (unknown !== undefined && error instanceof IndexUnavailable)
        // Once it is unknown it stays so, whatever else goes wrong later.
        if (!isPassing || Date.now() > until) throw unknown ?? error
        this.#log(`publishing ${records.length} instances again: ${(error as Error).message}`)
        await sleep(100)
      }
    }
  }

  #announce(): void {
    if (this.#announcing !== undefined) {
      this.#announceAgain = true
      return
    }
    this.#announcing = (async () => {
      do {
        this.#announceAgain = false
        // Nobody depends on it: readers also look by themselves.
        await announceChanges(this.#index.pool).catch(() => {})
        await sleep(announceEveryMs, undefined, { signal: this.#closing.signal }).catch(() => {})
      } while (this.#announceAgain)
      this.#announcing = undefined
    })()
  }
}

/** Possible only where the same SOPInstanceUID comes in different studies at once. */
const deadlock = '40P01'
/** Raised by the function `publish`. */
const epochClosed = 'AR001'

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

const outlived = () => new IndexUnavailable('this gateway was silent for so long that what it was storing was given up; send again')

/** Opens an epoch, keeps its heart beating, and publishes under it until closed. */
export async function openPublisher(options: Omit<PublisherOptions, 'epoch'> & { readonly beatMs?: number }): Promise<Publisher> {
  const { index, gateway, beatMs = 60_000 } = options
  const publisher = new Publisher({ ...options, epoch: await openEpoch(index.pool, gateway) })
  const heart = setInterval(() => {
    const { epoch } = publisher
    // What fails now is tried again at the next beat.
    beat(index.pool, epoch).then(
      (alive) => (alive ? undefined : publisher.renew(epoch).catch(() => {})),
      () => {},
    )
  }, beatMs)
  heart.unref()
  const drain = publisher.close.bind(publisher)
  return Object.assign(publisher, {
    async close() {
      clearInterval(heart)
      await drain()
      await closeEpoch(index.pool, publisher.epoch).catch(() => {})
    },
  })
}
