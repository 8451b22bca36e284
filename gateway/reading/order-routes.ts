/** Orders, the machines and patients that they are for, and the tray of studies that came without one. */
import type Router from '@koa/router'
import { z } from 'zod'
import { BadRequest } from '../../archive/errors.ts'
import { orderStates } from '../../archive/orders/machine.ts'
import { leaveWithoutOrder, matchStudy, unmatchStudy } from '../../archive/orders/match-by-hand.ts'
import { listTray } from '../../archive/orders/matching.ts'
import {
  cancelOrder,
  changeOrder,
  checkCard,
  createOrder,
  getOrder,
  listMachines,
  searchOrders,
  searchPatients,
} from '../../archive/orders/orders.ts'
import { defaultUrgency } from '../../archive/reading/turnaround/turnaround.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, idOf, ifMatch, listOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const limit = z.coerce.number().int().min(1).max(1_000).default(100)
const instant = z.coerce.date().optional()

const listQuery = z.object({
  state: z
    .string()
    .transform(listOf)
    .pipe(z.array(z.enum(orderStates)).optional())
    .optional(),
  q: z.string().max(100).optional(),
  from: instant,
  to: instant,
  limit,
})

/** No control characters, and no backslash: in DICOM it divides values. */
const line = (most: number) =>
  z
    .string()
    .trim()
    .max(most)
    .regex(/^[^\p{Cc}\\]*$/u, 'has a character that cannot be in it')
const optional = (most: number) =>
  line(most)
    .nullable()
    .optional()
    .transform((text) => text || undefined)
/** `1980-01-31` or `19800131`. */
const day = z
  .string()
  .regex(/^\d{4}-?\d{2}-?\d{2}$/, 'is a date such as 1980-01-31')
  .transform((text) => text.replaceAll('-', ''))

const orderBody = z.object({
  patient: z.object({
    PatientName: line(64).min(1),
    PatientID: optional(64),
    idCardNumber: optional(32),
    sex: z.enum(['M', 'F', 'O']).nullable().default(null),
    birthDate: day.nullable().default(null),
    phone: line(32)
      .nullable()
      .optional()
      .transform((text) => text ?? undefined),
  }),
  /** CS, PS3.3 C.7.3.1.1.1. */
  modality: z.string().regex(/^[A-Z0-9_ ]{2,16}$/, 'is a modality such as CT or DX'),
  procedure: line(64).min(1),
  bodyPart: optional(64),
  AETitle: z
    .string()
    .trim()
    .max(16)
    .nullable()
    .default(null)
    .transform((text) => text || null),
  scheduledAt: z.coerce
    .date()
    .nullable()
    .optional()
    .transform((at) => at ?? undefined),
  clinicalInformation: z.string().trim().max(4_000).default(''),
  urgency: z.number().int().min(0).max(4).default(defaultUrgency),
  department: line(64).default(''),
  requester: line(64).default(''),
  patientClass: z.enum(['outpatient', 'emergency', 'inpatient', 'check-up']).nullable().default(null),
  ward: line(32).default(''),
  bed: line(16).default(''),
})

const reasonBody = z.object({ reason: z.string().trim().max(500).default('') })
const matchBody = reasonBody.extend({
  orderId: z.union([z.string().regex(/^\d{1,15}$/, 'is no order'), z.number().int()]).transform(Number),
  correct: z.boolean().default(false),
})
const checkBody = z.object({ idCardNumber: z.string().max(64) })

export function orderRoutes(router: Router, tools: PortalTools): void {
  router.get('/orders', async (ctx) => {
    const { state, ...request } = queryOf(ctx, listQuery)
    const asker = askerIn(ctx)
    const items = await searchOrders(tools, asker, { ...request, states: state })
    // The page asks again and again; what somebody has looked for is worth keeping.
    if (request.q !== undefined) tools.audit.note(asker, { action: 'order-search', detail: { found: items.length } })
    ctx.body = { items }
  })
  router.post('/orders', async (ctx) => {
    const order = await createOrder(tools, askerIn(ctx), await bodyOf(ctx, orderBody), idempotencyKey(ctx))
    ctx.status = 201
    ctx.set('ETag', `"${order.generation}"`)
    ctx.body = { order }
  })
  router.get('/orders/machines', async (ctx) => {
    ctx.body = { items: await listMachines(tools, askerIn(ctx)) }
  })
  router.get('/orders/patients', async (ctx) => {
    const asker = askerIn(ctx)
    const patients = await searchPatients(tools, asker, queryOf(ctx, z.object({ q: z.string().max(100).default('') })).q)
    tools.audit.note(asker, { action: 'patient-search', detail: { found: patients.length } })
    ctx.body = patients
  })
  router.post('/orders/check', async (ctx) => {
    ctx.body = await checkCard(tools, askerIn(ctx), (await bodyOf(ctx, checkBody)).idCardNumber)
  })
  router.get('/orders/:id', async (ctx) => {
    const order = await getOrder(tools, askerIn(ctx), idOf(ctx))
    tools.audit.note(askerIn(ctx), { action: 'order-view', object: order.AccessionNumber })
    ctx.set('ETag', `"${order.generation}"`)
    ctx.body = { order }
  })
  router.put('/orders/:id', async (ctx) => {
    const generation = ifMatch(ctx)
    if (generation === undefined) throw new BadRequest('If-Match must name the version that was edited')
    const order = await changeOrder(tools, askerIn(ctx), idOf(ctx), await bodyOf(ctx, orderBody), generation)
    ctx.set('ETag', `"${order.generation}"`)
    ctx.body = { order }
  })
  router.post('/orders/:id/cancel', async (ctx) => {
    const { reason } = await bodyOf(ctx, reasonBody)
    const options = { generation: ifMatch(ctx), idempotencyKey: idempotencyKey(ctx) }
    ctx.body = { order: await cancelOrder(tools, askerIn(ctx), idOf(ctx), reason, options) }
  })

  router.get('/unmatched', async (ctx) => {
    const asker = askerIn(ctx)
    const items = await listTray(tools, asker, queryOf(ctx, z.object({ limit })).limit)
    for (const { StudyInstanceUID } of items) tools.audit.view(asker, StudyInstanceUID)
    ctx.body = { items }
  })
  router.post('/studies/:uid/order', async (ctx) => {
    const { orderId, correct, reason } = await bodyOf(ctx, matchBody)
    const request = { order: orderId, correct, reason, idempotencyKey: idempotencyKey(ctx) }
    ctx.body = { order: await matchStudy(tools, askerIn(ctx), ctx.params.uid ?? '', request) }
  })
  router.delete('/studies/:uid/order', async (ctx) => {
    await unmatchStudy(tools, askerIn(ctx), ctx.params.uid ?? '', (await bodyOf(ctx, reasonBody)).reason)
    ctx.body = {}
  })
  router.post('/studies/:uid/no-order', async (ctx) => {
    const { reason } = await bodyOf(ctx, reasonBody)
    await leaveWithoutOrder(tools, askerIn(ctx), ctx.params.uid ?? '', reason, idempotencyKey(ctx))
    ctx.body = {}
  })
}
