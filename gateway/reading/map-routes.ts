/** The county's outline on the map of the wallboard. */
import type Router from '@koa/router'
import { z } from 'zod'
import { dropOutline, getOutline, saveOutline } from '../../archive/map/outline.ts'
import { askerIn } from '../session.ts'
import { bodyOf, formPatience } from './request.ts'
import type { PortalTools } from './tools.ts'

/** A county drawn to ten metres; what is larger is simplified by whoever made it. */
const mostBytes = 1024 * 1024

export function mapRoutes(router: Router, tools: PortalTools): void {
  router.get('/map-outline', async (ctx) => {
    ctx.body = { rings: await getOutline(tools, askerIn(ctx)) }
  })
  router.put('/map-outline', async (ctx) => {
    ctx.body = { rings: await saveOutline(tools, askerIn(ctx), await bodyOf(ctx, z.unknown(), formPatience, mostBytes)) }
  })
  router.delete('/map-outline', async (ctx) => {
    await dropOutline(tools, askerIn(ctx))
    ctx.status = 204
  })
}
