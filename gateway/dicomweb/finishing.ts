/**
 * Work that has taken its bytes but is not done: syncs and commits. While one part of a body becomes durable the next is received; several at once share
 * a sync and a commit. What they still hold is bounded, since an object store may hold up to its last 8 MiB of each.
 */
const mostParts = 8
const mostBytes = 16 * 1024 * 1024
const mostHeld = 8 * 1024 * 1024

export class Finishing {
  readonly #work = new Set<Promise<void>>()
  #held = 0

  add(work: Promise<unknown>, bytes: number): void {
    const held = Math.min(bytes, mostHeld)
    this.#held += held
    const done: Promise<void> = work.then(
      () => this.#leave(done, held),
      () => this.#leave(done, held),
    )
    this.#work.add(done)
  }

  #leave(done: Promise<void>, held: number): void {
    this.#held -= held
    this.#work.delete(done)
  }

  /** Waits until another may be begun. */
  async room(): Promise<void> {
    while (this.#work.size >= mostParts || this.#held > mostBytes) await Promise.race(this.#work)
  }

  /** Waits until all is done, well or badly. */
  async end(): Promise<void> {
    await Promise.all(this.#work)
  }
}
