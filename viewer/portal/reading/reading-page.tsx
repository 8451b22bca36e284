/** Reading one study: OHIF on the left (docked by the frame), the report on the right, one patient banner over both. reading.md §6.2. */
import './reading.css'
import { Alert, Button } from 'antd'
import { useEffect } from 'react'
import type { Account, WorkitemDetail } from '../api/types.ts'
import { useDeed, useWorkitem } from '../api/workitems.ts'
import { Checked } from '../board/checked.tsx'
import { clockOf, clockText, dicomDate, exactTime } from '../clock.ts'
import { RaiseOnWorkitem } from '../critical/raise-button.tsx'
import { named, placeText, stateWords, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { PartsOnWorkitem } from '../parts/part-buttons.tsx'
import { ReadingThread } from '../questions/reading-thread.tsx'
import { lastList } from '../reading-list/last-list.ts'
import { ReturnOnWorkitem } from '../returns/return-button.tsx'
import { ReturnedNote } from '../returns/returned-note.tsx'
import { Answer } from '../shell/answer.tsx'
import { useNow } from '../shell/now.ts'
import { PatientBanner } from '../shell/patient-banner.tsx'
import { navigate } from '../shell/router.ts'
import { History } from './history.tsx'
import { LockBar } from './lock-bar.tsx'
import { Priors } from './priors.tsx'
import { ReportEditor } from './report-editor.tsx'
import { NewImages } from './unseen.tsx'
import { useFetchAhead, useHandedOver, useNoteSeen, useViewing } from './use-viewing.ts'
import type { Viewer } from './viewer.tsx'
import { readingWords } from './words.ts'

const heartbeatMs = 60_000

interface Props {
  readonly id: string
  readonly account: Account
  readonly signedIn: boolean
  readonly viewer: Viewer
}

export function ReadingPage({ id, account, signedIn, viewer }: Props) {
  const query = useWorkitem(id)
  const workitem = query.data
  const { again } = useViewing(viewer, workitem)

  return (
    <div className="reading-page">
      <Answer query={query}>
        {(detail) => <Reading workitem={detail} account={account} signedIn={signedIn} viewer={viewer} onBack={again} />}
      </Answer>
    </div>
  )
}

interface ReadingProps extends Omit<Props, 'id'> {
  readonly workitem: WorkitemDetail
  /** Brings the viewer back to the study of the report. */
  onBack(): void
}

function Reading({ workitem, account, signedIn, viewer, onBack }: ReadingProps) {
  const say = useWords(readingWords)
  const { language } = useLanguage()
  const now = useNow()
  const deed = useDeed()
  const { id, generation, verbs } = workitem
  const writable = verbs.includes('heartbeat')
  const clock = clockOf(workitem, now)

  const { mutate } = deed
  useEffect(() => {
    if (!writable || !signedIn) return
    const beat = () => mutate({ id, verb: 'heartbeat', generation })
    const timer = setInterval(beat, heartbeatMs)
    return () => clearInterval(timer)
  }, [id, generation, writable, signedIn, mutate])

  useNoteSeen(viewer, workitem, signedIn)
  useHandedOver(viewer, workitem, writable)
  useFetchAhead(viewer, id, account.username)

  const rework =
    workitem.state === 'REWORK' || workitem.reworked ? [...workitem.events].reverse().find(({ verb }) => verb === 'rework') : undefined
  const { supplement, amending = null } = workitem
  const place = placeText(supplement ?? {}, language)
  const amend = amending === null ? undefined : [...workitem.events].reverse().find(({ verb }) => verb === 'amend')
  return (
    <>
      <div className="reading-head">
        <Button size="small" type="text" onClick={() => navigate(lastList())}>
          ← {say('back')}
        </Button>
        <span className={`state state-${workitem.state}`}>{named(stateWords, workitem.state, language)}</span>
        <span className={`urgency urgency-${workitem.urgency}`}>{urgencyText(workitem.urgency, language)}</span>
        <span className={`clock clock-${clock.meaning}`} title={exactTime(workitem.dueAt)}>
          {clockText(clock, language)}
        </span>
        <ReturnOnWorkitem workitem={workitem} />
        <RaiseOnWorkitem workitem={workitem} />
        <PartsOnWorkitem workitem={workitem} />
      </div>
      <PatientBanner patient={workitem.patient} institution={workitem.institution.name}>
        <span>
          <span className="modality">{workitem.modality}</span> {workitem.StudyDescription || workitem.bodyPart}{' '}
          {dicomDate(workitem.StudyDate)}
        </span>
        {workitem.AccessionNumber && (
          <span>
            <small>{say('accession')}</small> <span className="number">{workitem.AccessionNumber}</span>
          </span>
        )}
      </PatientBanner>
      <LockBar viewer={viewer} StudyInstanceUID={workitem.StudyInstanceUID} patient={workitem.patient.name} onBack={onBack} />
      <div className="reading-body">
        <p className="clinical">
          <b>{say('clinical')}</b> {workitem.clinicalInformation || <span className="quiet">{say('noClinical')}</span>}
          {place && (
            <span className="quiet term">
              {say('department')} {place}
            </span>
          )}
          {supplement?.requester && (
            <span className="quiet term">
              {say('requester')} {supplement.requester}
            </span>
          )}
          {supplement?.pregnancy && <b className="badge badge-late">{say('pregnant')}</b>}
          {workitem.selfCheck && <Checked check={workitem.selfCheck} />}
        </p>
        <ReturnedNote workitem={workitem} />
        <ReadingThread workitem={workitem} />
        <NewImages workitem={workitem} writable={writable} />
        {rework && workitem.state !== 'FINAL' && (
          <Alert
            type="warning"
            showIcon
            title={say('reworkTitle')}
            description={`${rework.actor}${say('because', { reason: rework.reason ?? '' })}`}
          />
        )}
        {amending !== null && (
          <Alert
            type="warning"
            showIcon
            title={say(amending === 'correction' ? 'correcting' : 'adding')}
            description={amend && `${amend.actor}${amend.reason ? say('because', { reason: amend.reason }) : ''}`}
          />
        )}
        <ReportEditor workitem={workitem} account={account} writable={writable} signedIn={signedIn} viewer={viewer} />
        <Priors workitem={workitem} viewer={viewer} writable={writable} />
        <History events={workitem.events} />
      </div>
    </>
  )
}
