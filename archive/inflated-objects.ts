/**
 * Deflated data sets (PS3.5 §A.5), inflated once and kept for a while: a frame in the middle can only be had by inflating all before it. Bounded in bytes
 * each and together, and how far one may grow was bounded when it was stored (`dicom/inflater.ts`). What is larger is inflated anew as far as needed.
 */
import { createInflateRaw } from 'node:zlib'
import type { ReadsRanges, StoredInstance } from './frame-ranges.ts'

const mostBytesOfOne = 32 * 1024 * 1024
const mostBytes = 64 * 1024 * 1024
/** Remembered, also those that were too large. */
const mostEntries = 1_000

/** A cache lives as long as the store whose objects it holds. */
const caches = new WeakMap<ReadsRanges, InflatedObjects>()

export function inflatedObjectsOf(objects: ReadsRanges): InflatedObjects {
  const cache = caches.get(objects) ?? new InflatedObjects(objects)
  caches.set(objects, cache)
  return cache
}

export class InflatedObjects {
  readonly #objects: ReadsRanges
  /** Null: too large. */
  readonly #entries = new Map<string, Promise<Buffer | null>>()
  /** In the order of their last use. */
  readonly #sizes = new Map<string, number>()
  #bytes = 0

  constructor(objects: ReadsRanges) {
    this.#objects = objects
  }

  /** The whole inflated data set, or null where it is too large to be kept. @throws what the store throws, and for a damaged stream */
  async get(instance: StoredInstance): Promise<Buffer | null> {
    const { objectKey } = instance
    const known = this.#entries.get(objectKey)
    if (known !== undefined) {
      const size = this.#sizes.get(objectKey)
      if (size !== undefined) {
        this.#sizes.delete(objectKey)
        this.#sizes.set(objectKey, size)
      }
      return known
    }
    const making = this.#inflate(instance)
    this.#entries.set(objectKey, making)
    try {
      const bytes = await making
      this.#keep(objectKey, bytes?.length ?? 0)
      return bytes
    } catch (error) {
      this.#entries.delete(objectKey)
      throw error
    }
  }

  #keep(objectKey: string, size: number): void {
    this.#sizes.set(objectKey, size)
    this.#bytes += size
    for (const oldest of this.#sizes.keys()) {
      if (this.#bytes <= mostBytes && this.#sizes.size <= mostEntries) return
      this.#bytes -= this.#sizes.get(oldest)!
      this.#sizes.delete(oldest)
      this.#entries.delete(oldest)
    }
  }

  async #inflate({ objectKey, datasetOffset, objectSize }: StoredInstance): Promise<Buffer | null> {
    const deflated = await this.#objects.getRange(objectKey, datasetOffset, objectSize - datasetOffset)
    const inflate = createInflateRaw()
    deflated.once('error', (error) => inflate.destroy(error))
    const parts: Buffer[] = []
    let size = 0
    try {
      for await (const part of deflated.pipe(inflate) as AsyncIterable<Buffer>) {
        size += part.length
        if (size > mostBytesOfOne) return null
        parts.push(part)
      }
      return Buffer.concat(parts)
    } finally {
      deflated.destroy()
      inflate.destroy()
    }
  }
}
