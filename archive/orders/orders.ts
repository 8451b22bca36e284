/**
 * Orders (申请单): entered, changed, withdrawn and looked up at the institution that makes the examination. An AccessionNumber, a StudyInstanceUID and,
 * for somebody new, a PatientID are given out with the order. Identity card numbers are sealed; nobody searches by them but with the keyed hash.
 */

import { studiesOfOrder } from '../../storage/index/order-matching.ts'
import {
  type EarlierPatientRow,
  earlierPatients,
  findOrder,
  insertOrder,
  insertOrderEvent,
  type LockedOrder,
  listOrders,
  lockOrder,
  machinesOf,
  moveOrder,
  type OrderValues,
  orderOfRequest,
  type PatientClass,
  patientIDOfCard,
  updateOrder,
} from '../../storage/index/orders.ts'
import type { Queryable } from '../../storage/index/query.ts'
import { transaction } from '../../storage/index/query.ts'
import { appendChanges } from '../../storage/index/reading/workitem-change.ts'
import { type Asker, demand, demandPerson } from '../access.ts'
import { auditIn } from '../audit.ts'
import { nameKeys } from '../dicom/person-name.ts'
import { BadRequest, NotFound } from '../errors.ts'
import { isHit, searchKeys } from '../reading/list/search-box.ts'
import { Refused } from '../reading/refused.ts'
import type { Json } from '../reading/reports/canonical-json.ts'
import { takeOnce } from '../reading/workflow/perform.ts'
import { bedNumber } from './bed.ts'
import { cardProblems, dateOf, type IdentityCard, maskedCard, readIdentityCard } from './identity-card.ts'
import { isSettled, type OrderState, type OrderVerb, stateAfter } from './machine.ts'
import { nextNumbers } from './numbers.ts'
import { type Order, orderView } from './order.ts'
import { refreshSupplements } from './supplements.ts'
import type { OrderTools } from './tools.ts'

export interface OrderInput {
  readonly patient: {
    readonly PatientName: string
    readonly PatientID?: string | undefined
    /** As typed; absent: none, or when the order is changed the one it has. */
    readonly idCardNumber?: string | undefined
    readonly sex: 'M' | 'F' | 'O' | null
    /** DA. */
    readonly birthDate: string | null
    readonly phone?: string | undefined
  }
  readonly modality: string
  readonly procedure: string
  readonly bodyPart?: string | undefined
  readonly AETitle: string | null
  readonly scheduledAt?: Date | undefined
  readonly clinicalInformation: string
  readonly urgency: number
  readonly department: string
  readonly requester: string
  readonly patientClass: PatientClass | null
  readonly ward: string
  /** As typed: 12, 12床, 十二床. */
  readonly bed: string
}

/**
 * @param idempotencyKey a repeated request answers the order that the first one made
 * @throws Forbidden, BadRequest; Refused: what is wrong with the identity card
 */
export async function createOrder(tools: OrderTools, asker: Asker, input: OrderInput, idempotencyKey?: string): Promise<Order> {
  demand(asker, 'order')
  demandPerson(asker)
  const { pool } = tools.index
  const id = await transaction(pool, async (client) => {
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, { order: aboutInput(tools, input) })) === 'done') {
      const made = await orderOfRequest(client, asker.account, idempotencyKey)
      if (made === undefined) throw new NotFound('The order of that request is not there')
      return made
    }
    await demandMachine(client, asker, input.AETitle)
    const card = cardOf(tools, input)
    const numbers = await nextNumbers(client, asker.institution, input.modality, tools.clock())
    const values = await valuesOf(client, tools, asker, input, card, numbers.PatientID)
    const id = await insertOrder(client, {
      ...values,
      institution: asker.institution.id,
      AccessionNumber: numbers.AccessionNumber,
      StudyInstanceUID: tools.newUID(),
      createdBy: asker.account,
      requestKey: idempotencyKey ?? null,
    })
    await insertOrderEvent(client, {
      order: id,
      actor: asker.account,
      verb: 'create',
      from: null,
      to: 'scheduled',
      reason: null,
      generation: 1,
    })
    await auditIn(client, asker, { action: 'order-create', object: numbers.AccessionNumber })
    await appendChanges(client, [{ kind: 'order', studyPk: null, ref: String(id) }])
    return id
  })
  return getOrder(tools, asker, id)
}

