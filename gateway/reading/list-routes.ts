/** The reading list and what is done from it: the next task, many at once, joined and split ones, saved views. */
import type Router from '@koa/router'
import { z } from 'zod'
import { preferenceOf, setPreference } from '../../archive/reading/list/preference.ts'
import { keepView, listViews, removeView } from '../../archive/reading/list/saved-views.ts'
import { searchWorkitems } from '../../archive/reading/list/workitem-search.ts'
import { getWorkitem } from '../../archive/reading/list/workitems.ts'
import { assignBatch } from '../../archive/reading/workflow/assign-batch.ts'
import { claimBatch, claimNext } from '../../archive/reading/workflow/claim.ts'
import { eventLog } from '../../archive/reading/workflow/event-log.ts'
import { joinWorkitems, splitWorkitem } from '../../archive/reading/workflow/join.ts'
import { states } from '../../archive/reading/workflow/machine.ts'
import { sortKeys, type WorkitemSort, workitemFlags, workitemViews } from '../../storage/index/reading/workitem-search.ts'
import { askerIn } from '../session.ts'
import { bodyOf, checked, dateParameter, idempotencyKey, idOf, listOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const list = (max = 50) =>
  z
    .string()
    .max(2_000)
    .transform(listOf)
    .pipe(z.array(z.string().max(64)).max(max).optional())
    .optional()
const numbers = z
  .string()
  .max(500)
  .transform((text) => listOf(text)?.map(Number))
  .pipe(z.array(z.number().int()).max(200).optional())
  .optional()

/** What narrows the list; several values of one condition stand between commas. Saved views keep the same. */
export const listConditions = z.object({
  view: z.enum(workitemViews).default('todo'),
  state: list().pipe(z.array(z.enum(states)).optional()),
  modality: list(),
  institution: numbers,
  urgency: numbers,
  bodyPart: list(),
  assignee: list(),
  flags: list().pipe(z.array(z.enum(workitemFlags)).optional()),
  q: z.string().max(100).optional(),
  from: dateParameter,
  to: dateParameter,
})

const listQuery = listConditions.extend({
  sort: z.enum(sortKeys.flatMap((key): WorkitemSort[] => [key, `-${key}`])).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  after: z.string().max(2_000).optional(),
})

const nextBody = z.object({ modality: z.string().max(16).optional(), institution: z.number().int().optional() })
const id = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the id of a workitem')
  .transform(Number)
const batchBody = z.object({ ids: z.array(id).min(1).max(50) })
const assignBody = batchBody.extend({ assignee: z.string().min(1).max(64), reason: z.string().max(2_000).optional() })

const reason = z.string().max(2_000).default('')
const joinBody = z.object({ other: id, reason, generation: z.number().int().optional() })
const UID = z.string().regex(/^[0-9.]{1,64}$/, 'must be a UID')
const splitBody = z.object({
  StudyInstanceUID: UID.optional(),
  SeriesInstanceUIDs: z.array(UID).max(500).optional(),
  procedure: z.string().max(64).optional(),
  reason,
  generation: z.number().int().optional(),
})

const viewBody = z.object({
  name: z.string().trim().min(1).max(32),
  shared: z.boolean().default(false),
  /** As in the list's address: what is not understood is not kept. */
  query: z.record(z.string(), z.string().max(2_000)).transform(kept),
  columns: z.array(z.string().max(32)).max(40).nullable().default(null),
})

/** Checked as the list's door does, kept as it was written. */
function kept(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  checked(listConditions, query)
  return Object.fromEntries(Object.entries(query).filter(([name]) => name in listConditions.shape))
}

const preferenceBody = z.object({
  modalities: z.array(z.string().trim().min(1).max(16)).max(32),
  bodyParts: z.array(z.string().trim().min(1).max(64)).max(64),
})

export function listRoutes(router: Router, tools: PortalTools): void {
  router.get('/workitems', async (ctx) => {
    ctx.body = await searchWorkitems(tools, askerIn(ctx), queryOf(ctx, listQuery))
  })

  router.post('/workitems/claim-next', async (ctx) => {
    const asker = askerIn(ctx)
    const id = await claimNext(tools, asker, { ...(await bodyOf(ctx, nextBody)), idempotencyKey: idempotencyKey(ctx) })
    ctx.body = { workitem: id === null ? null : await getWorkitem(tools, asker, id) }
  })

  router.post('/workitems/claim-batch', async (ctx) => {
    ctx.body = await claimBatch(tools, askerIn(ctx), (await bodyOf(ctx, batchBody)).ids, idempotencyKey(ctx))
  })

  router.post('/workitems/assign-batch', async (ctx) => {
    ctx.body = await assignBatch(tools, askerIn(ctx), await bodyOf(ctx, assignBody), idempotencyKey(ctx))
  })

  router.get('/workitems/:id/events', async (ctx) => {
    const { StudyInstanceUID, ...log } = await eventLog(tools, askerIn(ctx), idOf(ctx))
    tools.audit.view(askerIn(ctx), StudyInstanceUID)
    ctx.body = log
  })

  router.post('/workitems/:id/join', async (ctx) => {
    const asker = askerIn(ctx)
    await joinWorkitems(tools, asker, idOf(ctx), { ...(await bodyOf(ctx, joinBody)), idempotencyKey: idempotencyKey(ctx) })
    ctx.body = { workitem: await getWorkitem(tools, asker, idOf(ctx)) }
  })

  router.post('/workitems/:id/split', async (ctx) => {
    const asker = askerIn(ctx)
    const made = await splitWorkitem(tools, asker, idOf(ctx), { ...(await bodyOf(ctx, splitBody)), idempotencyKey: idempotencyKey(ctx) })
    ctx.body = { workitem: await getWorkitem(tools, asker, idOf(ctx)), made: await getWorkitem(tools, asker, made) }
  })

  router.get('/views', async (ctx) => {
    ctx.body = { items: await listViews(tools, askerIn(ctx), (query) => listConditions.safeParse(query).data) }
  })
  router.put('/views', async (ctx) => {
    ctx.body = await keepView(tools, askerIn(ctx), await bodyOf(ctx, viewBody))
  })
  router.delete('/views/:id', async (ctx) => {
    await removeView(tools, askerIn(ctx), idOf(ctx))
    ctx.status = 204
  })

  router.get('/account/reading', async (ctx) => {
    ctx.body = await preferenceOf(tools.index.pool, askerIn(ctx))
  })
  router.put('/account/reading', async (ctx) => {
    ctx.body = await setPreference(tools, askerIn(ctx), await bodyOf(ctx, preferenceBody))
  })
}
