/** Whether a critical value will ring here: a test at the start of the shift, and 声音未启用 while it will not. */
import { useState, useSyncExternalStore } from 'react'
import { useWords } from '../language/language.tsx'
import { noticeWords } from './notice-words.ts'
import type { Alarm } from './sound.ts'

export function SoundLine({ alarm }: { alarm: Alarm }) {
  const say = useWords(noticeWords)
  const state = useSyncExternalStore(alarm.subscribe, alarm.state)
  const [step, setStep] = useState<'asked' | 'unheard' | null>(null)
  const test = () => void alarm.test().then(() => setStep('asked'))
  if (state === 'on' && step === null) return null
  return (
    <div className="sound-line no-print" role="status">
      <span aria-hidden="true">⚠</span>
      {step === 'asked' ? (
        <>
          <span>{say('soundHeard')}</span>
          <button
            type="button"
            onClick={() => {
              alarm.heard()
              setStep(null)
            }}
          >
            {say('heard')}
          </button>
          <button type="button" onClick={() => setStep('unheard')}>
            {say('notHeard')}
          </button>
        </>
      ) : (
        <>
          <span>
            {say(step === 'unheard' ? 'soundTips' : state === 'none' ? 'soundNone' : state === 'waiting' ? 'soundWaits' : 'soundOff')}
          </span>
          {state !== 'none' && (
            <button type="button" onClick={test}>
              {say('soundTest')}
            </button>
          )}
        </>
      )}
    </div>
  )
}
