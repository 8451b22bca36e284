/**
 * The koa stack in order: access log, errors, safety headers, health, who is asking, routes, the built portal and OHIF.
 * A route throws what happened; the table in `errors.ts` says what that is in HTTP.
 */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import Koa, { type Context, type Middleware, type Next } from 'koa'
import compress from 'koa-compress'
import type { Logger } from 'pino'
import { BadRequest } from '../archive/errors.ts'
import { failureOf, refusalOf, sentenceOf } from './errors.ts'
import { type Health, healthRoutes } from './health.ts'
import { leaveBody } from './patience.ts'

export interface HTTPOptions {
  readonly host: string
  readonly port: number
  readonly trustProxy: boolean
  readonly health: Health
  /** After health and before the static files, in this order. */
  readonly routes: readonly Middleware[]
  /** Requests to become a WebSocket. The context is as for a request; nothing of it is answered. */
  readonly upgrade?: (ctx: Context, socket: Duplex, head: Buffer) => void
  readonly log: Logger
}

export interface HTTPServer {
  readonly port: number
  /** Ends what is open within the grace period, then cuts it. */
  close(graceMs?: number): Promise<void>
}

export async function startHTTP({ host, port, trustProxy, health, routes, upgrade, log }: HTTPOptions): Promise<HTTPServer> {
  const app = new Koa()
  app.proxy = trustProxy
  // koa's own error event prints stacks to stderr; ours go to the log, once, where they are answered.
  app.silent = true
  app.on('error', () => undefined)
  app.use(accessLog(log))
  app.use(leaveUnread)
  app.use(answerErrors(log))
  app.use(safetyHeaders)
  app.use(compress({ filter: (type) => /json/.test(type), threshold: 2048, br: false }))
  app.use(healthRoutes(health))
  app.use(refuseNoHost)
  for (const route of routes) app.use(route)

  const server = createServer(app.callback())
  // A STOW body may take an hour on a weak line; it is bounded by its own idle time-out. Headers may not.
  server.requestTimeout = 0
  // Nothing moves in either direction: a peer that has gone without a word, or that was answered and never sends the rest of its body.
  server.timeout = 600_000
  server.headersTimeout = 30_000
  server.keepAliveTimeout = 65_000
  server.maxHeadersCount = 200
  if (upgrade !== undefined) {
    server.on('upgrade', (request, socket, head) => {
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') return asIfNotAsked(server, request, socket, head)
      upgrade(app.createContext(request, new ServerResponse(request)), socket, head)
    })
  }
  await listen(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    close: (graceMs = 5_000) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
      }),
  }
}

/**
 * An upgrade to something else (`h2c`, which Java's HttpClient and curl offer by themselves) is an offer that may be passed over: RFC 9110 §7.8. Node hands
 * over the bare connection all the same, so the request is given back to the server without it.
 */
function asIfNotAsked(server: Server, { method, url, httpVersion, rawHeaders }: IncomingMessage, socket: Duplex, head: Buffer): void {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2)
    if (!/^(connection|upgrade|http2-settings)$/i.test(name)) lines.push(`${name}: ${value}`)
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]))
  server.emit('connection', socket)
}

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** Many routes read no body, and whoever is refused is refused before it: nobody goes on sending one to a line that stays open for it. */
const leaveUnread: Middleware = async (ctx, next) => {
  await next()
  if (ctx.get('Transfer-Encoding') !== '' || (ctx.request.length ?? 0) > 0) leaveBody(ctx)
}

/**
 * Paths only: a query may carry a patient's name. The code of a printed report opens its page to anybody. No path of ours has escapes or a number as long as a
 * telephone's or an identity card's: what somebody put there is not repeated.
 */
const pathOf = ({ path }: Context): string =>
  path.replace(/^(\/verify\/).+/, '$1…').replace(/(?<=\/)(?:[^/]*[^\x21-\x24\x26-\x7e/][^/]*|\d{11,}[Xx]?)(?=\/|$)/g, '…')

const accessLog =
  (log: Logger): Middleware =>
  async (ctx: Context, next: Next) => {
    const began = performance.now()
    await next()
    const ms = Math.round(performance.now() - began)
    if (ctx.status >= 500) log.warn({ method: ctx.method, path: pathOf(ctx), status: ctx.status, ms }, 'request failed')
    else log.debug({ method: ctx.method, path: pathOf(ctx), status: ctx.status, ms }, 'request')
  }

const answerErrors =
  (log: Logger): Middleware =>
  async (ctx: Context, next: Next) => {
    try {
      await next()
    } catch (error) {
      if (ctx.headerSent || !ctx.writable) {
        ctx.res.destroy()
        return
      }
      // What was said of the answer that there is not; and what is refused may show how things stand.
      ctx.remove('ETag')
      ctx.set('Cache-Control', 'no-store')
      const failure = failureOf(error)
      // Errors that koa or a parser made on purpose (bad JSON, body too large) carry their own status.
      const status = failure.code === 'internal' && isExposed(error) ? error.status : failure.http
      if (status >= 500) log.error({ err: error, method: ctx.method, path: pathOf(ctx) }, 'request failed')
      ctx.status = status
      if (status === 503) ctx.set('Retry-After', '30')
      const detail = failure.tell || isExposed(error) ? (error as Error).message : undefined
      const current = error !== null && typeof error === 'object' && 'current' in error ? error.current : undefined
      const sentence = isExposed(error) ? error.message : sentenceOf(error)
      if (ctx.path.includes('/dicomweb/') || /^\/wado\/?$/.test(ctx.path))
        ctx.set('Warning', `299 archive "${headerText(status === 400 ? withoutQuotes(sentence) : sentence)}"`)
      const { code, zh, en } = failure.code === 'internal' && status < 500 ? refusalOf(status) : failure
      ctx.body = { error: { code, zh, en, detail, current } }
    }
  }

const isExposed = (error: unknown): error is Error & { status: number } =>
  error instanceof Error && 'expose' in error && error.expose === true && 'status' in error && typeof error.status === 'number'

/** Proxies write headers down: a value that was sent, which may be a name, is quoted in the body alone. */
const withoutQuotes = (sentence: string): string => sentence.replace(/"[^"]*"|'[^']*'/g, "'...'")

/** A header carries visible ASCII only. */
const headerText = (text: string): string =>
  text
    .replace(/[^\x20-\x7e]/g, '?')
    .replace(/["\\]/g, "'")
    .slice(0, 400)

/** Addresses are told, and queries read, as of the host that was asked: `Host: [` is none. */
const refuseNoHost: Middleware = (ctx, next) => {
  if (ctx.host !== '' && !URL.canParse(`http://${ctx.host}`)) throw new BadRequest('The Host of the request is no host')
  return next()
}

/** What every answer carries; the pages of the portal and OHIF add their own policy (static-viewer.ts). */
const safetyHeaders: Middleware = async (ctx, next) => {
  ctx.set('X-Content-Type-Options', 'nosniff')
  ctx.set('Referrer-Policy', 'no-referrer')
  ctx.set('X-Frame-Options', 'SAMEORIGIN')
  ctx.set('Cross-Origin-Resource-Policy', 'same-origin')
  ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'self'")
  // HSTS only behind TLS: over plain http on a hospital's network it would lock people out.
  if (ctx.secure) ctx.set('Strict-Transport-Security', 'max-age=15552000')
  await next()
}
