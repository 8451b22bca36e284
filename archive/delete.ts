/**
 * Delete in two steps. *Reject*: a study, a series or single instances are put aside with a coded reason; no search, retrieval or list shows them, and
 * they can be restored as they were. *Purge*: what was rejected is given up for good, when one person has asked for it, another has confirmed it and
 * the time for which it has to be kept has run out. IHE RAD TF-3 4.66 (IOCM), reading.md §8.2.
 */
import type { PoolClient } from 'pg'
import {
  appendInstanceChanges,
  expiryOf,
  hideInstance,
  insertRejection,
  type LockedRejection,
  lastRejection,
  lockRejection,
  markPurgeRequested,
  markPurgeWithdrawn,
  markRestored,
  purgeRejected,
  type RejectableInstance,
  type RejectableStudy,
  type RejectionLevel,
  type Retention,
  rejectableInstances,
  rejectableStudy,
  rejectedInstances,
  rememberWorkitemState,
  restoreInstances,
} from '../storage/index/delete.ts'
import { transaction } from '../storage/index/query.ts'
import { holdsWithdrawnDocuments } from '../storage/index/reading/reports.ts'
import { type Asker, demand, demandPerson, may } from './access.ts'
import { auditIn } from './audit.ts'
import { Conflict, Forbidden, NotFound, ReportStands, RetentionRuns, SecondPersonNeeded } from './errors.ts'
import type { Json } from './reading/reports/canonical-json.ts'
import type { ReadingTools } from './reading/tools.ts'
import { afterRestoration, type State } from './reading/workflow/machine.ts'
import { followStudy, takeOnce } from './reading/workflow/perform.ts'
import { type RejectionCode, rejectionMeanings } from './rejection-codes.ts'

export interface DeleteTools extends ReadingTools {
  readonly retention: Retention
}

export interface RejectionRequest {
  readonly code: RejectionCode
  /** Why, in words. */
  readonly comment: string
  readonly SeriesInstanceUID?: string | undefined
  /** Of the study, or of the series where that is named. */
  readonly SOPInstanceUIDs?: readonly string[] | undefined
}

/** Of a deed on a rejection. */
export interface Why {
  readonly reason: string
  readonly idempotencyKey?: string | undefined
}

/** A Rejection Note that was sent in asks for it. */
export interface SentNote {
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
}

/**
 * Puts images aside; answers the rejection's number. Documents of signed reports are left where they are. A repeated request (same Idempotency-Key)
 * finds its deed done.
 * @throws Forbidden, NotFound, ReportStands, RetentionRuns, Conflict; Refused for a key that was used for something else.
 */
export async function rejectInstances(
  tools: DeleteTools,
  asker: Asker,
  StudyInstanceUID: string,
  request: RejectionRequest,
  idempotencyKey?: string,
): Promise<number> {
  demand(asker, 'reject')
  return transaction(tools.index.pool, async (client) => {
    if (await isDone(client, asker, idempotencyKey, { reject: StudyInstanceUID, code: request.code, comment: request.comment })) {
      const done = await lastRejection(client, StudyInstanceUID, asker.account)
      if (done !== undefined) return done
    }
    const study = await rejectableStudy(client, asker.scope, StudyInstanceUID)
    if (study === undefined) throw new NotFound(`There is no study ${StudyInstanceUID}`)
    demandStudy(asker, study)
    return reject(tools, client, asker, study, request)
  })
}

/** A weak link's client repeats what was not answered. Without an account there is nothing to remember it by. */
const isDone = async (client: PoolClient, asker: Asker, key: string | undefined, about: Json): Promise<boolean> =>
  key !== undefined && asker.account !== 0 && (await takeOnce(client, asker, key, about)) === 'done'

/** Whoever may end images may reject any in scope; a technologist only those of the own institution, while nobody has signed a report on them. */
function demandStudy(asker: Asker, { institution, reported, StudyInstanceUID }: RejectableStudy): void {
  if (may(asker, 'purge')) return
  if (institution !== asker.institution.id) throw new Forbidden(`Study ${StudyInstanceUID} belongs to another institution`)
  if (reported) throw new ReportStands(`A signed report stands on study ${StudyInstanceUID}; only an administrator can reject its images`)
}

