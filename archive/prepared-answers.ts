/**
 * Answers that were put together once and are asked for again: the metadata of a series that a second doctor opens, or the same one on another layout.
 * A key names a revision, so nothing in here is ever out of date; what has not been asked for longest goes first.
 */

export interface PreparedOptions {
  /** Bytes of all answers together, at most. 16 MB: thirty series of 300 slices. */
  readonly most?: number
  /** Bytes of one answer, at most: a larger one would push out all others. */
  readonly mostOfOne?: number
}

export class PreparedAnswers {
  readonly #answers = new Map<string, Buffer>()
  readonly #most: number
  readonly #mostOfOne: number
  #bytes = 0

  constructor({ most = 16_000_000, mostOfOne = most / 8 }: PreparedOptions = {}) {
    this.#most = most
    this.#mostOfOne = mostOfOne
  }

  get(key: string): Buffer | undefined {
    const answer = this.#answers.get(key)
    if (answer === undefined) return undefined
    // Maps keep the order of insertion: the youngest stands last.
    this.#answers.delete(key)
    this.#answers.set(key, answer)
    return answer
  }

  /** Passes the answer on and keeps it, if it comes to its end and is not too large. */
  async *keep(key: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let held: Buffer[] = []
    let bytes = 0
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes <= this.#mostOfOne) held.push(chunk)
      else held = []
      yield chunk
    }
    if (bytes > this.#mostOfOne || this.#answers.has(key)) return
    this.#answers.set(key, Buffer.concat(held, bytes))
    this.#bytes += bytes
    for (const [oldest, answer] of this.#answers) {
      if (this.#bytes <= this.#most) return
      this.#answers.delete(oldest)
      this.#bytes -= answer.length
    }
  }
}
