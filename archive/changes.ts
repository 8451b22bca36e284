/**
 * Following the change feed: forwarding, workitems, documents, live lists. A restart goes on from the last number.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Change, type Ear, lastChange, listenForChanges, moveCursor, readChanges, readCursor } from '../storage/index/changes.ts'
import type { Index } from '../storage/index/postgres.ts'

export type { Change } from '../storage/index/changes.ts'

export interface Following {
  /** Waits for the batch under way. */
  close(): Promise<void>
}

interface Options {
  readonly index: Index
  /** One batch, oldest first. When it rejects, the same batch comes again: effects must be idempotent. */
  readonly handle: (changes: readonly Change[]) => Promise<void>
  /** How often to look without having been woken. */
  readonly pollMs?: number
  readonly batch?: number
  readonly log?: (sentence: string) => void
}

/**
 * A job on the feed: every change comes at least once to exactly one of the gateways, in order; the position is kept in the index under the
 * consumer's name. The gateway that runs it holds a connection; when it dies another takes over within `pollMs`.
 */
export function followChanges({ consumer, ...options }: Options & { readonly consumer: string }): Following {
  const { index, handle, batch = 500 } = options
  return loop({
    ...options,
    begin: async (ear) => ((await ear.take(consumer)) ? readCursor(index.pool, consumer) : undefined),
    advance: async (position) => {
      const changes = await readChanges(index.pool, position, batch)
      const last = changes.at(-1)
      if (last === undefined) return { reached: position, isAll: true }
      await handle(changes)
      await moveCursor(index.pool, consumer, last.number)
      return { reached: last.number, isAll: changes.length < batch }
    },
  })
}

/** Everything that happens from now on (or after a number), for this process alone: what the live lists of its own sessions need. No position is kept. */
export function watchChanges({ after, ...options }: Options & { readonly after?: number }): Following {
  const { index, handle, batch = 500 } = options
  let reached = after
  return loop({
    ...options,
    begin: async () => {
      reached ??= await lastChange(index.pool)
      return reached
    },
    advance: async (position) => {
      const changes = await readChanges(index.pool, position, batch)
      if (changes.length > 0) await handle(changes)
      reached = changes.at(-1)?.number ?? position
      return { reached, isAll: changes.length < batch }
    },
  })
}

interface Loop extends Pick<Options, 'index' | 'pollMs' | 'log'> {
  /** The position to go on from; undefined: not our turn. */
  readonly begin: (ear: Ear) => Promise<number | undefined>
  /** Deals with the next batch: the position after it, the same when there was none; whether that was all there is. */
  readonly advance: (position: number) => Promise<{ readonly reached: number; readonly isAll: boolean }>
}

/** The least time from one look to the next, while there is no backlog: a stream of single changes is read four times a second, not once for each. */
const restMs = 250

/** Whatever fails is tried again, ever more slowly, up to this. */
const longestPauseMs = 5_000

function loop({ index, pollMs = 250, log = () => {}, begin, advance }: Loop): Following {
  const stopping = new AbortController()
  let wake = () => {}
  let woken = false
  const hear = () => {
    woken = true
    wake()
  }
  const rest = () => sleep(restMs, undefined, { signal: stopping.signal }).catch(() => {})
  const pause = async (milliseconds: number) => {
    if (woken || stopping.signal.aborted) return
    const interrupted = new AbortController()
    wake = () => interrupted.abort()
    await sleep(milliseconds, undefined, { signal: interrupted.signal }).catch(() => {})
    wake = () => {}
  }

  const run = async () => {
    let ear: Ear | undefined
    let position: number | undefined
    let pauseMs = pollMs
    while (!stopping.signal.aborted) {
      try {
        ear ??= await listenForChanges(index.pool, hear)
        if (ear.broken !== undefined) throw ear.broken
        position ??= await begin(ear)
        woken = false
        const { reached, isAll } = position === undefined ? { reached: undefined, isAll: true } : await advance(position)
        const moved = reached !== position
        position = reached
        pauseMs = pollMs
        if (moved && isAll) await rest()
        else if (!moved) await pause(pauseMs)
      } catch (error) {
        log(`following the change feed failed and is tried again: ${(error as Error).message}`)
        // Begin anew: what a broken connection held belongs to somebody else by now.
        await ear?.close()
        ear = undefined
        position = undefined
        pauseMs = Math.min(pauseMs * 2, longestPauseMs)
        woken = false
        await pause(pauseMs)
      }
    }
    await ear?.close()
  }
  const done = run()
  return {
    async close() {
      stopping.abort()
      hear()
      await done
    },
  }
}