/** The caller has made sure that the asker may. */
export async function reject(
  tools: DeleteTools,
  client: PoolClient,
  asker: Asker,
  study: RejectableStudy,
  request: RejectionRequest,
  sent?: SentNote,
): Promise<number> {
  const { code, SeriesInstanceUID } = request
  if (code === '113039') await demandExpired(tools, client, asker, study)
  const all = await rejectableInstances(client, study.studyPk)
  const chosen = chooseInstances(all, study.StudyInstanceUID, request)
  const chosenPks = new Set(chosen.map(({ pk }) => pk))
  // Notes are about other instances: where nothing else is left, they go too.
  const rest = all.filter(({ pk }) => !chosenPks.has(pk))
  const isWhole = rest.every(({ isNote, SOPInstanceUID }) => isNote || SOPInstanceUID === sent?.SOPInstanceUID)
  const going = isWhole ? all : chosen
  const level: RejectionLevel = request.SOPInstanceUIDs !== undefined ? 'instances' : SeriesInstanceUID !== undefined ? 'series' : 'study'
  const written = isWhole ? null : { SOPInstanceUID: tools.newUID(), SeriesInstanceUID: tools.newUID(), sent: false }
  const id = await insertRejection(client, {
    studyPk: study.studyPk,
    code,
    comment: request.comment.trim(),
    level,
    SeriesInstanceUID: SeriesInstanceUID ?? null,
    instances: going.map(({ pk }) => pk),
    by: byOf(asker),
    note: sent === undefined ? written : { ...sent, sent: true },
  })
  if (id === undefined) throw new Conflict('The images were rejected this moment by somebody else')
  const uids = await rejectedInstances(client, id)
  await auditIn(client, asker, {
    action: 'reject',
    StudyInstanceUID: study.StudyInstanceUID,
    object: `rejection/${id}`,
    detail: { code, instances: uids.length, ...(sent === undefined ? {} : { note: sent.SOPInstanceUID }) },
  })
  if (isWhole && study.workitem !== null) {
    const reason = [rejectionMeanings[code].zh, request.comment.trim()].filter((part) => part !== '').join(':')
    await rememberWorkitemState(client, id, afterRestoration(study.workitem.state as State))
    await followStudy(tools, client, study.workitem.id, 'reject', actorOf(asker), { reason })
  }
  await appendInstanceChanges(client, 'delete', study.studyPk, uids)
  return id
}

async function demandExpired(tools: DeleteTools, client: PoolClient, asker: Asker, study: RejectableStudy): Promise<void> {
  if (!may(asker, 'purge')) throw new Forbidden('Only an administrator can reject images for their age')
  const { until, over } = await expiryOf(client, study.studyPk, tools.retention)
  if (!over) throw stillKept(`Study ${study.StudyInstanceUID}`, until)
}

const stillKept = (what: string, until: Date): RetentionRuns =>
  new RetentionRuns(`${what} has to be kept until ${until.toISOString().slice(0, 10)}`, { current: { retainUntil: until } })

/** @throws NotFound what was named and is not there; ReportStands where all of it is documents of a report, or one of them was named. */
function chooseInstances(
  all: readonly RejectableInstance[],
  StudyInstanceUID: string,
  { SeriesInstanceUID, SOPInstanceUIDs }: RejectionRequest,
): readonly RejectableInstance[] {
  const within = all.filter((instance) => SeriesInstanceUID === undefined || instance.SeriesInstanceUID === SeriesInstanceUID)
  if (within.length === 0) throw new NotFound(`There is no series ${SeriesInstanceUID} of study ${StudyInstanceUID}`)
  const named = SOPInstanceUIDs === undefined ? undefined : new Set(SOPInstanceUIDs)
  const chosen = within.filter(({ SOPInstanceUID }) => named === undefined || named.delete(SOPInstanceUID))
  const [missing] = named ?? []
  if (missing !== undefined) throw new NotFound(`There is no instance ${missing} of study ${StudyInstanceUID}`)
  const images = chosen.filter(({ isReport }) => !isReport)
  if (images.length === 0 || (named !== undefined && images.length < chosen.length)) {
    throw new ReportStands('The documents of a signed report cannot be rejected')
  }
  return images
}

/**
 * Takes a rejection back: everything as it was; a reading task that somebody held waits to be taken again. What an administrator rejected only an
 * administrator restores. @throws Forbidden, NotFound, Conflict; ReportStands for documents of a report that was retracted or corrected
 */
export async function restoreRejection(tools: DeleteTools, asker: Asker, id: number, { reason, idempotencyKey }: Why): Promise<void> {
  demand(asker, 'reject')
  return decide(tools, asker, id, idempotencyKey, async (client, rejection) => {
    demandState(rejection, 'rejected')
    if (!mayRestore(asker, rejection)) throw new Forbidden('Only who rejected these images, or an administrator, can restore them')
    if (await holdsWithdrawnDocuments(client, id)) {
      throw new ReportStands('These are documents of a report that was retracted or corrected; they are not restored')
    }
    const uids = await restoreInstances(client, id).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === uniqueViolation) {
        throw new Conflict('Another instance is stored under one of the SOPInstanceUIDs by now', { cause: error })
      }
      throw error
    })
    await markRestored(client, id, byOf(asker))
    // Its note says what is no longer so.
    const note = rejection.noteSOPInstanceUID
    if (note !== null) await hideInstance(client, id, note)
    await auditIn(client, asker, deedOf('restore', rejection, { reason, instances: uids.length }))
    if (rejection.workitem !== null && rejection.workitemState !== null) {
      const before = rejection.workitemState as State
      await followStudy(tools, client, rejection.workitem, 'restore', actorOf(asker), { reason, before })
    }
    await appendInstanceChanges(client, 'restore', rejection.studyPk, uids)
    if (note !== null) await appendInstanceChanges(client, 'delete', rejection.studyPk, [note])
  })
}

