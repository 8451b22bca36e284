/**
 * A verb, done: the workitem locked, the machine asked, its decision carried out with event, draft and report, the change feed last; all in one
 * transaction. A repeated request (same Idempotency-Key) finds its deed done and is answered as the first was.
 */
import { createHash } from 'node:crypto'
import type { PoolClient } from 'pg'
import { type Queryable, transaction } from '../../storage/index/query.ts'
import { keepDraft } from '../../storage/index/reading/drafts.ts'
import {
  appendChanges,
  type ChangeKind,
  insertEvent,
  type LockedWorkitem,
  lockWorkitem,
  renewLease,
  takeKey,
  updateWorkitem,
} from '../../storage/index/reading/workitem-change.ts'
import { type Asker, demandPerson } from '../access.ts'
import { auditIn } from '../audit.ts'
import { NotFound } from '../errors.ts'
import { canonicalJSON, type Json } from './canonical-json.ts'
import { type Actor, changesOf, type Decision, decide, type Facts, type Refusal, type Request, type State, type Verb } from './machine.ts'
import { modalityOf } from './modality.ts'
import { Refused } from './refused.ts'
import { signReport } from './sign.ts'
import type { ReadingTools } from './tools.ts'
import type { Urgency } from './turnaround.ts'

export interface VerbRequest extends Request {
  readonly idempotencyKey?: string | undefined
}

/** @throws NotFound: no such workitem in the asker's scope. Refused: why not. */
export async function perform(tools: ReadingTools, asker: Asker, id: number, verb: Verb, request: VerbRequest = {}): Promise<void> {
  demandPerson(asker)
  const passwordProved = request.passwordProved === true || isRecent(asker.authenticatedAt, tools.signingSeconds)
  await transaction(tools.index.pool, async (client) => {
    if (request.idempotencyKey !== undefined) {
      const about = { verb, id, reason: request.reason ?? null }
      if ((await takeOnce(client, asker, request.idempotencyKey, about)) === 'done') return
    }
    const workitem = await lockWorkitem(client, asker.scope, id)
    if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
    await carryOut(tools, client, workitem, verb, asker, { ...request, passwordProved })
  })
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
  verb: 'ready' | 'expire' | 'reject' | 'restore' | 'arrive',
  actor: Actor,
  request: Request = {},
): Promise<boolean> {
  const workitem = await lockWorkitem(client, null, id)
  if (workitem === undefined) return false
  const decision = decide(factsOf(workitem), verb, 'system', request)
  if (typeof decision === 'string') return false
  await apply(tools, client, workitem, decision, actor, request)
  return true
}

/** `done`: a request with this key was through before. @throws Refused when the key was used for something else. */
export async function takeOnce(client: Queryable, asker: Asker, key: string, about: Json): Promise<'new' | 'done'> {
  const taken = await takeKey(client, asker.account, key, createHash('sha256').update(canonicalJSON(about)).digest())
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
  const decision = decide(factsOf(workitem), verb, asker, request)
  if (typeof decision === 'string') throw new Refused(decision, refusalText(verb, workitem, decision))
  await apply(tools, client, workitem, decision, asker, request)
}

async function apply(
  tools: ReadingTools,
  client: PoolClient,
  workitem: LockedWorkitem,
  decision: Decision,
  actor: Actor,
  request: Request,
): Promise<void> {
  const { transition } = decision
  const { leaseSeconds } = tools
  if (transition.quiet === true) return renewLease(client, workitem.id, leaseSeconds)
  const changes = changesOf(factsOf(workitem), decision, actor)
  if (changes.keepDraft) await keepDraft(client, workitem.id, transition.verb)
  const generation = await updateWorkitem(client, workitem.id, {
    ...changes,
    leaseSeconds: { take: leaseSeconds, drop: null, keep: undefined }[changes.lease],
    dueInMs: changes.startClock ? tools.turnaround(workitem.urgency as Urgency, modalityOf(workitem.modalities)) : undefined,
  })
  const feed: { kind: ChangeKind; studyPk: number; ref: string | null }[] = [
    { kind: 'workitem', studyPk: workitem.studyPk, ref: String(workitem.id) },
  ]
  let detail: Record<string, unknown> | undefined
  if (changes.freeze && actor !== 'system') {
    const report = await signReport(tools, client, workitem, actor)
    detail = { report: report.id, hash: report.hash, ...(workitem.newImages ? { newImages: true } : {}) }
    feed.push({ kind: 'report', studyPk: workitem.studyPk, ref: String(report.id) })
    await auditIn(client, actor, {
      action: 'sign',
      StudyInstanceUID: workitem.StudyInstanceUID,
      object: `report/${report.id}`,
      detail: { hash: report.hash },
    })
  }
  await insertEvent(client, {
    workitem: workitem.id,
    actor: actor === 'system' ? null : actor.account,
    verb: transition.verb,
    from: workitem.state,
    to: changes.state,
    reason: request.reason?.trim() || null,
    generation,
    detail,
  })
  await appendChanges(client, feed)
}

export const factsOf = (workitem: LockedWorkitem): Facts => ({ ...workitem, state: workitem.state as State })

const isRecent = (at: Date | null, seconds: number): boolean => at !== null && Date.now() - at.getTime() < seconds * 1000

const refusalText = (verb: Verb, workitem: LockedWorkitem, refusal: Refusal): string =>
  `${verb} was not done: workitem ${workitem.id} is ${workitem.state} (${refusal})`
