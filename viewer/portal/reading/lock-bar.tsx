/** Whether the viewer shows what the report is about, red and loud when it shows somebody else; where it stands, and what is set for it. */
import { Button } from 'antd'
import { useEffect, useState } from 'react'
import { useWords } from '../language/language.tsx'
import type { Viewer } from './viewer.tsx'
import { ViewerSettingsDialog } from './viewer-settings-dialog.tsx'
import { viewerWords } from './viewer-words.ts'
import { readingWords } from './words.ts'

interface Props {
  readonly viewer: Viewer
  readonly StudyInstanceUID: string
  /** Whose report it is. */
  readonly patient: string
  /** Opens the study of the report anew. */
  onBack(): void
}

export function LockBar({ viewer, StudyInstanceUID, patient, onBack }: Props) {
  const say = useWords(readingWords)
  const sayViewer = useWords(viewerWords)
  const [asked, setAsked] = useState(false)
  const { lock, bridge, placement, blocked, syncError } = viewer
  // A frame that is just being made has not been asked anything yet.
  const shown = bridge.wanted === StudyInstanceUID ? lock : 'opening'
  const name = bridge.PatientName || say('unknownPatient')
  const strip = shown === 'mismatch' ? sayViewer('strip', { report: patient, shown: name }) : null
  useEffect(() => syncError(strip), [syncError, strip])
  useEffect(() => () => syncError(null), [syncError])
  return (
    <>
      <div
        className={`lock lock-${shown}`}
        role={shown === 'mismatch' ? 'alert' : 'status'}
        data-lock={shown}
        data-first-image={bridge.firstImageMs ?? ''}
      >
        <span className="lock-text">
          {strip ?? say(`lock_${shown}`, { name })}
          {shown === 'none' && bridge.firstImageMs !== null && (
            <small className="quiet number"> {sayViewer('firstImage', { seconds: (bridge.firstImageMs / 1000).toFixed(1) })}</small>
          )}
        </span>
        <span className="lock-deeds">
          {(shown === 'mismatch' || shown === 'prior') && (
            <Button size="small" onClick={onBack}>
              {say('lockBack')}
            </Button>
          )}
          {shown === 'silent' && (
            <Button size="small" onClick={viewer.restart}>
              {sayViewer('restart')}
            </Button>
          )}
          {placement === 'dock' ? (
            <Button size="small" type="text" title={sayViewer('popOutHint')} onClick={viewer.popOut}>
              {sayViewer('popOut')}
            </Button>
          ) : (
            <Button size="small" type="text" onClick={viewer.popIn}>
              {sayViewer('popIn')}
            </Button>
          )}
          <Button size="small" type="text" onClick={() => setAsked(true)}>
            {sayViewer('settings')}
          </Button>
        </span>
      </div>
      {blocked && (
        <p className="lock lock-silent" role="alert">
          {sayViewer('blocked')}
        </p>
      )}
      {asked && <ViewerSettingsDialog viewer={viewer} onClose={() => setAsked(false)} />}
    </>
  )
}
