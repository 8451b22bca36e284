/** The reading list and what is done from it: the next task, many at once, joined and split ones, saved views. */
import type Router from '@koa/router'
import { z } from 'zod'
import { states } from '../../archive/reading/machine.ts'
import { searchWorkitems } from '../../archive/reading/workitem-search.ts'
import { sortKeys, type WorkitemSort, workitemFlags, workitemViews } from '../../storage/index/reading/workitem-search.ts'
import { askerIn } from '../session.ts'
import { dateParameter, listOf, queryOf } from './request.ts'
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

export function listRoutes(router: Router, tools: PortalTools): void {
  router.get('/workitems', async (ctx) => {
    ctx.body = await searchWorkitems(tools, askerIn(ctx), queryOf(ctx, listQuery))
  })
}
