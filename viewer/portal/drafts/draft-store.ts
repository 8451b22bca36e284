/**
 * Carries out what the draft's phase asks for: the browser's copy at once, the server after two idle seconds, again when the line is
 * back. Knows neither React nor the browser: what it needs is handed in.
 */
import type { Draft } from '../api/types.ts'
import { type Copy, type DraftEvent, type DraftState, draftAfter, isUnsaved, newDraft, type Text, textOf } from './draft.ts'

export const idleMs = 2_000
export const retryMs = 5_000

/** Why a save did not succeed, as the draft understands it. */
export type Refusal = Extract<DraftEvent, { type: 'refused' }>

export interface DraftTools {
  /** Puts the text on the server; rejects with anything that `refusalOf` can read. */
  put(text: Text, rev: number, options: { keepalive: boolean }): Promise<{ rev: number; savedAt: string }>
  refusalOf(error: unknown): Refusal
  /** Gives the server a text that cannot be saved any more, for whoever holds the workitem now. */
  fork(text: Text, rev: number): Promise<unknown>
  /** The browser's own copy; each may reject, and then the store is `copyless`. */
  readonly copy: { read(): Promise<Copy | null>; write(copy: Copy): Promise<void>; remove(): Promise<void> }
  clock(): number
  /** Calls back after `ms`; returns how to call it off. */
  after(ms: number, then: () => void): () => void
}

export interface DraftStore {
  state(): DraftState
  /** The browser keeps no copy: text typed on a dead line lives only in this window. */
  copyless(): boolean
  subscribe(listener: () => void): () => void
  /**
   * The server's text; `writable`: the browser's copy counts, the text may be changed. `elsewhere`: somebody else goes on with it, so a copy
   * that this browser still has is given to them.
   */
  load(draft: Draft | null, writable: boolean, elsewhere?: boolean): Promise<void>
  type(change: Partial<Text>): void
  choose(text: Text): void
  /** Saves now; true when the server has everything that was typed. */
  save(): Promise<boolean>
  /** The line or the session is back. */
  retry(): void
  /** The page goes away: one last try that outlives it. */
  leave(): void
}

export function createDraftStore({ put, refusalOf, fork, copy, clock, after }: DraftTools): DraftStore {
  let state = newDraft
  let copyless = false
  let callOff = () => {}
  let underWay: Promise<void> | null = null
  let left = false
  const listeners = new Set<() => void>()
  const tell = () => {
    for (const listener of listeners) listener()
  }
  const noCopy = () => {
    if (copyless) return
    copyless = true
    tell()
  }

  const take = (event: DraftEvent): void => {
    const before = state
    state = draftAfter(before, event)
    if (state === before) return
    // Somebody who only reads leaves the copy of an earlier writing alone.
    if (state.phase !== 'loading' && event.type !== 'sending' && !(event.type === 'loaded' && !event.writable)) {
      const kept = isUnsaved(state) ? copy.write({ ...state.text, rev: state.rev, at: clock() }) : copy.remove()
      kept.catch(noCopy)
    }
    callOff()
    callOff = () => {}
    if (!left && state.phase === 'changed') callOff = after(idleMs, () => void save())
    if (!left && state.phase === 'offline') callOff = after(retryMs, () => take({ type: 'retry' }))
    tell()
    if (state.phase === 'closed' && before.phase !== 'closed') void handOver(state.text, state.rev)
  }

  /** What fails stays in the browser's copy, and is tried when the page is opened again. */
  const handOver = async (text: Text, rev: number): Promise<void> => {
    try {
      await fork(text, rev)
    } catch {
      return
    }
    if (state.phase === 'closed') take({ type: 'forked' })
    else await copy.remove().catch(noCopy)
  }

  const send = async (keepalive: boolean): Promise<void> => {
    const { text, rev } = state
    take({ type: 'sending' })
    try {
      take({ type: 'stored', ...(await put(text, rev, { keepalive })) })
    } catch (error) {
      take(refusalOf(error))
    }
  }

  const save = async (): Promise<boolean> => {
    // What is typed while one save is on its way goes with the next; somebody who types on and on is saved by the idle timer.
    for (let round = 0; round < 3; round++) {
      if (underWay) await underWay
      const { phase } = state
      if (phase === 'saved') return true
      if (phase === 'loading' || phase === 'conflict' || phase === 'closed') return false
      underWay = send(false).finally(() => {
        underWay = null
      })
      await underWay
      const { phase: now } = state
      if (now === 'offline' || now === 'signed-out') return false
    }
    return state.phase === 'saved'
  }

  return {
    state: () => state,
    copyless: () => copyless,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async load(draft, writable, elsewhere = false) {
      const kept =
        writable || elsewhere
          ? await copy.read().catch(() => {
              noCopy()
              return null
            })
          : null
      const first = state.phase === 'loading'
      take({ type: 'loaded', draft, copy: writable ? kept : null, writable })
      if (elsewhere && first && kept !== null) void handOver(textOf(kept), kept.rev)
    },
    type: (change) => take({ type: 'typed', change }),
    choose: (text) => take({ type: 'chosen', text }),
    save,
    retry: () => take({ type: 'retry' }),
    leave() {
      left = true
      callOff()
      if (state.phase === 'changed') void send(true)
    },
  }
}
