/** The portal's API on a port of its own, with a county behind it; a small client that keeps the cookie. */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Middleware } from 'koa'
import { pino } from 'pino'
import type { Role } from '../../../archive/access.ts'
import { Accounts } from '../../../archive/accounts.ts'
import { Audit } from '../../../archive/audit.ts'
import { NotFound } from '../../../archive/errors.ts'
import { FieldKey } from '../../../archive/field-key.ts'
import { loadFonts } from '../../../archive/reading/documents/glyphs.ts'
import { LiveEvents } from '../../../archive/reading/live.ts'
import { Renderer } from '../../../archive/rendered/renderer.ts'
import { createMetrics } from '../../../gateway/health.ts'
import { startHTTP } from '../../../gateway/http.ts'
import { portalRoutes } from '../../../gateway/reading/routes.ts'
import type { PortalTools } from '../../../gateway/reading/tools.ts'
import { recogniseAsker } from '../../../gateway/session.ts'
import type { Index } from '../../../storage/index/postgres.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'
import { type ReadingCounty, readingCounty } from '../../archive/reading/county.ts'

export interface Portal {
  readonly url: string
  readonly county: ReadingCounty
  readonly accounts: Accounts
  readonly audit: Audit
  /** All that the program would have written down, at its most talkative. */
  readonly logged: string[]
  /** What the router knows, without HEAD. */
  readonly routes: readonly { readonly method: string; readonly path: string; readonly regexp: RegExp }[]
  /** A person with a password, signed in; a doctor in a signing session. */
  signIn(username: string, roles: readonly Role[], institution: number): Promise<Browser>
  close(): Promise<void>
}

export const password = 'correct horse 7'
/** Of everybody who signs; their browsers are in a signing session. */
export const testPIN = '135790'

export async function startPortal(index: Index): Promise<Portal> {
  const county = await readingCounty(index)
  const accounts = new Accounts(index)
  const logged: string[] = []
  const log = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const audit = new Audit({ index, clock: () => new Date(), log })
  const live = new LiveEvents(index)
  const fonts = loadFonts()
  const renderer = new Renderer({ workers: 1 })
  const tools: PortalTools = {
    ...county.tools,
    clock: () => new Date(),
    fieldKey: new FieldKey(randomBytes(32)),
    echo: () => Promise.reject(new NotFound('There is no network here')),
    ourAE: { AETitle: 'ARCHIVE', host: '0.0.0.0', port: 11112, tlsPort: null },
    accounts,
    audit,
    live,
    fonts: () => fonts,
    demoAccounts: () => [],
    quietSeconds: 60,
    retention: { years: 30, days: 90 },
    render: {
      index,
      objects: filesystemStore({ root: join(tmpdir(), `portal-${randomBytes(8).toString('hex')}`) }),
      renderer,
      publicPath: '',
    },
    log,
  }
  const routes = portalRoutes(tools)
  const server = await startHTTP({
    host: '127.0.0.1',
    port: 0,
    trustProxy: false,
    health: { checks: {}, metrics: createMetrics() },
    routes: [recogniseAsker({ accounts }), routes.routes() as unknown as Middleware, routes.allowedMethods() as unknown as Middleware],
    log,
  })
  const url = `http://127.0.0.1:${server.port}`

  return {
    url,
    county,
    accounts,
    audit,
    logged,
    routes: routes.stack.flatMap(({ methods, path, regexp }) =>
      methods.filter((method) => method !== 'HEAD').map((method) => ({ method, path: String(path), regexp })),
    ),
    async signIn(username, roles, institution) {
      await accounts.create({ username, displayName: username, roles, institution, password })
      const browser = new Browser(url)
      const { status } = await browser.post('/api/session', { username, password })
      if (status !== 201) throw new Error(`sign-in of ${username} answered ${status}`)
      if (roles.some((role) => ['radiologist', 'reviewer', 'chief'].includes(role))) {
        await browser.put('/api/account/pin', { password, pin: testPIN })
        await browser.post('/api/signing-session', { pin: testPIN })
      }
      return browser
    },
    async close() {
      await live.close()
      await renderer.close()
      await audit.close()
      await server.close(0)
    },
  }
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
type Answer = { status: number; headers: Headers; body: any }

export class Browser {
  cookie = ''
  /** A program's token. */
  bearer = ''
  readonly #url: string
  constructor(url: string) {
    this.#url = url
  }
  get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('GET', path, undefined, headers)
  }
  post(path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('POST', path, body, headers)
  }
  put(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    return this.send('PUT', path, body, headers)
  }
  async send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      headers: {
        ...(this.cookie === '' ? {} : { cookie: this.cookie }),
        ...(this.bearer === '' ? {} : { authorization: `Bearer ${this.bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    for (const cookie of response.headers.getSetCookie()) this.cookie = cookie.split(';')[0]!
    const type = response.headers.get('content-type') ?? ''
    const answer = type.includes('json') ? await response.json() : Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, body: answer }
  }
}
