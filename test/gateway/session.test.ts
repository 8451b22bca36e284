/** Who is asking: what a browser adds to a request by itself is never enough for a change that another site's page sent. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Koa from 'koa'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everybody } from '../../archive/access.ts'
import type { Accounts } from '../../archive/accounts.ts'
import { recogniseAsker, type SessionOptions } from '../../gateway/session.ts'

const asker = everybody({ id: 1, code: 'C', name: 'Centre', readingCentre: true }, [1])
const accounts = {
  askerOfPassword: async () => asker,
  askerOfBearer: async () => asker,
  askerOfSession: async () => asker,
} as unknown as Accounts

async function serve(options: SessionOptions): Promise<{ server: Server; url: string }> {
  const app = new Koa()
  app.use(recogniseAsker(options))
  app.use((ctx) => {
    ctx.body = 'done'
  })
  const server = createServer(app.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const credentials = {
  'a cookie': { cookie: 'session=1' },
  'a password that the browser remembers (Basic)': { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` },
} as const

describe('a change that another site sends', () => {
  let server: Server
  let url: string
  beforeAll(async () => {
    ;({ server, url } = await serve({ accounts }))
  })
  afterAll(() => server.close())

  test.each(Object.entries(credentials))('is refused with %s', async (_, headers) => {
    const ask = async (more: Record<string, string>, method = 'POST') =>
      (await fetch(url, { method, headers: { ...headers, ...more } })).status
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await ask({ origin: 'http://evil.example' })).toBe(403)
    expect(await ask({ origin: 'http://evil.example' }, 'GET')).toBe(200)
    expect(await ask({ origin: url })).toBe(200)
    expect(await ask({}), 'of a program').toBe(200)
  })

  test('is not the browser’s doing with a bearer token', async () => {
    const headers = { authorization: 'Bearer x', origin: 'http://elsewhere.example' }
    expect((await fetch(url, { method: 'POST', headers })).status).toBe(200)
  })
})

test('where nobody signs in, another site’s page changes nothing either', async () => {
  const { server, url } = await serve({ accounts, everybody: asker })
  const ask = async (headers: Record<string, string>) => (await fetch(url, { method: 'POST', headers })).status
  expect([await ask({ origin: 'http://evil.example' }), await ask({ 'sec-fetch-site': 'cross-site' }), await ask({})]).toEqual([
    403, 403, 200,
  ])
  server.close()
})
