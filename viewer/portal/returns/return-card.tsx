/** The feedback card of a township: the picture with the arrow, why, how to do it right, whether the patient still waits, answers of one tap. reading.md §6.3. */
import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Image } from 'antd'
import { useEffect, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { sayOn } from '../api/question-types.ts'
import { type Return, seeReturn, tellWaiting } from '../api/returns.ts'
import { Drawing, type Example } from '../board/examples.tsx'
import { boardWords } from '../board/words.ts'
import { durationText, exactTime, relativeTime } from '../clock.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { returnWords } from './words.ts'

interface Props {
  readonly card: Return
  readonly onTalk: (card: Return) => void
  readonly onLink: (card: Return) => void
}

/** What is said with one tap, and what it says of the patient. */
const answers = [
  { key: 'answer_now', leaves: false },
  { key: 'answer_back', leaves: true },
  { key: 'answer_cannot', leaves: false },
] as const

/** The reasons that a drawing of the self-check shows. They are drawings of a radiograph. */
const exampleOf: Readonly<Record<string, Example>> = {
  '111209': 'coverage',
  '111210': 'motion',
  '111211': 'exposure',
  '111212': 'exposure',
  'SIDE-MARK': 'sideMark',
}
const radiographs: readonly string[] = ['CR', 'DX']

export function ReturnCard({ card, onTalk, onLink }: Props) {
  const say = useWords(returnWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const { message } = App.useApp()
  const queries = useQueryClient()
  const now = useNow(30_000)
  const [busy, setBusy] = useState<string | null>(null)
  const { patient, reasons, comment, by, at } = card
  const name = patient.name || sayShell('noName')

  const unseen = card.seen === null
  useEffect(() => {
    if (!unseen) return
    // Seen is what somebody could look at: not a window behind others.
    const tell = () => {
      if (document.visibilityState === 'visible') void seeReturn(card.id).catch(() => undefined)
    }
    tell()
    document.addEventListener('visibilitychange', tell)
    return () => document.removeEventListener('visibilitychange', tell)
  }, [unseen, card.id])

  const does = async (key: string, work: () => Promise<unknown>, told?: string) => {
    setBusy(key)
    try {
      await work()
      if (told !== undefined) message.success(told)
    } catch (error) {
      message.error(sentenceOf(error, language), 8)
    } finally {
      setBusy(null)
      void queries.invalidateQueries({ queryKey: ['returns'] })
      void queries.invalidateQueries({ queryKey: ['questions'] })
    }
  }
  const waits = (waiting: boolean, minutes?: number) => does(`wait-${minutes ?? 'no'}`, () => tellWaiting(card.id, waiting, minutes))
  const tell = (key: (typeof answers)[number]['key'], leaves: boolean) =>
    does(
      key,
      async () => {
        await sayOn(card.workitem, { text: say(key), kind: 'remark' })
        if (leaves) await tellWaiting(card.id, false)
      },
      say('told', { text: say(key) }),
    )

  return (
    <li className="return-card" data-return={card.id}>
      {card.annotatedImage !== null && (
        <figure>
          <Image src={card.annotatedImage} alt={say('pictureOf', { name })} preview={{ mask: say('enlarge') }} />
        </figure>
      )}
      <div className="return-card-words">
        <h3>
          ↩ {say('card', { name })}{' '}
          <span className="quiet">
            {sexText(patient.sex, language)} {ageText(patient.age, language)} <span className="number">{patient.PatientID}</span>
          </span>
          {card.number > 1 && <span className="badge badge-late">{say('nth', { n: card.number })}</span>}
        </h3>
        <p className="return-card-exam">
          <span className="modality">{card.modality}</span> {card.StudyDescription} <b>{say('retakeOne', { n: card.images })}</b>{' '}
          <span className="quiet" title={exactTime(at)}>
            {say('by', { name: by.displayName, time: relativeTime(at, now, language) })}
          </span>
        </p>
        {comment !== '' && (
          <p className="return-comment">
            <small>{say('doctorSays')}</small> {comment}
          </p>
        )}
        <dl>
          {reasons.map((reason) => (
            <div key={reason.code}>
              <dt>{reason[language]}</dt>
              <dd>
                {reason.advice[language]}
                {radiographs.includes(card.modality) && <Examples of={exampleOf[reason.code]} />}
              </dd>
            </div>
          ))}
        </dl>
        <Patient card={card} busy={busy} onWaits={waits} />
        <div className="return-answers">
          <span>{say('answers')}</span>
          {answers.map(({ key, leaves }) => (
            <Button key={key} size="large" loading={busy === key} disabled={busy !== null} onClick={() => void tell(key, leaves)}>
              {say(key)}
            </Button>
          ))}
          <Button size="large" onClick={() => onTalk(card)}>
            {say('talk')}
          </Button>
        </div>
        <p className="quiet return-link">
          {say('auto')}{' '}
          <Button type="link" onClick={() => onLink(card)}>
            {say('link')}
          </Button>
        </p>
      </div>
    </li>
  )
}

/** How it should look and what came instead, in a few lines each. */
function Examples({ of }: { readonly of: Example | undefined }) {
  const say = useWords(boardWords)
  if (of === undefined) return null
  return (
    <div className="return-examples">
      {(['good', 'poor'] as const).map((which) => {
        const words = say(which === 'good' ? `${of}Good` : `${of}Poor`)
        return (
          <div key={which}>
            <Drawing of={of} which={which} label={words} />
            <span>
              {which === 'good' ? '✓' : '✗'} {words}
            </span>
          </div>
        )
      })}
    </div>
  )
}

interface PatientProps {
  readonly card: Return
  readonly busy: string | null
  readonly onWaits: (waiting: boolean, minutes?: number) => Promise<void>
}

function Patient({ card, busy, onWaits }: PatientProps) {
  const say = useWords(returnWords)
  return (
    <div className="return-answers">
      <WaitingClock card={card} />
      {card.patientWaiting === null && <span>{say('patientThere')}</span>}
      {[15, 30, 60].map((minutes) => (
        <Button
          key={minutes}
          size="large"
          type={card.patientWaiting === null ? 'primary' : 'default'}
          ghost={card.patientWaiting === null}
          loading={busy === `wait-${minutes}`}
          disabled={busy !== null}
          onClick={() => void onWaits(true, minutes)}
        >
          {say('there', { n: minutes })}
        </Button>
      ))}
      {card.patientWaiting !== false && (
        <Button size="large" loading={busy === 'wait-no'} disabled={busy !== null} onClick={() => void onWaits(false)}>
          {say('left')}
        </Button>
      )}
    </div>
  )
}

/** Counts down while the patient waits; says so too when the time has run out. */
export function WaitingClock({ card }: { readonly card: Pick<Return, 'patientWaiting' | 'waitingUntil'> }) {
  const say = useWords(returnWords)
  const { language } = useLanguage()
  const now = useNow(1_000)
  if (card.patientWaiting === false) return <b className="waiting-gone">{say('gone')}</b>
  if (card.patientWaiting !== true || card.waitingUntil === null) return null
  const left = Date.parse(card.waitingUntil) - now
  const time = Math.abs(left) < 3_600_000 ? minutesAndSeconds(Math.abs(left)) : durationText(Math.abs(left), language)
  return (
    <b className={left > 0 ? 'waiting-there number' : 'waiting-over number'} role="timer">
      {left > 0 ? '' : '⚠ '}
      {say(left > 0 ? 'waits' : 'waitsOver', { time })}
    </b>
  )
}

function minutesAndSeconds(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
