/**
 * The data set of one message on its way from the socket to whoever takes it: the pieces as they came, uncopied, in order, for one reader.
 *
 * The writer never waits here; it asks `full` and holds the socket until `drained()`.
 */
import type { AssociationLost } from './errors.ts'

const done: IteratorResult<Buffer, undefined> = { done: true, value: undefined }

export class DatasetPipe implements AsyncIterableIterator<Buffer> {
  readonly #maximumBuffered: number
  #pieces: Buffer[] = []
  /** Index of the next piece to hand out; the array is renewed when it is used up. */
  #next = 0
  #buffered = 0
  #received = 0
  #ended = false
  #discarded = false
  #failure: AssociationLost | undefined
  #reader: { resolve(result: IteratorResult<Buffer, undefined>): void; reject(error: Error): void } | undefined
  #onDrained: (() => void) | undefined
  #onComplete: (() => void) | undefined

  constructor(maximumBuffered: number) {
    this.#maximumBuffered = maximumBuffered
  }

  /** Bytes that came so far. */
  get received(): number {
    return this.#received
  }

  /** Whether the last byte has come. */
  get ended(): boolean {
    return this.#ended
  }

  get full(): boolean {
    return this.#buffered > this.#maximumBuffered
  }

  /** Settles when there is room again, the reader has gone or the association has ended. */
  drained(): Promise<void> {
    if (!this.full || this.#failure) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onDrained = resolve
    })
  }

  /** Settles when the last byte has come or none will come any more. */
  completed(): Promise<void> {
    if (this.#ended || this.#failure) return Promise.resolve()
    return new Promise((resolve) => {
      this.#onComplete = resolve
    })
  }

  write(piece: Buffer): void {
    this.#received += piece.length
    if (this.#discarded || piece.length === 0) return
    if (this.#reader) {
      this.#reader.resolve({ done: false, value: piece })
      this.#reader = undefined
    } else {
      this.#pieces.push(piece)
      this.#buffered += piece.length
    }
  }

  /** Bytes before the data set that the reader is to see first: its File Meta. Only before the first `next()`. */
  prepend(bytes: Buffer): void {
    this.#pieces.unshift(bytes)
    this.#buffered += bytes.length
  }

  end(): void {
    this.#ended = true
    this.#reader?.resolve(done)
    this.#reader = undefined
    this.#onComplete?.()
  }

  /** The rest will not come. */
  fail(error: AssociationLost): void {
    if (this.#ended || this.#failure) return
    this.#failure = error
    this.#reader?.reject(error)
    this.#reader = undefined
    this.#onComplete?.()
    this.#release()
  }

  /** What is here and what still comes is thrown away: nobody wants it. */
  discard(): void {
    this.#discarded = true
    this.#pieces = []
    this.#next = 0
    this.#buffered = 0
    this.#release()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    if (this.#next < this.#pieces.length) {
      const piece = this.#pieces[this.#next++]!
      if (this.#next === this.#pieces.length) {
        this.#pieces = []
        this.#next = 0
      }
      this.#buffered -= piece.length
      if (!this.full) this.#release()
      return Promise.resolve({ done: false, value: piece })
    }
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#ended || this.#discarded) return Promise.resolve(done)
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject }
    })
  }

  return(): Promise<IteratorResult<Buffer, undefined>> {
    this.discard()
    return Promise.resolve(done)
  }

  #release(): void {
    this.#onDrained?.()
    this.#onDrained = undefined
  }
}
