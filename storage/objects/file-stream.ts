/** A byte range of an open file as a stream that ends after exactly `length` bytes, or fails, and closes the file in both cases. */
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { ObjectStoreUnavailable } from '../errors.ts'

/** Bytes per read: a whole CT slice or a frame in one, and the memory bound of a slow reader (two of these). */
const readSize = 512 * 1024

export class FileStream extends Readable {
  readonly #file: FileHandle
  readonly #key: string
  #position: number
  #left: number
  #reading: Promise<unknown> = Promise.resolve()

  constructor(file: FileHandle, key: string, offset: number, length: number) {
    super({ highWaterMark: readSize })
    this.#file = file
    this.#key = key
    this.#position = offset
    this.#left = length
  }

  override _read(): void {
    if (this.#left === 0) {
      this.push(null)
      return
    }
    const size = Math.min(this.#left, readSize)
    this.#reading = this.#file.read(Buffer.allocUnsafeSlow(size), 0, size, this.#position).then(
      ({ bytesRead, buffer }) => {
        if (bytesRead === 0) {
          this.destroy(new ObjectStoreUnavailable(`Object ${this.#key} ended at byte ${this.#position}, ${this.#left} bytes too early`))
          return
        }
        this.#position += bytesRead
        this.#left -= bytesRead
        this.push(bytesRead === size ? buffer : buffer.subarray(0, bytesRead))
      },
      (cause) => this.destroy(new ObjectStoreUnavailable(`Object ${this.#key} could not be read at byte ${this.#position}`, { cause })),
    )
  }

  /** The file is closed only after a read under way: closing it earlier could hand its descriptor to another file. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const close = () => this.#file.close()
    this.#reading.then(close, close).then(
      () => done(error),
      (failure) => done(error ?? failure),
    )
  }
}
