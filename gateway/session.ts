/**
 * Who is asking: people by a same-site cookie, programs by HTTP Basic or a bearer token. Puts `ctx.state.asker`; what it is allowed to see or do is
 * decided further in. What a browser adds by itself (a cookie, a remembered password) is never enough for a change that another site's page sent (Fetch
 * Metadata, then Origin).
 */
import type { Context, Middleware } from 'koa'
import type { Asker } from '../archive/access.ts'
import type { Accounts } from '../archive/accounts.ts'
import { Refused } from '../archive/reading/refused.ts'
import { answerRefusals } from './reading/refusals.ts'

const cookieName = 'session'

export interface SessionOptions {
  readonly accounts: Accounts
  /** AUTH=off: everybody is this asker. */
  readonly everybody?: Asker | undefined
}

/** Recognises the asker; whoever shows no credentials passes as nobody. Wrong credentials are refused at once. */
export function recogniseAsker({ accounts, everybody }: SessionOptions): Middleware {
  const recognise: Middleware = async (ctx, next) => {
    if (everybody !== undefined) refuseCrossSite(ctx)
    ctx.state.asker = everybody === undefined ? await askerOf(ctx, accounts) : { ...everybody, address: ctx.ip }
    await next()
  }
  return async (ctx, next) => {
    let passed = false
    await answerRefusals(ctx, () =>
      recognise(ctx, async () => {
        passed = true
      }),
    )
    // A refusal further in is not this function's to answer.
    if (passed) return next()
    if (ctx.status === 401) challenge(ctx)
  }
}

/** Lets only those pass who are known. */
export const requireAsker: Middleware = async (ctx, next) => {
  if (ctx.state.asker === undefined) {
    await answerRefusals(ctx, () => Promise.reject(new Refused('signed-out', 'Sign in first')))
    return challenge(ctx)
  }
  await next()
}

/** The asker of a request behind `requireAsker`. */
export const askerIn = (ctx: Context): Asker => ctx.state.asker as Asker

export const sessionToken = (ctx: Context): string | undefined => ctx.cookies.get(cookieName)

export function setSessionCookie(ctx: Context, token: string): void {
  ctx.cookies.set(cookieName, token, { httpOnly: true, sameSite: 'lax', secure: ctx.secure, overwrite: true, path: '/' })
}

export function clearSessionCookie(ctx: Context): void {
  ctx.cookies.set(cookieName, null, { httpOnly: true, sameSite: 'lax', secure: ctx.secure, overwrite: true, path: '/' })
}

/** Browsers would open their own password window on `Basic`: only programs are asked for it. */
const challenge = (ctx: Context): void => {
  if (ctx.get('Sec-Fetch-Mode') === '' && !ctx.path.startsWith('/api/'))
    ctx.set('WWW-Authenticate', 'Basic realm="archive", charset="UTF-8"')
}

async function askerOf(ctx: Context, accounts: Accounts): Promise<Asker | undefined> {
  const [scheme = '', credentials = ''] = ctx.get('Authorization').split(' ', 2)
  switch (scheme.toLowerCase()) {
    case 'basic': {
      refuseCrossSite(ctx)
      const text = Buffer.from(credentials, 'base64').toString('utf8')
      const colon = text.indexOf(':')
      if (colon < 0) throw new Refused('wrong-password', 'The Authorization header is not Basic credentials')
      return accounts.askerOfPassword(text.slice(0, colon), text.slice(colon + 1), ctx.ip)
    }
    case 'bearer': {
      const asker = await accounts.askerOfBearer(credentials, ctx.ip)
      if (asker === undefined) throw new Refused('signed-out', 'The bearer token is not valid')
      return asker
    }
  }
  const token = sessionToken(ctx)
  if (token === undefined) return undefined
  refuseCrossSite(ctx)
  return accounts.askerOfSession(token, ctx.ip)
}

/** For what a browser lets every site open with the cookie of this one (WebSocket), where GET is no harmless method. Programs send no Origin. */
export function isSameSite(ctx: Context): boolean {
  const site = ctx.get('Sec-Fetch-Site')
  const origin = ctx.get('Origin')
  return (site === '' || site === 'same-origin' || site === 'none') && (origin === '' || sameHost(origin, ctx.host))
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Every browser since 2020 sends Sec-Fetch-Site over https and loopback; over plain http on a LAN only Origin is left. */
export function refuseCrossSite(ctx: Context): void {
  if (safeMethods.has(ctx.method)) return
  const site = ctx.get('Sec-Fetch-Site')
  if (site === 'same-origin' || site === 'none') return
  if (site !== '') throw new Refused('cross-site', `Sec-Fetch-Site is ${site}`)
  const origin = ctx.get('Origin')
  if (origin !== '' && !sameHost(origin, ctx.host)) throw new Refused('cross-site', 'Origin is another site')
}

const sameHost = (origin: string, host: string): boolean => URL.canParse(origin) && new URL(origin).host === host
