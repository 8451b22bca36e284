/** Signed reports: as the portal shows them, as the text that was signed, and as the PDF that is printed. */
import type Router from '@koa/router'
import { reportPDF } from '../../archive/reading/documents/report-pdf.ts'
import { freeze } from '../../archive/reading/report-content.ts'
import { getReport } from '../../archive/reading/reports.ts'
import { askerIn } from '../session.ts'
import { idOf } from './request.ts'
import type { PortalTools } from './tools.ts'

export function reportRoutes(router: Router, tools: PortalTools): void {
  router.get('/reports/:id', async (ctx) => {
    const { view } = await getReport(tools, askerIn(ctx), idOf(ctx))
    tools.audit.view(askerIn(ctx), view.StudyInstanceUID)
    ctx.body = view
  })

  // The signed text as it was hashed: `curl … | sha256sum` is the report's hash.
  router.get('/reports/:id/json', async (ctx) => {
    const { content } = await getReport(tools, askerIn(ctx), idOf(ctx))
    ctx.type = 'application/json'
    ctx.body = freeze(content).text
  })

  // Made from the frozen content at once: it can be printed while the instance is still being stored, and is the same to the byte.
  router.get('/reports/:id/pdf', async (ctx) => {
    const asker = askerIn(ctx)
    const { view, content } = await getReport(tools, asker, idOf(ctx))
    ctx.set('ETag', `"${view.hash}"`)
    ctx.set('Cache-Control', 'private, no-cache')
    ctx.status = 200
    if (ctx.fresh) {
      ctx.status = 304
      return
    }
    tools.audit.note(asker, { action: 'print', StudyInstanceUID: view.StudyInstanceUID, object: `report/${view.id}` })
    ctx.set('Content-Disposition', `inline; filename="report-${view.id}.pdf"`)
    ctx.type = 'application/pdf'
    ctx.body = await reportPDF(content, view.hash, tools.fonts())
  })
}
