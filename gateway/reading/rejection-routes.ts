/** 已拒收/删除: rejecting images, the list of rejections, restoring, and the purge that one person asks for and another confirms. */
import type Router from '@koa/router'
import { z } from 'zod'
import type { Asker } from '../../archive/access.ts'
import {
  confirmPurge,
  type DeleteTools,
  rejectInstances,
  requestPurge,
  restoreRejection,
  type Why,
  withdrawPurge,
} from '../../archive/delete.ts'
import { isUID } from '../../archive/dicom/uid.ts'
import { NotFound } from '../../archive/errors.ts'
import { rejectionCodes } from '../../archive/rejection-codes.ts'
import { getRejection, type RejectionVerb, rejectionStates, searchRejections } from '../../archive/rejections.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, idOf, listOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const uid = z.string().refine(isUID, 'is not a UID')

const rejectionBody = z.object({
  code: z.enum(rejectionCodes),
  comment: z.string().trim().min(1, 'must say why').max(1_000),
  SeriesInstanceUID: uid.optional(),
  SOPInstanceUIDs: z.array(uid).min(1).max(10_000).optional(),
})

const listQuery = z.object({
  state: z
    .string()
    .transform(listOf)
    .pipe(z.array(z.enum(rejectionStates)).optional())
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
})

const reasonBody = z.object({ reason: z.string().trim().min(1, 'must say why').max(1_000) })

const verbs: Readonly<Record<RejectionVerb, (tools: DeleteTools, asker: Asker, id: number, why: Why) => Promise<void>>> = {
  restore: restoreRejection,
  'request-purge': requestPurge,
  'confirm-purge': confirmPurge,
  'withdraw-purge': withdrawPurge,
}

export function rejectionRoutes(router: Router, tools: PortalTools): void {
  router.post('/studies/:uid/rejection', async (ctx) => {
    const request = await bodyOf(ctx, rejectionBody)
    const id = await rejectInstances(tools, askerIn(ctx), ctx.params.uid ?? '', request, idempotencyKey(ctx))
    ctx.status = 201
    ctx.body = { rejection: await getRejection(tools, askerIn(ctx), id) }
  })

  router.get('/rejections', async (ctx) => {
    const { state, limit } = queryOf(ctx, listQuery)
    ctx.body = { items: await searchRejections(tools, askerIn(ctx), { states: state, limit }) }
  })

  router.post('/rejections/:id/:verb', async (ctx) => {
    const verb = ctx.params.verb ?? ''
    if (!Object.hasOwn(verbs, verb)) throw new NotFound(`There is no verb ${verb}`)
    const { reason } = await bodyOf(ctx, reasonBody)
    await verbs[verb as RejectionVerb](tools, askerIn(ctx), idOf(ctx), { reason, idempotencyKey: idempotencyKey(ctx) })
    ctx.body = { rejection: await getRejection(tools, askerIn(ctx), idOf(ctx)) }
  })
}
