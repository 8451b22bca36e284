/**
 * A person says which order a study answers, that it needs none, or that the match was wrong. What contradicts the order needs a reason; the study's
 * patient data are put right by a correction where that is asked for, with the order's AccessionNumber, which a study without one gets in any case (IHE RAD
 * PIR); undoing the match undoes it.
 */
import {
  factsOfStudy,
  insertLink,
  insertUnmatched,
  isBegun,
  lockLink,
  noteCorrection,
  type StudyFacts,
  undoLink,
} from '../../storage/index/order-matching.ts'
import { type LockedOrder, lockOrder } from '../../storage/index/orders.ts'
import { type Queryable, transaction } from '../../storage/index/query.ts'
import { lockStudyOf, type OwnStudy } from '../../storage/index/reading/supplements.ts'
import { appendChanges, type FeedChange } from '../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson } from '../access.ts'
import { auditIn } from '../audit.ts'
import { type CorrectionTools, correctStudyIn, NothingChanges, undoCorrectionIn } from '../corrections.ts'
import { personNameOf } from '../dicom/chinese-name.ts'
import { Conflict, NotFound } from '../errors.ts'
import { Refused } from '../reading/refused.ts'
import { takeOnce } from '../reading/workflow/perform.ts'
import { compare } from './comparison.ts'
import { factsOf, linkStudy } from './matching.ts'
import type { Order } from './order.ts'
import { getOrder, moveTo } from './orders.ts'
import { changeOf, takeBackSupplement } from './supplements.ts'
import type { OrderTools } from './tools.ts'

export type MatchTools = OrderTools & CorrectionTools

export interface MatchRequest {
  readonly order: number
  /** The study shows the order's patient and AccessionNumber from now on. */
  readonly correct: boolean
  readonly reason: string
  readonly idempotencyKey?: string | undefined
}

/** @throws NotFound, Forbidden; Refused: `already-matched`, `order-state`, `reason-missing`; what a correction throws */
export async function matchStudy(tools: MatchTools, asker: Asker, StudyInstanceUID: string, request: MatchRequest): Promise<Order> {
  demand(asker, 'board')
  demandPerson(asker)
  const reason = request.reason.trim()
  await transaction(tools.index.pool, async (client) => {
    const { idempotencyKey: key } = request
    if (key !== undefined && (await takeOnce(client, asker, key, { match: StudyInstanceUID, order: request.order })) === 'done') return
    const { study, facts } = await lockOwn(client, asker, StudyInstanceUID)
    if ((await lockLink(client, study.studyPk)) !== undefined)
      throw new Refused('already-matched', `Study ${StudyInstanceUID} has its order`)
    const order = await lockOrder(client, asker.scope, request.order)
    if (order === undefined) throw new NotFound(`There is no order ${request.order}`)
    if (order.state === 'cancelled') throw new Refused('order-state', 'The order was withdrawn')
    const { contradictions } = compare(facts, factsOf(order, facts))
    if (contradictions.length > 0 && reason === '') {
      throw new Refused('reason-missing', `Study and order contradict each other: ${contradictions.map(({ en }) => en).join('; ')}`)
    }
    await auditIn(client, asker, { action: 'order-match', StudyInstanceUID, object: `order/${order.id}` })
    const changes = await linkStudy(client, study, facts, order, { how: 'by-hand', actor: asker, reason: reason || null })
    const attributes = { ...(request.correct ? patientOfOrder(order, facts) : {}), ...accessionOfOrder(order, facts, request.correct) }
    const corrected = await correct(client, asker, study, StudyInstanceUID, attributes, reason)
    await appendChanges(client, [...changes, ...corrected])
  })
  return getOrder(tools, asker, request.order)
}

/** Nothing, where the study says so already. Answers what the feed is to be told. */
async function correct(
  client: Queryable,
  asker: Asker,
  { studyPk }: OwnStudy,
  StudyInstanceUID: string,
  attributes: Readonly<Record<string, string>>,
  reason: string,
): Promise<readonly FeedChange[]> {
  if (Object.keys(attributes).length === 0) return []
  try {
    const { revision, changes } = await correctStudyIn(client, asker, StudyInstanceUID, {
      attributes,
      reason: reason || '与申请单匹配，按申请单更正',
    })
    await noteCorrection(client, studyPk, revision)
    return changes
  } catch (error) {
    if (error instanceof NothingChanges) return []
    throw error
  }
}

