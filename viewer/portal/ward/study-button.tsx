/** One study in a list of the ward: whose, what, how far, and whether its report is new to this account. */
import type { WardStudy } from '../api/ward-types.ts'
import { exactTime, relativeTime } from '../clock.ts'
import { ageText, named, placeText, sexText, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { shellWords } from '../shell/words.ts'
import { wardWords } from './words.ts'

interface Props {
  readonly study: WardStudy
  readonly chosen: boolean
  readonly now: number
  readonly onChoose: (StudyInstanceUID: string) => void
}

export function StudyButton({ study, chosen, now, onChoose }: Props) {
  const say = useWords(wardWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const { patient, report } = study
  const place = placeText(study, language)
  const at = report?.finalAt ?? study.receivedAt
  return (
    <button
      type="button"
      aria-pressed={chosen}
      data-study={study.StudyInstanceUID}
      className={report?.unread ? 'unread' : undefined}
      onClick={() => onChoose(study.StudyInstanceUID)}
    >
      <span className="found-name">
        <b title={patient.PatientName}>{patient.name || sayShell('noName')}</b> {sexText(patient.sex, language)}{' '}
        {ageText(patient.age, language)}
        <span className={`stage stage-${study.stage}`}>
          {report?.amended ? say('amendedMark') : report?.unread ? say('unreadMark') : named(stageWords, study.stage, language)}
        </span>
      </span>
      <span className="found-exam">
        <span className="modality">{study.modality}</span> {study.StudyDescription}
      </span>
      {report && (
        <span className="found-impression">
          {report.positive && <b>{say('positive')} </b>}
          {report.impression}
        </span>
      )}
      <span className="quiet number">
        {patient.PatientID} {place && `· ${place} `}· <time title={exactTime(at)}>{relativeTime(at, now, language)}</time>
      </span>
      {(study.access === 'care' || study.access === 'break-glass') && (
        <span className={`access access-${study.access}`}>
          {say(study.access)} · {study.institution}
        </span>
      )}
    </button>
  )
}
