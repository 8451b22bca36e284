/**
 * Arriving studies find their orders: a consumer of the change feed. Named by StudyInstanceUID or AccessionNumber and contradicted by nothing, a study is
 * linked at once; everything else waits in the tray for a person. Run twice over the same changes it does nothing new.
 */
import { setImmediate } from 'node:timers/promises'
import type { PoolClient } from 'pg'
import type { Change } from '../../storage/index/changes.ts'
import {
  candidateOrders,
  factsOfStudy,
  insertLink,
  insertUnmatched,
  listUnmatched,
  lockLink,
  type NewLink,
  orderNamedBy,
  quietOrders,
  type StudyFacts,
  studiesToMatch,
  worksWithOrders,
} from '../../storage/index/order-matching.ts'
import { type LockedOrder, lockOrder, ordersByID } from '../../storage/index/orders.ts'
import { type Queryable, transaction } from '../../storage/index/query.ts'
import { lockStudyOf, type OwnStudy } from '../../storage/index/reading/supplements.ts'
import { appendChanges, type FeedChange } from '../../storage/index/reading/workitem-change.ts'
import { type Asker, demand } from '../access.ts'
import { displayName } from '../dicom/person-name.ts'
import { modalityOf } from '../reading/modality.ts'
import { type Comparison, compare, type Reason } from './comparison.ts'
import { type Order, orderView } from './order.ts'
import { moveTo } from './orders.ts'
import { changeOf, flowIntoSupplement } from './supplements.ts'
import type { OrderTools } from './tools.ts'

export const matchingConsumer = 'order-matching'

export async function matchArrivals(tools: Pick<OrderTools, 'index'>, changes: readonly Change[]): Promise<void> {
  const images = changes.filter(({ kind }) => kind === 'instance').map(({ number }) => number)
  if (images.length === 0) return
  for (const { StudyInstanceUID, institution } of await studiesToMatch(tools.index.pool, images)) {
    await transaction(tools.index.pool, (client) => matchOne(client, institution, StudyInstanceUID))
  }
}

async function matchOne(client: PoolClient, institution: number, StudyInstanceUID: string): Promise<void> {
  const study = await lockStudyOf(client, [institution], StudyInstanceUID)
  const facts = await factsOfStudy(client, [institution], StudyInstanceUID)
  if (study === undefined || facts === undefined || (await lockLink(client, study.studyPk)) !== undefined) return
  const named = await orderNamedBy(client, facts)
  const order = named === undefined ? undefined : await lockOrder(client, null, named.id)
  if (named !== undefined && order !== undefined && compare(facts, factsOf(order, facts)).contradictions.length === 0) {
    const changes = await linkStudy(client, study, facts, order, { how: named.how, actor: 'machine', reason: null })
    return void (await appendChanges(client, changes))
  }
  if (!(await worksWithOrders(client, institution, facts.receivedAt))) return
  await insertUnmatched(client, facts)
  await appendChanges(client, [{ kind: 'study', studyPk: study.studyPk, ref: null }])
}

/** A locked order as a candidate; that it was named is known already. */
export const factsOf = (order: LockedOrder, { AccessionNumber }: StudyFacts) => ({
  ...order,
  AccessionNumber: AccessionNumber ?? '',
  startedAt: null,
})

export interface Match {
  readonly how: Exclude<NewLink['how'], 'no-order'>
  readonly actor: Asker | 'machine'
  readonly reason: string | null
}

/** The order's text flows into the supplement, the order is under way, the study leaves the tray. Study and order are locked; answers what the feed is to be told. */
export async function linkStudy(
  client: Queryable,
  study: OwnStudy,
  facts: StudyFacts,
  order: LockedOrder,
  { how, actor, reason }: Match,
): Promise<FeedChange[]> {
  const { before, rev } = await flowIntoSupplement(client, study, order, facts.PatientName)
  await insertLink(client, {
    studyPk: study.studyPk,
    order: order.id,
    how,
    reason,
    actor: actor === 'machine' ? null : actor.account,
    supplementBefore: before,
    supplementRev: rev,
  })
  await moveTo(client, order, 'start', actor)
  return [changeOf(study), { kind: 'order', studyPk: study.studyPk, ref: String(order.id) }]
}

