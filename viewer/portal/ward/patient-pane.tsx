/** One patient: banner, all studies across sites, the report first, the images on demand. */
import { sentenceOf } from '../api/http.ts'
import type { TimelineStudy } from '../api/types.ts'
import { dicomDate } from '../clock.ts'
import { named, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { ReportSheet } from '../report/report-sheet.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { useAsked } from './asked.ts'
import { LightViewer } from './light-viewer.tsx'
import { wardWords } from './words.ts'

interface Props {
  readonly StudyInstanceUID: string
  readonly images: boolean
  readonly onImages: (images: boolean) => void
  readonly onChoose: (StudyInstanceUID: string) => void
}

export function PatientPane({ StudyInstanceUID, images, onImages, onChoose }: Props) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const asked = useAsked<{ readonly items: readonly TimelineStudy[] }>(`/api/ward/timeline/${StudyInstanceUID}`)
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
  const { report } = study
  return (
    <>
      <div className="no-print">
        <PatientBanner patient={study.patient} institution={study.institution}>
          <span>
            <span className="modality">{study.modality}</span> {study.StudyDescription} {dicomDate(study.StudyDate)}
          </span>
        </PatientBanner>
        <nav className="timeline" aria-label={say('timeline')}>
          {timeline.map((each) => (
            <button
              key={each.StudyInstanceUID}
              type="button"
              aria-pressed={each.StudyInstanceUID === StudyInstanceUID}
              onClick={() => onChoose(each.StudyInstanceUID)}
            >
              <span className="number">{dicomDate(each.StudyDate) || dicomDate(each.receivedAt)}</span>
              <span>
                <span className="modality">{each.modality}</span> {each.StudyDescription}
              </span>
              <span className={`stage stage-${each.stage}`}>{named(stageWords, each.stage, language)}</span>
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
          <span className="space" />
          {report && (
            <>
              <a href={`/api/reports/${encodeURIComponent(report.id)}/pdf`} target="_blank" rel="noopener">
                {say('pdf')}
              </a>
              {!images && (
                <button type="button" onClick={() => print()}>
                  {say('print')}
                </button>
              )}
            </>
          )}
          <a href={`/viewer?StudyInstanceUIDs=${encodeURIComponent(StudyInstanceUID)}`} target="_blank" rel="noopener">
            {say('fullViewer')}
          </a>
        </div>
      </div>
      {images ? (
        <LightViewer StudyInstanceUID={StudyInstanceUID} />
      ) : report ? (
        <div className="paper">
          <ReportSheet report={report} />
        </div>
      ) : (
        <div className="notice">
          <p>
            <b>{say('noReport', { stage: named(stageWords, study.stage, language) })}</b>
          </p>
          <p className="quiet">{say('noReportText')}</p>
        </div>
      )}
    </>
  )
}
