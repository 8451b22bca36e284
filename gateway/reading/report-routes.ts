/**
 * Versions of reports: as the portal shows them, as the text that was signed, as PDF, HTML and plain text; prints, readers, notices and recalls. Whoever opens,
 * prints or downloads a version is on its list (archive/reading/reports/report-log.ts).
 */
import type Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { NotFound } from '../../archive/errors.ts'
import { drawnPictures, keyImage } from '../../archive/reading/documents/pictures.ts'
import { qrSVG, reportHTML } from '../../archive/reading/documents/report-html.ts'
import { reportPDF } from '../../archive/reading/documents/report-pdf.ts'
import { reportText } from '../../archive/reading/documents/report-text.ts'
import {
  markRecalled,
  myNotices,
  noteDelivery,
  notePrint,
  readersOf,
  searchRecalls,
  seeNotice,
} from '../../archive/reading/reports/report-log.ts'
import { getReport, getSignedReport } from '../../archive/reading/reports/reports.ts'
import { printOf } from '../../storage/index/reading/report-log.ts'
import { findPicture } from '../../storage/index/reading/signing.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idOf, isKnown, queryOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const printBody = z.object({ copies: z.number().int().min(1).max(99).default(1) })
const printQuery = z.object({ print: z.coerce.number().int().min(1).max(1_000_000).optional() })
const recallQuery = z.object({
  open: z.enum(['true', 'false']).optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(200),
})
const recalledBody = z.object({ note: z.string().trim().max(500).default('') })

