/** Earlier studies of the same person, from all sites, with what was said of them: images beside the current ones, the text of the report, 较前对比. */
import { Button } from 'antd'
import { useState } from 'react'
import { type Opening, useNoteOpened, useOpened } from '../api/key-images.ts'
import type { Prior, WorkitemDetail } from '../api/types.ts'
import { useReport } from '../api/workitems.ts'
import { dicomDate, exactTime } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import type { Viewer } from './viewer.tsx'
import { viewerWords } from './viewer-words.ts'
import { readingWords } from './words.ts'

interface Props {
  readonly workitem: WorkitemDetail
  readonly viewer: Viewer
  readonly writable: boolean
}

export function Priors({ workitem, viewer, writable }: Props) {
  const say = useWords(viewerWords)
  const { id, priors, StudyDate, StudyDescription, modality } = workitem
  const opened = useOpened(id).data ?? []
  return (
    <section className="priors" id="priors">
      <h2>
        {say('priors')} <span className="number quiet">{priors.length}</span>
      </h2>
      {priors.length === 0 ? (
        <p className="quiet">{say('noPriors')}</p>
      ) : (
        <ol className="prior-line">
          <li className="prior prior-current">
            <span className="number">{dicomDate(StudyDate)}</span> <span className="modality">{modality}</span> {StudyDescription}
            <b className="badge badge-done">{say('current')}</b>
          </li>
          {priors.map((prior) => (
            <PriorStudy
              key={prior.StudyInstanceUID}
              prior={prior}
              workitem={id}
              viewer={viewer}
              writable={writable}
              opened={opened.filter((each) => each.StudyInstanceUID === prior.StudyInstanceUID)}
            />
          ))}
        </ol>
      )}
    </section>
  )
}

interface PriorProps {
  readonly prior: Prior
  readonly workitem: string
  readonly viewer: Viewer
  readonly writable: boolean
  readonly opened: readonly Opening[]
}

function PriorStudy({ prior, workitem, viewer, writable, opened }: PriorProps) {
  const say = useWords(viewerWords)
  const sayReading = useWords(readingWords)
  const [open, setOpen] = useState(false)
  const { mutate } = useNoteOpened(workitem)
  const report = useReport(open && prior.report ? prior.report.id : null)
  const { StudyInstanceUID, StudyDate, StudyDescription, institution, modality } = prior
  const beside = viewer.bridge.onScreen.includes(StudyInstanceUID)
  const has = (what: Opening['what']) => opened.some((each) => each.what === what)
  const toggle = (next: boolean) => {
    setOpen(next)
    if (next && prior.report && !has('report')) mutate({ StudyInstanceUID, what: 'report' })
  }
  const compare = () =>
    viewer.insert({
      kind: 'comparison',
      prior,
      text: say('compareText', { date: dicomDate(StudyDate), institution, study: StudyDescription || modality }),
    })
  return (
    <li className="prior" data-prior={StudyInstanceUID}>
      <details open={open} onToggle={({ currentTarget }) => toggle(currentTarget.open)}>
        <summary>
          <span className="number">{dicomDate(StudyDate)}</span> <span className="modality">{modality}</span> {StudyDescription}{' '}
          <span className="quiet">{institution}</span>
          {beside && <b className="badge">{say('besideNow')}</b>}
          {!beside && has('images') && <span className="badge quiet">{say('openedImages')}</span>}
          {has('report') && <span className="badge quiet">{say('openedReport')}</span>}
          <span className="clipped quiet">{prior.report?.impression ?? say('noReport')}</span>
        </summary>
        {report.isError && <p className="quiet">{say('priorReportFailed')}</p>}
        {report.data && (
          <div className="prior-report">
            <h3>{sayReading('findings')}</h3>
            <p>{report.data.findings}</p>
            <h3>{sayReading('impression')}</h3>
            <p>{report.data.impression}</p>
            <p className="quiet">
              {say('reportBy', { author: report.data.author, reviewer: report.data.reviewer, at: exactTime(report.data.signedAt) })}
            </p>
          </div>
        )}
      </details>
      <span className="prior-deeds">
        <Button size="small" type="link" onClick={() => viewer.show(StudyInstanceUID)}>
          {say('showImages')}
        </Button>
        {writable && (
          <Button size="small" type="link" title={say('compareHint')} onClick={compare}>
            {say('compare')}
          </Button>
        )}
      </span>
    </li>
  )
}
