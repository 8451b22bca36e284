/**
 * The portal's end of the line to the viewer: a BroadcastChannel named `reading` (viewer/ohif/README.md has the other end).
 *
 * portal → viewer  `{ type: 'open', StudyInstanceUID, viewer }`
 * viewer → portal  `{ type: 'opened', StudyInstanceUID, PatientName?, viewer }` · `{ type: 'ready', viewer }` ·
 *                  `{ type: 'key', code, ctrlKey, shiftKey, altKey, viewer }`
 *
 * The channel reaches every window of the browser: `viewer` is the name of the frame that is meant or speaks (its `window.name`), so that
 * two windows with two reports never steer each other's images, and a viewer in a window of its own is nobody's.
 *
 * The report may be submitted or signed only while both ends name the same study: a mismatch locks it (reading.md §6.2).
 */

/** What of a BroadcastChannel is used here; a test passes a plain object. */
export interface ReadingChannel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  close(): void
}

export interface ViewerKey {
  readonly code: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

export interface BridgeState {
  /** The study that the report is about. */
  readonly wanted: string | null
  /** Other studies of the same person: looking at one is no mismatch. */
  readonly samePerson: readonly string[]
  /** What the viewer said last that it shows, and whose it is. */
  readonly shown: string | null
  readonly PatientName: string | null
  /** When `wanted` was asked for. */
  readonly askedAt: number
  /** Whether the viewer has shown `wanted` since it was asked for. */
  readonly confirmed: boolean
}

export type BridgeEvent =
  | { readonly type: 'open'; readonly StudyInstanceUID: string; readonly samePerson: readonly string[]; readonly at: number }
  | { readonly type: 'opened'; readonly StudyInstanceUID: string; readonly PatientName: string | null }
  | { readonly type: 'leave' }

/**
 * none: both show the same study · prior: the viewer shows another study of the same person · opening: asked, not answered yet ·
 * silent: no answer for long, the viewer is broken or slow · mismatch: the viewer shows somebody or something else.
 */
export type Lock = 'none' | 'prior' | 'opening' | 'silent' | 'mismatch'

/** Within this the viewer may still speak of the study before. */
export const graceMs = 4_000
/** After this an opening viewer counts as silent: its cold start on an old machine takes some seconds. */
export const silentMs = 25_000

export const noStudy: BridgeState = { wanted: null, samePerson: [], shown: null, PatientName: null, askedAt: 0, confirmed: false }

export function bridgeAfter(state: BridgeState, event: BridgeEvent): BridgeState {
  switch (event.type) {
    case 'open': {
      const { StudyInstanceUID: wanted, samePerson } = event
      if (wanted === state.wanted) return { ...state, samePerson }
      return { ...state, wanted, samePerson, askedAt: event.at, confirmed: state.shown === wanted }
    }
    case 'opened':
      return {
        ...state,
        shown: event.StudyInstanceUID,
        PatientName: event.PatientName,
        confirmed: state.confirmed || event.StudyInstanceUID === state.wanted,
      }
    case 'leave':
      return { ...state, wanted: null, samePerson: [], confirmed: false }
  }
}

export function lockOf({ wanted, samePerson, shown, askedAt, confirmed }: BridgeState, now: number): Lock {
  if (wanted === null || shown === wanted) return 'none'
  if (confirmed && shown !== null && samePerson.includes(shown)) return 'prior'
  if (shown !== null && (confirmed || now - askedAt > graceMs)) return 'mismatch'
  return now - askedAt > silentMs ? 'silent' : 'opening'
}

type FromViewer =
  | { readonly type: 'opened'; readonly StudyInstanceUID: string; readonly PatientName: string | null }
  | { readonly type: 'ready' }
  | ({ readonly type: 'key' } & ViewerKey)

/** A message of our viewer, or undefined when it is none: the channel is open to every page of the origin. */
export function fromViewer(data: unknown, viewer: string): FromViewer | undefined {
  if (typeof data !== 'object' || data === null) return undefined
  const message = data as Readonly<Record<string, unknown>>
  if (message.viewer !== viewer) return undefined
  if (message.type === 'ready') return { type: 'ready' }
  if (message.type === 'opened' && typeof message.StudyInstanceUID === 'string') {
    const { StudyInstanceUID, PatientName } = message
    return { type: 'opened', StudyInstanceUID, PatientName: typeof PatientName === 'string' ? PatientName : null }
  }
  if (message.type === 'key' && typeof message.code === 'string') {
    const { code, ctrlKey, shiftKey, altKey } = message
    return { type: 'key', code, ctrlKey: ctrlKey === true, shiftKey: shiftKey === true, altKey: altKey === true }
  }
  return undefined
}

export interface ReadingBridge {
  state(): BridgeState
  subscribe(listener: () => void): () => void
  /** Makes the viewer show a study; asking again for the same one asks the viewer again. */
  open(StudyInstanceUID: string, samePerson?: readonly string[]): void
  /** Shows another study of the same person beside the report, which stays the same. */
  show(StudyInstanceUID: string): void
  /** No report is on the screen any more. */
  leave(): void
  onKey(listener: (key: ViewerKey) => void): () => void
  close(): void
}

/** `viewer`: the name of this window's frame. */
export function openReadingBridge(channel: ReadingChannel, viewer: string, clock: () => number): ReadingBridge {
  let state = noStudy
  const listeners = new Set<() => void>()
  const keyListeners = new Set<(key: ViewerKey) => void>()
  const take = (event: BridgeEvent): void => {
    state = bridgeAfter(state, event)
    for (const listener of listeners) listener()
  }
  const post = (StudyInstanceUID: string): void => channel.postMessage({ type: 'open', StudyInstanceUID, viewer })
  const ask = (): void => {
    if (state.wanted !== null && state.shown !== state.wanted) post(state.wanted)
  }
  channel.addEventListener('message', ({ data }) => {
    const message = fromViewer(data, viewer)
    if (message?.type === 'opened') take(message)
    else if (message?.type === 'ready') ask()
    else if (message?.type === 'key') for (const listener of keyListeners) listener(message)
  })
  return {
    state: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    open(StudyInstanceUID, samePerson = []) {
      take({ type: 'open', StudyInstanceUID, samePerson, at: clock() })
      ask()
    },
    show: post,
    leave: () => take({ type: 'leave' }),
    onKey(listener) {
      keyListeners.add(listener)
      return () => keyListeners.delete(listener)
    },
    close: () => channel.close(),
  }
}
