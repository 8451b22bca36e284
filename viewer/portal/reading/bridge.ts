/**
 * The portal's end of the line to the viewer: a BroadcastChannel named `reading`, whose events are named as FHIRcast names them (IHE RAD IRA, RAD-146 …
 * RAD-156; viewer/ohif/README.md has the list and the other end).
 *
 * The channel reaches every window of the browser: `hub.topic` is the name of the frame or window that is meant or speaks (its `window.name`), so that two
 * windows with two reports never steer each other's images, and a viewer that nobody here opened is nobody's.
 *
 * What is compared is persons: the report may be submitted or signed only while everything on the viewer's screen is of the person that it is about.
 * Anything else locks it (reading.md §6.2).
 */
import { type FromViewer, fromViewer, type ReportContent, type ViewerKey, type ViewerSettings } from './messages.ts'

/** What of a BroadcastChannel is used here; a test passes a plain object. */
export interface ReadingChannel {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  close(): void
}

/** What the report is about, as the viewer is told. RAD-148. */
export interface ReportContext {
  readonly StudyInstanceUID: string
  /** As DICOM writes it. */
  readonly StudyDate: string
  /** All other studies of the same person: looking at one is no mismatch. */
  readonly associatedStudies: readonly string[]
  /** The prior that is hung beside it; null: none. */
  readonly compare: string | null
  /** How many it has: the viewer looks again when there are more, or fewer. */
  readonly instances: number
}

export interface ImageTarget {
  readonly StudyInstanceUID: string
  readonly SOPInstanceUID?: string
  readonly frame?: number
  readonly series?: number
  readonly image?: number
  readonly window?: { readonly center: number; readonly width: number } | null
}

export interface BridgeState {
  /** The study that the report is about. */
  readonly wanted: string | null
  readonly samePerson: readonly string[]
  /** What the viewer said last that it has in the active viewport, and whose it is. */
  readonly shown: string | null
  readonly PatientName: string | null
  /** The studies of all its viewports. */
  readonly onScreen: readonly string[]
  /** Those of them of which an image has been drawn since `wanted` was asked for. */
  readonly seen: readonly string[]
  /** From asking for it to its first image. */
  readonly firstImageMs: number | null
  /** When `wanted` was asked for. */
  readonly askedAt: number
  /** Whether the viewer has shown `wanted` since it was asked for. */
  readonly confirmed: boolean
  /** When the viewer said anything last. */
  readonly heardAt: number
}

export type BridgeEvent =
  | { readonly type: 'open'; readonly StudyInstanceUID: string; readonly samePerson: readonly string[]; readonly at: number }
  | ({ readonly type: 'opened'; readonly at: number } & Extract<FromViewer, { event: 'ImagingStudy-open' }>['context'])
  | { readonly type: 'heard'; readonly at: number }
  | { readonly type: 'gone'; readonly at: number }
  | { readonly type: 'leave' }

/**
 * none: the study of the report is on the screen, and nobody else · prior: only other studies of the same person · opening: asked, not answered yet ·
 * silent: no answer for long, the viewer is broken or slow · mismatch: the viewer shows somebody else.
 */
export type Lock = 'none' | 'prior' | 'opening' | 'silent' | 'mismatch'

/** Within this the viewer may still speak of the study before. */
export const graceMs = 4_000
/** After this an opening viewer counts as silent: its cold start on an old machine takes some seconds. */
export const silentMs = 25_000
/** It is asked for a sign of life so often; after three without one it counts as silent. */
export const heartbeatMs = 5_000
export const deadMs = 3 * heartbeatMs + 1_000

export const noStudy: BridgeState = {
  wanted: null,
  samePerson: [],
  shown: null,
  PatientName: null,
  onScreen: [],
  seen: [],
  firstImageMs: null,
  askedAt: 0,
  confirmed: false,
  heardAt: 0,
}

export function bridgeAfter(state: BridgeState, event: BridgeEvent): BridgeState {
  switch (event.type) {
    case 'open': {
      const { StudyInstanceUID: wanted, samePerson, at } = event
      if (wanted === state.wanted) return { ...state, samePerson }
      return { ...state, wanted, samePerson, askedAt: at, confirmed: state.shown === wanted, seen: [], firstImageMs: null }
    }
    case 'opened': {
      const { StudyInstanceUID: shown, PatientName, studies, seen, firstImageMs, at } = event
      const confirmed = state.confirmed || studies.includes(state.wanted ?? '')
      return { ...state, shown, PatientName, onScreen: studies, seen, firstImageMs, heardAt: at, confirmed }
    }
    case 'heard':
      return { ...state, heardAt: event.at }
    case 'gone':
      return { ...state, shown: null, PatientName: null, onScreen: [], seen: [], confirmed: false, askedAt: event.at, heardAt: 0 }
    case 'leave':
      return { ...state, wanted: null, samePerson: [], confirmed: false, seen: [] }
  }
}

