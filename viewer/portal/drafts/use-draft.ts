/** The draft of one workitem in a page: the store of `draft-store.ts` with the browser's tools. */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { isConflict, isSignedOut, NotDone, request } from '../api/http.ts'
import type { Draft } from '../api/types.ts'
import { onLeaving } from '../session/leaving.ts'
import { openCopies } from './copy.ts'
import type { Copy, DraftState } from './draft.ts'
import { createDraftStore, type DraftStore, type Refusal } from './draft-store.ts'

function refusalOf(error: unknown): Refusal {
  if (isConflict(error) && typeof error.current === 'object' && error.current !== null && 'findings' in error.current) {
    return { type: 'refused', why: 'conflict', current: error.current as Draft }
  }
  if (isSignedOut(error)) return { type: 'refused', why: 'signed-out' }
  return { type: 'refused', why: error instanceof NotDone && error.status < 500 ? 'closed' : 'offline' }
}

function openDraft(account: string, workitem: string, isSignedIn: () => boolean): DraftStore {
  const copies = openCopies<Copy>(indexedDB)
  return createDraftStore({
    put: async (text, rev, { keepalive }) => {
      // The cookie may be another person's by now.
      if (!isSignedIn()) throw new NotDone(401, { code: 'signed-out' })
      return request('PUT', `/api/workitems/${workitem}/draft`, { body: text, headers: { 'if-match': `"${rev}"` }, keepalive })
    },
    refusalOf,
    fork: async (text, rev) => {
      if (!isSignedIn()) throw new NotDone(401, { code: 'signed-out' })
      return request('POST', `/api/workitems/${workitem}/forks`, { body: { rev, draft: text } })
    },
    copy: {
      read: () => copies.read(account, workitem),
      write: (copy) => copies.write(account, workitem, copy),
      remove: () => copies.remove(account, workitem),
    },
    clock: Date.now,
    after(ms, then) {
      const timer = setTimeout(then, ms)
      return () => clearTimeout(timer)
    },
  })
}

interface Options {
  readonly account: string
  readonly workitem: string
  readonly draft: Draft | null
  readonly writable: boolean
  /** Somebody else writes or reviews it, or it is signed. */
  readonly elsewhere: boolean
  readonly signedIn: boolean
}

/** Mount the caller with `key={workitem}`: one store lives as long as one report is on the screen. */
export function useDraft({ account, workitem, draft, writable, elsewhere, signedIn }: Options): {
  store: DraftStore
  state: DraftState
  copyless: boolean
} {
  const latest = useRef(signedIn)
  latest.current = signedIn
  const [store] = useState(() => openDraft(account, workitem, () => latest.current))
  const state = useSyncExternalStore(store.subscribe, store.state)
  const copyless = useSyncExternalStore(store.subscribe, store.copyless)

  useEffect(() => void store.load(draft, writable, elsewhere), [store, draft, writable, elsewhere])
  useEffect(() => {
    if (signedIn) store.retry()
  }, [store, signedIn])
  useEffect(() => {
    addEventListener('online', store.retry)
    addEventListener('pagehide', store.leave)
    const callOff = onLeaving(window, store.save)
    return () => {
      callOff()
      removeEventListener('online', store.retry)
      removeEventListener('pagehide', store.leave)
      store.leave()
    }
  }, [store])
  return { store, state, copyless }
}
