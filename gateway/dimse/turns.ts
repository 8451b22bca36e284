/** How many at once for each key: whoever comes when all are taken waits for a turn. */
export class Turns {
  readonly #held = new Map<string, number>()
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Resolves with what gives the turn back, which may be called more than once. Rejects when the signal aborts first. */
  async take(key: string, maximum: number, signal: AbortSignal): Promise<() => void> {
    while ((this.#held.get(key) ?? 0) >= maximum) await this.#turn(key, signal)
    signal.throwIfAborted()
    this.#held.set(key, (this.#held.get(key) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (isHeld) this.#giveBack(key)
      isHeld = false
    }
  }

  #turn(key: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const queue = this.#waiting.get(key) ?? []
      this.#waiting.set(key, queue)
      const leave = () => {
        queue.splice(queue.indexOf(next), 1)
        reject(signal.reason)
      }
      const next = () => {
        signal.removeEventListener('abort', leave)
        resolve()
      }
      queue.push(next)
      if (signal.aborted) leave()
      else signal.addEventListener('abort', leave, { once: true })
    })
  }

  #giveBack(key: string): void {
    const left = (this.#held.get(key) ?? 1) - 1
    if (left > 0) this.#held.set(key, left)
    else this.#held.delete(key)
    const queue = this.#waiting.get(key)
    queue?.shift()?.()
    if (queue?.length === 0) this.#waiting.delete(key)
  }
}