export function reportRoutes(router: Router, tools: PortalTools): void {
  router.get('/reports/:id', async (ctx) => {
    const asker = askerIn(ctx)
    const { view, row } = await getReport(tools, asker, idOf(ctx))
    tools.audit.view(asker, view.StudyInstanceUID)
    await noteDelivery(tools, asker, [row.id], 'web')
    ctx.body = view
  })

  // Seen elsewhere: the ward reads reports in its timeline.
  router.post('/reports/:id/seen', async (ctx) => {
    const asker = askerIn(ctx)
    const { row } = await getReport(tools, asker, idOf(ctx))
    await noteDelivery(tools, asker, [row.id], 'web')
    ctx.status = 204
  })

  // The signed text as it was hashed: `curl … | sha256sum` is the report's hash.
  router.get('/reports/:id/json', async (ctx) => {
    const { signed } = await taken(ctx)
    ctx.type = 'application/json'
    ctx.set('Content-Disposition', `attachment; filename="report-${idOf(ctx)}.json"`)
    ctx.body = signed.text
  })

  router.get('/reports/:id/txt', async (ctx) => {
    const { signed, row } = await taken(ctx)
    ctx.type = 'text/plain; charset=utf-8'
    ctx.set('Content-Disposition', `attachment; filename="report-${idOf(ctx)}.txt"`)
    ctx.body = reportText(signed, row.status)
  })

  router.get('/reports/:id/html', async (ctx) => {
    const { signed, row } = await taken(ctx)
    const drawn = await drawnPictures(tools.render, askerIn(ctx).scope, row.id, signed.content)
    ctx.type = 'text/html; charset=utf-8'
    ctx.set('Content-Security-Policy', "default-src 'none'; img-src data:; style-src 'unsafe-inline'")
    ctx.set('Content-Disposition', `attachment; filename="report-${idOf(ctx)}.html"`)
    ctx.body = await reportHTML(signed, drawn, { fate: row.status, print: null })
  })

  // Made from the signed text at once: it can be printed while the instance is still being stored. With `?print=n` it is that copy on paper.
  router.get('/reports/:id/pdf', async (ctx) => {
    const asker = askerIn(ctx)
    const id = idOf(ctx)
    const { print: number } = queryOf(ctx, printQuery)
    const { row, signed } = await getSignedReport(tools, asker, id)
    const print = number === undefined ? null : await printOf(tools.index.pool, row.id, number)
    if (print === undefined) throw new NotFound(`Report ${id} was not printed ${number} times`)
    if (number === undefined) await noteDelivery(tools, asker, [row.id], 'download')
    if (isKnown(ctx, `${row.hash}-${row.status}-${number ?? 0}`)) return
    tools.audit.note(asker, { action: 'download', StudyInstanceUID: signed.content.study.StudyInstanceUID, object: `report/${id}` })
    ctx.set('Content-Disposition', `inline; filename="report-${id}.pdf"`)
    ctx.type = 'application/pdf'
    const drawn = await drawnPictures(tools.render, asker.scope, row.id, signed.content)
    ctx.body = await reportPDF(signed, tools.fonts(), drawn, { fate: row.status, print })
  })

  router.get('/reports/:id/images/:number', async (ctx) => {
    const asker = askerIn(ctx)
    const { row, signed } = await getSignedReport(tools, asker, idOf(ctx))
    if (isKnown(ctx, `${row.hash}-image-${idOf(ctx, 'number')}`)) return
    const picture = await keyImage(tools.render, asker.scope, row.id, signed.content, idOf(ctx, 'number'))
    if (picture === null) throw new NotFound('This image has no picture')
    ctx.type = 'image/jpeg'
    ctx.body = picture
  })

  router.get('/reports/:id/qr', async (ctx) => {
    const { row, signed } = await getSignedReport(tools, askerIn(ctx), idOf(ctx))
    if (signed.content.verify === null) throw new NotFound('This report has no code')
    if (isKnown(ctx, `${row.hash}-qr`)) return
    ctx.type = 'image/svg+xml'
    ctx.body = await qrSVG(signed.content.verify.url)
  })

  // Named by its digest, and only as part of a report that the asker may see.
  router.get('/reports/:id/signatures/:digest', async (ctx) => {
    const { signed } = await getSignedReport(tools, askerIn(ctx), idOf(ctx))
    const named = signed.content.signatures.some(({ picture }) => picture === ctx.params.digest)
    const picture = named ? await findPicture(tools.index.pool, ctx.params.digest!) : undefined
    if (picture === undefined) throw new NotFound('There is no such signature picture')
    if (isKnown(ctx, `${ctx.params.digest}`)) return
    ctx.type = picture.mediaType
    ctx.body = picture.bytes
  })

  router.post('/reports/:id/printed', async (ctx) => {
    const { copies } = await bodyOf(ctx, printBody)
    ctx.status = 201
    ctx.body = await notePrint(tools, askerIn(ctx), idOf(ctx), copies)
  })

  router.get('/reports/:id/readers', async (ctx) => {
    ctx.body = { items: await readersOf(tools, askerIn(ctx), idOf(ctx)) }
  })

  router.get('/notices', async (ctx) => {
    // They name patients.
    ctx.body = { items: ctx.state.locked === true ? [] : await myNotices(tools, askerIn(ctx)) }
  })
  router.post('/notices/:id/seen', async (ctx) => {
    await seeNotice(tools, askerIn(ctx), idOf(ctx))
    ctx.status = 204
  })

  router.get('/recalls', async (ctx) => {
    const { open, limit } = queryOf(ctx, recallQuery)
    ctx.body = { items: await searchRecalls(tools, askerIn(ctx), { open: open === undefined ? null : open === 'true', limit }) }
  })
  router.post('/recalls/:id/done', async (ctx) => {
    const { note } = await bodyOf(ctx, recalledBody)
    await markRecalled(tools, askerIn(ctx), idOf(ctx), note)
    ctx.status = 204
  })

  /** A version in somebody's hands. */
  async function taken(ctx: Context & { params: Record<string, string> }) {
    const asker = askerIn(ctx)
    const report = await getSignedReport(tools, asker, idOf(ctx))
    await noteDelivery(tools, asker, [report.row.id], 'download')
    tools.audit.note(asker, {
      action: 'download',
      StudyInstanceUID: report.signed.content.study.StudyInstanceUID,
      object: `report/${report.row.id}`,
    })
    return report
  }
}