/** What of the study says otherwise than the order. */
function patientOfOrder(order: LockedOrder, facts: StudyFacts): Record<string, string> {
  const said = {
    PatientName: personNameOf(order.PatientName),
    PatientID: order.PatientID,
    PatientSex: order.sex ?? '',
    PatientBirthDate: order.birthDate ?? '',
  }
  return Object.fromEntries(Object.entries(said).filter(([name, value]) => value !== '' && value !== facts[name as keyof StudyFacts]))
}

/** A number that the machine has written stays, unless a correction is asked for. */
function accessionOfOrder(order: LockedOrder, facts: StudyFacts, correct: boolean): Record<string, string> {
  const stands = facts.AccessionNumber ?? ''
  const isKept = stands === order.AccessionNumber || (stands !== '' && !correct)
  return isKept ? {} : { AccessionNumber: order.AccessionNumber }
}

/** A walk-in, a phantom, a test: it leaves the tray without an order. @throws NotFound, Forbidden; Refused: `already-matched`, `reason-missing` */
export async function leaveWithoutOrder(
  { index }: Pick<OrderTools, 'index'>,
  asker: Asker,
  StudyInstanceUID: string,
  reason: string,
  idempotencyKey?: string,
): Promise<void> {
  demand(asker, 'board')
  demandPerson(asker)
  if (reason.trim() === '') throw new Refused('reason-missing', 'Why does the study need no order?')
  await transaction(index.pool, async (client) => {
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, { noOrder: StudyInstanceUID })) === 'done') return
    const { study } = await lockOwn(client, asker, StudyInstanceUID)
    if ((await lockLink(client, study.studyPk)) !== undefined)
      throw new Refused('already-matched', `Study ${StudyInstanceUID} has its order`)
    const nothing = { order: null, how: 'no-order', supplementBefore: null, supplementRev: null } as const
    await insertLink(client, { ...nothing, studyPk: study.studyPk, reason: reason.trim(), actor: asker.account })
    await auditIn(client, asker, { action: 'order-none', StudyInstanceUID })
    await appendChanges(client, [changeOf(study)])
  })
}

/** The study waits in the tray again, the order on the worklist. @throws NotFound, Forbidden; Refused: `not-matched`, `reason-missing` */
export async function unmatchStudy(tools: MatchTools, asker: Asker, StudyInstanceUID: string, why: string): Promise<void> {
  demand(asker, 'board')
  demandPerson(asker)
  const reason = why.trim()
  if (reason === '') throw new Refused('reason-missing', 'Why was the match wrong?')
  await transaction(tools.index.pool, async (client) => {
    const { study, facts } = await lockOwn(client, asker, StudyInstanceUID)
    const link = await lockLink(client, study.studyPk)
    if (link === undefined) throw new Refused('not-matched', `Study ${StudyInstanceUID} has no order`)
    await undoLink(client, link.id, asker.account, reason)
    const order = link.order === null ? undefined : await lockOrder(client, null, link.order)
    if (order !== undefined && !(await isBegun(client, order.id))) await moveTo(client, order, 'reopen', asker, reason)
    await takeBackSupplement(client, study, asker.account, link)
    await insertUnmatched(client, facts)
    const corrected =
      link.correctionRevision === null ? [] : await takeBackCorrection(client, asker, StudyInstanceUID, link.correctionRevision, reason)
    await auditIn(client, asker, { action: 'order-unmatch', StudyInstanceUID, object: `order/${link.order ?? 'none'}` })
    await appendChanges(client, [
      changeOf(study),
      ...corrected,
      ...(order === undefined ? [] : [{ kind: 'order' as const, studyPk: study.studyPk, ref: String(order.id) }]),
    ])
  })
}

/** Unless somebody has done so already. */
async function takeBackCorrection(
  client: Queryable,
  asker: Asker,
  StudyInstanceUID: string,
  revision: number,
  reason: string,
): Promise<readonly FeedChange[]> {
  try {
    return (await undoCorrectionIn(client, asker, StudyInstanceUID, revision, reason)).changes
  } catch (error) {
    if (error instanceof Conflict) return []
    throw error
  }
}

/** @throws NotFound: studies are matched where they were taken */
async function lockOwn(client: Queryable, asker: Asker, StudyInstanceUID: string): Promise<{ study: OwnStudy; facts: StudyFacts }> {
  const study = await lockStudyOf(client, asker.scope, StudyInstanceUID)
  const facts = await factsOfStudy(client, asker.scope, StudyInstanceUID)
  if (study === undefined || facts === undefined) throw new NotFound(`There is no study ${StudyInstanceUID} of this institution`)
  return { study, facts }
}
