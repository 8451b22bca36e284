/** Passes on a body that must have exactly so many bytes, and fails as ObjectStoreUnavailable when it has fewer, more, or breaks off. */
import { pipeline, type Readable, Transform, type TransformCallback } from 'node:stream'
import { ArchiveError, ObjectStoreUnavailable } from '../errors.ts'

class ExactStream extends Transform {
  readonly #what: string
  readonly #expected: number
  #seen = 0

  constructor(what: string, expected: number) {
    super()
    this.#what = what
    this.#expected = expected
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#seen += chunk.length
    if (this.#seen > this.#expected)
      done(new ObjectStoreUnavailable(`${this.#what} came with more than the ${this.#expected} bytes expected`))
    else done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    if (this.#seen === this.#expected) done()
    else done(new ObjectStoreUnavailable(`${this.#what} ended after ${this.#seen} of ${this.#expected} bytes`))
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (error === null || error instanceof ArchiveError) done(error)
    else done(new ObjectStoreUnavailable(`${this.#what} broke off after ${this.#seen} of ${this.#expected} bytes`, { cause: error }))
  }
}

export function exactly(body: Readable, expected: number, what: string): Readable {
  const exact = new ExactStream(what, expected)
  pipeline(body, exact, () => undefined) // whoever reads the stream that is returned sees its failure
  return exact
}
