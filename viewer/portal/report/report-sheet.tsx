/** The final report as a sheet: what is printed. Uses no component library, so the ward page shows the same one. reading.md §4. */
import './report-sheet.css'
import type { Patient, Report } from '../api/types.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { ReportPictures } from '../key-images/report-pictures.tsx'
import { ageText, polarityWords, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { reportWords } from './words.ts'

/** `plain`: beside the viewer, where the banner already says whose report it is. */
export function ReportSheet({ report, plain = false }: { report: Report; plain?: boolean }) {
  const say = useWords(reportWords)
  const sayPolarity = useWords(polarityWords)
  const { language } = useLanguage()
  const { patient } = report
  const rows: readonly (readonly [keyof typeof reportWords, string])[] = [
    ['name', patient.name],
    ['sex', sexText(patient.sex, language)],
    ['age', ageText(patient.age, language)],
    ['number', patient.PatientID],
    ['accession', report.AccessionNumber],
    ['performed', report.institution],
    ['exam', [report.modality, report.StudyDescription].filter(Boolean).join(' ')],
    ['examDate', dicomDate(report.StudyDate)],
  ]
  return (
    <article className={plain ? 'report-sheet plain' : 'report-sheet'} data-report={report.id}>
      {!plain && (
        <>
          <h1>{say('heading', { centre: report.centre })}</h1>
          <dl className="report-patient">
            {rows
              .filter(([, value]) => value !== '')
              .map(([key, value]) => (
                <div key={key}>
                  <dt>{say(key)}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
          </dl>
        </>
      )}
      {report.patientNow && <PatientNow patient={report.patientNow} />}
      <h2>{say('findings')}</h2>
      <p className="report-text">{report.findings}</p>
      <h2>
        {say('impression')}
        {report.polarity && <span className={`polarity-mark polarity-${report.polarity}`}>{sayPolarity(report.polarity)}</span>}
      </h2>
      <p className="report-text report-impression">{report.impression}</p>
      <ReportPictures report={report} />
      <footer>
        <span>
          {say('author')} <b>{report.author}</b> <time>{exactTime(report.authoredAt)}</time>
        </span>
        <span>
          {say('reviewer')} <b>{report.reviewer}</b> <time>{exactTime(report.signedAt)}</time>
        </span>
        {report.version > 1 && <span>{say('version', { n: report.version })}</span>}
        <small>
          {say('disclaimer')} · {say('hash')} <code title={report.hash}>{report.hash.slice(0, 16)}</code>
        </small>
      </footer>
    </article>
  )
}

/** What was signed stays as it was; whoever reads it is told that the study names another patient since. On paper too. */
function PatientNow({ patient }: { patient: Patient }) {
  const say = useWords(reportWords)
  const { language } = useLanguage()
  const who = [patient.name, sexText(patient.sex, language), ageText(patient.age, language), patient.PatientID].filter(Boolean).join(' · ')
  return (
    <p className="report-patient-now" role="note">
      <b>⚠ {say('patientNow', { who })}</b> {say('patientNowText')}
    </p>
  )
}
