/** Figures, the monthly pack, the tariff, the wallboard and the roster. */
import type Router from '@koa/router'
import { z } from 'zod'
import { NotFound } from '../../archive/errors.ts'
import { cases } from '../../archive/statistics/cases.ts'
import { monthlyPack } from '../../archive/statistics/monthly.ts'
import { monthOf, periodOf } from '../../archive/statistics/period.ts'
import { type SectionName, sectionNames, statistics } from '../../archive/statistics/statistics.ts'
import { getTariff, saveTariff } from '../../archive/statistics/tariff.ts'
import { roster, saveDuty, wallboard } from '../../archive/statistics/wallboard.ts'
import { sectionWorkbook } from '../../archive/statistics/workbook.ts'
import { countNames } from '../../storage/index/statistics/counts.ts'
import { examKinds } from '../../storage/index/statistics/figures.ts'
import { shifts } from '../../storage/index/statistics/roster.ts'
import { askerIn } from '../session.ts'
import { bodyOf, calendarDay, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const language = z.enum(['zh', 'en']).default('zh')
const institution = z.coerce.number().int().positive().optional()
const modality = z.string().max(16).optional()

const sectionQuery = z.object({
  from: calendarDay.optional(),
  to: calendarDay.optional(),
  institution,
  modality,
  lang: language,
  format: z.enum(['json', 'xlsx']).default('json'),
})
const key = z.coerce.number().int().positive().optional()
const casesQuery = z
  .object({
    figure: z.enum(countNames),
    from: calendarDay.optional(),
    to: calendarDay.optional(),
    institution,
    modality,
    lang: language,
    urgency: z.coerce.number().int().min(0).max(4).optional(),
    kind: z.enum(examKinds).optional(),
    weekday: z.coerce.number().int().min(1).max(7).optional(),
    hour: z.coerce.number().int().min(0).max(23).optional(),
    grade: z.string().max(8).optional(),
    reason: z.string().max(32).optional(),
    author: key,
    reviewer: key,
    page: z.coerce.number().int().min(1).max(10_000).default(1),
    limit: z.coerce.number().int().min(1).max(100).default(50),
  })
  .refine(({ figure, reason }) => reason === undefined || figure === 'reasons', { path: ['reason'], error: 'narrows reasons only' })
const monthQuery = z.object({ month: z.string().max(16), institution, lang: language, format: z.enum(['xlsx', 'pdf']).default('xlsx') })
const rosterQuery = z.object({ from: calendarDay.optional(), to: calendarDay.optional() })
const dutyBody = z.object({ day: calendarDay, shift: z.enum(shifts), usernames: z.array(z.string().min(1).max(64)).max(50) })

const points = z.number().min(0).max(1_000).multipleOf(0.01)
const tariffBody = z.object({
  items: z
    .array(
      z.object({
        modality: z.string().regex(/^(\*|[A-Z0-9_]{1,16})$/, 'is a modality such as CT, or * for all others'),
        reportPoints: points,
        reviewPoints: points,
        feeFen: z.number().int().min(0).max(10_000_000),
      }),
    )
    .max(100),
})

const types = { xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', pdf: 'application/pdf' } as const

export function statisticsRoutes(router: Router, tools: PortalTools): void {
  const clock = () => new Date()

  router.get('/statistics/tariff', async (ctx) => {
    ctx.body = await getTariff(tools, askerIn(ctx))
  })

  router.put('/statistics/tariff', async (ctx) => {
    const { items } = await bodyOf(ctx, tariffBody)
    await saveTariff(tools, askerIn(ctx), items)
    ctx.body = await getTariff(tools, askerIn(ctx))
  })

  router.get('/statistics/monthly', async (ctx) => {
    const asker = askerIn(ctx)
    const { month, institution = null, lang, format } = queryOf(ctx, monthQuery)
    const { from, to } = monthOf(month)
    const request = { from, to, institution, modality: null, language: lang }
    const bytes = await monthlyPack(
      { index: tools.index, clock, fonts: tools.fonts, centreTitle: tools.centreTitle },
      asker,
      request,
      format,
    )
    tools.audit.note(asker, {
      action: 'statistics-export',
      object: `monthly/${month}.${format}`,
      ...(institution === null ? {} : { detail: { institution } }),
    })
    ctx.set('Content-Disposition', `attachment; filename="monthly-${month}.${format}"`)
    ctx.type = types[format]
    ctx.body = bytes
  })

  // Says who the patients are: whoever looks at it has looked at each of them.
  router.get('/statistics/cases', async (ctx) => {
    const asker = askerIn(ctx)
    const { figure, from, to, institution = null, modality = null, lang, page, limit, ...rest } = queryOf(ctx, casesQuery)
    const narrowed = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined))
    const request = { ...periodOf(from, to, clock()), institution, modality, language: lang, count: figure, narrowed, page, limit }
    const found = await cases({ index: tools.index, clock }, asker, request)
    tools.audit.note(asker, {
      action: 'statistics-cases',
      object: figure,
      detail: { from: request.from, to: request.to, institution, modality, ...narrowed, page, of: found.total },
    })
    for (const { StudyInstanceUID } of found.items) if (StudyInstanceUID !== null) tools.audit.view(asker, StudyInstanceUID)
    ctx.body = found
  })

  router.get('/statistics/:section', async (ctx) => {
    const asker = askerIn(ctx)
    const name = ctx.params.section as SectionName
    if (!sectionNames.includes(name)) throw new NotFound(`There are no statistics ${name}`)
    const { from, to, institution = null, modality = null, lang, format } = queryOf(ctx, sectionQuery)
    const request = { ...periodOf(from, to, clock()), institution, modality, language: lang }
    const found = await statistics({ index: tools.index, clock }, asker, name, request)
    if (format === 'json') {
      ctx.body = found
      return
    }
    tools.audit.note(asker, {
      action: 'statistics-export',
      object: `${name}.xlsx`,
      detail: { from: request.from, to: request.to, institution },
    })
    ctx.set('Content-Disposition', `attachment; filename="${name}-${request.from}-${request.to}.xlsx"`)
    ctx.type = types.xlsx
    ctx.body = await sectionWorkbook(found, lang)
  })

  router.get('/wallboard', async (ctx) => {
    ctx.body = await wallboard(tools, askerIn(ctx))
  })

  router.get('/roster', async (ctx) => {
    const { from, to } = queryOf(ctx, rosterQuery)
    ctx.body = await roster({ index: tools.index, clock }, askerIn(ctx), from, to)
  })

  router.put('/roster', async (ctx) => {
    await saveDuty(tools, askerIn(ctx), await bodyOf(ctx, dutyBody))
    ctx.body = await wallboard(tools, askerIn(ctx))
  })
}
