/** Key images of a study: pointed out by hand, listed for whoever may see the study; and what the viewer has shown for a workitem. */
import type Router from '@koa/router'
import { z } from 'zod'
import { isUID } from '../../archive/dicom/uid.ts'
import { isKeyObjectTitle, keyObjectTitles } from '../../archive/key-object-titles.ts'
import { keyImagesOf, selectKeyImages } from '../../archive/key-objects.ts'
import { noteOpened, openedStudies } from '../../archive/reading/workflow/openings.ts'
import { askerIn } from '../session.ts'
import { bodyOf, idempotencyKey, idOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const uid = z.string().refine(isUID, 'is not a UID')
/** Of the image's width or height; what was drawn may stand out a little. */
const part = z.number().min(-1).max(2)

/** As the viewer captured it: `KeyImage` of storage/index/key-objects.ts. */
export const keyImageBody = z
  .strictObject({
    StudyInstanceUID: uid.optional(),
    SeriesInstanceUID: uid,
    SOPInstanceUID: uid,
    frame: z.number().int().min(1).max(100_000).default(1),
    caption: z.string().max(100).default(''),
    window: z
      .strictObject({ center: z.number().min(-1e6).max(1e6), width: z.number().min(1e-3).max(1e6) })
      .nullable()
      .default(null),
    shapes: z
      .array(
        z.strictObject({
          kind: z.enum(['line', 'polyline', 'ellipse', 'arrow', 'point']),
          points: z
            .array(z.tuple([part, part]))
            .min(1)
            .max(200),
          text: z.string().max(200).default(''),
        }),
      )
      .max(20)
      .default([]),
  })
  .transform(({ StudyInstanceUID, ...image }) => (StudyInstanceUID === undefined ? image : { ...image, StudyInstanceUID }))

const selectionBody = z.object({
  title: z.string().refine(isKeyObjectTitle, 'is no title of CID 7010').default('113000'),
  comment: z.string().trim().max(1_000).default(''),
  images: z.array(keyImageBody).min(1).max(50),
})

const openedBody = z.object({
  StudyInstanceUID: uid,
  what: z.enum(['images', 'report']).default('images'),
  upTo: z.number().int().min(0).optional(),
})

export function keyImageRoutes(router: Router, tools: PortalTools): void {
  router.get('/key-image-titles', (ctx) => {
    ctx.body = { items: Object.entries(keyObjectTitles).map(([code, meaning]) => ({ code, ...meaning })) }
  })

  router.post('/studies/:uid/key-images', async (ctx) => {
    const request = await bodyOf(ctx, selectionBody)
    ctx.body = await selectKeyImages(tools, askerIn(ctx), ctx.params.uid ?? '', request, idempotencyKey(ctx))
    ctx.status = 201
  })

  router.get('/studies/:uid/key-images', async (ctx) => {
    const uid = ctx.params.uid ?? ''
    ctx.body = { items: await keyImagesOf(tools, askerIn(ctx), uid) }
    tools.audit.view(askerIn(ctx), uid)
  })

  router.get('/workitems/:id/opened', async (ctx) => {
    ctx.body = { opened: await openedStudies(tools, askerIn(ctx), idOf(ctx)) }
  })

  // Before the verbs of the machine, which answer to every other word in this place.
  router.post('/workitems/:id/opened', async (ctx) => {
    ctx.body = { opened: await noteOpened(tools, askerIn(ctx), idOf(ctx), await bodyOf(ctx, openedBody)) }
  })
}
