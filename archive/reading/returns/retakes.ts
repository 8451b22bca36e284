/**
 * The retake (reading.md §3.2 #10): images that answer a return come as a study of their own or into the same study; they are linked by themselves where
 * nobody can doubt it, else by hand on the board. The same task goes on with them, and what was returned is put aside, kept and out of sight.
 */
import type { PoolClient } from 'pg'
import { rejectableInstances, rejectableStudy } from '../../../storage/index/delete.ts'
import { type Queryable, transaction } from '../../../storage/index/query.ts'
import { findAccount } from '../../../storage/index/reading/accounts.ts'
import { insertWorkitem } from '../../../storage/index/reading/arrivals.ts'
import {
  exchangeStudies,
  imagesSinceReturn,
  insertRetake,
  joinStudy,
  type LateImage,
  lockRetakeStudy,
  passOver,
  type RetakeCandidate,
  retakeCandidates,
  retakesThatCame,
  studyPkOf,
  taskOf,
} from '../../../storage/index/reading/retakes.ts'
import { giveUpReturnDocuments, returnDocumentsOf } from '../../../storage/index/reading/return-documents.ts'
import {
  closeReturn,
  listReturns,
  lockUnsettled,
  markSettled,
  type OpenReturn,
  openReturnOf,
  type UnsettledReturn,
  unsettledReturns,
  workitemOfReturn,
} from '../../../storage/index/reading/returns.ts'
import { appendChanges, insertEvent, type LockedWorkitem, lockWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, askerOf, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { type DeleteTools, reject, type SentNote } from '../../delete.ts'
import { Forbidden, NotFound } from '../../errors.ts'
import { headerOf } from '../../rendered.ts'
import { modalityOf } from '../modality.ts'
import { type PatientView, patientOf } from '../patient.ts'
import { Refused } from '../refused.ts'
import { followStudy, takeOnce } from '../workflow/perform.ts'
import { noteCodeOf } from './return-documents.ts'
import { findReason } from './return-reasons.ts'
import { acquiredAt } from './returned-image.ts'
import type { ReturnTools } from './returns.ts'

export interface RetakeTools extends ReturnTools, DeleteTools {
  readonly log: { warn(about: object, message: string): void }
}

/** What has come by itself since the last look, and what is to be put aside for it. Each return stands alone: one that fails stops no other. */
export async function followRetakes(tools: RetakeTools): Promise<void> {
  const { pool } = tools.index
  const attempt = (about: object, work: () => Promise<unknown>) =>
    work().catch((error: unknown) => tools.log.warn({ err: error, ...about }, 'a retake was not followed'))
  for (const { returned, studyPk, workitem } of await retakesThatCame(pool)) {
    await attempt({ returned }, () => transaction(pool, (client) => link(tools, client, workitem, studyPk, 'system')))
  }
  for (const image of await imagesSinceReturn(pool)) await attempt({ returned: image.returned }, () => considerImage(tools, image))
  for (const each of await unsettledReturns(pool)) await attempt({ returned: each.id }, () => settle(tools, each))
}

/** An image that came into the returned study itself: the retake when it was taken later than all that was there, else one that was late. */
async function considerImage(tools: RetakeTools, image: LateImage): Promise<void> {
  const { pool } = tools.index
  const taken = acquiredAt(await headerOf(tools.render, [image.institution], image))
  const isLate = taken !== null && image.acquired !== null && taken <= image.acquired
  if (isLate) await passOver(pool, image.returned, image.instancePk)
  else await transaction(pool, (client) => link(tools, client, image.workitem, image.studyPk, 'system'))
}

/** @throws NotFound, Forbidden. Refused: `return-closed`, `retake-unfit` */
export async function linkRetake(
  tools: RetakeTools,
  asker: Asker,
  id: number,
  StudyInstanceUID: string,
  idempotencyKey?: string,
): Promise<void> {
  demand(asker, 'board')
  demandPerson(asker)
  await transaction(tools.index.pool, async (client) => {
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, { retake: id, StudyInstanceUID })) === 'done') return
    const workitem = await workitemOfReturn(client, asker.scope, id)
    const studyPk = await studyPkOf(client, asker.scope, StudyInstanceUID)
    if (workitem === undefined || studyPk === undefined) throw new NotFound(`There is no return ${id}, or no study ${StudyInstanceUID}`)
    await demandOwner(client, asker, id)
    await link(tools, client, workitem, studyPk, asker, id)
  })
}

/** Who sees the study because the patient is theirs now answers no return of it. @throws Forbidden */
async function demandOwner(on: Queryable, asker: Asker, id: number): Promise<void> {
  const [card] = await listReturns(on, { scope: asker.scope, institution: null, states: null, workitem: null, id, limit: 1 })
  if (card?.institution !== asker.institution.id) throw new Forbidden('Only who took the images links them')
}

/** The newest studies that may be the retake, the same person's first. @throws NotFound, Forbidden */
export async function findRetakeCandidates(
  { index: { pool } }: RetakeTools,
  asker: Asker,
  id: number,
): Promise<
  (Pick<RetakeCandidate, 'StudyInstanceUID' | 'receivedAt' | 'instances' | 'samePerson'> & {
    patient: PatientView
    modality: string
    StudyDescription: string
  })[]
> {
  demand(asker, 'board')
  if ((await workitemOfReturn(pool, asker.scope, id)) === undefined) throw new NotFound(`There is no return ${id}`)
  await demandOwner(pool, asker, id)
  const rows = await retakeCandidates(pool, asker.scope, id)
  return rows.map((row) => ({
    StudyInstanceUID: row.StudyInstanceUID,
    patient: patientOf(row),
    modality: modalityOf(row.modalities),
    StudyDescription: row.StudyDescription ?? '',
    receivedAt: row.receivedAt,
    instances: row.instances,
    samePerson: row.samePerson,
  }))
}

