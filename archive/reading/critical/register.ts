/** Critical values as people see them: the notice, the doctor's card, the register (危急值登记本), the ten-minute figure. */
import { brokenCriticalEvents, type CriticalEventRow, criticalEvents } from '../../../storage/index/reading/critical.ts'
import {
  type CriticalRow,
  criticalFigures,
  type FigureRow,
  findCritical,
  listCriticals,
} from '../../../storage/index/reading/critical-list.ts'
import { type Asker, demand } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import type { ReadingTools } from '../tools.ts'
import { type Contact, telephoneList } from './contacts.ts'
import { openStates, type State, type Verb, verbsFor } from './machine.ts'
import type { Finding } from './starter-findings.ts'

/** Told and repeated within so many minutes of the raising: the figure that hospitals are asked for (US-CV-01, 2022). */
export const withinMinutes = 10

export interface Critical {
  readonly id: string
  readonly workitem: string
  readonly StudyInstanceUID: string
  readonly patient: PatientView
  /** Whom it was raised for, where the study names somebody else since. */
  readonly toldAs: { readonly name: string; readonly PatientID: string } | null
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly department: string
  readonly ward: string
  readonly bed: string
  readonly requester: string
  readonly finding: Finding | null
  readonly text: string
  readonly suspected: boolean
  readonly raisedBy: { readonly username: string; readonly displayName: string }
  readonly raisedAt: Date
  readonly state: State
  readonly level: number
  readonly nextEscalationAt: Date | null
  readonly generation: number
  readonly acknowledged: CriticalRow['acknowledged']
  readonly action: CriticalRow['action']
  readonly ended: CriticalRow['ended']
  readonly notices: CriticalRow['notices']
  readonly withinMinutes: number
  readonly verbs: readonly Verb[]
}

function viewOf(row: CriticalRow, asker: Asker): Critical {
  const patient = patientOf(row)
  const { told } = row
  const same = told.PatientName === patient.PatientName && told.PatientID === patient.PatientID && told.name === patient.name
  const state = row.state as State
  return {
    id: String(row.id),
    workitem: String(row.workitem),
    StudyInstanceUID: row.StudyInstanceUID,
    patient,
    toldAs: same ? null : { name: told.name, PatientID: told.PatientID },
    institution: { id: row.institutionId, name: row.institutionName },
    modality: modalityOf(row.modalities),
    StudyDescription: row.StudyDescription ?? '',
    AccessionNumber: row.AccessionNumber ?? '',
    StudyDate: row.StudyDate ?? '',
    department: row.department ?? '',
    ward: row.ward,
    bed: row.bed,
    requester: row.requester ?? '',
    finding: row.finding,
    text: row.text,
    suspected: row.suspected,
    raisedBy: { username: row.raisedBy.username, displayName: row.raisedBy.displayName },
    raisedAt: row.raisedAt,
    state,
    level: row.level,
    nextEscalationAt: row.nextEscalationAt,
    generation: row.generation,
    acknowledged: row.acknowledged,
    action: row.action,
    ended: row.ended,
    notices: row.notices,
    withinMinutes,
    verbs: verbsFor(
      {
        state,
        centre: row.centre,
        treating: row.treating,
        raisedBy: row.raisedBy.id,
        suspected: row.suspected,
        readBackConfirmed: row.acknowledged?.confirmed != null,
        generation: row.generation,
      },
      asker,
    ),
  }
}

export interface RegisterRequest {
  readonly state: 'open' | 'closed' | 'all'
  readonly institution?: number | undefined
  readonly workitem?: number | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly before?: number | undefined
  readonly limit: number
}

const statesOf: Readonly<Record<RegisterRequest['state'], readonly State[] | null>> = {
  open: openStates,
  closed: ['CLOSED', 'WITHDRAWN'],
  all: null,
}

/** Newest first; `next` goes on, `now` is the clock that the times are of. @throws Forbidden */
export async function searchCriticals(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  request: RegisterRequest,
): Promise<{ items: Critical[]; next: string | null; now: Date }> {
  demand(asker, 'retrieve')
  const rows = await listCriticals(pool, {
    scope: asker.scope,
    states: statesOf[request.state],
    institution: request.institution ?? null,
    ...(request.workitem === undefined ? {} : { workitem: request.workitem }),
    from: request.from ?? null,
    to: request.to ?? null,
    before: request.before ?? null,
    limit: request.limit + 1,
  })
  const page = rows.slice(0, request.limit)
  const last = page.at(-1)
  return {
    items: page.map((row) => viewOf(row, asker)),
    next: rows.length > page.length && last !== undefined ? String(last.id) : null,
    now: new Date(),
  }
}

export interface CriticalDetail extends Critical {
  /** Who is called, step by step. */
  readonly contacts: readonly Contact[]
  readonly events: readonly CriticalEventRow[]
  readonly chain: { readonly whole: boolean }
  readonly now: Date
}

/** @throws NotFound, Forbidden */
export async function getCritical({ index: { pool } }: ReadingTools, asker: Asker, id: number): Promise<CriticalDetail> {
  demand(asker, 'retrieve')
  const row = await findCritical(pool, asker.scope, id)
  if (row === undefined) throw new NotFound(`There is no critical value ${id}`)
  const [contacts, events, broken] = await Promise.all([
    telephoneList(pool, { institution: row.institutionId, centre: row.centre }),
    criticalEvents(pool, id),
    brokenCriticalEvents(pool, id),
  ])
  return { ...viewOf(row, asker), contacts, events, chain: { whole: broken.length === 0 }, now: new Date() }
}

export interface Figures {
  readonly from: Date
  readonly to: Date
  readonly withinMinutes: number
  readonly raised: number
  readonly acknowledged: number
  readonly within: number
  /** Of all that were raised and not withdrawn; null when there was none. */
  readonly rate: number | null
  readonly institutions: readonly (FigureRow & { readonly rate: number })[]
}

/** The ten-minute figure of a span. @throws Forbidden */
export async function getFigures({ index: { pool } }: ReadingTools, asker: Asker, from: Date, to: Date): Promise<Figures> {
  demand(asker, 'retrieve')
  const rows = await criticalFigures(pool, { scope: asker.scope, from, to, withinSeconds: withinMinutes * 60 })
  const sum = (of: 'raised' | 'acknowledged' | 'within') => rows.reduce((total, row) => total + row[of], 0)
  const raised = sum('raised')
  const within = sum('within')
  return {
    from,
    to,
    withinMinutes,
    raised,
    acknowledged: sum('acknowledged'),
    within,
    rate: raised === 0 ? null : within / raised,
    institutions: rows.map((row) => ({ ...row, rate: row.within / row.raised })),
  }
}
