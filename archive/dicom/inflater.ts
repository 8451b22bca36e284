/**
 * The deflated data set as it comes in. PS3.5 §A.5: one raw deflate stream (RFC 1951) behind File Meta, padded to an even length.
 * What comes out is handed on at once; held are the window of 32 KiB and what a slice of 4 KiB inflates to (4 MiB at the very most).
 */
import { Buffer } from 'node:buffer'
import { Inflate } from 'fflate'
import { ArchiveError, LimitExceeded, NotUnderstood } from '../errors.ts'

export interface InflateLimits {
  /** Up to here anything goes: a black image deflates a thousandfold. */
  readonly freeBytes: number
  /** Beyond, the data may not have grown more than so many times. */
  readonly ratio: number
  readonly bytes: number
}

export const inflateLimits: InflateLimits = { freeBytes: 64 << 20, ratio: 100, bytes: 4 * 2 ** 30 }

const sliceLength = 4 << 10
/** A deflate stream that still goes on gives something for as many bytes as these. */
const maximumSilence = 64 << 10

export class Inflater {
  readonly #limits: InflateLimits
  readonly #stream: Inflate
  #read = 0
  #written = 0
  #silent = 0

  constructor(take: (bytes: Buffer) => void, limits: InflateLimits = inflateLimits) {
    this.#limits = limits
    this.#stream = new Inflate((bytes) => {
      if (bytes.length === 0) return
      this.#silent = 0
      this.#written += bytes.length
      this.#check()
      take(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    })
  }

  #check(): void {
    const { freeBytes, ratio, bytes } = this.#limits
    if (this.#written > bytes || (this.#written > freeBytes && this.#written > ratio * this.#read)) {
      throw new LimitExceeded(
        `The deflated data set inflates to more than ${Math.min(bytes, Math.max(freeBytes, ratio * this.#read))} bytes`,
      )
    }
  }

  #push(bytes: Uint8Array, final: boolean): void {
    try {
      this.#stream.push(bytes, final)
    } catch (error) {
      if (error instanceof ArchiveError) throw error
      throw new NotUnderstood(`The deflated data set is damaged or breaks off after ${this.#read} bytes`, { cause: error })
    }
  }

  /** @throws NotUnderstood when this is not a deflate stream, LimitExceeded when it grows out of bounds, and what `take` throws. */
  write(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; at += sliceLength) {
      const slice = chunk.subarray(at, at + sliceLength)
      this.#read += slice.length
      this.#silent += slice.length
      this.#push(slice, false)
      if (this.#silent > maximumSilence)
        throw new NotUnderstood(`Bytes follow the end of the deflated data set, ${this.#read} bytes behind its beginning`)
    }
  }

  /** Says that no more bytes come. @throws NotUnderstood when the stream is not complete. */
  end(): void {
    // fflate looks for the end of the stream only when there are bytes to look at; behind a complete stream this one is ignored.
    this.#push(Uint8Array.of(0xff), true)
  }
}
