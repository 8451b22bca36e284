/**
 * A body that stalls or trickles is given up: RFC 9110 §15.5.9 (408). Only the time spent waiting for the sender counts, not that of a slow store,
 * so a large instance on a weak line has all the time it needs as long as it comes at the least rate.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Patience {
  /** Within each window at least so many bytes must come. */
  readonly windowMs: number
  readonly bytesPerWindow: number
}

/** 4 kB a minute: the weakest line of a township moves that in a tenth of a second. */
export const defaultPatience: Patience = { windowMs: 60_000, bytesPerWindow: 4096 }

/** The sender stopped sending. 408. */
export class BodyStalled extends Error {
  readonly status = 408
  readonly expose = true
}

/** The body's chunks. Leaving the loop early leaves the request open, so that it can still be answered. */
export async function* patiently(request: IncomingMessage, { windowMs, bytesPerWindow }: Patience): AsyncGenerator<Buffer> {
  const chunks = request.iterator({ destroyOnReturn: false })
  let stalled = false
  try {
    let left = windowMs
    let bytes = 0
    for (;;) {
      const began = performance.now()
      const next = chunks.next()
      const result = await within(next, left)
      if (result === undefined) {
        stalled = true
        next.catch(() => undefined) // nobody waits for it any more
        throw new BodyStalled(`The body stalled: fewer than ${bytesPerWindow} bytes in ${Math.round(windowMs / 1000)} s`)
      }
      if (result.done === true) return
      left -= performance.now() - began
      bytes += result.value.length
      if (bytes >= bytesPerWindow) {
        left = windowMs
        bytes = 0
      }
      yield result.value
    }
  } finally {
    // Behind a read that never ends, so would this.
    if (!stalled) await chunks.return?.()
  }
}

/**
 * The connection of a request whose body was not read to its end: what is left of one that has arrived is dropped, behind any other the connection
 * cannot carry a further request.
 */
export function leaveBody({ req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse }): void {
  if (req.complete) req.resume()
  else if (!res.headersSent) res.setHeader('Connection', 'close')
}

/** The promise's value, or undefined when the time is over first. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  try {
    const over = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), Math.max(0, ms))
    })
    return await Promise.race([promise, over])
  } finally {
    clearTimeout(timer)
  }
}
