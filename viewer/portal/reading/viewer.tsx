/**
 * OHIF, docked beside the report or in a window of its own on the other screen. Its start costs seconds, so it is made once, with the first study, and
 * kept; every further study is opened inside it through the bridge.
 */
import './viewer.css'
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { newKey } from '../api/http.ts'
import { usePreference } from '../api/preferences.ts'
import { useLanguage } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import {
  type BridgeState,
  heartbeatMs,
  type ImageTarget,
  type Lock,
  lockOf,
  openReadingBridge,
  type ReadingBridge,
  type ReportContext,
} from './bridge.ts'
import { type Insertion, useInsertions } from './insertions.ts'
import { settingsOf, type ViewerKey, type ViewerSettings } from './messages.ts'
import { keepHotkeys, keepSettings, useHotkeys } from './viewer-settings.ts'
import { claimName, featuresOf, isPlace, leaveName, type Place, placeOf, windowName } from './viewer-window.ts'

export type Placement = 'dock' | 'window'

/** The section `viewer` of a person's preferences. */
export interface ViewerPreference extends ViewerSettings {
  readonly placement?: Placement
  readonly window?: Place
  /** The viewer's own keys, as it keeps them. */
  readonly hotkeys?: Readonly<Record<string, unknown>>
}

export interface Viewer {
  /** The `window.name` of frame or window. */
  readonly name: string
  /** The address that the frame was made with; null while nothing was opened. */
  readonly address: string | null
  /** Counts the frames that were made: a viewer that has broken down is made anew. */
  readonly made: number
  readonly bridge: BridgeState
  readonly lock: Lock
  readonly placement: Placement
  /** The browser did not let us open the window. */
  readonly blocked: boolean
  readonly settings: ViewerSettings
  open(context: ReportContext): void
  show(StudyInstanceUID: string): void
  goTo(target: ImageTarget): void
  prefetch(StudyInstanceUID: string): void
  notice(text: string): void
  leave(): void
  popOut(): void
  popIn(): void
  restart(): void
  setSettings(changes: ViewerSettings): void
  /** Texts and key images for the report, from viewer and priors. */
  insert(insertion: Insertion): void
  onInsert(listener: (insertion: Insertion) => void): () => void
  onContent: ReadingBridge['onContent']
  /** The red strip across the viewer. */
  syncError(text: string | null): void
}

export const viewerAddress = (StudyInstanceUID: string): string => `/viewer?StudyInstanceUIDs=${encodeURIComponent(StudyInstanceUID)}`

/** How long a window that was left open by a reload has to say that it is there. */
const findMs = 600

/** A key that was pressed in the viewer counts as pressed here: whatever the page binds works there too. */
function press(key: ViewerKey): void {
  window.dispatchEvent(new KeyboardEvent('keydown', { ...key, bubbles: true, cancelable: true }))
}

