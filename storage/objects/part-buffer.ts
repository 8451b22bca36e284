/** A part of a multipart upload. Collects a stream into parts of one size. It grows as bytes come (most instances are far smaller than a part) and is reused for the next part. */

/** S3 takes parts from 5 MiB on; this is also what one upload holds in memory. */
export const partSize = 8 * 1024 * 1024

export class PartBuffer {
  readonly #capacity: number
  #bytes: Buffer
  #used = 0

  constructor(capacity = partSize, initial = 1024 * 1024) {
    this.#capacity = capacity
    this.#bytes = Buffer.allocUnsafeSlow(Math.min(initial, capacity))
  }

  get used(): number {
    return this.#used
  }

  get full(): boolean {
    return this.#used === this.#capacity
  }

  /** Takes what fits of the chunk from `start` on; answers how much. */
  take(chunk: Uint8Array, start: number): number {
    const size = Math.min(chunk.byteLength - start, this.#capacity - this.#used)
    this.#grow(this.#used + size)
    this.#bytes.set(chunk.subarray(start, start + size), this.#used)
    this.#used += size
    return size
  }

  /** What was collected; valid until `clear` and the next `take`. */
  content(): Buffer {
    return this.#bytes.subarray(0, this.#used)
  }

  clear(): void {
    this.#used = 0
  }

  #grow(needed: number): void {
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#capacity, Math.max(needed, this.#bytes.length * 2)))
    larger.set(this.content())
    this.#bytes = larger
  }
}
