/** Earlier studies of the same person, from all sites, with what was said of them. */
import { Button } from 'antd'
import { useState } from 'react'
import type { Prior } from '../api/types.ts'
import { useReport } from '../api/workitems.ts'
import { dicomDate } from '../clock.ts'
import { useWords } from '../language/language.tsx'
import type { Viewer } from './viewer.tsx'
import { readingWords } from './words.ts'

export function Priors({ priors, viewer }: { priors: readonly Prior[]; viewer: Viewer }) {
  const say = useWords(readingWords)
  return (
    <section className="priors">
      <h2>
        {say('priors')} <span className="number quiet">{priors.length}</span>
      </h2>
      {priors.length === 0 && <p className="quiet">{say('noPriors')}</p>}
      {priors.map((prior) => (
        <PriorStudy key={prior.StudyInstanceUID} prior={prior} viewer={viewer} />
      ))}
    </section>
  )
}

function PriorStudy({ prior, viewer }: { prior: Prior; viewer: Viewer }) {
  const say = useWords(readingWords)
  const [open, setOpen] = useState(false)
  const report = useReport(open && prior.report ? prior.report.id : null)
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <span className="number">{dicomDate(prior.StudyDate)}</span> <span className="modality">{prior.modality}</span>{' '}
        {prior.StudyDescription} <span className="quiet">{prior.institution}</span>
        <Button
          size="small"
          type="link"
          onClick={(event) => {
            event.preventDefault()
            viewer.show(prior.StudyInstanceUID)
          }}
        >
          {say('showImages')}
        </Button>
        <span className="clipped quiet">{prior.report?.impression ?? say('noReport')}</span>
      </summary>
      {report.data && (
        <div className="prior-report">
          <h3>{say('findings')}</h3>
          <p>{report.data.findings}</p>
          <h3>{say('impression')}</h3>
          <p>{report.data.impression}</p>
        </div>
      )}
    </details>
  )
}
