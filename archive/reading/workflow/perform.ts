/**
 * A verb, done: the workitem locked, the machine asked, its decision carried out with event, draft and report, the change feed last; all in one
 * transaction. A repeated request (same Idempotency-Key) finds its deed done and is answered as the first was.
 */
import { createHash } from 'node:crypto'
import type { PoolClient } from 'pg'
import { type Queryable, transaction } from '../../../storage/index/query.ts'
import { findCredentials } from '../../../storage/index/reading/accounts.ts'
import { keepDraft } from '../../../storage/index/reading/drafts.ts'
import { partsOf } from '../../../storage/index/reading/joined.ts'
import { unseenStudies } from '../../../storage/index/reading/openings.ts'
import {
  appendChanges,
  type FeedChange,
  insertEvent,
  knownKey,
  type LockedWorkitem,
  lockWorkitem,
  renewLease,
  takeKey,
  updateWorkitem,
} from '../../../storage/index/reading/workitem-change.ts'
import { type Asker, askerOf, demandPerson, may } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { NotFound } from '../../errors.ts'
import { mayBeSameSigner, policies } from '../policies.ts'
import { Refused } from '../refused.ts'
import { canonicalJSON, type Json } from '../reports/canonical-json.ts'
import type { ReadingTools } from '../tools.ts'
import { clockAfter } from '../turnaround/turnaround-clock.ts'
import {
  type Actor,
  type Changes,
  changesOf,
  type Decision,
  decide,
  type Facts,
  type Refusal,
  type Request,
  type State,
  type Transition,
  transitions,
  type Verb,
} from './machine.ts'
import { releaseJoined } from './parts.ts'
import { sideEffects } from './side-effects.ts'

export interface VerbRequest extends Omit<Request, 'assignee'> {
  readonly idempotencyKey?: string | undefined
  /** Of `assign`: the username; null ends the reservation. */
  readonly assignee?: string | null | undefined
}

/** @throws NotFound: no such workitem in the asker's scope. Refused: why not. */
export async function perform(tools: ReadingTools, asker: Asker, id: number, verb: Verb, request: VerbRequest = {}): Promise<void> {
  demandPerson(asker)
  const pinProved = request.pinProved === true || isRecent(asker.pinGivenAt, tools.signingSeconds)
  await transaction(tools.index.pool, async (client) => {
    if (request.idempotencyKey !== undefined) {
      const { urgency = null, assignee = null, amending = null, amendingClass = null } = request
      const details = (request.details ?? null) as Json
      const about = { verb, id, reason: request.reason ?? null, urgency, assignee, amending, amendingClass, details }
      if ((await takeOnce(client, asker, request.idempotencyKey, about)) === 'done') return
    }
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    const { assignee: username, ...rest } = request
    const assignee = typeof username === 'string' ? await reader(client, username, workitem.centre) : username
    await carryOut(tools, client, workitem, verb, asker, { ...rest, pinProved, ...(assignee === undefined ? {} : { assignee }) })
  })
}

/** Whoever a task is to be kept for; an unknown name reads nowhere. */
async function reader(client: Queryable, username: string, centre: number): Promise<{ account: number; reads: boolean }> {
  const account = await findCredentials(client, username.toLowerCase())
  if (account === undefined) return { account: 0, reads: false }
  const asker = askerOf(account, null, null)
  return { account: account.id, reads: account.enabled && asker.institution.id === centre && may(asker, 'read') }
}

/** The clock's verbs (`ready` when a study fell quiet, `expire`). False: somebody was faster, nothing was left to do. */
export function performByClock(tools: ReadingTools, id: number, verb: 'ready' | 'expire'): Promise<boolean> {
  return transaction(tools.index.pool, (client) => followStudy(tools, client, id, verb, 'system'))
}

/**
 * The archive's own verbs: the task follows its clock, or what became of its study, whoever brought that about (`actor`, for the log).
 * False: the machine has no such step from where it stands, and nothing was done.
 */
export async function followStudy(
  tools: ReadingTools,
  client: PoolClient,
  id: number,
  verb: 'ready' | 'expire' | 'retake' | 'reject' | 'restore' | 'arrive',
  actor: Actor,
  request: Request = {},
): Promise<boolean> {
  const workitem = await lockWorkitem(client, null, id)
  if (workitem === undefined) return false
  const facts = await factsOf(client, workitem)
  const decision = decide(facts, verb, 'system', request)
  if (typeof decision === 'string') return false
  await apply(tools, client, workitem, facts, decision, actor, request)
  if (verb === 'reject') await releaseJoined(client, id, actor, request.reason ?? '')
  if (verb === 'reject' || verb === 'restore') {
    for (const part of await partsOf(client, id)) await followStudy(tools, client, part, verb, actor, { ...request, before: 'READY' })
  }
  return true
}

const requestSHA256 = (about: Json): Buffer => createHash('sha256').update(canonicalJSON(about)).digest()

/** Whether a request with this key was through before. @throws Refused when the key was used for something else. */
export async function wasDone(on: Queryable, asker: Asker, key: string, about: Json): Promise<boolean> {
  const known = await knownKey(on, asker.account, key, requestSHA256(about))
  if (known === 'other-request') throw new Refused('key-reused', 'The Idempotency-Key was used for another request')
  return known === 'done'
}

/** `done`: a request with this key was through before. @throws Refused when the key was used for something else. */
export async function takeOnce(client: Queryable, asker: Asker, key: string, about: Json): Promise<'new' | 'done'> {
  const taken = await takeKey(client, asker.account, key, requestSHA256(about))
  if (taken === 'other-request') throw new Refused('key-reused', 'The Idempotency-Key was used for another request')
  return taken
}

