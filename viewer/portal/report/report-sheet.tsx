/** A version of a report as a sheet: what is printed, with everything that the PDF has (reading.md §4). Without a component library: the ward shows the same. */
import './report-sheet.css'
import type { Patient, Report } from '../api/types.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { ageText, placeText, polarityWords, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { reportWords } from './words.ts'

export interface PrintMark {
  readonly number: number
  readonly at: string
  readonly who: string
}

interface Props {
  readonly report: Report
  /** Beside the viewer, where the banner already says whose report it is. */
  readonly plain?: boolean
  readonly print?: PrintMark | null
}

export function ReportSheet({ report, plain = false, print = null }: Props) {
  const say = useWords(reportWords)
  const sayPolarity = useWords(polarityWords)
  const { addenda = [], keyImages = [], fate = 'standing', signatures = [] } = report
  const address = `/api/reports/${encodeURIComponent(report.id)}`
  const mark = markOf(report)
  const struck = fate !== 'standing'
  const signer = (role: 'author' | 'reviewer', name: string) => {
    const one = signatures.find((signature) => signature.role === role && signature.displayName === name)
    return (
      <>
        {one?.picture && <img className="signature" src={`${address}/signatures/${one.picture}`} alt="" />} <b>{name}</b>
        {one?.title ? ` ${one.title}` : ''}
      </>
    )
  }
  return (
    <article className={`report-sheet${plain ? ' plain' : ''}${struck ? ' struck' : ''}`} data-report={report.id}>
      {!plain && <Head report={report} />}
      {mark !== null && <p className="report-mark">{say(...mark)}</p>}
      {report.correction && (
        <p className="report-notice">
          {say('corrected', {
            class: say(`class_${report.correction.class}` as keyof typeof reportWords),
            reason: report.correction.reason,
          })}
        </p>
      )}
      {report.patientNow && <PatientNow patient={report.patientNow} />}
      <Section title={say('comparison')} text={report.comparison} />
      <Section title={say('findings')} text={report.findings} />
      {keyImages.length > 0 && (
        <div className="report-images">
          {keyImages.map(({ caption }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a signed report's images have their number for a name
            <figure key={at}>
              <img src={`${address}/images/${at + 1}`} alt={caption || say('keyImage', { n: at + 1 })} />
              <figcaption>
                {say('keyImage', { n: at + 1 })} {caption}
              </figcaption>
            </figure>
          ))}
        </div>
      )}
      <h2>
        {say('impression')}
        {report.polarity && <span className={`polarity-mark polarity-${report.polarity}`}>{sayPolarity(report.polarity)}</span>}
      </h2>
      <p className="report-text report-impression">{report.impression}</p>
      <Section title={say('advice')} text={report.advice} />
      <Section title={say('remark')} text={report.remark} />
      <footer>
        <span>
          {say('author')} {signer('author', report.author)} <time>{exactTime(report.authoredAt)}</time>
        </span>
        <span>
          {say('reviewer')} {report.reviewer === '' ? <b>{say('unreviewed')}</b> : signer('reviewer', report.reviewer)}{' '}
          <time>{exactTime(report.signedAt)}</time>
        </span>
        {report.samePerson && <b>【{say('sameSigner')}】</b>}
      </footer>
      {addenda.map((addendum) => (
        <section className="report-addendum" key={addendum.signedAt}>
          <h2>{say('addendum')}</h2>
          <Section title={say('addedFindings')} text={addendum.findings} />
          <Section title={say('addedImpression')} text={addendum.impression} />
          <Section title={say('advice')} text={addendum.advice} />
          <footer>
            <span>
              {say('author')} {signer('author', addendum.author)}
            </span>
            <span>
              {say('reviewer')} {signer('reviewer', addendum.reviewer)} <time>{exactTime(addendum.signedAt)}</time>
            </span>
          </footer>
        </section>
      ))}
      <p className="report-foot">
        {say('disclaimer')} · {say('version', { n: report.version })} · {say('hash')}{' '}
        <code title={report.hash}>{plain ? report.hash.slice(0, 16) : report.hash}</code>
        {print !== null && (
          <span className="print-mark">{say('printMark', { n: print.number, time: exactTime(print.at), who: print.who })}</span>
        )}
      </p>
    </article>
  )
}

function Head({ report }: { report: Report }) {
  const say = useWords(reportWords)
  const { language } = useLanguage()
  const { patient, grade, clinical } = report
  const rows: readonly (readonly [keyof typeof reportWords, string])[] = [
    ['name', patient.name],
    ['sex', sexText(patient.sex, language)],
    ['age', ageText(patient.age, language)],
    ['number', patient.PatientID],
    ['accession', report.AccessionNumber],
    ['department', placeText({ ...clinical, bed: '' }, language)],
    ['bed', clinical?.bed ?? ''],
    ['requester', clinical?.requester ?? ''],
    ['performed', report.institution],
    ['exam', [report.modality, report.StudyDescription].filter(Boolean).join(' ')],
    ['examDate', dicomDate(report.StudyDate)],
    ['grade', grade ? (typeof grade.grade === 'number' ? say('level', { n: grade.grade }) : `${grade.grade}级`) : ''],
    ['technique', report.technique ?? ''],
    ['clinical', clinical?.information ?? ''],
  ]
  return (
    <>
      <header className="report-head">
        <span className="recognition">{say('recognition')}</span>
        <h1>{say('heading', { centre: report.centre })}</h1>
        {report.verifyURL && (
          <figure className="verify">
            <img src={`/api/reports/${encodeURIComponent(report.id)}/qr`} alt={report.verifyURL} />
            <figcaption>{say('scan')}</figcaption>
          </figure>
        )}
      </header>
      <dl className="report-patient">
        {rows
          .filter(([, value]) => value !== '')
          .map(([key, value]) => (
            <div key={key} className={key === 'clinical' || key === 'technique' ? 'wide' : undefined}>
              <dt>{say(key)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </>
  )
}

function Section({ title, text }: { title: string; text: string | undefined }) {
  if (text === undefined || text.trim() === '') return null
  return (
    <>
      <h2>{title}</h2>
      <p className="report-text">{text}</p>
    </>
  )
}

/** What stands across the page. */
function markOf({ status, version, fate = 'standing' }: Report): [keyof typeof reportWords, { n: number }] | null {
  const n = { n: version }
  if (fate !== 'standing') return [`mark_${fate}`, n]
  return status === 'temporary' || status === 'addendum' || status === 'correction' ? [`mark_${status}`, n] : null
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
