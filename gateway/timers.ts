/** Something that is done again and again: never twice at once, never in the way of the end. */
import type { Logger } from 'pino'

export interface Repeating {
  /** Waits for the run under way. */
  close(): Promise<void>
}

export function every(ms: number, what: string, log: Pick<Logger, 'warn'>, run: () => Promise<unknown>): Repeating {
  let underWay: Promise<void> | undefined
  const turn = (): void => {
    underWay ??= run()
      .then(
        () => undefined,
        (error: unknown) => log.warn({ err: error }, `${what} failed; it is tried again`),
      )
      .finally(() => {
        underWay = undefined
      })
  }
  const timer = setInterval(turn, ms)
  timer.unref()
  return {
    async close() {
      clearInterval(timer)
      await underWay
    },
  }
}
