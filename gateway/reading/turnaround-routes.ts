/** The settings of a reading centre: times allowed, working hours, policies. */
import type Router from '@koa/router'
import { z } from 'zod'
import { calendars, readPolicies, setCalendar, setPolicies, setTurnaround, turnaroundTable } from '../../archive/reading/settings.ts'
import { kinds } from '../../archive/reading/turnaround/turnaround.ts'
import { askerIn } from '../session.ts'
import { bodyOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$|^24:00$/, 'must be a time such as 08:30')
const date = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'must be a date such as 2026-10-01')
  .refine((text) => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true, 'is no day of the calendar')
const hours = z.array(z.object({ from: clock, to: clock })).max(6)

const urgency = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
const rulesBody = z.object({
  rules: z
    .array(z.object({ urgency, kind: z.enum(kinds), minutes: z.number().int().min(1).max(100_000), workingHours: z.boolean() }))
    .max(25),
})

const calendarBody = z.object({
  institution: z.number().int(),
  /** Null: the hours of the institution above it. */
  calendar: z
    .object({
      weekly: z.array(hours).length(7),
      holidays: z.array(date).max(400),
      extraDays: z.array(z.object({ date, hours })).max(100),
    })
    .nullable(),
})

const minutes = (most: number) => z.number().int().min(1).max(most)
/** A name that is not there stays as it is. */
const policiesBody = z.strictObject({
  sameSigner: z.object({ from: clock, to: clock }).nullable().optional(),
  tempRelease: z.boolean().optional(),
  undoSeconds: z.number().int().min(0).max(600).optional(),
  careDays: minutes(3_650).optional(),
  escalationMinutes: z.tuple([minutes(1_440), minutes(1_440), minutes(1_440)]).optional(),
  idleLockMinutes: minutes(480).optional(),
  reserveMinutes: minutes(1_440).optional(),
})

export function turnaroundRoutes(router: Router, tools: PortalTools): void {
  router.get('/settings/turnaround', async (ctx) => {
    ctx.body = await turnaroundTable(tools, askerIn(ctx))
  })
  router.put('/settings/turnaround', async (ctx) => {
    ctx.body = await setTurnaround(tools, askerIn(ctx), (await bodyOf(ctx, rulesBody)).rules)
  })
  router.get('/settings/calendars', async (ctx) => {
    ctx.body = await calendars(tools, askerIn(ctx))
  })
  router.put('/settings/calendars', async (ctx) => {
    const { institution, calendar } = await bodyOf(ctx, calendarBody)
    await setCalendar(tools, askerIn(ctx), institution, calendar)
    ctx.body = await calendars(tools, askerIn(ctx))
  })
  router.get('/settings/policies', async (ctx) => {
    ctx.body = await readPolicies(tools, askerIn(ctx))
  })
  router.put('/settings/policies', async (ctx) => {
    const said = Object.entries(await bodyOf(ctx, policiesBody)).filter(([, value]) => value !== undefined)
    ctx.body = await setPolicies(tools, askerIn(ctx), Object.fromEntries(said))
  })
}
