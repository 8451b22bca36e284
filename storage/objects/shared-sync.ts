/**
 * Syncs that are shared: whoever asks while one is under way waits for the next, and all who wait share it. A sync only covers what was done
 * before it began, so nobody is ever served by one that had already started.
 */
import { open } from 'node:fs/promises'

interface Turn {
  readonly running: Promise<void>
  next: Promise<void> | undefined
}

export class SharedSync {
  readonly #turns = new Map<string, Turn>()
  readonly #sync: (folder: string) => Promise<void>

  constructor(sync: (folder: string) => Promise<void> = syncFolder) {
    this.#sync = sync
  }

  /** Resolves when a sync of the folder that began after this call has ended. */
  of(folder: string): Promise<void> {
    const turn = this.#turns.get(folder)
    if (turn === undefined) return this.#begin(folder)
    turn.next ??= turn.running.then(
      () => this.#begin(folder),
      () => this.#begin(folder),
    )
    return turn.next
  }

  #begin(folder: string): Promise<void> {
    const running = this.#sync(folder)
    const turn: Turn = { running, next: undefined }
    this.#turns.set(folder, turn)
    const ended = () => {
      if (turn.next === undefined) this.#turns.delete(folder)
    }
    running.then(ended, ended)
    return running
  }
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