export interface Candidate {
  readonly order: Order
  readonly score: number
  readonly reasons: readonly Reason[]
}

export interface UnmatchedStudy {
  readonly StudyInstanceUID: string
  readonly patient: {
    readonly name: string
    readonly PatientName: string
    readonly PatientID: string
    readonly sex: string
    readonly birthDate: string
  }
  readonly modality: string
  readonly StudyDescription: string
  readonly receivedAt: Date
  readonly instances: number
  readonly AccessionNumber: string
  readonly candidates: readonly Candidate[]
}

/** Candidates are looked for among so many orders of so many days; so many are shown, when they are this likely. */
const candidateDays = 30
const mostOrders = 500
const mostCandidates = 5
const leastScore = 0.15

/** The tray: newest first, each study with the orders that it may belong to. @throws Forbidden */
export async function listTray({ index, fieldKey }: OrderTools, asker: Asker, limit: number): Promise<UnmatchedStudy[]> {
  demand(asker, 'board')
  const studies = await listUnmatched(index.pool, asker.scope, limit)
  if (studies.length === 0) return []
  const orders = await candidateOrders(index.pool, asker.scope, candidateDays, mostOrders)
  const ranked: { study: StudyFacts; best: ReturnType<typeof bestOf> }[] = []
  for (const study of studies) {
    ranked.push({ study, best: bestOf(study, orders) })
    // A full tray is some hundred milliseconds of comparing: others get their turn in between.
    await setImmediate()
  }
  const ids = [...new Set(ranked.flatMap(({ best }) => best.map(({ id }) => id)))]
  const views = new Map((await ordersByID(index.pool, asker.scope, ids)).map((row) => [row.id, orderView(row, asker, fieldKey)]))
  return ranked.map(({ study, best }) => ({
    StudyInstanceUID: study.StudyInstanceUID,
    patient: {
      name: displayName(study.PatientName ?? ''),
      PatientName: study.PatientName ?? '',
      PatientID: study.PatientID ?? '',
      sex: study.PatientSex ?? '',
      birthDate: study.PatientBirthDate ?? '',
    },
    modality: modalityOf(study.modalities),
    StudyDescription: study.StudyDescription ?? '',
    receivedAt: study.receivedAt,
    instances: study.instances,
    AccessionNumber: study.AccessionNumber ?? '',
    candidates: best.flatMap(({ id, score, reasons }) => {
      const order = views.get(id)
      return order === undefined ? [] : [{ order, score, reasons }]
    }),
  }))
}

function bestOf(study: StudyFacts, orders: Awaited<ReturnType<typeof candidateOrders>>): (Comparison & { id: number })[] {
  return orders
    .filter(({ institution }) => institution === study.institution)
    .map((order) => ({ id: order.id, ...compare(study, order) }))
    .filter(({ score }) => score >= leastScore)
    .sort((a, b) => b.score - a.score || b.id - a.id)
    .slice(0, mostCandidates)
}

/** So many at a time; the rest comes with the next turn. */
const batch = 100

/** The clock: orders whose images have all come are completed. Answers how many moved. */
export async function completeQuietOrders({ index }: Pick<OrderTools, 'index'>, quietSeconds: number): Promise<number> {
  let moved = 0
  for (const id of await quietOrders(index.pool, quietSeconds, batch)) {
    await transaction(index.pool, async (client) => {
      const order = await lockOrder(client, null, id)
      if (order === undefined || order.state !== 'in-progress' || !(await moveTo(client, order, 'complete', 'machine'))) return
      await appendChanges(client, [{ kind: 'order', studyPk: null, ref: String(id) }])
      moved += 1
    })
  }
  return moved
}
