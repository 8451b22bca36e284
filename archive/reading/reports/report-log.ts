/**
 * Who has which version of a report: opened, printed, downloaded, received (reading.md §5, view_log). When it is amended they are told, and printed copies of
 * what was corrected or retracted stand on the list of recalls until somebody says that they are back.
 */
import { transaction } from '../../../storage/index/query.ts'
import {
  type Channel,
  type DeliveryRow,
  deliveriesOf,
  insertDeliveries,
  insertPrint,
  insertRecalled,
  listRecalls,
  markNoticeSeen,
  markOpened,
  type NoticeKind,
  noticesOf,
} from '../../../storage/index/reading/report-log.ts'
import { appendChanges, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { Conflict, Forbidden, NotFound } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'
import { contentOf } from './report-content.ts'
import { getReport } from './reports.ts'

type LogTools = Pick<ReadingTools, 'index'>

/** Somebody has these versions before them, or took them away. Each once; costs one statement. */
export async function noteDelivery(
  { index: { pool } }: LogTools,
  asker: Asker,
  reports: readonly number[],
  channel: Exclude<Channel, 'print'>,
): Promise<void> {
  if (reports.length === 0) return
  const { account, username: recipient, institution } = asker
  const fresh = await insertDeliveries(pool, reports, { account, recipient, institution: institution.id, channel })
  if (fresh.length > 0 && channel === 'web') await markOpened(pool, fresh, institution.id)
}

export interface Print {
  readonly number: number
  readonly at: Date
}

/** One more print of the version that stands. @throws NotFound, Conflict: another version stands */
export async function notePrint(tools: LogTools, asker: Asker, id: number, copies: number): Promise<Print> {
  demandPerson(asker)
  const { row } = await getReport(tools, asker, id)
  return transaction(tools.index.pool, async (client) => {
    const workitem = await lockWorkitem(client, asker.scope, row.workitem)
    if (workitem === undefined) throw new NotFound(`There is no report ${id}`)
    // Read again under the lock: what stands may have changed this moment.
    const { view } = await getReport(tools, asker, id)
    if (!view.standing) throw new Conflict(`Report ${id} does not stand any more`, { current: { standingId: view.standingId } })
    const { account, username: recipient, institution } = asker
    const print = await insertPrint(client, { report: id, account, recipient, institution: institution.id, copies })
    await auditIn(client, asker, {
      action: 'print',
      StudyInstanceUID: workitem.StudyInstanceUID,
      object: `report/${id}`,
      detail: { number: print.number, copies },
    })
    return { number: print.number, at: print.at }
  })
}

/** Who opened, printed or received a version, newest first: for the centre, and for whoever answers for the institution. @throws NotFound, Forbidden */
export async function readersOf(tools: LogTools, asker: Asker, id: number): Promise<DeliveryRow[]> {
  if (!may(asker, 'read') && !may(asker, 'quality') && !may(asker, 'administer') && !may(asker, 'board')) {
    throw new Forbidden(`${asker.username} may not see who read a report`)
  }
  const { row } = await getReport(tools, asker, id)
  return deliveriesOf(tools.index.pool, row.id)
}

export interface Notice {
  readonly id: string
  readonly kind: NoticeKind
  /** The version that the person has seen; and the one in its place. */
  readonly report: string
  readonly successor: string | null
  readonly text: { readonly zh: string; readonly en: string }
  readonly patient: string
  readonly StudyInstanceUID: string
  readonly StudyDescription: string
  readonly StudyDate: string
  /** So many sheets of the old version this person printed. */
  readonly printed: number
  readonly at: Date
  readonly seenAt: Date | null
}

const told: Readonly<Record<NoticeKind, { readonly zh: string; readonly en: string }>> = {
  temporary: { zh: '急诊临时报告已更新', en: 'The temporary emergency report was renewed' },
  final: { zh: '正式报告已发布，您看过的是临时报告', en: 'The final report is there; you have seen the temporary one' },
  addendum: { zh: '您看过的报告有补充', en: 'A report that you have seen was added to' },
  correction: { zh: '您看过的报告已更正，请按新报告处理', en: 'A report that you have seen was corrected; go by the new one' },
  retraction: { zh: '您看过的报告已撤销，不得作为诊断依据', en: 'A report that you have seen was retracted; do not rely on it' },
}

export async function myNotices({ index: { pool } }: LogTools, asker: Asker, limit = 100): Promise<Notice[]> {
  const rows = await noticesOf(pool, asker.account, asker.scope, limit)
  return rows.map((row) => {
    const { patient, study } = contentOf(row)
    const correction = row.successorContent === null ? null : contentOf({ content: row.successorContent }).correction
    const reason = row.reason || (correction?.reason ?? '')
    return {
      id: String(row.id),
      kind: row.kind,
      report: String(row.reportId),
      successor: row.successorId === null ? null : String(row.successorId),
      text: {
        zh: `${told[row.kind].zh}${reason === '' ? '' : `（${reason}）`}`,
        en: `${told[row.kind].en}${reason === '' ? '' : ` (${reason})`}`,
      },
      patient: patient.name,
      StudyInstanceUID: study.StudyInstanceUID,
      StudyDescription: study.StudyDescription,
      StudyDate: study.StudyDate,
      printed: row.printed,
      at: row.at,
      seenAt: row.seenAt,
    }
  })
}

/** @throws NotFound */
export async function seeNotice({ index: { pool } }: LogTools, asker: Asker, id: number): Promise<void> {
  if (!(await markNoticeSeen(pool, asker.account, id))) throw new NotFound(`There is no notice ${id}`)
}

export interface Recall {
  readonly id: string
  readonly report: string
  readonly version: number
  readonly why: 'correction' | 'retraction'
  readonly standing: string | null
  readonly patient: string
  readonly PatientID: string
  readonly AccessionNumber: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly printNumber: number
  readonly copies: number
  readonly printedAt: Date
  readonly printedBy: string
  readonly institution: string
  readonly done: { readonly by: string; readonly at: string; readonly note: string } | null
}

/** The centre sees all; elsewhere people see the copies that were printed in their own house. */
const housesOf = (asker: Asker): number | null => (asker.institution.readingCentre ? null : asker.institution.id)

/** @throws Forbidden */
export async function searchRecalls(
  { index: { pool } }: LogTools,
  asker: Asker,
  { open, limit }: { readonly open: boolean | null; readonly limit: number },
): Promise<Recall[]> {
  demand(asker, 'ward')
  const rows = await listRecalls(pool, { scope: asker.scope, institution: housesOf(asker), open, limit })
  return rows.map((row) => {
    const { patient, study } = contentOf(row)
    return {
      id: String(row.id),
      report: String(row.reportId),
      version: row.version,
      why: row.why,
      standing: row.successorId === null ? null : String(row.successorId),
      patient: patient.name,
      PatientID: patient.PatientID,
      AccessionNumber: study.AccessionNumber,
      StudyDescription: study.StudyDescription,
      StudyDate: study.StudyDate,
      printNumber: row.printNumber,
      copies: row.copies,
      printedAt: row.printedAt,
      printedBy: row.printedBy,
      institution: row.institution ?? '',
      done: row.done,
    }
  })
}

/** The sheets are back or destroyed. Said twice, it is said once. @throws NotFound, Forbidden */
export async function markRecalled({ index: { pool } }: LogTools, asker: Asker, id: number, note: string): Promise<void> {
  demand(asker, 'ward')
  demandPerson(asker)
  const rows = await listRecalls(pool, { scope: asker.scope, institution: housesOf(asker), open: null, limit: 1, id })
  const [recall] = rows
  if (recall === undefined) throw new NotFound(`There is no printed copy ${id} to recall`)
  await transaction(pool, async (client) => {
    await insertRecalled(client, id, asker.account, note)
    const { study } = contentOf(recall)
    await auditIn(client, asker, {
      action: 'recall-copy',
      StudyInstanceUID: study.StudyInstanceUID,
      object: `report/${recall.reportId}`,
      detail: { number: recall.printNumber, copies: recall.copies },
    })
    await appendChanges(client, [{ kind: 'report', studyPk: recall.studyPk, ref: String(recall.reportId) }])
  })
}
