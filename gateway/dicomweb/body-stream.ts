/**
 * A response body that is produced as it is sent. The producer runs until its first chunk before anything is answered, so that what is missing or
 * unreachable is still a status, and it is told when the asker goes away, so that nothing it has opened stays open.
 */
import { Readable } from 'node:stream'

export type Producer = (signal: AbortSignal) => AsyncGenerator<Uint8Array>

/** Why a producer is told to stop. One for all: to make an error for each answer is measurable where a thousand frames leave in a second. */
const over = new Error('The answer is complete, or its asker has gone')

/** Chunks held ready while the socket is busy. */
const highWaterMark = 1024 * 1024

/** @throws what the producer throws before its first chunk. */
export async function bodyStream(produce: Producer): Promise<Readable> {
  const controller = new AbortController()
  const chunks = produce(controller.signal)
  const first = await chunks.next()
  return new BodyStream(chunks, controller, first)
}

class BodyStream extends Readable {
  readonly #chunks: AsyncGenerator<Uint8Array>
  readonly #controller: AbortController
  #next: Promise<IteratorResult<Uint8Array>> | undefined

  constructor(chunks: AsyncGenerator<Uint8Array>, controller: AbortController, first: IteratorResult<Uint8Array>) {
    super({ highWaterMark })
    this.#chunks = chunks
    this.#controller = controller
    this.#next = Promise.resolve(first)
  }

  override async _read(): Promise<void> {
    try {
      for (;;) {
        const next = this.#next ?? this.#chunks.next()
        this.#next = undefined
        const { value, done } = await next
        if (done === true) {
          this.push(null)
          return
        }
        if (!this.push(value)) return
      }
    } catch (error) {
      this.destroy(error as Error)
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#controller.abort(over)
    this.#chunks.return(undefined).then(
      () => callback(error),
      () => callback(error),
    )
  }
}
