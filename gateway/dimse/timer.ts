/** One timer that is started, pushed back and stopped many times: ARTIM, idle, stall. */
export class Timer {
  #timeout: NodeJS.Timeout | undefined
  #milliseconds = 0
  readonly #expired: () => void

  constructor(expired: () => void) {
    this.#expired = expired
  }

  /** From now; a timer that runs for the same time is only pushed back, which costs almost nothing. */
  start(milliseconds: number): void {
    if (this.#timeout && this.#milliseconds === milliseconds) this.#timeout.refresh()
    else {
      this.stop()
      this.#milliseconds = milliseconds
      this.#timeout = setTimeout(() => {
        this.#timeout = undefined
        this.#expired()
      }, milliseconds)
    }
  }

  stop(): void {
    clearTimeout(this.#timeout)
    this.#timeout = undefined
  }
}
