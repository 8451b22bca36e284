/** Follow-up: what surgery, pathology, a later examination or the clinic said of a reading, entered by whoever learns of it. reading.md §4. */
import {
  type EventKind,
  eventKinds,
  insertQualityEvent,
  listQualityEvents,
  type QualityEventRow,
} from '../../storage/index/quality/events.ts'
import {
  type FollowUpRow,
  insertFollowUp,
  listFollowUps,
  type NewFollowUp,
  reportedTask,
  withdrawFollowUp,
} from '../../storage/index/quality/follow-ups.ts'
import { transaction } from '../../storage/index/query.ts'
import type { Period } from '../../storage/index/statistics/figures.ts'
import { type Asker, demand, demandPerson, may } from '../access.ts'
import { auditIn } from '../audit.ts'
import { NotFound } from '../errors.ts'
import { factScope } from '../statistics/scope.ts'
import type { QualityTools } from './peer-review.ts'

export { eventKinds }

export interface FollowUpView extends Omit<FollowUpRow, 'id' | 'workitem' | 'report' | 'byId'> {
  readonly id: string
  readonly workitem: string
  readonly report: string
  readonly verbs: readonly 'withdraw'[]
}

/** @throws Forbidden */
export async function searchFollowUps(
  { index: { pool } }: QualityTools,
  asker: Asker,
  workitem: number | null,
  limit: number,
): Promise<{ items: FollowUpView[] }> {
  demand(asker, 'ward')
  const rows = await listFollowUps(pool, asker.scope, workitem, limit)
  return {
    items: rows.map(({ id, workitem, report, byId, ...row }) => ({
      ...row,
      id: String(id),
      workitem: String(workitem),
      report: String(report),
      verbs: byId === asker.account || may(asker, 'quality') ? ['withdraw'] : [],
    })),
  }
}

/** @throws NotFound: no report of it in the asker's scope. Forbidden */
export async function recordFollowUp(
  { index }: QualityTools,
  asker: Asker,
  report: number,
  followUp: Omit<NewFollowUp, 'workitem' | 'report' | 'by'>,
): Promise<{ id: string }> {
  demand(asker, 'ward')
  demandPerson(asker)
  return transaction(index.pool, async (client) => {
    const task = await reportedTask(client, asker.scope, report)
    if (task === undefined) throw new NotFound(`There is no report ${report}`)
    const id = await insertFollowUp(client, { ...followUp, workitem: task.workitem, report: task.report, by: asker.account })
    const { source, concordance } = followUp
    await auditIn(client, asker, {
      action: 'follow-up',
      StudyInstanceUID: task.StudyInstanceUID,
      object: `follow-up/${id}`,
      detail: { source, concordance },
    })
    return { id: String(id) }
  })
}

/** Its writer, or who answers for quality. @throws NotFound */
export async function takeBackFollowUp({ index }: QualityTools, asker: Asker, id: number): Promise<void> {
  demand(asker, 'ward')
  demandPerson(asker)
  await transaction(index.pool, async (client) => {
    const withdrawn = await withdrawFollowUp(client, asker.scope, id, asker.account, may(asker, 'quality'))
    if (withdrawn === undefined) throw new NotFound(`There is no follow-up ${id} of yours`)
    await auditIn(client, asker, { action: 'follow-up-withdraw', StudyInstanceUID: withdrawn.StudyInstanceUID, object: `follow-up/${id}` })
  })
}

export interface QualityEventView extends Omit<QualityEventRow, 'id' | 'workitem'> {
  readonly id: string
  readonly workitem: string
}

/** @throws Forbidden */
export async function searchQualityEvents(
  { index: { pool } }: QualityTools,
  asker: Asker,
  { from, to, institution, limit }: Period & { readonly institution: number | null; readonly limit: number },
): Promise<{ items: QualityEventView[] }> {
  const scope = factScope(asker, institution)
  const rows = await listQualityEvents(pool, asker.scope, { from, to, centre: scope.centre, institution: scope.institution, limit })
  return { items: rows.map(({ id, workitem, ...row }) => ({ ...row, id: `${row.source}/${workitem}/${id}`, workitem: String(workitem) })) }
}

/** @throws NotFound, Forbidden */
export async function noteQualityEvent(
  { index }: QualityTools,
  asker: Asker,
  report: number,
  kind: EventKind,
  text: string,
): Promise<{ id: string }> {
  demand(asker, 'quality')
  demandPerson(asker)
  return transaction(index.pool, async (client) => {
    const task = await reportedTask(client, asker.scope, report)
    if (task === undefined) throw new NotFound(`There is no report ${report}`)
    const id = await insertQualityEvent(client, task.workitem, kind, text, asker.account)
    await auditIn(client, asker, {
      action: 'quality-event',
      StudyInstanceUID: task.StudyInstanceUID,
      object: `quality-event/${id}`,
      detail: { kind },
    })
    return { id: String(id) }
  })
}