/** Equal for a repeated request. Its hash is kept: what nobody may read out of it goes in by its keyed one. */
const aboutInput = ({ fieldKey }: OrderTools, { patient, scheduledAt, bodyPart, ...rest }: OrderInput): Json => ({
  ...rest,
  bodyPart: bodyPart ?? null,
  scheduledAt: scheduledAt?.toISOString() ?? null,
  patient: {
    PatientName: patient.PatientName,
    PatientID: patient.PatientID ?? null,
    sex: patient.sex,
    birthDate: patient.birthDate,
    card: fieldKey.index('identity-card', patient.idCardNumber ?? '').toString('hex'),
    phone: fieldKey.index('phone', patient.phone ?? '').toString('hex'),
  },
})

/**
 * @param generation the one that was edited
 * @throws NotFound; Refused: `order-changed`, `order-state`, `order-settled`
 */
export async function changeOrder(tools: OrderTools, asker: Asker, id: number, input: OrderInput, generation: number): Promise<Order> {
  demand(asker, 'order')
  demandPerson(asker)
  await transaction(tools.index.pool, async (client) => {
    // Studies are locked before orders, everywhere.
    const { order, touched } = await refreshSupplements(client, id, { ...input, bed: bedNumber(input.bed) }, () =>
      lock(client, asker, id, 'edit', generation),
    )
    const card = cardOf(tools, input)
    const values = await valuesOf(client, tools, asker, input, card, order.PatientID, order)
    if (isSettled(order.state as OrderState) && !saysTheSame(order, values)) {
      throw new Refused('order-settled', 'The exam has begun: patient, examination and machine stand')
    }
    if (values.AETitle !== order.AETitle) await demandMachine(client, asker, values.AETitle)
    const now = await updateOrder(client, id, values)
    const { state } = order
    await insertOrderEvent(client, { order: id, actor: asker.account, verb: 'edit', from: state, to: state, reason: null, generation: now })
    await auditIn(client, asker, { action: 'order-change', object: `order/${id}`, detail: { generation: now } })
    await appendChanges(client, [...touched, { kind: 'order', studyPk: null, ref: String(id) }])
  })
  return getOrder(tools, asker, id)
}

/** Whether nothing is changed but what may be changed of an order whose exam has begun. */
function saysTheSame(order: LockedOrder, values: OrderValues): boolean {
  const settled = ['PatientName', 'PatientID', 'idCardLast4', 'sex', 'birthDate', 'modality', 'procedure', 'bodyPart', 'AETitle'] as const
  return settled.every((name) => order[name] === values[name]) && order.scheduledAt.getTime() === values.scheduledAt.getTime()
}

/** @throws NotFound; Refused: `reason-missing`, `order-state`, `order-changed` */
export async function cancelOrder(
  tools: OrderTools,
  asker: Asker,
  id: number,
  reason: string,
  options: { generation?: number | undefined; idempotencyKey?: string | undefined } = {},
): Promise<Order> {
  demand(asker, 'order')
  demandPerson(asker)
  if (reason.trim() === '') throw new Refused('reason-missing', 'Why is the order withdrawn?')
  await transaction(tools.index.pool, async (client) => {
    const { idempotencyKey } = options
    if (idempotencyKey !== undefined && (await takeOnce(client, asker, idempotencyKey, { cancel: id })) === 'done') return
    const order = await lock(client, asker, id, 'cancel', options.generation)
    if ((await studiesOfOrder(client, id)).length > 0) throw new Refused('order-state', 'The order has a study')
    await moveTo(client, order, 'cancel', asker, reason.trim())
    await auditIn(client, asker, { action: 'order-cancel', object: `order/${id}` })
    await appendChanges(client, [{ kind: 'order', studyPk: null, ref: String(id) }])
  })
  return getOrder(tools, asker, id)
}

