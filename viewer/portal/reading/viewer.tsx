/**
 * OHIF, docked beside the report. Its start costs seconds, so the frame is made once, with the first study, and kept; every further study
 * is opened inside it through the bridge.
 */
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { newKey } from '../api/http.ts'
import { useLanguage } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { type BridgeState, type Lock, lockOf, openReadingBridge, type ViewerKey } from './bridge.ts'

export interface Viewer {
  /** The frame's `window.name`. */
  readonly name: string
  /** The address that the frame was made with; null while nothing was opened. */
  readonly address: string | null
  readonly bridge: BridgeState
  readonly lock: Lock
  open(StudyInstanceUID: string, samePerson?: readonly string[]): void
  show(StudyInstanceUID: string): void
  leave(): void
  onKey(listener: (key: ViewerKey) => void): () => void
}

export const viewerAddress = (StudyInstanceUID: string): string => `/viewer?StudyInstanceUIDs=${encodeURIComponent(StudyInstanceUID)}`

export function useViewer(): Viewer {
  const [name] = useState(() => `viewer-${newKey()}`)
  const [bridge] = useState(() => openReadingBridge(new BroadcastChannel('reading'), name, Date.now))
  const state = useSyncExternalStore(bridge.subscribe, bridge.state)
  const [address, setAddress] = useState<string | null>(null)
  const now = useNow(1_000)
  useEffect(() => () => bridge.close(), [bridge])
  const open = useCallback(
    (StudyInstanceUID: string, samePerson: readonly string[] = []) => {
      setAddress((made) => made ?? viewerAddress(StudyInstanceUID))
      bridge.open(StudyInstanceUID, samePerson)
    },
    [bridge],
  )
  const lock = lockOf(state, now)
  return useMemo(
    () => ({ name, address, bridge: state, lock, open, show: bridge.show, leave: bridge.leave, onKey: bridge.onKey }),
    [name, address, state, lock, open, bridge],
  )
}

export function ViewerFrame({ viewer, visible }: { viewer: Viewer; visible: boolean }) {
  const { language } = useLanguage()
  useEffect(() => {
    if (!visible) viewer.leave()
  }, [visible, viewer.leave])
  if (viewer.address === null) return visible ? <div className="viewer-frame" /> : null
  return (
    <div className="viewer-frame" inert={!visible}>
      <iframe
        src={viewer.address}
        name={viewer.name}
        title={language === 'zh' ? '影像' : 'Images'}
        allow="fullscreen; cross-origin-isolated; clipboard-write"
      />
    </div>
  )
}
