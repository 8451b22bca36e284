/** Return for retake: the reader's deed, the township's card, the retake linked by hand, the figures. */
import type Router from '@koa/router'
import { z } from 'zod'
import { getWorkitem } from '../../archive/reading/list/workitems.ts'
import { longestWord, mostShapes } from '../../archive/reading/returns/annotation-shapes.ts'
import { findRetakeCandidates, linkRetake } from '../../archive/reading/returns/retakes.ts'
import {
  getReturn,
  reasonList,
  returnFigures,
  returnPicture,
  searchReturns,
  seeReturn,
  tellPatientWaiting,
} from '../../archive/reading/returns/return-cards.ts'
import { returnForRetake } from '../../archive/reading/returns/returns.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, idOf, isKnown, listOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const uid = z.string().regex(/^[0-9.]{1,64}$/, 'must be a UID')
const place = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
const shape = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('arrow'), points: z.tuple([place, place]) }),
  z.object({ kind: z.literal('ellipse'), points: z.tuple([place, place]) }),
  z.object({ kind: z.literal('text'), points: z.tuple([place]), text: z.string().trim().min(1).max(longestWord) }),
])

const returnBody = z.object({
  reasons: z.array(z.string().max(16)).min(1).max(8),
  comment: z.string().max(1_000).default(''),
  annotation: z
    .object({ SOPInstanceUID: uid, frame: z.number().int().min(1).max(100_000).default(1), shapes: z.array(shape).min(1).max(mostShapes) })
    .nullish()
    .transform((annotation) => annotation ?? undefined),
  StudyInstanceUID: uid.optional(),
  SeriesInstanceUID: uid.optional(),
  SOPInstanceUIDs: z.array(uid).min(1).max(1_000).optional(),
  generation: z.number().int().optional(),
})

const listQuery = z.object({
  institution: z.coerce.number().int().optional(),
  workitem: z.coerce.number().int().optional(),
  state: z
    .string()
    .transform(listOf)
    .pipe(z.array(z.enum(['open', 'retaken', 'withdrawn'])).optional())
    .optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
})

const waitingBody = z.object({ waiting: z.boolean(), minutes: z.number().int().min(1).max(600).default(30) })
const retakeBody = z.object({ StudyInstanceUID: uid })

const day = 86_400_000
const figuresQuery = z.object({
  institution: z.coerce.number().int().optional(),
  from: z.coerce.date().optional(),
  to: z.coerce.date().optional(),
})

export function returnRoutes(router: Router, tools: PortalTools): void {
  router.get('/return-reasons', (ctx) => {
    ctx.body = { items: reasonList() }
  })

  router.post('/workitems/:id/return', async (ctx) => {
    const asker = askerIn(ctx)
    const id = idOf(ctx)
    await returnForRetake(tools, asker, id, { ...(await bodyOf(ctx, returnBody)), idempotencyKey: idempotencyKey(ctx) })
    ctx.body = { workitem: await getWorkitem(tools, asker, id) }
  })

  router.get('/returns', async (ctx) => {
    const items = await searchReturns(tools, askerIn(ctx), queryOf(ctx, listQuery))
    for (const { StudyInstanceUID } of items) tools.audit.view(askerIn(ctx), StudyInstanceUID)
    ctx.body = { items }
  })

  router.get('/returns/figures', async (ctx) => {
    const { institution, from = new Date(Date.now() - 30 * day), to = new Date() } = queryOf(ctx, figuresQuery)
    ctx.body = { from, to, items: await returnFigures(tools, askerIn(ctx), { institution, from, to }) }
  })

  router.get('/returns/:id', async (ctx) => {
    const card = await getReturn(tools, askerIn(ctx), idOf(ctx))
    tools.audit.view(askerIn(ctx), card.StudyInstanceUID)
    ctx.body = card
  })

  router.get('/returns/:id/picture', async (ctx) => {
    const { picture, StudyInstanceUID } = await returnPicture(tools, askerIn(ctx), idOf(ctx))
    tools.audit.view(askerIn(ctx), StudyInstanceUID)
    if (isKnown(ctx, `return-${idOf(ctx)}`)) return
    ctx.type = 'image/jpeg'
    ctx.body = picture
  })

  router.get('/returns/:id/candidates', async (ctx) => {
    ctx.body = { items: await findRetakeCandidates(tools, askerIn(ctx), idOf(ctx)) }
  })

  router.post('/returns/:id/retake', async (ctx) => {
    const { StudyInstanceUID } = await bodyOf(ctx, retakeBody)
    await linkRetake(tools, askerIn(ctx), idOf(ctx), StudyInstanceUID, idempotencyKey(ctx))
    ctx.body = await getReturn(tools, askerIn(ctx), idOf(ctx))
  })

  router.post('/returns/:id/seen', async (ctx) => {
    await seeReturn(tools, askerIn(ctx), idOf(ctx))
    ctx.body = await getReturn(tools, askerIn(ctx), idOf(ctx))
  })

  router.post('/returns/:id/patient-waiting', async (ctx) => {
    const told = await bodyOf(ctx, waitingBody)
    await tellPatientWaiting(tools, askerIn(ctx), idOf(ctx), { ...told, idempotencyKey: idempotencyKey(ctx) })
    ctx.body = await getReturn(tools, askerIn(ctx), idOf(ctx))
  })
}
