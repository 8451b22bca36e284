/** Signing in and out. `POST /api/session` `{username, password}` sets the cookie; `GET` says who is signed in. */
import type Router from '@koa/router'
import { z } from 'zod'
import type { Asker } from '../../archive/access.ts'
import { Refused } from '../../archive/reading/refused.ts'
import { askerIn, clearSessionCookie, refuseCrossSite, requireAsker, sessionToken, setSessionCookie } from '../session.ts'
import { bodyOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const credentials = z.object({ username: z.string().min(1).max(200), password: z.string().max(1_000) })

const accountView = ({ username, displayName, roles, institution, demo }: Asker) => ({
  username,
  displayName,
  roles,
  institution,
  ...(demo ? { demo } : {}),
})

export function sessionRoutes(router: Router, { accounts, audit, demoAccounts }: PortalTools): void {
  router.post('/session', async (ctx) => {
    refuseCrossSite(ctx)
    const { username, password } = await bodyOf(ctx, credentials)
    try {
      const { token, asker } = await accounts.signIn(username, password, ctx.ip)
      // One browser, one session: that of whoever sat here before ends.
      const before = sessionToken(ctx)
      if (before !== undefined) await accounts.signOut(before)
      setSessionCookie(ctx, token)
      audit.note(asker, { action: 'sign-in' })
      ctx.status = 201
      ctx.body = { account: accountView(asker) }
    } catch (error) {
      if (error instanceof Refused) audit.noteUnknown(username, ctx.ip, { action: 'sign-in', detail: { code: error.code } })
      throw error
    }
  })

  router.get('/session', requireAsker, (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { account: accountView(askerIn(ctx)) }
  })

  router.delete('/session', async (ctx) => {
    const token = sessionToken(ctx)
    if (token !== undefined) await accounts.signOut(token)
    if (ctx.state.asker !== undefined) audit.note(askerIn(ctx), { action: 'sign-out' })
    clearSessionCookie(ctx)
    ctx.status = 204
  })

  router.get('/demo-accounts', (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = demoAccounts()
  })
}
