/** The text being written. `If-Match` names the version that was edited; a field that is absent stays as it is. */
import type Router from '@koa/router'
import { z } from 'zod'
import { writeDraft } from '../../archive/reading/reports/drafts.ts'
import { askerIn } from '../session.ts'
import { keyImageBody } from './key-image-routes.ts'
import { bodyOf, idOf, ifMatch } from './request.ts'
import type { PortalTools } from './tools.ts'

const text = z.string().max(50_000).optional()
const shortText = z.string().max(4_000).optional()

/** Without what nobody said. */
const said = <T extends object>(dims: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(dims).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }

/** What an editor may send of a draft. */
export const draftFields = z.object({
  technique: shortText,
  comparison: shortText,
  findings: text,
  impression: text,
  advice: text,
  remark: shortText,
  polarity: z.enum(['negative', 'positive']).nullable().optional(),
  wording: z.enum(['normal', 'affirmative', 'consistent', 'possible', 'not-excluded']).nullable().optional(),
  grade: z
    .strictObject({
      grade: z.union([z.enum(['甲', '乙', '丙', '丁']), z.literal([0, 1, 2, 3])]),
      dims: z
        .strictObject({
          coverage: z.boolean(),
          position: z.boolean(),
          centreLine: z.boolean(),
          artifact: z.enum(['none', 'motion', 'device', 'foreign']),
        })
        .partial()
        .default({})
        .transform(said),
    })
    .nullable()
    .optional(),
  keyImages: z.array(keyImageBody).max(8).optional(),
})
const draftBody = draftFields.extend({ generation: z.number().int().optional() })

export function draftRoutes(router: Router, tools: PortalTools): void {
  router.put('/workitems/:id/draft', async (ctx) => {
    const { generation, ...changes } = await bodyOf(ctx, draftBody)
    const saved = await writeDraft(tools, askerIn(ctx), idOf(ctx), { ...changes, generation, rev: ifMatch(ctx) })
    ctx.set('ETag', `"${saved.rev}"`)
    const written = Object.values(changes).filter((value) => typeof value === 'string')
    ctx.body = { ...saved, unprintable: tools.fonts().missing(written.join('')) }
  })
}
