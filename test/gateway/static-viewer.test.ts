/** The browser's files: who gets which, how long they are kept, under which policy. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import Koa from 'koa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { staticViewer } from '../../gateway/static-viewer.ts'

let folder: string
let server: Server
let port: number

const script = `console.log(${JSON.stringify('x'.repeat(4000))})`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'static-'))
  const ohif = join(folder, 'ohif')
  const portal = join(folder, 'portal')
  await mkdir(join(ohif, 'assets'), { recursive: true })
  await mkdir(join(portal, 'assets'), { recursive: true })
  const files: Record<string, string> = {
    'index.html': '<!doctype html><script>one()</script><script src="/app-config.js"></script><script>two()</script>',
    'app-config.js': 'window.config = { theirs: true }',
    'init-service-worker.js': 'unregisterEverything()',
    'sw.js': 'cache()',
    'manifest.json': '{}',
    'app.bundle.0f6159c501addfe9.js': script,
    'assets/favicon.ico': 'icon',
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(ohif, name), text)
  await writeFile(join(ohif, 'app.bundle.0f6159c501addfe9.js.br'), brotliCompressSync(script))
  await writeFile(join(ohif, 'app.bundle.0f6159c501addfe9.js.gz'), gzipSync(script))
  await writeFile(join(ohif, 'files.json'), JSON.stringify({ integrity: '', files: {} }))
  await writeFile(join(portal, 'index.html'), '<!doctype html><title>portal</title>')
  await writeFile(join(portal, 'ward.html'), '<!doctype html><title>ward</title>')
  await writeFile(join(portal, 'assets', 'index-Bx3_9aQk.js'), script)
  const app = new Koa()
  app.use(await staticViewer({ ohif, portal }))
  server = createServer(app.callback())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** The path goes out as written: fetch would tidy it. */
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    request({ port, path, headers, method, host: '127.0.0.1' }, async (response) => {
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) })
    })
      .on('error', reject)
      .end()
  })

const page = { Accept: 'text/html,*/*' }

test('the root and every path of the portal are its page; the ward has its own', async () => {
  for (const path of ['/', '/list', '/reading/17']) expect((await get(path, page)).body.toString()).toContain('<title>portal')
  for (const path of ['/ward', '/ward/2.25.1']) expect((await get(path, page)).body.toString()).toContain('<title>ward')
})

test('/viewer and the pages it opens by itself are OHIF', async () => {
  for (const path of ['/viewer?StudyInstanceUIDs=1.2', '/viewer', '/notfoundstudy'])
    expect((await get(path, page)).body.toString()).toContain('one()')
})

test('what is not a file and not a page is left to others', async () => {
  for (const path of ['/api/session', '/dicomweb/studies', '/portal/missing.js', '/missing.js'])
    expect((await get(path, page)).status, path).toBe(404)
  for (const path of ['/portal/../files.json', '/files.json', '/sw.js', '/app.bundle.0f6159c501addfe9.js.br', '/list'])
    expect((await get(path, { Accept: '*/*' })).status, path).toBe(404)
  expect((await get('/', page, 'POST')).status).toBe(404)
})

test('no path leads out of the two folders', async () => {
  for (const path of [
    '/../../etc/passwd',
    '/portal/../../etc/passwd',
    '/portal/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '//etc/passwd',
  ])
    expect((await get(path)).status, path).toBe(404)
})

test('the configuration is ours, and no service worker is unregistered', async () => {
  expect((await get('/app-config.js')).body.toString()).toContain('/dicomweb/around/')
  expect((await get('/init-service-worker.js')).body.length).toBe(0)
})

test('files with a digest in their name are immutable, the others are asked for again by their content', async () => {
  for (const path of ['/app.bundle.0f6159c501addfe9.js', '/portal/assets/index-Bx3_9aQk.js'])
    expect((await get(path)).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  const { headers } = await get('/manifest.json')
  expect(headers['cache-control']).toBe('no-cache')
  expect((await get('/manifest.json', { 'If-None-Match': headers.etag! })).status).toBe(304)
  expect((await get('/manifest.json', { 'If-None-Match': '"other"' })).status).toBe(200)
})

test('compressed copies are sent to who can read them, each under its own ETag', async () => {
  const path = '/app.bundle.0f6159c501addfe9.js'
  const brotli = await get(path, { 'Accept-Encoding': 'gzip, deflate, br' })
  expect(brotli.headers['content-encoding']).toBe('br')
  expect(brotliDecompressSync(brotli.body).toString()).toBe(script)
  expect(Number(brotli.headers['content-length'])).toBe(brotli.body.length)
  const gzip = await get(path, { 'Accept-Encoding': 'gzip' })
  expect(gzip.headers['content-encoding']).toBe('gzip')
  const plain = await get(path)
  expect(plain.headers['content-encoding']).toBeUndefined()
  expect(plain.body.toString()).toBe(script)
  expect(new Set([brotli, gzip, plain].map(({ headers }) => headers.etag)).size).toBe(3)
  for (const { headers } of [brotli, gzip, plain]) expect(headers.vary).toContain('Accept-Encoding')
  const head = await get(path, {}, 'HEAD')
  expect(head.headers['content-length']).toBe(String(script.length))
})

test('the viewer and the page it is docked in are isolated; the ward page is not', async () => {
  for (const path of ['/viewer', '/', '/list', '/app.bundle.0f6159c501addfe9.js']) {
    const { headers } = await get(path, page)
    expect(headers['cross-origin-opener-policy'], path).toBe('same-origin')
    expect(headers['cross-origin-embedder-policy'], path).toBe('require-corp')
  }
  expect((await get('/ward', page)).headers['cross-origin-embedder-policy']).toBeUndefined()
})

test('the policy of the viewer names its two inline scripts by digest and allows no eval, except to workers', async () => {
  const policy = String((await get('/viewer', page)).headers['content-security-policy'])
  expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval' 'sha256-")
  expect(policy.match(/'sha256-/g)).toHaveLength(2)
  expect(policy).not.toContain("'unsafe-eval'")
  expect(String((await get('/app.bundle.0f6159c501addfe9.js')).headers['content-security-policy'])).toContain("'unsafe-eval'")
  expect(String((await get('/', page)).headers['content-security-policy'])).toContain("script-src 'self';")
})

test('a portal that was never built is said in one sentence', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'empty-'))
  await expect(staticViewer({ ohif: join(folder, 'ohif'), portal: empty })).rejects.toThrow(/no built portal; run npm run build/)
  await rm(empty, { recursive: true })
})
