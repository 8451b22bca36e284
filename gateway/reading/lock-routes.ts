/** The idle lock of a browser's session: its state, locking, unlocking, and what a locked one may still ask for. */
import type Router from '@koa/router'
import type { Middleware } from 'koa'
import { z } from 'zod'
import { may } from '../../archive/access.ts'
import { Refused } from '../../archive/reading/refused.ts'
import { isLocked, lock, lockStateOf, unlock } from '../../archive/reading/session-lock.ts'
import { askerIn, refuseCrossSite, requireAsker, sessionToken } from '../session.ts'
import { answerRefusals } from './refusals.ts'
import { bodyOf } from './request.ts'
import type { PortalTools } from './tools.ts'

/** The board itself answers without names (board-routes.ts); a critical value that waits shows through and is answered, but none is raised and the register stays shut. */
const openWhileLocked =
  /^(GET \/api\/(board|critical|events|notices)(\/|$)|POST \/api\/critical\/\d+\/(ack|act)$|(GET|PUT) \/api\/account\/preferences$)/

/** Only those who have a board leave it standing; their session is asked for with each request, which costs one row by its key. */
export function holdWhileLocked({ index }: Pick<PortalTools, 'index'>): Middleware {
  return async (ctx, next) => {
    if (may(askerIn(ctx), 'board') && (await isLocked({ index }, sessionToken(ctx)))) {
      ctx.state.locked = true
      if (!openWhileLocked.test(`${ctx.method} ${ctx.path}`)) return answerRefusals(ctx, () => Promise.reject(screenLocked()))
    }
    await next()
  }
}

/** What a locked page is not told. */
export const screenLocked = () => new Refused('screen-locked', 'The page is locked: unlock it first')

const secretBody = z.object({ secret: z.string().min(1).max(1_000) })

/** Before `holdWhileLocked`. */
export function lockRoutes(router: Router, tools: PortalTools): void {
  router.get('/session/lock', requireAsker, async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = await lockStateOf(tools, sessionToken(ctx))
  })
  router.post('/session/lock', requireAsker, async (ctx) => {
    refuseCrossSite(ctx)
    await lock(tools, askerIn(ctx), sessionToken(ctx))
    ctx.body = {}
  })
  router.post('/session/unlock', requireAsker, async (ctx) => {
    refuseCrossSite(ctx)
    await unlock(tools, askerIn(ctx), sessionToken(ctx), (await bodyOf(ctx, secretBody)).secret)
    ctx.body = {}
  })
}
