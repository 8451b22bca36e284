/** `GET`/`PUT /api/account/preferences`: settings that follow a person to another PC, by section. */
import type Router from '@koa/router'
import { z } from 'zod'
import { readPreferences, writePreferences } from '../../archive/reading/list/preferences.ts'
import { askerIn } from '../session.ts'
import { bodyOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const section = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'is no name of a section')
const sections = z
  .record(section, z.union([z.record(z.string().max(64), z.json()), z.null()]))
  .refine((value) => Object.keys(value).length <= 16, 'has too many sections')

export function preferenceRoutes(router: Router, tools: PortalTools): void {
  router.get('/account/preferences', async (ctx) => {
    ctx.body = await readPreferences(tools, askerIn(ctx))
  })

  router.put('/account/preferences', async (ctx) => {
    ctx.body = await writePreferences(tools, askerIn(ctx), await bodyOf(ctx, sections))
  })
}
