/** One patient: banner, all studies across sites, the report first, the images on demand, a prior beside it. */
import './patient-pane.css'
import { useCallback, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import type { WardStudy } from '../api/ward-types.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { named, placeText, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { AskRadiologist } from './ask-radiologist.tsx'
import { useAsked } from './asked.ts'
import { LightViewer } from './light-viewer.tsx'
import { ReportPane } from './report-pane.tsx'
import { wardWords } from './words.ts'

interface Props {
  readonly StudyInstanceUID: string
  readonly images: boolean
  /** The prior that stands beside it. */
  readonly beside: string | null
  readonly onImages: (images: boolean) => void
  readonly onBeside: (StudyInstanceUID: string | undefined) => void
  readonly onChoose: (StudyInstanceUID: string) => void
  /** A report that was unread has been read. */
  readonly onRead: () => void
}

const refreshMs = 30_000

export function PatientPane({ StudyInstanceUID, images, beside, onImages, onBeside, onChoose, onRead }: Props) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const asked = useAsked<{ readonly items: readonly WardStudy[] }>(`/api/ward/timeline/${StudyInstanceUID}`, refreshMs)
  const [asking, setAsking] = useState(false)
  const { again } = asked
  const read = useCallback(() => {
    again()
    onRead()
  }, [again, onRead])
  if (asked.data === undefined) {
    if (!asked.error) return <p className="notice quiet">{say('loading')}</p>
    return (
      <p className="notice" role="alert">
        {sentenceOf(asked.error, language)}{' '}
        <button type="button" onClick={asked.again}>
          {say('retry')}
        </button>
      </p>
    )
  }
  const timeline = asked.data.items
  const study = timeline.find((each) => each.StudyInstanceUID === StudyInstanceUID)
  if (!study) return <p className="notice">{say('emptyFound')}</p>
  const place = placeText(study, language)
  const prior = timeline.find((each) => each.StudyInstanceUID === beside && each !== study)
  const others = timeline.filter((each) => each !== study)
  const nearest = others.find(({ modality }) => modality === study.modality) ?? others[0]
  return (
    <>
      <div className="no-print">
        <PatientBanner patient={study.patient} institution={study.institution}>
          {place && <span>{place}</span>}
          <span>
            <span className="modality">{study.modality}</span> {study.StudyDescription} {dicomDate(study.StudyDate)}
          </span>
        </PatientBanner>
        {(study.access === 'care' || study.access === 'break-glass') && study.until && (
          <p className={`access access-${study.access}`}>
            {say(study.access === 'care' ? 'careUntil' : 'glassUntil', { time: exactTime(study.until) })}
          </p>
        )}
        <nav className="timeline" aria-label={say('timeline')}>
          {timeline.map((each) => (
            <button
              key={each.StudyInstanceUID}
              type="button"
              aria-pressed={each === study}
              className={each.report?.unread ? 'unread' : undefined}
              onClick={() => onChoose(each.StudyInstanceUID)}
            >
              <span className="number">{dicomDate(each.StudyDate) || dicomDate(each.receivedAt)}</span>
              <span>
                <span className="modality">{each.modality}</span> {each.StudyDescription}
              </span>
              <span className={`stage stage-${each.stage}`}>{named(stageWords, each.stage, language)}</span>
              <span className="quiet">{each.institution}</span>
            </button>
          ))}
        </nav>
        <div className="pane-bar">
          <button type="button" aria-pressed={!images} onClick={() => onImages(false)}>
            {say('report')}
          </button>
          <button type="button" aria-pressed={images} onClick={() => onImages(true)}>
            {say('images')}
          </button>
          {nearest && (
            <label className="beside">
              {say('beside')}{' '}
              <select value={prior?.StudyInstanceUID ?? ''} onChange={({ target }) => onBeside(target.value || undefined)}>
                <option value="">{say('besideNone')}</option>
                {others.map((each) => (
                  <option key={each.StudyInstanceUID} value={each.StudyInstanceUID}>
                    {dicomDate(each.StudyDate)} {each.modality} {each.StudyDescription} · {each.institution}
                  </option>
                ))}
              </select>
            </label>
          )}
          <span className="space" />
          {study.workitem && (
            <button type="button" aria-pressed={asking} onClick={() => setAsking(!asking)}>
              {say('ask')}
            </button>
          )}
          <a href={`/viewer?StudyInstanceUIDs=${encodeURIComponent(StudyInstanceUID)}`} target="_blank" rel="noopener">
            {say('fullViewer')}
          </a>
        </div>
      </div>
      {asking && study.workitem && <AskRadiologist workitem={study.workitem} onClose={() => setAsking(false)} />}
      {images ? (
        <LightViewer key={`${StudyInstanceUID} ${prior?.StudyInstanceUID ?? ''}`} study={study} prior={prior ?? null} />
      ) : (
        <div className={prior ? 'reports two' : 'reports'}>
          <ReportPane study={study} onRead={read} />
          {prior && (
            <section className="no-print">
              <h2 className="beside-title">{say('priorOf', { date: dicomDate(prior.StudyDate), site: prior.institution })}</h2>
              <ReportPane key={prior.StudyInstanceUID} study={prior} beside onRead={read} />
            </section>
          )}
        </div>
      )}
    </>
  )
}