/** Locks: the task that waits, the study that came, the task that that one has; the change feed last. */
async function link(
  tools: RetakeTools,
  client: PoolClient,
  workitem: number,
  studyPk: number,
  actor: Asker | 'system',
  named?: number,
): Promise<void> {
  // The returned study may be hidden by now, so the scope was asked before; a null scope is the archive's own.
  const task = await lockWorkitem(client, null, workitem)
  if (task === undefined) return
  const open = await openReturnOf(client, workitem)
  if (open === undefined || (named !== undefined && open.id !== named)) {
    if (actor === 'system') return
    throw new Refused('return-closed', `Return ${named} does not wait for images any more`)
  }
  if (studyPk !== open.studyPk) {
    const study = await lockRetakeStudy(client, studyPk)
    if (actor !== 'system' && study?.institution !== actor.institution.id) throw new Forbidden('Only who took the images links them')
    if (study?.free !== true) {
      if (actor === 'system') return
      throw new Refused('retake-unfit', 'The study is read already, or is another retake')
    }
    await giveStudy(client, task, open, studyPk)
  }
  await insertRetake(client, { returned: open.id, studyPk, account: actor === 'system' ? null : actor.account })
  await closeReturn(client, open.id, 'retaken')
  const StudyInstanceUID = open.StudyInstanceUID
  if (actor !== 'system') await auditIn(client, actor, { action: 'retake', StudyInstanceUID, object: `return/${open.id}` })
  if (!(await followStudy(tools, client, workitem, 'retake', actor, {}))) throw new Refused('wrong-state', 'The task does not wait')
}

/** The study that came becomes the task's own; the one that it had goes to the task that came with it, which is joined and over. */
async function giveStudy(client: PoolClient, task: LockedWorkitem, open: OpenReturn, studyPk: number): Promise<void> {
  const given = (await taskOf(client, studyPk)) ?? (await makeTask(client, task, studyPk))
  const replaces = open.studyPk === task.studyPk
  if (replaces) await exchangeStudies(client, { task: task.id, given: given.id, from: task.studyPk, to: studyPk })
  else await joinStudy(client, given.id, task.id)
  await insertEvent(client, {
    workitem: given.id,
    actor: null,
    // What was replaced does not come back to the list; what was only joined may be split off again.
    verb: replaces ? 'replace' : 'join',
    from: given.state,
    to: 'CANCELED',
    reason: null,
    generation: given.generation + 1,
    detail: { into: task.id, retake: open.id },
  })
  await appendChanges(client, [{ kind: 'workitem', studyPk: open.studyPk, ref: String(given.id) }])
}

async function makeTask(
  client: Queryable,
  task: LockedWorkitem,
  studyPk: number,
): Promise<{ id: number; state: string; generation: number }> {
  const id = await insertWorkitem(client, studyPk, task.centre, task.urgency)
  if (id === undefined) throw new Refused('retake-unfit', 'The study has just become part of another task')
  await insertEvent(client, { workitem: id, actor: null, verb: 'arrive', from: null, to: 'UPLOADING', reason: null, generation: 0 })
  return { id, state: 'UPLOADING', generation: 0 }
}

/**
 * After a retake: what was returned is put aside with its presentation state, by its own Rejection Note. After a withdrawal: the documents are, since they
 * say what is no longer so. Where a report stands nothing is put aside.
 */
async function settle(tools: RetakeTools, unsettled: UnsettledReturn): Promise<void> {
  const account = await findAccount(tools.index.pool, unsettled.account)
  if (account === undefined) return
  const reader = askerOf(account, null, null)
  await transaction(tools.index.pool, async (client) => {
    const study = await rejectableStudy(client, reader.scope, unsettled.StudyInstanceUID)
    if (!(await lockUnsettled(client, unsettled.id))) return
    const rejection = study === undefined || study.reported ? null : await putAside(tools, client, reader, study, unsettled)
    await giveUpReturnDocuments(client, unsettled.id)
    await markSettled(client, unsettled.id, rejection)
  })
}

async function putAside(
  tools: RetakeTools,
  client: PoolClient,
  reader: Asker,
  study: Parameters<typeof reject>[3],
  { id, state, reasons, comment, SOPInstanceUIDs }: UnsettledReturn,
): Promise<number | null> {
  const documents = await returnDocumentsOf(client, id)
  const note = documents.find(({ kind, stored }) => kind === 'kos' && stored)
  const sent: SentNote | undefined = state === 'retaken' ? note : undefined
  const named = new Set(state === 'retaken' ? SOPInstanceUIDs : [])
  for (const document of documents) if (document !== sent) named.add(document.SOPInstanceUID)
  const there = (await rejectableInstances(client, study.studyPk)).filter((each) => named.has(each.SOPInstanceUID) && !each.isReport)
  if (there.length === 0) return null
  const names = reasons.map((code) => findReason(code)?.zh ?? code).join('、')
  return reject(
    tools,
    client,
    reader,
    study,
    {
      code: noteCodeOf(reasons),
      comment: [state === 'withdrawn' ? '退回已撤回' : '退回重拍', names, comment]
        .filter((text) => text !== '')
        .join('：')
        .slice(0, 1_000),
      SOPInstanceUIDs: there.map(({ SOPInstanceUID }) => SOPInstanceUID),
    },
    sent,
  )
}
