/** The imaging room's board with 发送 and 补充; the series of the light viewer. */
import type Router from '@koa/router'
import { z } from 'zod'
import { getBoardStudy, sendStudy } from '../../archive/reading/board/board.ts'
import { lightSeries } from '../../archive/reading/ward/ward.ts'
import { supplementStudy } from '../../archive/reading/workflow/supplement.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, ifMatch } from './request.ts'
import type { PortalTools } from './tools.ts'

const supplementBody = z.object({
  clinicalInformation: z.string().max(4_000).default(''),
  urgency: z.number().int().min(0).max(4).nullable().default(null),
  patientName: z.string().max(64).default(''),
  pregnancy: z.boolean().nullable().default(null),
  department: z.string().max(64).default(''),
  requester: z.string().max(64).default(''),
  ward: z.string().trim().max(32).default(''),
  bed: z.string().max(16).default(''),
})

export function studyRoutes(router: Router, tools: PortalTools): void {
  router.post('/studies/:uid/send', async (ctx) => {
    const uid = ctx.params.uid ?? ''
    await sendStudy(tools, askerIn(ctx), uid, idempotencyKey(ctx))
    ctx.body = { study: await getBoardStudy(tools, askerIn(ctx), uid) }
  })

  router.put('/studies/:uid/supplement', async (ctx) => {
    const text = await bodyOf(ctx, supplementBody)
    const saved = await supplementStudy(tools, askerIn(ctx), ctx.params.uid ?? '', text, ifMatch(ctx))
    ctx.set('ETag', `"${saved.rev}"`)
    ctx.body = saved
  })

  router.get('/studies/:uid/series', async (ctx) => {
    const uid = ctx.params.uid ?? ''
    const series = await lightSeries(tools, askerIn(ctx), uid)
    tools.audit.view(askerIn(ctx), uid)
    ctx.body = series
  })
}
