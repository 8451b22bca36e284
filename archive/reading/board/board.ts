/** The imaging room's board: every study of its own, and 「检查完成,发送」. */
import { transaction } from '../../../storage/index/query.ts'
import { insertWorkitem } from '../../../storage/index/reading/arrivals.ts'
import { findSelfChecks, type SelfCheckRow } from '../../../storage/index/reading/self-checks.ts'
import { type Arriving, arrivingOf, findStudyRow, listStudies, type StudyRow } from '../../../storage/index/reading/studies.ts'
import { findSupplements, lockStudyOf, type SupplementRow } from '../../../storage/index/reading/supplements.ts'
import { insertEvent, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import type { PersonRef } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { isHit, searchKeys } from '../list/search-box.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import { Refused } from '../refused.ts'
import type { ReadingTools } from '../tools.ts'
import { defaultUrgency } from '../turnaround/turnaround.ts'
import { carryOut, takeOnce } from '../workflow/perform.ts'
import { quietUntil, type Stage, stageOf } from '../workflow/stage.ts'

export interface BoardStudy {
  readonly StudyInstanceUID: string
  readonly patient: PatientView
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly receivedAt: Date
  readonly lastReceivedAt: Date
  readonly instances: number
  readonly bytes: number
  readonly stage: Stage
  readonly readAtCounty: boolean
  /** When the quiet timer sends the study by itself; null once it is sent or when nothing is sent. */
  readonly quietUntil: Date | null
  readonly workitem: { readonly id: string; readonly state: string; readonly assignee: PersonRef | null } | null
  readonly report: { readonly id: string; readonly finalAt: Date } | null
  readonly supplement: SupplementRow | null
  readonly urgency: number | null
  readonly readyAt: Date | null
  /** When the report is due at the latest. */
  readonly dueAt: Date | null
  /** While images arrive: what comes each second, how many there will be, and when it can be read if it goes on like this. */
  readonly bytesPerSecond: number
  readonly expectedInstances: number | null
  readonly readableAt: Date | null
  readonly selfCheck: SelfCheckRow | null
  readonly verbs: readonly BoardVerb[]
}

export type BoardVerb = 'send' | 'self-check' | 'supplement' | 'reject'

export interface BoardRequest {
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly q?: string | undefined
  readonly limit: number
}

export interface BoardTools extends ReadingTools {
  /** Seconds without a new image until a study counts as complete, where its machine names none. */
  readonly quietSeconds: number
}

/** @throws Forbidden */
export async function searchBoard(tools: BoardTools, asker: Asker, request: BoardRequest): Promise<BoardStudy[]> {
  demand(asker, 'board')
  const { pool } = tools.index
  const found = await listStudies(pool, {
    scope: asker.scope,
    owner: asker.institution.id,
    from: request.from ?? null,
    to: request.to ?? null,
    ...searchKeys(request.q),
    limit: request.limit,
  })
  const rows = found.filter((row) => isHit(request.q, row))
  return boardStudies(tools, asker, rows)
}

async function boardStudies({ index: { pool }, quietSeconds }: BoardTools, asker: Asker, rows: readonly StudyRow[]): Promise<BoardStudy[]> {
  const studyPks = rows.map(({ studyPk }) => studyPk)
  const arriving = rows.filter((row) => stageOf(row) === 'received').map(({ studyPk }) => studyPk)
  const [supplements, checks, speeds] = await Promise.all([
    findSupplements(pool, studyPks),
    findSelfChecks(pool, studyPks),
    arriving.length === 0 ? [] : arrivingOf(pool, arriving),
  ])
  return rows.map((row) => ({
    ...boardStudy(row, supplements.get(row.studyPk) ?? null, asker, quietSeconds),
    ...expectationOf(
      row,
      speeds.find(({ studyPk }) => studyPk === row.studyPk),
      quietSeconds,
    ),
    selfCheck: checks.get(row.studyPk) ?? null,
  }))
}

type Expectation = Pick<BoardStudy, 'bytesPerSecond' | 'expectedInstances' | 'readableAt'>

/** When it can be read: when all that its machine has listed is here at this speed; else when the quiet timer ends. */
export function expectationOf(
  row: Pick<StudyRow, 'state' | 'readAtCounty' | 'quietSeconds' | 'lastReceivedAt' | 'instances' | 'bytes'>,
  arriving: Pick<Arriving, 'bytesPerSecond' | 'expectedInstances'> | undefined,
  quietSeconds: number,
): Expectation {
  if (arriving === undefined) return { bytesPerSecond: 0, expectedInstances: null, readableAt: null }
  const { bytesPerSecond, expectedInstances } = arriving
  const missing = Math.max(0, (expectedInstances ?? 0) - row.instances)
  const quiet = quietUntil(row, quietSeconds)
  if (missing === 0 || bytesPerSecond === 0 || row.instances === 0) return { bytesPerSecond, expectedInstances, readableAt: quiet }
  const seconds = (missing * (row.bytes / row.instances)) / bytesPerSecond
  return { bytesPerSecond, expectedInstances, readableAt: new Date(row.lastReceivedAt.getTime() + seconds * 1000) }
}

function boardStudy(
  row: StudyRow,
  supplement: SupplementRow | null,
  asker: Asker,
  quietSeconds: number,
): Omit<BoardStudy, keyof Expectation | 'selfCheck'> {
  const sendable = row.readAtCounty && (row.state === null || row.state === 'UPLOADING' || row.state === 'CANCELED')
  const mayBoard = may(asker, 'board') && row.institutionId === asker.institution.id
  // A technologist, while no report is signed on them (archive/delete.ts).
  const mayReject = may(asker, 'purge') || (may(asker, 'reject') && row.reportId === null)
  return {
    StudyInstanceUID: row.StudyInstanceUID,
    patient: patientOf(row),
    modality: modalityOf(row.modalities),
    StudyDescription: row.StudyDescription ?? '',
    AccessionNumber: row.AccessionNumber ?? '',
    StudyDate: row.StudyDate ?? '',
    receivedAt: row.receivedAt,
    lastReceivedAt: row.lastReceivedAt,
    instances: row.instances,
    bytes: row.bytes,
    stage: stageOf(row),
    readAtCounty: row.readAtCounty,
    quietUntil: quietUntil(row, quietSeconds),
    workitem:
      row.workitemId === null || row.state === null ? null : { id: String(row.workitemId), state: row.state, assignee: row.assignee },
    report: row.reportId === null || row.finalAt === null ? null : { id: String(row.reportId), finalAt: row.finalAt },
    supplement,
    urgency: row.urgency,
    readyAt: row.readyAt,
    dueAt: row.dueAt,
    verbs: mayBoard
      ? [
          ...(sendable ? (['send'] as const) : []),
          ...(row.reportId === null ? (['self-check'] as const) : []),
          'supplement',
          ...(mayReject ? (['reject'] as const) : []),
        ]
      : [],
  }
}

export async function getBoardStudy(tools: BoardTools, asker: Asker, StudyInstanceUID: string): Promise<BoardStudy> {
  const row = await findStudyRow(tools.index.pool, asker.scope, StudyInstanceUID)
  if (row === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const [study] = await boardStudies(tools, asker, [row])
  return study!
}

/**
 * 检查完成,发送: the study is READY now, without waiting for the quiet timer. Pressed before the follower made the workitem, it is made here.
 * @throws NotFound, Forbidden. Refused: `not-read-at-county`, `wrong-state`, `not-yours`.
 */
export async function sendStudy(tools: BoardTools, asker: Asker, StudyInstanceUID: string, idempotencyKey?: string): Promise<void> {
  demand(asker, 'board')
  demandPerson(asker)
  await transaction(tools.index.pool, async (client) => {
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, { send: StudyInstanceUID })) === 'done') return
    const study = await lockStudyOf(client, asker.scope, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    let id = study.workitem ?? undefined
    if (id === undefined) {
      if (study.centre === null) throw new Refused('not-read-at-county', `Study ${StudyInstanceUID} is not read at the county`)
      id = await insertWorkitem(client, study.studyPk, study.centre, study.urgency ?? defaultUrgency)
      if (id === undefined) throw new Refused('wrong-state', 'The workitem was made this moment; try again')
      await insertEvent(client, { workitem: id, actor: null, verb: 'arrive', from: null, to: 'UPLOADING', reason: null, generation: 0 })
    }
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    await carryOut(tools, client, workitem, 'ready', asker, {})
  })
}
