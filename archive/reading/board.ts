/** The imaging room's board: every study of its own, and 「检查完成,发送」. */
import { transaction } from '../../storage/index/query.ts'
import { insertWorkitem } from '../../storage/index/reading/arrivals.ts'
import { findStudyRow, listStudies, type StudyRow } from '../../storage/index/reading/studies.ts'
import { findSupplements, lockStudyOf, type SupplementRow } from '../../storage/index/reading/supplements.ts'
import { insertEvent, lockWorkitem } from '../../storage/index/reading/workitem-change.ts'
import type { PersonRef } from '../../storage/index/reading/workitem-list.ts'
import { type Asker, demand, demandPerson, may } from '../access.ts'
import { NotFound } from '../errors.ts'
import { modalityOf } from './modality.ts'
import { type PatientView, patientOf } from './patient.ts'
import { carryOut, takeOnce } from './perform.ts'
import { Refused } from './refused.ts'
import { isHit, searchKeys } from './search-box.ts'
import { quietUntil, type Stage, stageOf } from './stage.ts'
import type { ReadingTools } from './tools.ts'
import { defaultUrgency } from './turnaround.ts'

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
  readonly verbs: readonly BoardVerb[]
}

export type BoardVerb = 'send' | 'supplement' | 'reject'

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
  const supplements = await findSupplements(
    pool,
    rows.map(({ studyPk }) => studyPk),
  )
  return rows.map((row) => boardStudy(row, supplements.get(row.studyPk) ?? null, asker, tools.quietSeconds))
}

function boardStudy(row: StudyRow, supplement: SupplementRow | null, asker: Asker, quietSeconds: number): BoardStudy {
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
    verbs: mayBoard ? [...(sendable ? (['send'] as const) : []), 'supplement', ...(mayReject ? (['reject'] as const) : [])] : [],
  }
}

export async function getBoardStudy(tools: BoardTools, asker: Asker, StudyInstanceUID: string): Promise<BoardStudy> {
  const row = await findStudyRow(tools.index.pool, asker.scope, StudyInstanceUID)
  if (row === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
  const supplements = await findSupplements(tools.index.pool, [row.studyPk])
  return boardStudy(row, supplements.get(row.studyPk) ?? null, asker, tools.quietSeconds)
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
