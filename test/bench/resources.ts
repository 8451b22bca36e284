/** What a run has started: closed in reverse order however the run ends, also by Ctrl-C in the middle of a part. */

interface Closable {
  close(): Promise<unknown>
}

export class Resources {
  readonly #open = new Set<Closable>()

  add<T extends Closable>(resource: T): T {
    this.#open.add(resource)
    return resource
  }

  async close(resource: Closable): Promise<void> {
    if (this.#open.delete(resource)) await resource.close()
  }

  /** What cannot be closed is told, and does not keep the others open. */
  async closeAll(tell: (sentence: string) => void): Promise<void> {
    for (const resource of [...this.#open].reverse()) await this.close(resource).catch((error: unknown) => tell(String(error)))
  }
}