const uniqueViolation = '23505'

/** @throws Forbidden, NotFound, RetentionRuns, Conflict */
export async function requestPurge(tools: DeleteTools, asker: Asker, id: number, { reason, idempotencyKey }: Why): Promise<void> {
  demand(asker, 'purge')
  demandPerson(asker)
  return decide(tools, asker, id, idempotencyKey, async (client, rejection) => {
    demandState(rejection, 'rejected')
    if (rejection.retained) throw stillKept(`What was rejected of study ${rejection.StudyInstanceUID}`, rejection.retainUntil)
    await markPurgeRequested(client, id, byOf(asker), reason)
    await auditIn(client, asker, deedOf('request-purge', rejection, { reason }))
    await appendInstanceChanges(client, 'purge', rejection.studyPk, [])
  })
}

/** @throws Forbidden, NotFound, Conflict */
export async function withdrawPurge(tools: DeleteTools, asker: Asker, id: number, { reason, idempotencyKey }: Why): Promise<void> {
  demand(asker, 'purge')
  demandPerson(asker)
  return decide(tools, asker, id, idempotencyKey, async (client, rejection) => {
    demandState(rejection, 'purge-requested')
    await markPurgeWithdrawn(client, id)
    await auditIn(client, asker, deedOf('withdraw-purge', rejection, { reason }))
    await appendInstanceChanges(client, 'purge', rejection.studyPk, [])
  })
}

/**
 * The second person: rows go in this transaction, objects by `removePurged` after it. The identity of what was purged is remembered.
 * @throws Forbidden, NotFound, SecondPersonNeeded, RetentionRuns, Conflict
 */
export async function confirmPurge(tools: DeleteTools, asker: Asker, id: number, { reason, idempotencyKey }: Why): Promise<void> {
  demand(asker, 'purge')
  demandPerson(asker)
  return decide(tools, asker, id, idempotencyKey, async (client, rejection) => {
    demandState(rejection, 'purge-requested')
    if (rejection.purgeRequestedBy === asker.account)
      throw new SecondPersonNeeded('A purge is confirmed by somebody else than who asked for it')
    // A report may have been signed, or the person seen again, since it was asked for.
    if (rejection.retained) throw stillKept(`What was rejected of study ${rejection.StudyInstanceUID}`, rejection.retainUntil)
    const uids = await purgeRejected(client, id, byOf(asker))
    await auditIn(client, asker, deedOf('purge', rejection, { reason, instances: uids.length, requestedBy: rejection.purgeRequestedBy }))
    await appendInstanceChanges(client, 'purge', rejection.studyPk, uids)
  })
}

/** In the log of a reading task: a machine, or whoever is there with AUTH=off, has no account. */
const actorOf = (asker: Asker): Asker | 'system' => (asker.account === 0 ? 'system' : asker)

const byOf = ({ account, displayName }: Asker) => ({ account, name: displayName })

const deedOf = (action: string, { id, StudyInstanceUID, code }: LockedRejection, detail: Readonly<Record<string, unknown>>) => ({
  action,
  StudyInstanceUID,
  object: `rejection/${id}`,
  detail: { code, ...detail },
})

function decide(
  { index, retention }: DeleteTools,
  asker: Asker,
  id: number,
  idempotencyKey: string | undefined,
  work: (client: PoolClient, rejection: LockedRejection) => Promise<void>,
): Promise<void> {
  return transaction(index.pool, async (client) => {
    if (await isDone(client, asker, idempotencyKey, { rejection: id })) return
    const rejection = await lockRejection(client, asker.scope, id, retention)
    if (rejection === undefined) throw new NotFound(`There is no rejection ${id}`)
    await work(client, rejection)
  })
}

/** @throws Conflict */
function demandState({ id, state }: LockedRejection, wanted: LockedRejection['state']): void {
  if (state !== wanted) throw new Conflict(`Rejection ${id} is ${state}`, { current: { state } })
}

/** Of a rejection in state `rejected`. */
export const mayRestore = (asker: Asker, { rejectedBy }: { readonly rejectedBy: number }): boolean =>
  may(asker, 'purge') || (may(asker, 'reject') && rejectedBy === asker.account)
