/** The portal's JSON API, mounted at `/api` behind `recogniseAsker`. */
import Router from '@koa/router'
import { requireAsker } from '../session.ts'
import { adminRoutes } from './admin-routes.ts'
import { boardRoutes } from './board-routes.ts'
import { criticalRoutes } from './critical-routes.ts'
import { draftRoutes } from './draft-routes.ts'
import { editorRoutes } from './editor-routes.ts'
import { eventRoutes } from './events.ts'
import { keyImageRoutes } from './key-image-routes.ts'
import { listRoutes } from './list-routes.ts'
import { holdWhileLocked, lockRoutes } from './lock-routes.ts'
import { mapRoutes } from './map-routes.ts'
import { orderRoutes } from './order-routes.ts'
import { patientRoutes } from './patient-routes.ts'
import { phraseRoutes } from './phrase-routes.ts'
import { preferenceRoutes } from './preference-routes.ts'
import { qualityRoutes } from './quality-routes.ts'
import { questionRoutes } from './question-routes.ts'
import { answerRefusals } from './refusals.ts'
import { rejectionRoutes } from './rejection-routes.ts'
import { reportRoutes } from './report-routes.ts'
import { returnRoutes } from './return-routes.ts'
import { sessionRoutes } from './session-routes.ts'
import { setupRoutes } from './setup-routes.ts'
import { signingRoutes } from './signing-routes.ts'
import { statisticsRoutes } from './statistics-routes.ts'
import { studyRoutes } from './study-routes.ts'
import type { PortalTools } from './tools.ts'
import { turnaroundRoutes } from './turnaround-routes.ts'
import { wardRoutes } from './ward-routes.ts'
import { workitemRoutes } from './workitem-routes.ts'

export function portalRoutes(tools: PortalTools): Router {
  const router = new Router({ prefix: '/api' })
  router.use(answerRefusals)
  setupRoutes(router, tools)
  sessionRoutes(router, tools)
  lockRoutes(router, tools)

  const signedIn = new Router()
  signedIn.use(requireAsker)
  signedIn.use(async (ctx, next) => {
    // Whose data it is changes with who is signed in.
    ctx.set('Cache-Control', 'no-store')
    await next()
  })
  signedIn.use(holdWhileLocked(tools))
  keyImageRoutes(signedIn, tools)
  editorRoutes(signedIn, tools)
  phraseRoutes(signedIn, tools)
  preferenceRoutes(signedIn, tools)
  // Before the verbs: they bring more than a verb.
  returnRoutes(signedIn, tools)
  questionRoutes(signedIn, tools)
  qualityRoutes(signedIn, tools)
  statisticsRoutes(signedIn, tools)
  mapRoutes(signedIn, tools)
  listRoutes(signedIn, tools)
  turnaroundRoutes(signedIn, tools)
  // Before the workitems: `sign-batch` is none.
  signingRoutes(signedIn, tools)
  workitemRoutes(signedIn, tools)
  draftRoutes(signedIn, tools)
  reportRoutes(signedIn, tools)
  orderRoutes(signedIn, tools)
  studyRoutes(signedIn, tools)
  boardRoutes(signedIn, tools)
  rejectionRoutes(signedIn, tools)
  patientRoutes(signedIn, tools)
  criticalRoutes(signedIn, tools)
  wardRoutes(signedIn, tools)
  eventRoutes(signedIn, tools)
  adminRoutes(signedIn, tools)
  router.use(signedIn.routes(), signedIn.allowedMethods())
  return router
}
