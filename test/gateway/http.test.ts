/** The koa stack of the whole program: health, metrics, safety headers, errors, and a log without patient data. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NotFound, ObjectStoreFull } from '../../archive/errors.ts'
import { createMetrics } from '../../gateway/health.ts'
import { type HTTPServer, startHTTP } from '../../gateway/http.ts'

let server: HTTPServer
let databaseAnswers = true
const lines: string[] = []
const log = pino(
  { level: 'debug' },
  new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  }),
)

beforeAll(async () => {
  server = await startHTTP({
    host: '127.0.0.1',
    port: 0,
    trustProxy: true,
    health: {
      metrics: createMetrics(),
      checks: {
        database: async () => {
          if (!databaseAnswers) throw new Error('away')
        },
        objects: async () => undefined,
      },
    },
    routes: [
      async (ctx, next) => {
        if (ctx.path === '/missing') throw new NotFound('There is no study 1.2.3')
        if (ctx.path === '/full') throw new ObjectStoreFull('ENOSPC on /data/objects')
        if (ctx.path === '/dicomweb/bug') throw new TypeError('cannot read 张三 of undefined')
        await next()
      },
    ],
    log,
  })
})
afterAll(() => server.close())

const get = (path: string, headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${server.port}${path}`, { headers })

describe('health', () => {
  test('/healthz says that the process lives', async () => {
    expect((await get('/healthz')).status).toBe(200)
  })

  test('/readyz says which part does not answer, with 503', async () => {
    expect(await (await get('/readyz')).json()).toEqual({ status: 'ready', parts: { database: 'ok', objects: 'ok' } })
    databaseAnswers = false
    const response = await get('/readyz')
    databaseAnswers = true
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ status: 'not ready', parts: { database: 'unavailable', objects: 'ok' } })
  })

  test('/metrics answers on the own network, and nobody outside behind the proxy', async () => {
    const response = await get('/metrics')
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('archive_instances_stored_total')
    expect((await get('/metrics', { 'X-Forwarded-For': '203.0.113.9' })).status).toBe(404)
  })
})

describe('errors', () => {
  test('what is not there: 404 with a sentence in Chinese and English', async () => {
    const response = await get('/missing')
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      error: { code: 'not-found', zh: '没有找到', en: 'Not found', detail: 'There is no study 1.2.3' },
    })
  })

  test('a full store: 503 with Retry-After, and nothing of our paths', async () => {
    const response = await get('/full')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30'])
    expect(await response.text()).not.toContain('/data/objects')
  })

  test('a mistake of ours: 500, logged whole, told to nobody', async () => {
    const response = await get('/dicomweb/bug')
    expect(response.status).toBe(500)
    const text = `${await response.text()} ${response.headers.get('warning')}`
    expect(text).not.toMatch(/张三|TypeError|undefined/)
    expect(lines.join('')).toContain('TypeError')
  })

  test('an address that does not exist: 404', async () => {
    expect((await get('/nothing/here')).status).toBe(404)
  })
})

test('no answer may be framed, sniffed or told to other sites; HSTS only behind TLS', async () => {
  const plain = await get('/healthz')
  expect(plain.headers.get('x-content-type-options')).toBe('nosniff')
  expect(plain.headers.get('x-frame-options')).toBe('SAMEORIGIN')
  expect(plain.headers.get('referrer-policy')).toBe('no-referrer')
  expect(plain.headers.get('strict-transport-security')).toBeNull()
  const behindTLS = await get('/healthz', { 'X-Forwarded-Proto': 'https' })
  expect(behindTLS.headers.get('strict-transport-security')).toMatch(/max-age/)
})

test('a query never reaches the log: it may carry a name', async () => {
  lines.length = 0
  await get('/missing?PatientName=%E5%BC%A0%E4%B8%89')
  expect(lines.length).toBeGreaterThan(0)
  expect(lines.join('')).not.toMatch(/%E5|张三|PatientName/)
})

describe('an upgrade', () => {
  const heard: string[] = []
  let upgrading: HTTPServer
  beforeAll(async () => {
    upgrading = await startHTTP({
      host: '127.0.0.1',
      port: 0,
      trustProxy: false,
      health: { metrics: createMetrics(), checks: {} },
      routes: [
        async (ctx) => {
          const chunks: Buffer[] = []
          for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
          ctx.body = `${ctx.method} ${ctx.path} ${Buffer.concat(chunks)} ${ctx.get('X-Name')}`
        },
      ],
      upgrade: (ctx, socket) => {
        heard.push(ctx.path)
        socket.end('HTTP/1.1 404 Not Found\r\n\r\n')
      },
      log,
    })
  })
  afterAll(() => upgrading.close(0))

  const say = async (pieces: readonly string[]): Promise<string> => {
    const socket = connect(upgrading.port, '127.0.0.1')
    const closed = once(socket, 'close')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += String(chunk)
    })
    for (const piece of pieces) {
      socket.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await closed
    return answer
  }

  test('to a WebSocket goes to its door', async () => {
    expect(await say(['GET /channel HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n'])).toMatch(/^HTTP\/1\.1 404 /)
    expect(heard).toEqual(['/channel'])
  })

  test('to h2c, as Java’s HttpClient and curl offer it, is passed over: the request is answered, body and all', async () => {
    const answer = await say([
      'POST /store?a=1 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEA\r\nX-Name: M\xfcller\r\nContent-Length: 10\r\n\r\n01234',
      '56789',
      'GET /again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    ])
    expect(answer).toContain('POST /store 0123456789')
    expect(answer).toContain('GET /again')
  })
})
