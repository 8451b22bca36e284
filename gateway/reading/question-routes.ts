/** What reader and township say to each other on a task. */
import type Router from '@koa/router'
import { z } from 'zod'
import { answerPresets, longestMessage, readThread, say, searchThreads, seeThread } from '../../archive/reading/returns/questions.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, idOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const messageBody = z.object({
  text: z.string().trim().min(1).max(longestMessage),
  kind: z.enum(['question', 'answer', 'remark']),
  pause: z.boolean().optional(),
  generation: z.number().int().optional(),
})
const seenBody = z.object({ upTo: z.coerce.number().int().min(1) })
const threadsQuery = z.object({ limit: z.coerce.number().int().min(1).max(200).default(100) })

export function questionRoutes(router: Router, tools: PortalTools): void {
  router.get('/answer-presets', (ctx) => {
    ctx.body = { items: answerPresets }
  })

  router.get('/questions', async (ctx) => {
    const items = await searchThreads(tools, askerIn(ctx), queryOf(ctx, threadsQuery).limit)
    for (const { StudyInstanceUID } of items) tools.audit.view(askerIn(ctx), StudyInstanceUID)
    ctx.body = { items }
  })

  router.get('/workitems/:id/questions', async (ctx) => {
    const { StudyInstanceUID, ...thread } = await readThread(tools, askerIn(ctx), idOf(ctx))
    tools.audit.view(askerIn(ctx), StudyInstanceUID)
    ctx.body = thread
  })

  router.post('/workitems/:id/questions', async (ctx) => {
    const asker = askerIn(ctx)
    const id = idOf(ctx)
    await say(tools, asker, id, { ...(await bodyOf(ctx, messageBody)), idempotencyKey: idempotencyKey(ctx) })
    const { StudyInstanceUID: _, ...thread } = await readThread(tools, asker, id)
    ctx.body = thread
  })

  router.post('/workitems/:id/questions/seen', async (ctx) => {
    const { upTo } = await bodyOf(ctx, seenBody)
    await seeThread(tools, askerIn(ctx), idOf(ctx), upTo)
    ctx.status = 204
  })
}
