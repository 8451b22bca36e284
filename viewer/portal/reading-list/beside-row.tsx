/** What the keys of a row open over the list, without leaving it: the return (R), the talk with the township (T), the priors with what was said of them (P). */
import { Modal } from 'antd'
import type { Prior, Workitem } from '../api/types.ts'
import { useReport, useWorkitem } from '../api/workitems.ts'
import { dicomDate } from '../clock.ts'
import { named, polarityWords } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { PartDialog } from '../parts/part-buttons.tsx'
import { ThreadOf } from '../questions/thread-dialog.tsx'
import { ReturnDialog } from '../returns/return-dialog.tsx'
import { Answer } from '../shell/answer.tsx'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { shellWords } from '../shell/words.ts'
import { listWords } from './words.ts'

export type Beside = 'return' | 'priors' | 'thread' | 'join' | 'split'

interface Props {
  readonly workitem: Workitem
  readonly what: Beside
  readonly onClose: () => void
}

export function BesideRow({ workitem, what, onClose }: Props) {
  const say = useWords(listWords)
  const sayShell = useWords(shellWords)
  if (what === 'return') return <ReturnDialog open workitem={workitem} onDone={onClose} onCancel={onClose} />
  if (what === 'join' || what === 'split') return <PartDialog workitem={workitem} what={what} onClose={onClose} />
  const name = workitem.patient.name || sayShell('noName')
  return (
    <Modal
      open
      width={what === 'priors' ? 820 : 680}
      footer={null}
      title={`${name} · ${say(what === 'priors' ? 'keyPriors' : 'keyThread')}`}
      mask={{ closable: what === 'priors' }}
      onCancel={onClose}
    >
      <PatientBanner patient={workitem.patient} institution={workitem.institution.name}>
        <span>
          {workitem.modality} {workitem.StudyDescription}
        </span>
      </PatientBanner>
      {what === 'priors' ? (
        <PriorsOf id={workitem.id} />
      ) : (
        <ThreadOf
          workitem={workitem.id}
          side="centre"
          mayPause={workitem.verbs.includes('query')}
          generation={workitem.generation}
          autoFocus
        />
      )}
    </Modal>
  )
}

function PriorsOf({ id }: { readonly id: string }) {
  const say = useWords(listWords)
  return (
    <Answer query={useWorkitem(id)}>
      {({ priors }) =>
        priors.length === 0 ? (
          <p className="quiet">{say('noPriors')}</p>
        ) : (
          <ol className="list-priors">
            {priors.map((prior) => (
              <OnePrior key={prior.StudyInstanceUID} prior={prior} />
            ))}
          </ol>
        )
      }
    </Answer>
  )
}

function OnePrior({ prior }: { readonly prior: Prior }) {
  const say = useWords(listWords)
  const { language } = useLanguage()
  const report = useReport(prior.report?.id ?? null).data
  return (
    <li>
      <div>
        <b className="number">{dicomDate(prior.StudyDate)}</b> <span className="modality">{prior.modality}</span> {prior.StudyDescription}{' '}
        <span className="quiet">{prior.institution}</span>
        {report?.polarity && <span className="badge">{named(polarityWords, report.polarity, language)}</span>}
      </div>
      {prior.report === null ? (
        <p className="quiet">{say('noReport')}</p>
      ) : (
        <>
          {report?.findings && <p className="prior-text">{report.findings}</p>}
          <p className="prior-text">
            <b>{report?.impression ?? prior.report.impression}</b>
          </p>
        </>
      )}
    </li>
  )
}
