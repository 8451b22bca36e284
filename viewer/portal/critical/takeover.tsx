/**
 * The notice that cannot be missed: it takes the whole window of the ward and of the imaging room, over every page, dialog and lock, until somebody has given a
 * name and repeated it. Without Ant Design: the ward page shows it too. reading.md §3.4, §6.3, §6.4.
 */
import './takeover.css'
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { createPortal } from 'react-dom'
import type { Critical } from '../api/critical-types.ts'
import { act, sentenceOf } from '../api/http.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { ageText, placeText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { shellWords } from '../shell/words.ts'
import { stopwatch, useServerNow } from './countdown.ts'
import { noticeWords } from './notice-words.ts'
import type { Alarm } from './sound.ts'
import { SoundLine } from './sound-line.tsx'

const ringMs = 4_000

interface Props {
  readonly criticals: readonly Critical[]
  readonly answered: string | undefined
  readonly alarm: Alarm
  readonly onChanged: () => void
}

/** Those that wait for this asker's answer, the oldest first. */
export function Takeover({ criticals, answered, alarm, onChanged }: Props) {
  const say = useWords(noticeWords)
  const waiting = criticals.filter(({ verbs }) => verbs.includes('ack')).sort((a, b) => a.raisedAt.localeCompare(b.raisedAt))
  const first = waiting[0]
  const ringing = first !== undefined
  useEffect(() => {
    if (!ringing) return
    alarm.ring()
    const timer = setInterval(alarm.ring, ringMs)
    return () => clearInterval(timer)
  }, [ringing, alarm])
  const name = first?.patient.name ?? ''
  const title = say('titleBar', { name })
  useEffect(() => {
    if (!ringing) return
    const before = document.title
    document.title = title
    return () => {
      document.title = before
    }
  }, [ringing, title])
  if (!first) return null
  return createPortal(
    <div className="takeover" role="alertdialog" aria-modal="true" aria-label={say('takeoverTitle')}>
      <SoundLine alarm={alarm} />
      <Notice key={first.id} critical={first} at={1} count={waiting.length} answered={answered} onChanged={onChanged} />
    </div>,
    document.body,
  )
}

function Notice({
  critical,
  at,
  count,
  answered,
  onChanged,
}: {
  readonly critical: Critical
  readonly at: number
  readonly count: number
  readonly answered: string | undefined
  readonly onChanged: () => void
}) {
  const say = useWords(noticeWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useServerNow(answered)
  const [name, setName] = useState('')
  const [readBack, setReadBack] = useState('')
  const [action, setAction] = useState('')
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState<unknown>(null)
  const nameField = useRef<HTMLInputElement>(null)
  useEffect(() => nameField.current?.focus(), [])
  const { patient, finding } = critical
  const place = placeText(critical, language)
  const found = finding ? (language === 'zh' ? finding.zh : finding.en) : critical.text
  const ready = name.trim() !== '' && readBack.trim() !== ''
  const send = async (text: string) => {
    setBusy(true)
    setFailure(null)
    try {
      await act(`/api/critical/${encodeURIComponent(critical.id)}/ack`, { name, readBack, text })
    } catch (error) {
      setFailure(error)
    } finally {
      setBusy(false)
      onChanged()
    }
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (ready && action.trim() !== '' && !busy) void send(action)
  }
  const left = critical.nextEscalationAt === null ? 0 : Date.parse(critical.nextEscalationAt) - now
  return (
    <form className="takeover-card" onSubmit={submit}>
      <header>
        <h1>
          <span aria-hidden="true">‼ </span>
          {say('takeoverTitle')}
        </h1>
        {count > 1 && <b>{say('several', { at, count })}</b>}
        <span className="number takeover-clock">{say('passed', { time: stopwatch(now - Date.parse(critical.raisedAt)) })}</span>
      </header>
      <section className="takeover-patient">
        <strong title={patient.PatientName}>{patient.name || sayShell('noName')}</strong>
        <span>{sexText(patient.sex, language)}</span>
        <span>{ageText(patient.age, language)}</span>
        <span className="number">
          {sayShell('number')} {patient.PatientID}
        </span>
        {place && <strong>{place}</strong>}
        <span className="takeover-exam">
          {critical.institution.name} · {critical.modality} {critical.StudyDescription} {dicomDate(critical.StudyDate)}
        </span>
      </section>
      {critical.toldAs && (
        <p className="takeover-warning" role="alert">
          ⚠ {say('wrongPatient', { name: critical.toldAs.name, number: critical.toldAs.PatientID })}
        </p>
      )}
      <section className="takeover-finding">
        <p>
          {critical.suspected && <em>{say('suspected')} </em>}
          {found}
        </p>
        {finding && critical.text !== '' && <p className="takeover-text">{critical.text}</p>}
        <small>
          {say('raisedBy', { name: critical.raisedBy.displayName, time: exactTime(critical.raisedAt) })} ·{' '}
          {say(`level${Math.min(3, critical.level) as 0 | 1 | 2 | 3}`)} ·{' '}
          {left > 0 ? say('escalatesIn', { time: stopwatch(left) }) : say('escalatesNow')}
        </small>
      </section>
      <div className="takeover-fields">
        <label>
          {say('yourName')}
          <input ref={nameField} value={name} maxLength={64} autoComplete="off" onChange={({ target }) => setName(target.value)} />
        </label>
        <label>
          {say('readBack')}
          <input
            value={readBack}
            maxLength={500}
            autoComplete="off"
            placeholder={say('readBackHint', { name: '…', finding: '…' })}
            onChange={({ target }) => setReadBack(target.value)}
          />
        </label>
        <label>
          {say('action')}
          <textarea
            value={action}
            rows={2}
            maxLength={2000}
            placeholder={say('actionHint')}
            onChange={({ target }) => setAction(target.value)}
          />
        </label>
        <div className="takeover-presets">
          {(['preset1', 'preset2', 'preset3', 'preset4'] as const).map((preset) => (
            <button
              key={preset}
              type="button"
              onClick={() => setAction((text) => (text.trim() === '' ? say(preset) : `${text}；${say(preset)}`))}
            >
              {say(preset)}
            </button>
          ))}
        </div>
      </div>
      {failure !== null && (
        <p className="takeover-failure" role="alert">
          {sentenceOf(failure, language)}
        </p>
      )}
      <footer>
        <button type="button" disabled={!ready || busy} onClick={() => void send('')}>
          {say('answerOnly')}
        </button>
        <button type="submit" className="takeover-primary" disabled={!ready || action.trim() === '' || busy}>
          {busy ? say('sending') : say('answer')}
        </button>
      </footer>
    </form>
  )
}
