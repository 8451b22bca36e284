/**
 * All windows of one browser share one session cookie: whoever signs in or out in one of them does so in all. Each tells the others, so
 * that none goes on under a name that is no longer the one the server knows it by.
 */

/** What of a BroadcastChannel is used here; a test passes a plain object. */
export interface SessionChannel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  close(): void
}

interface Told {
  /** Who is signed in now; null: nobody. */
  readonly username: string | null
  /** The window that tells, by the moment it was opened: it hears itself, too. */
  readonly window: number
}

export function tellWindows(channel: SessionChannel, username: string | null): void {
  channel.postMessage({ username, window: performance.timeOrigin } satisfies Told)
  channel.close()
}

/** Calls back when another window signed this account in again, or made the session somebody else's or nobody's. Returns how to stop. */
export function followWindows(
  channel: SessionChannel,
  username: string,
  { renewed, ended }: { readonly renewed: () => void; readonly ended: () => void },
): () => void {
  channel.addEventListener('message', ({ data }) => {
    const told = data as Told
    if (told.window === performance.timeOrigin) return
    if (told.username === username) renewed()
    else ended()
  })
  return () => channel.close()
}