/** @throws NotFound; Refused: `order-changed`, `order-state` */
async function lock(client: Queryable, asker: Asker, id: number, verb: OrderVerb, generation: number | undefined): Promise<LockedOrder> {
  const order = await lockOrder(client, asker.scope, id)
  if (order === undefined) throw new NotFound(`There is no order ${id}`)
  if (generation !== undefined && generation !== order.generation) {
    throw new Refused('order-changed', `The order is at version ${order.generation}`)
  }
  if (stateAfter(order.state as OrderState, verb) === undefined) throw new Refused('order-state', `The order is ${order.state}`)
  return order
}

/** Moves a locked order by the table. False: the verb means nothing in its state. */
export async function moveTo(
  client: Queryable,
  order: Pick<LockedOrder, 'id' | 'state'>,
  verb: OrderVerb,
  actor: Asker | 'machine',
  reason: string | null = null,
): Promise<boolean> {
  const from = order.state as OrderState
  const to = stateAfter(from, verb)
  if (to === undefined) return false
  const generation = await moveOrder(client, order.id, to)
  await insertOrderEvent(client, { order: order.id, actor: actor === 'machine' ? null : actor.account, verb, from, to, reason, generation })
  return true
}

export interface OrderRequest {
  readonly states?: readonly OrderState[] | undefined
  readonly q?: string | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
  readonly limit: number
}

/** Newest first. @throws Forbidden; BadRequest: an identity card number in the address */
export async function searchOrders(tools: OrderTools, asker: Asker, request: OrderRequest): Promise<Order[]> {
  demand(asker, 'order')
  refuseCardNumber(request.q)
  const rows = await listOrders(tools.index.pool, {
    scope: asker.scope,
    states: request.states ?? null,
    ...searchKeys(request.q),
    from: request.from ?? null,
    to: request.to ?? null,
    limit: request.limit,
  })
  return rows.filter((row) => isHit(request.q, { ...row, supplementName: null })).map((row) => orderView(row, asker, tools.fieldKey))
}

/** @throws NotFound, Forbidden */
export async function getOrder({ index, fieldKey }: OrderTools, asker: Asker, id: number): Promise<Order> {
  demand(asker, 'order')
  const row = await findOrder(index.pool, asker.scope, id)
  if (row === undefined) throw new NotFound(`There is no order ${id}`)
  return orderView(row, asker, fieldKey)
}

export interface EarlierPatient {
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: 'M' | 'F' | 'O' | null
  readonly birthDate: string | null
  readonly idCardNumber: string | null
  readonly lastStudyDate: string | null
}

const mostPatients = 20

/** Who has been here before, by name, pinyin or PatientID. @throws BadRequest: an identity card number in the address */
export async function searchPatients({ index }: OrderTools, asker: Asker, q: string): Promise<EarlierPatient[]> {
  demand(asker, 'order')
  refuseCardNumber(q)
  if (q.trim() === '') return []
  const rows = await earlierPatients(index.pool, { scope: asker.scope, ...searchKeys(q), idCardIndex: null, limit: mostPatients })
  return rows.map(patientView)
}

const patientView = ({ idCardLast4, ...row }: EarlierPatientRow): EarlierPatient => ({
  ...row,
  idCardNumber: idCardLast4 === null ? null : maskedCard(idCardLast4),
})

export interface CardCheck {
  readonly valid: boolean
  readonly sex: 'M' | 'F' | null
  readonly birthDate: string | null
  readonly zh: string
  readonly en: string
  /** Whose it is, where they have been here before. */
  readonly patients: readonly EarlierPatient[]
}

