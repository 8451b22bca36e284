/** The rows: 32 px each, only those near the window are in the page, the current one is marked and kept in sight. */
import { Empty } from 'antd'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { Account, Workitem } from '../api/types.ts'
import { clockOf, clockText, dicomDate, exactTime, relativeTime } from '../clock.ts'
import { ageText, named, sexText, stateWords, urgencyText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { visibleRows } from './steady.ts'
import { listWords } from './words.ts'

const rowHeight = 32
/** In their order; on a narrow window the style sheet leaves some out. */
const columns = [
  'clock',
  'urgency',
  'state',
  'patient',
  'site',
  'exam',
  'accession',
  'images',
  'priors',
  'clinical',
  'arrived',
  'reader',
  'verbs',
] as const

interface Props {
  readonly rows: readonly Workitem[]
  /** Rows of another question, shown until this one is answered. */
  readonly stale: boolean
  readonly currentId: string | null
  readonly account: Account
  readonly empty: string
  readonly onPointerMove: () => void
  readonly onCurrent: (id: string) => void
  readonly onOpen: (id: string) => void
  readonly onClaim: (workitem: Workitem) => void
  readonly onRelease: (workitem: Workitem) => void
}

export function ReadingTable({ rows, stale, currentId, account, empty, onPointerMove, onCurrent, onOpen, onClaim, onRelease }: Props) {
  const say = useWords(listWords)
  const frame = useRef<HTMLDivElement>(null)
  const [seen, setSeen] = useState({ top: 0, height: 800 })
  const now = useNow()
  useEffect(() => {
    const element = frame.current
    if (!element) return
    const measure = () => setSeen({ top: element.scrollTop, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const at = rows.findIndex(({ id }) => id === currentId)
  useLayoutEffect(() => {
    const element = frame.current
    if (!element || at < 0) return
    const top = at * rowHeight
    const head = rowHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + rowHeight + head > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight + head - element.clientHeight
  }, [at])
  const { first, end } = visibleRows(rows.length, rowHeight, seen.top, seen.height)

  return (
    <div
      ref={frame}
      className={stale ? 'reading-table stale' : 'reading-table'}
      aria-busy={stale}
      onScroll={({ currentTarget }) => setSeen({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })}
      onPointerMove={onPointerMove}
    >
      <table aria-rowcount={rows.length}>
        <colgroup>
          {columns.map((column) => (
            <col key={column} className={`col-${column}`} />
          ))}
        </colgroup>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col" className={`col-${column}`}>
                {column !== 'verbs' && say(column)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr style={{ height: first * rowHeight }} />}
          {rows.slice(first, end).map((workitem) => (
            <Row
              key={workitem.id}
              workitem={workitem}
              now={now}
              mine={workitem.assignee?.username === account.username}
              current={workitem.id === currentId}
              onCurrent={onCurrent}
              onOpen={onOpen}
              onClaim={onClaim}
              onRelease={onRelease}
            />
          ))}
          {end < rows.length && <tr style={{ height: (rows.length - end) * rowHeight }} />}
        </tbody>
      </table>
      {rows.length === 0 && <Empty className="list-empty" image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} />}
    </div>
  )
}

interface RowProps extends Pick<Props, 'onCurrent' | 'onOpen' | 'onClaim' | 'onRelease'> {
  readonly workitem: Workitem
  readonly now: number
  readonly mine: boolean
  readonly current: boolean
}

function Row({ workitem, now, mine, current, onCurrent, onOpen, onClaim, onRelease }: RowProps) {
  const { language } = useLanguage()
  const say = useWords(listWords)
  const sayShell = useWords(shellWords)
  const clock = clockOf(workitem, now)
  const { patient, verbs } = workitem
  const reviewable = verbs.includes('review') && !mine
  return (
    <tr
      data-workitem={workitem.id}
      aria-selected={current}
      className={current ? 'current' : undefined}
      onClick={() => onCurrent(workitem.id)}
      onDoubleClick={() => onOpen(workitem.id)}
    >
      <td className={`clock clock-${clock.meaning}`} title={exactTime(workitem.dueAt)}>
        {clockText(clock, language)}
      </td>
      <td className={`urgency urgency-${workitem.urgency}`}>{urgencyText(workitem.urgency, language)}</td>
      <td>
        <span className={`state state-${workitem.state}`}>{named(stateWords, workitem.state, language)}</span>
        {workitem.reworked && workitem.state !== 'REWORK' && <span className="badge">{say('badge-reworked')}</span>}
      </td>
      <td title={`${patient.PatientName} ${patient.PatientID}`}>
        <span className="who-is-it">
          <b>{patient.name || sayShell('noName')}</b>{' '}
          <span className="quiet">
            {sexText(patient.sex, language)} {ageText(patient.age, language)}
          </span>
        </span>
      </td>
      <td className="clipped">{workitem.institution.name}</td>
      <td className="clipped" title={`${dicomDate(workitem.StudyDate)} ${workitem.StudyDescription}`}>
        <span className="modality">{workitem.modality}</span> {workitem.StudyDescription || workitem.bodyPart}
        {workitem.newImages && <span className="badge badge-late">{sayShell('newImages')}</span>}
      </td>
      <td className="number clipped col-accession" title={workitem.AccessionNumber}>
        {workitem.AccessionNumber}
      </td>
      <td className="number col-images">
        {workitem.series}/{workitem.instances}
      </td>
      <td className="number">{workitem.priors || <span className="quiet">–</span>}</td>
      <td className="clipped quiet col-clinical" title={workitem.clinicalInformation}>
        {workitem.clinicalInformation}
      </td>
      <td className="number col-arrived" title={exactTime(workitem.receivedAt)}>
        {relativeTime(workitem.receivedAt, now, language)}
      </td>
      <td className="clipped">{workitem.assignee?.displayName ?? workitem.author?.displayName ?? ''}</td>
      <td className="verbs">
        {verbs.includes('claim') && !mine && (
          <button type="button" onClick={() => onClaim(workitem)}>
            {say('claim')}
          </button>
        )}
        {reviewable && (
          <button type="button" onClick={() => onClaim(workitem)}>
            {say('reviewVerb')}
          </button>
        )}
        {verbs.includes('release') && mine && (
          <button type="button" className="secondary" onClick={() => onRelease(workitem)}>
            {say('release')}
          </button>
        )}
        <button type="button" className="secondary" onClick={() => onOpen(workitem.id)}>
          {say('open')}
        </button>
      </td>
    </tr>
  )
}
