/** The portal's JSON API, mounted at `/api` behind `recogniseAsker`. */
import Router from '@koa/router'
import type { Fonts } from '../../archive/reading/documents/glyphs.ts'
import { requireAsker } from '../session.ts'
import { answerRefusals } from './refusals.ts'
import { reportRoutes } from './report-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import type { PortalTools } from './tools.ts'
import { workitemRoutes } from './workitem-routes.ts'

export function portalRoutes(tools: PortalTools & { readonly fonts: () => Fonts }): Router {
  const router = new Router({ prefix: '/api' })
  router.use(answerRefusals)
  sessionRoutes(router, tools)

  const signedIn = new Router()
  signedIn.use(requireAsker)
  signedIn.use(async (ctx, next) => {
    // Whose data it is changes with who is signed in.
    ctx.set('Cache-Control', 'no-store')
    await next()
  })
  workitemRoutes(signedIn, tools)
  reportRoutes(signedIn, tools)
  router.use(signedIn.routes(), signedIn.allowedMethods())
  return router
}
