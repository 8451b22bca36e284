/**
 * The data set of one message on its way from the socket to whoever takes it: the pieces as they came, uncopied, in order, for one reader.
 *
 * The writer never waits here; it asks `full` and holds the socket until `drained()`.
 */
import { type AssociationLost, DatasetDiscarded } from './errors.ts'

/** What a piece costs beside its bytes: a data set in fragments of one byte must not fill the memory either. */
const PIECE_OVERHEAD = 128

const done: IteratorResult<Buffer, undefined> = { done: true, value: undefined }

export class DatasetPipe implements AsyncIterableIterator<Buffer> {
  readonly #maximumBuffered: number
  /** Those that wait; few, since a full pipe holds the socket. */
  #pieces: Buffer[] = []
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
      this.#buffered += piece.length + PIECE_OVERHEAD
    }
  }

  /** Bytes before the data set that the reader is to see first: its File Meta. Only before the first `next()`. */
  prepend(bytes: Buffer): void {
    this.#pieces.unshift(bytes)
    this.#buffered += bytes.length + PIECE_OVERHEAD
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

  /** What is here and what still comes is thrown away. A reader that goes on reading all the same must not take this for the end. */
  discard(): void {
    this.#discarded = true
    this.#reader?.reject(new DatasetDiscarded('the rest of the data set was thrown away'))
    this.#reader = undefined
    this.#pieces = []
    this.#buffered = 0
    this.#release()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<Buffer, undefined>> {
    const piece = this.#pieces.shift()
    if (piece) {
      this.#buffered -= piece.length + PIECE_OVERHEAD
      if (!this.full) this.#release()
      return Promise.resolve({ done: false, value: piece })
    }
    if (this.#failure) return Promise.reject(this.#failure)
    if (this.#discarded) return Promise.reject(new DatasetDiscarded('the rest of the data set was thrown away'))
    if (this.#ended) return Promise.resolve(done)
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
