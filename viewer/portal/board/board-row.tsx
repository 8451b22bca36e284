/** One study of the township: whose, what, how much, where it stands, what to do. */
import { Button } from 'antd'
import type { BoardStudy, Stage } from '../api/types.ts'
import { durationText, exactTime, relativeTime, sizeText } from '../clock.ts'
import { SuspectOnStudy } from '../critical/raise-button.tsx'
import { ageText, named, sexText, stageWords, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { navigate } from '../shell/router.ts'
import { shellWords } from '../shell/words.ts'
import { ArrivalBar } from './arrival-bar.tsx'
import { Checked } from './checked.tsx'
import { boardWords } from './words.ts'

/** The way of a study that the county reads, in order. */
const way: readonly Stage[] = ['received', 'waiting', 'reading', 'review', 'reported']
const beingRead: ReadonlySet<Stage> = new Set(['waiting', 'reading', 'review'])

interface Props {
  readonly study: BoardStudy
  readonly onSend: (study: BoardStudy) => void
  readonly onSelfCheck: (study: BoardStudy) => void
  readonly onSupplement: (study: BoardStudy) => void
  readonly onReject: (study: BoardStudy) => void
}

export function BoardRow({ study, onSend, onSelfCheck, onSupplement, onReject }: Props) {
  const say = useWords(boardWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(study.quietUntil ? 1_000 : 30_000)
  const { patient, stage, report, quietUntil, verbs, dueAt, urgency } = study
  const at = way.indexOf(stage)
  // While images arrive, the last one; later, when the study came: the report's own documents arrive last of all.
  const arrivedAt = stage === 'received' ? study.lastReceivedAt : study.receivedAt
  return (
    <li className={`board-row board-${stage}`} data-study={study.StudyInstanceUID} data-stage={stage}>
      <div className="board-patient">
        <strong title={patient.PatientName}>{patient.name || sayShell('noName')}</strong>
        <span>
          {sexText(patient.sex, language)} {ageText(patient.age, language)}
        </span>
        <span className="number quiet">{patient.PatientID}</span>
        <span className="rare-deeds">
          <button type="button" className="rare-deed" onClick={() => navigate(`/corrections/${study.StudyInstanceUID}`)}>
            {say('correct')}
          </button>
          <SuspectOnStudy study={study} />
          {verbs.includes('reject') && (
            <button type="button" className="rare-deed" onClick={() => onReject(study)}>
              {say('reject')}
            </button>
          )}
        </span>
      </div>
      <div>
        <div>
          <span className="modality">{study.modality}</span> {study.StudyDescription}{' '}
          {urgency !== null && urgency <= 1 && <span className={`urgency-${urgency}`}>{urgencyText(urgency, language)}</span>}
        </div>
        <div className="quiet number" title={exactTime(arrivedAt)}>
          {stage !== 'received' && `${say('images', { n: study.instances, size: sizeText(study.bytes) })} · `}
          {say('receivedAt', { time: relativeTime(arrivedAt, now, language) })}
        </div>
        {study.AccessionNumber && <div className="quiet number">{say('accession', { number: study.AccessionNumber })}</div>}
      </div>
      <div>
        {stage === 'local' ? (
          <span className="quiet">{say('local')}</span>
        ) : stage === 'returned' ? (
          <strong className="late">⚠ {named(stageWords, stage, language)}</strong>
        ) : (
          <ol className="way" aria-label={named(stageWords, stage, language)}>
            {way.map((step, index) => (
              <li
                key={step}
                className={index < at ? 'past' : index === at ? 'here' : 'ahead'}
                aria-current={index === at ? 'step' : undefined}
              >
                {named(stageWords, step, language)}
              </li>
            ))}
          </ol>
        )}
        {stage === 'received' && <ArrivalBar study={study} now={now} />}
        {stage === 'reading' && study.workitem?.assignee && (
          <span className="quiet">{say('readBy', { name: study.workitem.assignee.displayName })} · </span>
        )}
        {beingRead.has(stage) && dueAt && (
          <span className={Date.parse(dueAt) < now ? 'late' : 'quiet'} title={exactTime(dueAt)}>
            {Date.parse(dueAt) < now
              ? `⚠ ${say('overdue', { time: durationText(now - Date.parse(dueAt), language) })}`
              : say('due', { time: whenText(dueAt, now) })}
          </span>
        )}
        {study.selfCheck && <Checked check={study.selfCheck} />}
      </div>
      <div className="board-verbs">
        {verbs.includes('send') && (
          <div className="send">
            <Button size="large" type="primary" onClick={() => onSend(study)}>
              {say('send')}
            </Button>
            {quietUntil && <span className="quiet number">{quietText(Date.parse(quietUntil) - now, say, language)}</span>}
          </div>
        )}
        {verbs.includes('self-check') && verbs.includes('send') && (
          <Button size="large" onClick={() => onSelfCheck(study)}>
            {say('selfCheck')}
          </Button>
        )}
        {report && (
          <Button size="large" type="primary" onClick={() => navigate(`/reports/${report.id}`)}>
            {say('report')}
          </Button>
        )}
        {verbs.includes('supplement') && (
          <Button size="large" onClick={() => onSupplement(study)}>
            {say('supplement')}
          </Button>
        )}
      </div>
    </li>
  )
}

/** Today's by the hour, others with their day. */
function whenText(iso: string, now: number): string {
  const [then, today] = [exactTime(iso), exactTime(new Date(now).toISOString())]
  return then.slice(0, 10) === today.slice(0, 10) ? then.slice(11) : then.slice(5)
}

function quietText(ms: number, say: ReturnType<typeof useWords<keyof typeof boardWords>>, language: 'zh' | 'en'): string {
  if (ms <= 0) return say('quietNow')
  if (ms >= 120_000) return say('quiet', { time: durationText(ms, language) })
  return say('quiet', { time: language === 'zh' ? `${Math.ceil(ms / 1000)} 秒` : `${Math.ceil(ms / 1000)} s` })
}
