/** The imaging room's board: its studies, the clocks of its machines, its own look at an exam, what it is measured by; and who reads, for the coordinator. */
import type Router from '@koa/router'
import { z } from 'zod'
import { searchBoard } from '../../archive/reading/board/board.ts'
import { myFigures } from '../../archive/reading/board/board-figures.ts'
import { clocksOf } from '../../archive/reading/board/device-clocks.ts'
import { checkStudy } from '../../archive/reading/board/self-check.ts'
import { listReaders } from '../../archive/reading/reports/readers.ts'
import { masked } from '../../archive/reading/session-lock.ts'
import { askerIn } from '../session.ts'
import { bodyOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

/** A day or an instant. */
const instant = z.coerce.date().optional()

const boardQuery = z.object({
  from: instant,
  to: instant,
  q: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(500),
})
const figuresQuery = z.object({ days: z.coerce.number().int().min(1).max(366).default(84) })
const looked = z.enum(['good', 'poor', 'none'])
const checkBody = z.object({
  sideMark: looked,
  coverage: looked,
  motion: looked,
  exposure: looked,
  exposureIndex: z.number().min(0).max(100_000).nullable().default(null),
  note: z.string().trim().max(500).default(''),
})

export function boardRoutes(router: Router, tools: PortalTools): void {
  router.get('/board', async (ctx) => {
    const asker = askerIn(ctx)
    const { q, ...asked } = queryOf(ctx, boardQuery)
    // A search would say whose study it is.
    const request = ctx.state.locked === true ? asked : { ...asked, q }
    const [items, clocks] = await Promise.all([searchBoard(tools, asker, request), clocksOf(tools, asker)])
    ctx.body = { items: ctx.state.locked === true ? items.map(masked) : items, clocks }
  })
  router.get('/board/mine', async (ctx) => {
    ctx.body = await myFigures(tools, askerIn(ctx), queryOf(ctx, figuresQuery).days)
  })
  router.post('/studies/:uid/self-check', async (ctx) => {
    await checkStudy(tools, askerIn(ctx), ctx.params.uid ?? '', await bodyOf(ctx, checkBody))
    ctx.body = {}
  })
  router.get('/readers', async (ctx) => {
    ctx.body = { items: await listReaders(tools, askerIn(ctx)) }
  })
}
