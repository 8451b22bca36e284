/** Whether the viewer shows what the report is about; red and loud when it does not. */
import { Button } from 'antd'
import { useWords } from '../language/language.tsx'
import type { Viewer } from './viewer.tsx'
import { readingWords } from './words.ts'

export function LockBar({ viewer, StudyInstanceUID }: { viewer: Viewer; StudyInstanceUID: string }) {
  const say = useWords(readingWords)
  const { lock, bridge } = viewer
  // A frame that is just being made has not been asked anything yet.
  const shown = bridge.wanted === StudyInstanceUID ? lock : 'opening'
  const name = bridge.PatientName || say('unknownPatient')
  return (
    <div className={`lock lock-${shown}`} role={shown === 'mismatch' ? 'alert' : 'status'} data-lock={shown}>
      <span>{say(`lock_${shown}`, { name })}</span>
      {(shown === 'mismatch' || shown === 'prior' || shown === 'silent') && (
        <Button size="small" onClick={() => viewer.open(StudyInstanceUID, bridge.samePerson)}>
          {say('lockBack')}
        </Button>
      )}
    </div>
  )
}
