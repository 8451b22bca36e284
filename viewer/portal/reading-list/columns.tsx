/** What each column shows of a workitem. reading.md §6.1. */
import type { ReactNode } from 'react'
import type { Workitem } from '../api/types.ts'
import { clockOf, clockText, dicomDate, durationText, exactTime, relativeTime, shareOf } from '../clock.ts'
import { ageText, named, sexText, stateWords, urgencyText } from '../language/domain.ts'
import { type Say, useLanguage, useWords } from '../language/language.tsx'
import type { Language } from '../language/words.ts'
import { shellWords } from '../shell/words.ts'
import { Badges } from './badges.tsx'
import type { ColumnKey } from './list-settings.ts'
import { listWords } from './words.ts'

export interface Shown {
  readonly workitem: Workitem
  readonly now: number
}

interface Drawn extends Shown {
  readonly language: Language
  readonly say: Say<keyof typeof listWords>
  readonly sayShell: Say<keyof typeof shellWords>
}

interface Cell {
  readonly className?: string
  readonly title?: string
  readonly content: ReactNode
}

/** `deeds` are drawn by the table: they act. */
export const cells: Readonly<Record<Exclude<ColumnKey, 'deeds'>, (drawn: Drawn) => Cell>> = {
  clock: ({ workitem, now, language, say }) => {
    const clock = clockOf(workitem, now)
    const share = shareOf(workitem, now)
    const used = share === undefined ? '' : say('shareLeft', { n: Math.round(share * 100) })
    return {
      className: `clock clock-${clock.meaning}`,
      title: [exactTime(workitem.dueAt), used].filter(Boolean).join(' · '),
      content: (
        <>
          {clockText(clock, language)}
          {share !== undefined && workitem.finalAt === null && (
            <span className="share" aria-hidden="true" style={{ inlineSize: `${Math.min(100, Math.round(share * 100))}%` }} />
          )}
        </>
      ),
    }
  },
  urgency: ({ workitem, language }) => ({
    className: `urgency urgency-${workitem.urgency}`,
    content: urgencyText(workitem.urgency, language),
  }),
  state: ({ workitem, language, say }) => {
    const { state, instances } = workitem
    if (state === 'UPLOADING')
      return {
        className: 'arriving',
        content: (
          <>
            {say('arriving', { n: instances })}
            <span className="upload" aria-hidden="true" />
          </>
        ),
      }
    return { content: <span className={`state state-${state}`}>{named(stateWords, state, language)}</span> }
  },
  patient: ({ workitem: { patient }, language, sayShell }) => ({
    title: `${patient.PatientName} ${patient.PatientID}`,
    content: (
      <span className="who-is-it">
        <b>{patient.name || sayShell('noName')}</b>{' '}
        <span className="quiet">
          {sexText(patient.sex, language)} {ageText(patient.age, language)}
        </span>
      </span>
    ),
  }),
  site: ({ workitem: { institution } }) => ({ className: 'clipped', title: institution.name, content: institution.name }),
  exam: ({ workitem }) => ({
    className: 'clipped',
    title: `${dicomDate(workitem.StudyDate)} ${workitem.StudyDescription} ${workitem.bodyPart}`,
    content: (
      <>
        <span className="modality">{workitem.modality}</span> {workitem.StudyDescription || workitem.bodyPart}
      </>
    ),
  }),
  accession: ({ workitem: { AccessionNumber } }) => ({
    className: 'number clipped',
    title: AccessionNumber,
    content: AccessionNumber,
  }),
  images: ({ workitem }) => ({ className: 'number', content: `${workitem.series}/${workitem.instances}` }),
  badges: ({ workitem }) => ({ className: 'badges', content: <Badges workitem={workitem} /> }),
  priors: ({ workitem }) => ({ className: 'number', content: workitem.priors || <span className="quiet">–</span> }),
  clinical: ({ workitem: { clinicalInformation } }) => ({
    className: 'clipped quiet',
    title: clinicalInformation,
    content: clinicalInformation,
  }),
  arrived: ({ workitem: { receivedAt }, now, language }) => ({
    className: 'number',
    title: exactTime(receivedAt),
    content: relativeTime(receivedAt, now, language),
  }),
  wait: ({ workitem, now, language }) => {
    const from = workitem.readyAt
    if (from === null) return { content: <span className="quiet">–</span> }
    const until = workitem.claimedAt === null ? now : Date.parse(workitem.claimedAt)
    return {
      className: workitem.claimedAt === null ? 'number' : 'number quiet',
      title: exactTime(from),
      content: durationText(Math.max(0, until - Date.parse(from)), language),
    }
  },
  reader: ({ workitem, say }) => {
    const { assignee, author, reservedFor } = workitem
    if (assignee === null && reservedFor) {
      const kept = say('reservedFor', { name: reservedFor.displayName })
      return { className: 'clipped reserved', title: kept, content: kept }
    }
    const name = assignee?.displayName ?? author?.displayName ?? ''
    return { className: assignee === null ? 'clipped quiet' : 'clipped', title: name, content: name }
  },
}

export function ColumnCell({ column, workitem, now }: Shown & { readonly column: Exclude<ColumnKey, 'deeds'> }) {
  const { language } = useLanguage()
  const say = useWords(listWords)
  const sayShell = useWords(shellWords)
  const { content, ...attributes } = cells[column]({ workitem, now, language, say, sayShell })
  return (
    <td {...attributes} data-column={column}>
      {content}
    </td>
  )
}