/** What an identity card number says, and whose it is. */
export async function checkCard({ index, fieldKey, clock }: OrderTools, asker: Asker, typed: string): Promise<CardCheck> {
  demand(asker, 'order')
  const card = readIdentityCard(typed, clock())
  if (typeof card === 'string') return { valid: false, sex: null, birthDate: null, ...cardProblems[card], patients: [] }
  const rows = await earlierPatients(index.pool, {
    scope: asker.scope,
    nameKeys: null,
    number: null,
    idCardIndex: fieldKey.index('identity-card', card.number),
    limit: mostPatients,
  })
  const { sex, birthDate } = card
  return { valid: true, sex, birthDate, zh: '身份证号有效', en: 'The identity card number is valid', patients: rows.map(patientView) }
}

export const listMachines = ({ index }: OrderTools, asker: Asker): Promise<{ AETitle: string; description: string | null }[]> => {
  demand(asker, 'order')
  return machinesOf(index.pool, asker.scope)
}

/** Addresses are kept by browsers and proxies. */
function refuseCardNumber(q: string | undefined): void {
  if (/^\s*\d{17}[\dXx]\s*$/.test(q ?? ''))
    throw new BadRequest('An identity card number does not belong in an address: POST /api/orders/check')
}

async function demandMachine(client: Queryable, asker: Asker, AETitle: string | null): Promise<void> {
  if (AETitle === null) return
  const machines = await machinesOf(client, asker.scope)
  if (!machines.some((machine) => machine.AETitle === AETitle))
    throw new BadRequest(`AETitle: ${AETitle} is no machine of this institution`)
}

function cardOf({ clock }: OrderTools, { patient }: OrderInput): IdentityCard | null {
  if (patient.idCardNumber === undefined || patient.idCardNumber.trim() === '') return null
  const card = readIdentityCard(patient.idCardNumber, clock())
  if (typeof card === 'string') throw new Refused(`card-${card}`, cardProblems[card].en)
  const contradicts =
    (patient.sex !== null && patient.sex !== card.sex) || (patient.birthDate !== null && patient.birthDate !== card.birthDate)
  if (contradicts) throw new Refused('card-contradicts', 'Sex or date of birth is not that of the identity card')
  return card
}

/** @param stands the order that is changed */
async function valuesOf(
  client: Queryable,
  { clock, fieldKey }: OrderTools,
  asker: Asker,
  input: OrderInput,
  card: IdentityCard | null,
  newPatientID: string,
  stands?: LockedOrder,
): Promise<OrderValues> {
  const { patient } = input
  if (patient.birthDate !== null && (dateOf(patient.birthDate) === undefined || dateOf(patient.birthDate)! > clock())) {
    throw new BadRequest('birthDate: there is no such day, or it is yet to come')
  }
  const idCardIndex = card === null ? (stands?.idCardIndex ?? null) : fieldKey.index('identity-card', card.number)
  const known = card === null ? undefined : await patientIDOfCard(client, asker.institution.id, idCardIndex!)
  const phone = patient.phone?.trim() ?? ''
  return {
    PatientName: patient.PatientName,
    nameKeys: nameKeys(patient.PatientName),
    PatientID: patient.PatientID ?? stands?.PatientID ?? known ?? newPatientID,
    idCardSealed: card === null ? (stands?.idCardSealed ?? null) : fieldKey.seal('identity-card', card.number),
    idCardIndex,
    idCardLast4: card === null ? (stands?.idCardLast4 ?? null) : card.number.slice(-4),
    sex: patient.sex ?? card?.sex ?? null,
    birthDate: patient.birthDate ?? card?.birthDate ?? null,
    phoneSealed: patient.phone === undefined ? (stands?.phoneSealed ?? null) : phone === '' ? null : fieldKey.seal('phone', phone),
    modality: input.modality,
    procedure: input.procedure,
    bodyPart: input.bodyPart ?? null,
    AETitle: input.AETitle,
    scheduledAt: input.scheduledAt ?? stands?.scheduledAt ?? clock(),
    clinicalInformation: input.clinicalInformation,
    urgency: input.urgency,
    department: input.department,
    requester: input.requester,
    patientClass: input.patientClass,
    ward: input.ward,
    bed: bedNumber(input.bed),
  }
}
