/**
 * A spool: bytes that came before it is known where they belong (the bulk data of a store request of metadata and bulk data). Few are held in memory, the
 * rest is written to the object store under a fresh key that nothing refers to: what a crash leaves behind, the sweeper puts aside.
 */
import type { ObjectStore } from '../storage/objects/objects.ts'
import { LimitExceeded } from './errors.ts'

export interface Spooled {
  readonly length: number
  /** May be read more than once. */
  read(): AsyncIterable<Uint8Array>
  /** The bytes are not needed any more. */
  drop(): Promise<void>
}

export interface SpoolLimits {
  /** Bytes of one piece that is held in memory. */
  readonly piece: number
  /** Bytes held in memory by all. */
  readonly memory: number
  /** Bytes that wait, in memory and in the store. */
  readonly total: number
}

export class Spool {
  readonly #objects: Pick<ObjectStore, 'put' | 'get' | 'remove'>
  readonly #newKey: () => string
  readonly #limits: SpoolLimits
  readonly #waiting = new Set<Spooled>()
  #inMemory = 0
  #total = 0

  constructor(objects: Pick<ObjectStore, 'put' | 'get' | 'remove'>, newKey: () => string, limits: SpoolLimits) {
    this.#objects = objects
    this.#newKey = newKey
    this.#limits = limits
  }

  /** @throws LimitExceeded when more would wait than may, and what the object store throws; nothing is kept then. */
  async take(bytes: AsyncIterable<Uint8Array>): Promise<Spooled> {
    const source = this.#counted(bytes)[Symbol.asyncIterator]()
    const beginning: Uint8Array[] = []
    let length = 0
    for (;;) {
      const { value, done } = await source.next()
      if (done === true) return this.#held(Buffer.concat(beginning))
      beginning.push(value)
      length += value.length
      if (length > this.#limits.piece || this.#inMemory + length > this.#limits.memory) return this.#written(beginning, source)
    }
  }

  /** Nothing that waits is needed any more. */
  async close(): Promise<void> {
    await Promise.all([...this.#waiting].map((one) => one.drop()))
  }

  async *#counted(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let taken = 0
    try {
      for await (const chunk of bytes) {
        taken += chunk.length
        this.#total += chunk.length
        if (this.#total > this.#limits.total)
          throw new LimitExceeded(`More than ${this.#limits.total} bytes of bulk data wait for their metadata`)
        yield chunk
      }
      taken = 0
    } finally {
      this.#total -= taken
    }
  }

  #held(bytes: Buffer): Spooled {
    this.#inMemory += bytes.length
    return this.#keep({
      length: bytes.length,
      read: async function* () {
        yield bytes
      },
      drop: async () => {
        this.#inMemory -= bytes.length
      },
    })
  }

  async #written(beginning: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): Promise<Spooled> {
    const key = this.#newKey()
    const whole = async function* () {
      yield* beginning
      for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
    }
    const { size } = await this.#objects.put(key, whole()).catch(async (error: unknown) => {
      await rest.return?.()
      throw error
    })
    const objects = this.#objects
    return this.#keep({
      length: size,
      read: async function* () {
        yield* await objects.get(key)
      },
      // What cannot be removed now is found by the sweeper.
      drop: () => objects.remove(key).catch(() => undefined),
    })
  }

  #keep(spooled: Spooled): Spooled {
    const kept: Spooled = {
      ...spooled,
      drop: async () => {
        if (!this.#waiting.delete(kept)) return
        this.#total -= spooled.length
        await spooled.drop()
      },
    }
    this.#waiting.add(kept)
    return kept
  }
}