export async function carryOut(
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  verb: Verb,
  asker: Asker,
  request: Request,
): Promise<void> {
  const unseen = signs(verb) ? await unseenStudies(client, workitem.id, asker.account) : []
  const facts = await factsOf(client, workitem, unseen.length === 0)
  const decision = decide(facts, verb, asker, request)
  if (typeof decision === 'string') throw new Refused(decision, refusalText(verb, workitem, decision))
  for (const { StudyInstanceUID, newImages } of unseen) {
    const detail = { verb, reason: request.reason?.trim(), newImages }
    await auditIn(client, asker, { action: 'sign-unseen', StudyInstanceUID, object: `workitem/${workitem.id}`, detail })
  }
  await apply(tools, client, workitem, facts, decision, asker, request)
}

/** Images are not kept away by the workitem's lock. What came while the report was put together may be among its evidence. @throws Refused `images-unseen` */
async function demandStillSeen(client: Queryable, { id }: LockedWorkitem, { account }: Asker): Promise<void> {
  if ((await unseenStudies(client, id, account)).length > 0)
    throw new Refused('images-unseen', `Images came while workitem ${id} was signed`)
}

/** Whether a verb asks whoever uses it to have looked at the images. */
const signs = (verb: Verb): boolean => transitions.some((one) => one.verb === verb && one.guards.includes('images-seen'))

async function apply(
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  facts: Facts,
  decision: Decision,
  actor: Actor,
  request: Request,
): Promise<void> {
  const { transition } = decision
  const { leaseSeconds } = tools
  if (transition.quiet === true) return renewLease(client, workitem.id, leaseSeconds)
  const changes = changesOf(facts, decision, actor, request)
  if (changes.keepDraft) await keepDraft(client, workitem.id, transition.verb)
  const generation = await updateWorkitem(client, workitem.id, {
    ...changes,
    leaseSeconds: { take: leaseSeconds, drop: null, keep: undefined }[changes.lease],
    clock: await clockAfter(client, workitem, changes),
    moves: transition.to !== 'same',
    reserved: await reservationAfter(client, workitem, changes),
  })
  const feed: FeedChange[] = [{ kind: 'workitem', studyPk: workitem.studyPk, ref: String(workitem.id) }]
  const detail = await sideEffects[transition.verb]?.(tools, client, workitem, actor, request, feed)
  if (actor !== 'system' && transition.guards.includes('images-seen') && facts.imagesSeen) await demandStillSeen(client, workitem, actor)
  const told = { ...detailOf(transition, facts, changes), ...detail }
  await insertEvent(client, {
    workitem: workitem.id,
    actor: actor === 'system' ? null : actor.account,
    verb: transition.verb,
    from: workitem.state,
    to: changes.state,
    reason: request.reason?.trim() || null,
    generation,
    detail: Object.keys(told).length === 0 ? undefined : told,
  })
  await appendChanges(client, feed)
}

/** What the log says beside who, when and why. */
function detailOf({ verb, guards }: Transition, facts: Facts, changes: Changes): Record<string, unknown> {
  return {
    ...(guards.includes('images-seen') && !facts.imagesSeen ? { imagesUnseen: true } : {}),
    ...(verb === 'assign' ? { reservedFor: changes.reservedFor ?? null } : {}),
    ...(verb === 'urgency' ? { before: facts.urgency, urgency: changes.urgency } : {}),
    ...(verb === 'amend'
      ? { amending: changes.amending, ...(changes.amendingClass === null ? {} : { class: changes.amendingClass }) }
      : {}),
    ...(changes.samePerson && !facts.samePerson ? { samePerson: true } : {}),
  }
}

/** A reservation runs from when the task can be read; before that it waits. */
async function reservationAfter(
  client: Queryable,
  workitem: LockedWorkitem,
  changes: Changes,
): Promise<{ account: number | null; seconds: number | null } | undefined> {
  const account = changes.reservedFor === undefined ? workitem.preferred : changes.reservedFor
  const begins = changes.state === 'READY' && account !== null && (changes.reservedFor !== undefined || changes.clock === 'start')
  if (begins) return { account, seconds: (await policies(client)).reserveMinutes * 60 }
  return changes.reservedFor === undefined ? undefined : { account, seconds: null }
}

/** The machine's view of a locked workitem. `imagesSeen`: by whoever asks; it matters to those who sign. */
export async function factsOf(on: Queryable, workitem: LockedWorkitem, imagesSeen = false): Promise<Facts> {
  const policy = await policies(on)
  return {
    ...workitem,
    imagesSeen,
    state: workitem.state as State,
    critical: workitem.critical === 1,
    amending: workitem.amending as Facts['amending'],
    amendingClass: workitem.amendingClass as Facts['amendingClass'],
    standing: workitem.standing as Facts['standing'],
    beforeSignature: workitem.beforeSignature as Facts['beforeSignature'],
    waiting: workitem.waiting as State | null,
    paused: workitem.pausedAt !== null,
    withinUndo: workitem.signedAt !== null && workitem.now.getTime() - workitem.signedAt.getTime() < policy.undoSeconds * 1000,
    policy: { sameSigner: mayBeSameSigner(policy, workitem.now), tempRelease: policy.tempRelease },
  }
}

const isRecent = (at: Date | null, seconds: number): boolean => at !== null && Date.now() - at.getTime() < seconds * 1000

const refusalText = (verb: Verb, workitem: LockedWorkitem, refusal: Refusal): string =>
  `${verb} was not done: workitem ${workitem.id} is ${workitem.state} (${refusal})`
