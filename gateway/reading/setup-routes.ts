/** The first administrator: `GET /api/setup` says whether one is needed, `POST /api/setup` makes it with the one-time token from the log. */
import type Router from '@koa/router'
import { z } from 'zod'
import { setUp } from '../../archive/setup.ts'
import { refuseCrossSite } from '../session.ts'
import { bodyOf } from './request.ts'
import type { PortalTools } from './tools.ts'

const first = z.object({
  token: z.string().min(1).max(100),
  institution: z.object({
    code: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$/, 'is 1–32 letters, digits, - or _'),
    name: z.string().trim().min(1).max(100),
  }),
  username: z.string().trim().min(1).max(64),
  displayName: z.string().trim().min(1).max(64),
  password: z.string().max(256),
})

export function setupRoutes(router: Router, tools: PortalTools): void {
  router.get('/setup', async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = { needed: !(await tools.accounts.hasAdministrator()) }
  })

  router.post('/setup', async (ctx) => {
    refuseCrossSite(ctx)
    await setUp(tools, await bodyOf(ctx, first))
    ctx.status = 201
    ctx.body = {}
  })
}
