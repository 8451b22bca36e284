/** The ward: inbox, search, timeline, the text of a report, and 紧急调阅 (break-glass) with its alerts. reading.md §6.4, §8.3. */
import type Router from '@koa/router'
import { z } from 'zod'
import { acknowledgeAlert, breakGlass, searchAlerts, searchElsewhere } from '../../archive/reading/ward/break-glass.ts'
import { searchWard, wardInbox, wardReport, wardTimeline } from '../../archive/reading/ward/ward.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idOf, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const limit = z.coerce.number().int().min(1).max(500).default(200)
const days = z.coerce.number().int().min(1).max(3_650)
const wardQuery = z.object({ q: z.string().max(100).optional(), days: days.optional(), limit })
const inboxQuery = z.object({ days: days.default(14), limit })
const elsewhereBody = z.object({
  name: z.string().trim().max(64),
  birthDate: z
    .string()
    .regex(/^\d{4}-?\d{2}-?\d{2}$/, 'must be a date such as 1970-01-31')
    .transform((text) => text.replaceAll('-', ''))
    .nullable()
    .default(null),
  number: z
    .string()
    .trim()
    .max(64)
    .transform((text) => text || null)
    .nullable()
    .default(null),
})
const glassBody = z.object({ StudyInstanceUID: z.string().max(64), reason: z.string().max(500) })
const alertsQuery = z.object({ unseen: z.enum(['true', 'false']).default('true'), limit })

const dayMs = 86_400_000
const ago = (n: number): Date => new Date(Date.now() - n * dayMs)
/** Without a search the newest are listed. */
const listedDays = 30

export function wardRoutes(router: Router, tools: PortalTools): void {
  router.get('/ward/inbox', async (ctx) => {
    const { days, limit } = queryOf(ctx, inboxQuery)
    ctx.body = await wardInbox(tools, askerIn(ctx), { since: ago(days), limit })
  })

  router.get('/ward/studies', async (ctx) => {
    const { q, days = q === undefined ? listedDays : undefined, limit } = queryOf(ctx, wardQuery)
    ctx.body = { items: await searchWard(tools, askerIn(ctx), { q, since: days === undefined ? undefined : ago(days), limit }) }
  })

  router.get('/ward/timeline/:uid', async (ctx) => {
    const uid = ctx.params.uid ?? ''
    const items = await wardTimeline(tools, askerIn(ctx), uid)
    tools.audit.view(askerIn(ctx), uid)
    ctx.body = { items }
  })

  router.get('/ward/studies/:uid/report', async (ctx) => {
    const uid = ctx.params.uid ?? ''
    const answer = await wardReport(tools, askerIn(ctx), uid)
    tools.audit.view(askerIn(ctx), uid)
    ctx.body = answer
  })

  router.post('/ward/elsewhere', async (ctx) => {
    ctx.body = { items: await searchElsewhere(tools, askerIn(ctx), await bodyOf(ctx, elsewhereBody)) }
  })

  router.post('/ward/break-glass', async (ctx) => {
    const { StudyInstanceUID, reason } = await bodyOf(ctx, glassBody)
    ctx.status = 201
    ctx.body = await breakGlass(tools, askerIn(ctx), StudyInstanceUID, reason)
  })

  router.get('/break-glass', async (ctx) => {
    const { unseen, limit } = queryOf(ctx, alertsQuery)
    ctx.body = { items: await searchAlerts(tools, askerIn(ctx), { unseen: unseen === 'true', limit }) }
  })
  router.post('/break-glass/:id/seen', async (ctx) => {
    await acknowledgeAlert(tools, askerIn(ctx), idOf(ctx))
    ctx.status = 204
  })
}