export function useViewer(): Viewer {
  const [{ name, restored }] = useState(() => claimName(sessionStorage, newKey))
  const [bridge] = useState(() => openReadingBridge(new BroadcastChannel('reading'), name, Date.now))
  const state = useSyncExternalStore(bridge.subscribe, bridge.state)
  const [preference, save, loading] = usePreference<ViewerPreference>('viewer')
  const [address, setAddress] = useState<string | null>(null)
  const [made, setMade] = useState(1)
  const [placement, setPlacement] = useState<Placement | null>(null)
  const [blocked, setBlocked] = useState(false)
  const wanted = useRef<ReportContext | null>(null)
  const popup = useRef<Window | null>(null)
  const insertions = useInsertions()
  const now = useNow(1_000)
  const latest = useRef({ preference, placement })
  latest.current = { preference, placement }

  useEffect(() => {
    const leave = () => leaveName(sessionStorage, name)
    addEventListener('pagehide', leave)
    return () => removeEventListener('pagehide', leave)
  }, [name])
  useEffect(() => bridge.onKey(press), [bridge])
  useEffect(() => () => bridge.close(), [bridge])

  // A window that a reload of this page has left open says so when it is asked.
  const [found, setFound] = useState<boolean | null>(restored ? null : false)
  useEffect(() => {
    if (found !== null) return
    bridge.ping()
    const timer = setTimeout(() => setFound(bridge.state().heardAt > 0), findMs)
    return () => clearTimeout(timer)
  }, [bridge, found])

  const settings = useMemo(() => settingsOf(preference), [preference])
  useHotkeys(preference?.hotkeys, (hotkeys) => save({ hotkeys }))
  useEffect(
    () =>
      bridge.onSettings((changes) => {
        save(changes)
        keepSettings(settingsOf({ ...latest.current.preference, ...changes }))
      }),
    [bridge, save],
  )

  /** A window for the viewer; false when the browser does not allow it. */
  const openWindow = useCallback(
    (study: string): boolean => {
      const place = latest.current.preference?.window
      const opened = window.open(viewerAddress(study), windowName(name), featuresOf(isPlace(place) ? place : undefined))
      popup.current = opened
      setBlocked(opened === null)
      return opened !== null
    },
    [name],
  )

  const ready = !loading && found !== null
  // What the doctor has set is in its place before the viewer starts; then it is made, once.
  useEffect(() => {
    if (!ready || placement !== null || wanted.current === null || state.wanted === null) return
    if (preference) {
      keepSettings(settings)
      keepHotkeys(preference.hotkeys)
    }
    if (found) return setPlacement('window')
    if (preference?.placement === 'window' && openWindow(wanted.current.StudyInstanceUID)) return setPlacement('window')
    setAddress(viewerAddress(wanted.current.StudyInstanceUID))
    setPlacement('dock')
  }, [ready, found, placement, preference, settings, openWindow, state.wanted])

  const dock = useCallback(() => {
    popup.current = null
    bridge.gone()
    setMade((count) => count + 1)
    setAddress(wanted.current === null ? null : viewerAddress(wanted.current.StudyInstanceUID))
    setPlacement(wanted.current === null ? null : 'dock')
  }, [bridge])

  // The window is closed by its own cross, by the doctor's PC or by a crash: the dock comes back.
  useEffect(() => {
    if (placement !== 'window') return
    const timer = setInterval(() => {
      if (popup.current === null) return
      if (popup.current.closed) return dock()
      const place = placeOf(popup.current)
      const before = latest.current.preference?.window
      if (isPlace(place) && JSON.stringify(place) !== JSON.stringify(before)) save({ window: place })
    }, 1_000)
    return () => clearInterval(timer)
  }, [placement, dock, save])
  // After a reload of this page nobody holds the window; that it goes is told by itself.
  const lost = placement === 'window' && popup.current === null && state.heardAt === 0 && state.shown === null
  useEffect(() => {
    if (!lost) return
    // A viewer that is merely reloaded says goodbye too, and is back at once.
    const timer = setTimeout(dock, 4_000)
    return () => clearTimeout(timer)
  }, [lost, dock])

  useEffect(() => {
    if (placement === null) return
    const timer = setInterval(bridge.ping, heartbeatMs)
    return () => clearInterval(timer)
  }, [placement, bridge])

  const open = useCallback(
    (context: ReportContext) => {
      wanted.current = context
      bridge.open(context)
    },
    [bridge],
  )
  const leave = useCallback(() => bridge.leave(), [bridge])
  const popOut = useCallback(() => {
    const study = wanted.current?.StudyInstanceUID
    if (study === undefined || !openWindow(study)) return
    save({ placement: 'window' })
    setAddress(null)
    bridge.gone()
    setPlacement('window')
  }, [bridge, openWindow, save])
  const popIn = useCallback(() => {
    save({ placement: 'dock' })
    // Its handle, or after a reload its name: the same window.
    const open = popup.current ?? window.open('', windowName(name))
    open?.close()
    dock()
  }, [dock, name, save])
  const restart = useCallback(() => {
    const study = wanted.current?.StudyInstanceUID
    if (latest.current.placement === 'window' && study !== undefined && openWindow(study)) return bridge.gone()
    dock()
  }, [bridge, dock, openWindow])
  const setSettings = useCallback(
    (changes: ViewerSettings) => {
      save(changes)
      keepSettings(settingsOf({ ...latest.current.preference, ...changes }))
      bridge.setSettings(changes)
    },
    [bridge, save],
  )

  const lock = lockOf(state, now)
  return useMemo(
    () => ({
      name,
      address,
      made,
      bridge: state,
      lock,
      placement: placement ?? 'dock',
      blocked,
      settings,
      open,
      show: bridge.show,
      goTo: bridge.goTo,
      prefetch: bridge.prefetch,
      notice: bridge.notice,
      syncError: bridge.syncError,
      onContent: bridge.onContent,
      leave,
      popOut,
      popIn,
      restart,
      setSettings,
      ...insertions,
    }),
    [name, address, made, state, lock, placement, blocked, settings, open, bridge, leave, popOut, popIn, restart, setSettings, insertions],
  )
}

export function ViewerFrame({ viewer, visible }: { viewer: Viewer; visible: boolean }) {
  const { language } = useLanguage()
  const { leave } = viewer
  useEffect(() => {
    if (!visible) leave()
  }, [visible, leave])
  if (viewer.placement === 'window') return null
  if (viewer.address === null) return visible ? <div className="viewer-frame" /> : null
  return (
    <div className="viewer-frame" inert={!visible}>
      <iframe
        key={viewer.made}
        src={viewer.address}
        name={viewer.name}
        title={language === 'zh' ? '影像' : 'Images'}
        allow="fullscreen; cross-origin-isolated; clipboard-write"
      />
    </div>
  )
}
