/** The report editor: the linter as somebody types, texts beside the draft and their merging, reviews. */
import type Router from '@koa/router'
import { z } from 'zod'
import { lintDraft } from '../../archive/reading/reports/checks.ts'
import { forkDraft, settle, textsOf } from '../../archive/reading/reports/reviews.ts'
import { askerIn } from '../session.ts'
import { draftFields } from './draft-routes.ts'
import { bodyOf, idOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const lintBody = z.object({
  workitem: z.union([z.string().regex(/^\d{1,15}$/, 'is no workitem'), z.number().int()]).transform(Number),
  draft: draftFields,
})
const forkBody = z.object({ rev: z.number().int().min(0).max(1_000_000_000), draft: draftFields })

export function editorRoutes(router: Router, tools: PortalTools): void {
  router.post('/lint', async (ctx) => {
    const { workitem, draft } = await bodyOf(ctx, lintBody)
    ctx.body = { findings: await lintDraft(tools, askerIn(ctx), workitem, draft) }
  })

  router.get('/workitems/:id/texts', async (ctx) => {
    ctx.body = await textsOf(tools, askerIn(ctx), idOf(ctx))
  })

  router.post('/workitems/:id/forks', async (ctx) => {
    const { rev, draft } = await bodyOf(ctx, forkBody)
    ctx.status = 201
    ctx.body = await forkDraft(tools, askerIn(ctx), idOf(ctx), rev, draft)
  })

  router.post('/workitems/:id/forks/:fork/settle', async (ctx) => {
    const { merged } = await bodyOf(ctx, z.object({ merged: z.boolean() }))
    await settle(tools, askerIn(ctx), idOf(ctx), idOf(ctx, 'fork'), merged)
    ctx.body = {}
  })
}
