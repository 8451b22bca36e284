/** The text of a report first, its key images next; what was amended since this account last looked; print with its count. reading.md §6.4. */
import { useEffect, useState } from 'react'
import { act, sentenceOf } from '../api/http.ts'
import type { Report } from '../api/types.ts'
import type { ReadReport, WardStudy } from '../api/ward-types.ts'
import { exactTime } from '../clock.ts'
import { named, stageWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { ReportSheet } from '../report/report-sheet.tsx'
import { useAsked } from './asked.ts'
import { wardWords } from './words.ts'

interface Props {
  readonly study: WardStudy
  /** Beside another: no verbs, the banner of the page says whose it is. */
  readonly beside?: boolean
  /** A text that nobody of this account had read is on the screen now. */
  readonly onRead: () => void
}

export function ReportPane({ study, beside = false, onRead }: Props) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const current = study.report?.version ?? 0
  const [shown, setShown] = useState(current)
  // Another version has another address of its own: the answer of the one before is not shown for it.
  const asked = useAsked<ReadReport>(`/api/ward/studies/${study.StudyInstanceUID}/report?version=${shown}`)
  const { data } = asked
  const readNow = shown === current && data?.report != null && study.report?.unread === true
  useEffect(() => {
    if (readNow) onRead()
  }, [readNow, onRead])
  // Asking for a text counts as reading it: on a page that nobody looks at, what has changed waits for a hand, and the old text is gone at once.
  if (shown !== current) {
    return (
      <p className="amended-banner" role="alert">
        <b>⚠ {say(shown === 0 ? 'arrivedNow' : 'changedNow')}</b>{' '}
        <button type="button" onClick={() => setShown(current)}>
          {say('showNow')}
        </button>
      </p>
    )
  }
  if (data === undefined) {
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
  const { report, amended } = data
  return (
    <div className="report-pane">
      {amended && (
        <p className="amended-banner" role="alert">
          <b>⚠ {say(report === null ? 'retractedSince' : 'amendedSince')}</b>{' '}
          {say('amendedText', { version: amended.version, time: exactTime(amended.readAt) })}{' '}
          <a href={`/reports/${encodeURIComponent(amended.id)}`} target="_blank" rel="noopener">
            {say('earlierVersion')}
          </a>
        </p>
      )}
      {report === null ? (
        <div className="notice">
          <p>
            <b>{say('noReport', { stage: named(stageWords, study.stage, language) })}</b>
          </p>
          <p className="quiet">{say('noReportText')}</p>
        </div>
      ) : (
        <>
          {!beside && <Verbs report={report} />}
          <div className="paper">
            <ReportSheet report={report} plain={beside} />
          </div>
        </>
      )}
    </div>
  )
}

function Verbs({ report }: { readonly report: Report }) {
  const say = useWords(wardWords)
  const { language } = useLanguage()
  const [printed, setPrinted] = useState<number | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const pdf = `/api/reports/${encodeURIComponent(report.id)}/pdf`
  /** The paper is counted first: its number stands on it, and a recall finds it. */
  const print = async () => {
    // Opened by the click itself: a window opened later is a pop-up that browsers stop.
    const paper = window.open('', '_blank')
    setFailure(null)
    try {
      const { number } = await act<{ number: number }>(`/api/reports/${encodeURIComponent(report.id)}/printed`, { copies: 1 })
      setPrinted(number)
      if (paper) paper.location.replace(`${pdf}?print=${number}`)
    } catch (error) {
      paper?.close()
      setFailure(error)
    }
  }
  return (
    <div className="pane-bar no-print">
      <button type="button" onClick={() => void print()}>
        {say('print')}
      </button>
      <a href={pdf} target="_blank" rel="noopener">
        {say('pdf')}
      </a>
      {printed !== null && <span className="quiet number">{say('printed', { n: printed })}</span>}
      {failure !== null && (
        <span className="failure" role="alert">
          {sentenceOf(failure, language)}
        </span>
      )}
    </div>
  )
}
