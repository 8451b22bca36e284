/** Rejections of one state: whose, what, why, by whom, until when, and what can be done. */
import { Button, Table, type TableColumnsType } from 'antd'
import type { Rejection, RejectionState, RejectionVerb } from '../api/rejection-types.ts'
import { dicomDate, exactTime, relativeTime, sizeText } from '../clock.ts'
import { ageText, sexText } from '../language/domain.ts'
import { useLanguage, useWords } from '../language/language.tsx'
import { useNow } from '../shell/now.ts'
import { shellWords } from '../shell/words.ts'
import { rejectionWords } from './words.ts'

const verbs: readonly RejectionVerb[] = ['restore', 'request-purge', 'confirm-purge', 'withdraw-purge']

interface Props {
  readonly state: RejectionState
  readonly items: readonly Rejection[]
  readonly onVerb: (rejection: Rejection, verb: RejectionVerb) => void
}

export function RejectionTable({ state, items, onVerb }: Props) {
  const say = useWords(rejectionWords)
  const sayShell = useWords(shellWords)
  const { language } = useLanguage()
  const now = useNow(30_000)
  const columns: TableColumnsType<Rejection> = [
    {
      title: say('patient'),
      render: (_, { patient }) => (
        <>
          <strong title={patient.PatientName}>{patient.name || sayShell('noName')}</strong> {sexText(patient.sex, language)}{' '}
          {ageText(patient.age, language)}
          <div className="quiet number">{patient.PatientID}</div>
        </>
      ),
    },
    {
      title: say('exam'),
      render: (_, row) => (
        <>
          <span className="modality">{row.modality}</span> {row.StudyDescription}
          <div className="quiet">
            <span className="number">{dicomDate(row.StudyDate)}</span> · {row.institution.name}
          </div>
        </>
      ),
    },
    {
      title: say('images'),
      render: (_, row) => (
        <>
          <span className="number">{row.instances}</span> · {say(`level_${row.level}`)}
          <div className="quiet number">{sizeText(row.bytes)}</div>
        </>
      ),
    },
    {
      title: say('reason'),
      render: (_, row) => (
        <>
          {row.meaning[language]}
          <div className="quiet">{row.comment}</div>
          {row.resent > 0 && <div className="quiet">{say('resent', { n: row.resent })}</div>}
        </>
      ),
    },
    {
      title: say('rejectedBy'),
      render: (_, row) => (
        <>
          {row.by}
          <div className="quiet number" title={exactTime(row.at)}>
            {relativeTime(row.at, now, language)}
          </div>
        </>
      ),
    },
    { title: say('standing'), render: (_, row) => <Standing rejection={row} now={now} /> },
    {
      title: '',
      render: (_, row) => (
        <div className="rejection-verbs">
          {verbs
            .filter((verb) => row.verbs.includes(verb))
            .map((verb) => (
              <Button key={verb} size="small" danger={verb === 'confirm-purge'} onClick={() => onVerb(row, verb)}>
                {say(verb)}
              </Button>
            ))}
        </div>
      ),
    },
  ]
  return (
    <Table<Rejection>
      rowKey="id"
      size="small"
      columns={columns}
      dataSource={[...items]}
      pagination={items.length > 50 ? { pageSize: 50 } : false}
      locale={{ emptyText: say(`empty_${state}`) }}
      onRow={({ id }) => ({ 'data-rejection': id }) as object}
    />
  )
}

function Standing({ rejection: { state, purge, restored, retainUntil, verbs }, now }: { rejection: Rejection; now: number }) {
  const say = useWords(rejectionWords)
  const { language } = useLanguage()
  if (state === 'restored' && restored !== null)
    return say('restoredBy', { by: restored.by, time: relativeTime(restored.at, now, language) })
  if (state === 'purged' && purge !== null) {
    return say('purgedBy', { by: purge.requestedBy, other: purge.confirmedBy ?? '', time: exactTime(purge.purgedAt) })
  }
  if (state === 'purge-requested' && purge !== null) {
    return (
      <>
        {say('requestedBy', { name: purge.requestedBy, reason: purge.reason })}
        {!verbs.includes('confirm-purge') && <div className="quiet">{say('otherConfirms')}</div>}
      </>
    )
  }
  const date = new Date(retainUntil)
  return (
    <span className="quiet number">
      {date.getTime() > now ? say('retainUntil', { date: exactTime(retainUntil).slice(0, 10) }) : say('purgeable')}
    </span>
  )
}