export function lockOf({ wanted, samePerson, shown, onScreen, askedAt, confirmed, heardAt }: BridgeState, now: number): Lock {
  if (wanted === null) return 'none'
  const stranger = onScreen.some((study) => study !== wanted && !samePerson.includes(study))
  if (stranger) return confirmed || now - askedAt > graceMs ? 'mismatch' : 'opening'
  // Somebody else's images stay what they are though nothing is heard any more; the same person's may have gone.
  if (confirmed && now - Math.max(heardAt, askedAt) > deadMs) return 'silent'
  if (onScreen.includes(wanted)) return 'none'
  if (confirmed && shown !== null) return 'prior'
  if (shown !== null && now - askedAt > graceMs) return 'mismatch'
  return now - askedAt > silentMs ? 'silent' : 'opening'
}

export interface ReadingBridge {
  state(): BridgeState
  subscribe(listener: () => void): () => void
  /** Makes the viewer show a study; asking again for the same one asks the viewer again. */
  open(context: ReportContext): void
  /** Shows another study of the same person beside that of the report, which stays the same. */
  show(StudyInstanceUID: string): void
  /** Brings one image before the eyes. RAD-151. */
  goTo(target: ImageTarget): void
  /** Fetches a study ahead. */
  prefetch(StudyInstanceUID: string): void
  /** A red strip across the viewer, or none. RAD-155. */
  syncError(text: string | null): void
  /** A word about what became of a deed in the viewer. */
  notice(text: string): void
  setSettings(settings: ViewerSettings): void
  /** No report is on the screen any more. */
  leave(): void
  /** The window in which the viewer was has been closed, or its frame made anew. */
  gone(): void
  onKey(listener: (key: ViewerKey) => void): () => void
  /** Key images and measurements handed over. RAD-150. */
  onContent(listener: (content: ReportContent) => void): () => void
  onSettings(listener: (changes: ViewerSettings) => void): () => void
  /** Asks for a sign of life. */
  ping(): void
  close(): void
}

/** Listeners of one kind. */
function listening<T>() {
  const listeners = new Set<(value: T) => void>()
  return {
    tell(value: T) {
      for (const listener of listeners) listener(value)
    },
    add(listener: (value: T) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** `topic`: the name of this page's viewer. */
export function openReadingBridge(channel: ReadingChannel, topic: string, clock: () => number): ReadingBridge {
  let state = noStudy
  let context: ReportContext | null = null
  let strip: string | null = null
  const changes = listening<void>()
  const keys = listening<ViewerKey>()
  const contents = listening<ReportContent>()
  const settings = listening<ViewerSettings>()
  const take = (event: BridgeEvent): void => {
    state = bridgeAfter(state, event)
    changes.tell()
  }
  const send = (event: string, about: object = {}): void =>
    channel.postMessage({ 'hub.topic': topic, 'hub.event': event, timestamp: new Date(clock()).toISOString(), context: about })
  const ask = (): void => {
    if (context === null) return
    send('DiagnosticReport-open', context)
    // It takes the strip away: what is still wrong is said again.
    if (strip !== null) send('syncerror', { text: strip })
  }
  channel.addEventListener('message', ({ data }) => {
    const message = fromViewer(data, topic)
    if (message === undefined) return
    const at = clock()
    if (message.event === 'ImagingStudy-open') return take({ type: 'opened', ...message.context, at })
    if (message.event === 'unsubscribe') return take({ type: 'gone', at })
    take({ type: 'heard', at })
    if (message.event === 'subscribe') ask()
    if (message.event === 'key') keys.tell(message.context)
    if (message.event === 'DiagnosticReport-update') contents.tell(message.context)
    if (message.event === 'settings') settings.tell(message.context)
  })
  return {
    state: () => state,
    subscribe: (listener) => changes.add(listener),
    open(next) {
      context = next
      take({ type: 'open', StudyInstanceUID: next.StudyInstanceUID, samePerson: next.associatedStudies, at: clock() })
      ask()
    },
    show: (StudyInstanceUID) => send('ImagingStudy-open', { StudyInstanceUID }),
    goTo: (target) => send('DiagnosticReport-select', target),
    prefetch: (StudyInstanceUID) => send('prefetch', { StudyInstanceUID }),
    syncError(text) {
      if (text === strip) return
      strip = text
      send('syncerror', { text })
    },
    notice: (text) => send('notice', { text }),
    setSettings: (value) => send('settings', value),
    leave() {
      context = null
      take({ type: 'leave' })
      send('DiagnosticReport-close')
    },
    gone: () => take({ type: 'gone', at: clock() }),
    onKey: keys.add,
    onContent: contents.add,
    onSettings: settings.add,
    ping: () => send('heartbeat'),
    close: () => channel.close(),
  }
}
