/**
 * The browser's files: the built portal and the published OHIF build, from memory of their names and compressed copies beside them.
 *
 * OHIF expects to sit at the root of its origin, so its files are served there and its page at `/viewer`; everything else of the root is
 * the portal's. What has a digest in its name is immutable; the rest carries an ETag of its content and is asked for again each time.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, posix, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Context, Middleware } from 'koa'

export interface StaticViewerOptions {
  /** The unpacked viewer (viewer/ohif/install.mjs). */
  readonly ohif: string
  /** The built portal (viewer/build.mjs). */
  readonly portal: string
}

type Headers = Readonly<Record<string, string>>
const codings = { br: '.br', gzip: '.gz' } as const
type Coding = keyof typeof codings

/** One representation of a file: as it is, or in a content coding. */
interface Variant {
  readonly path: string
  readonly size: number
}

interface Asset {
  readonly type: string
  readonly digest: string
  readonly immutable: boolean
  readonly headers: Headers
  readonly plain: Variant | Buffer
  readonly coded: Readonly<Partial<Record<Coding, Variant>>>
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.xml': 'application/xml',
  '.txt': 'text/plain; charset=utf-8',
  '.woff2': 'font/woff2',
}

/** SharedArrayBuffer, and with it MPR and volumes, only in an isolated page; the portal docks the viewer, so both must be. */
const isolation: Headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' }

const policy = (directives: Readonly<Record<string, string>>): string =>
  Object.entries({ 'default-src': "'self'", 'base-uri': "'none'", 'form-action': "'self'", 'frame-ancestors': "'self'", ...directives })
    .map(([name, value]) => `${name} ${value}`)
    .join('; ')

/** OHIF computes in WebAssembly and its page has two scripts inline. A PDF is shown from a blob. */
const ohifPolicy = (scripts: readonly string[]): string =>
  policy({
    'script-src': ["'self'", "'wasm-unsafe-eval'", ...scripts].join(' '),
    'style-src': "'self' 'unsafe-inline'",
    'img-src': "'self' blob: data:",
    'font-src': "'self' data:",
    'connect-src': "'self' blob: data:",
    'worker-src': "'self' blob:",
    'object-src': "'self' blob:",
    'frame-src': "'self' blob:",
    'media-src': "'self' blob:",
  })

/** Ant Design writes its styles into the page. */
const portalPolicy = policy({
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' blob: data:",
  'connect-src': "'self'",
  'object-src': "'self' blob:",
  'frame-src': "'self' blob:",
})

/** Pages that the viewer opens by itself; a reload must find them. */
const ohifPages = /^\/(viewer|notfoundstudy|notfoundserver)(\/|$)/

/** Of the viewer's files: replaced by ours, or leading out of the house. */
const withheld = new Set([
  'index.html',
  'app-config.js',
  'init-service-worker.js',
  'sw.js',
  'serve.json',
  'google.js',
  'oidc-client.min.js',
  'silent-refresh.html',
  '_headers',
  '_redirects',
  'files.json',
])

/** `12.bundle.b4688cdbdd856b75.js`, `37fa160cc3a47cfd.wasm`; Vite's `index-Bx3_9aQk.js` all lie under assets/. */
const ohifDigest = /(^|\.)[0-9a-f]{16}\.[a-z0-9]+$/

/** What /app-config.js is made of, in this order: the page of the build loads nothing else of ours. */
const configuration = ['corrections', 'presets', 'images', 'comparison', 'bar', 'prefetch', 'bridge', 'app-config'].map(
  (name) => `../viewer/ohif/${name}.js`,
)
const readSource = (path: string): Promise<string> => readFile(fileURLToPath(new URL(path, import.meta.url)), 'utf8')

const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

const inMemory = (text: string, type: string, headers: Headers): Asset => {
  const plain = Buffer.from(text)
  return { type, digest: digestOf(plain), immutable: false, headers, plain, coded: {} }
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
}

/** The files of a folder with the codings that lie beside them. `digests`, where somebody has taken them already. */
async function assetsOf(
  folder: string,
  {
    headers,
    isImmutable,
    digests = {},
  }: { headers: Headers; isImmutable: (name: string) => boolean; digests?: Readonly<Record<string, { readonly sha256: string }>> },
): Promise<Map<string, Asset>> {
  const names = new Set(await filesUnder(folder))
  const assets = new Map<string, Asset>()
  for (const name of names) {
    const type = types[extname(name)]
    if (type === undefined) continue
    const path = join(folder, name)
    const coded: Partial<Record<Coding, Variant>> = {}
    for (const [coding, suffix] of Object.entries(codings) as [Coding, string][]) {
      if (names.has(name + suffix)) coded[coding] = { path: path + suffix, size: (await stat(path + suffix)).size }
    }
    assets.set(name, {
      type,
      digest: digests[name]?.sha256 ?? digestOf(await readFile(path)),
      immutable: isImmutable(name),
      headers,
      plain: { path, size: (await stat(path)).size },
      coded,
    })
  }
  return assets
}

async function ohifAssets(folder: string): Promise<Map<string, Asset>> {
  const page = await readFile(join(folder, 'index.html'), 'utf8')
  const inline = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, script]) =>
    createHash('sha256').update(script!).digest('base64'),
  )
  const pageHeaders = { ...isolation, 'Content-Security-Policy': ohifPolicy(inline.map((digest) => `'sha256-${digest}'`)) }
  // The script of a worker brings the policy of that worker. The decoders of JPEG-LS, JPEG 2000 and HTJ2K (embind) make their functions from
  // text: allowed there, where there is no page to be taken over, and not in the page.
  const headers = { ...isolation, 'Content-Security-Policy': ohifPolicy(["'unsafe-eval'"]) }
  const { files } = JSON.parse(await readFile(join(folder, 'files.json'), 'utf8')) as { files: Record<string, { sha256: string }> }
  const all = await assetsOf(folder, { headers, isImmutable: (name) => ohifDigest.test(name), digests: files })
  const assets = new Map([...all].filter(([name]) => !withheld.has(name)))
  assets.set('viewer', { ...all.get('index.html')!, headers: pageHeaders })
  assets.set('app-config.js', inMemory((await Promise.all(configuration.map(readSource))).join('\n'), types['.js']!, headers))
  // The build's own would unregister every service worker of this origin.
  assets.set('init-service-worker.js', inMemory('', types['.js']!, headers))
  return assets
}

async function portalAssets(folder: string): Promise<Map<string, Asset>> {
  const headers = { 'Content-Security-Policy': portalPolicy }
  const assets = await assetsOf(folder, { headers, isImmutable: (name) => name.startsWith('assets/') })
  const index = assets.get('index.html')
  if (index === undefined) throw new Error(`${folder} holds no built portal; run npm run build`)
  assets.set('index.html', { ...index, headers: { ...headers, ...isolation } })
  return assets
}

/** Reads both folders' lists once; a newly built portal needs a restart. */
export async function staticViewer({ ohif, portal }: StaticViewerOptions): Promise<Middleware> {
  const [viewer, own] = await Promise.all([ohifAssets(ohif), portalAssets(portal)])

  const assetFor = (path: string, wantsPage: boolean): Asset | undefined => {
    if (path.startsWith('/portal/')) return own.get(path.slice('/portal/'.length))
    if (ohifPages.test(path)) return viewer.get('viewer')
    const file = viewer.get(path.slice(1))
    if (file !== undefined) return file
    if (!wantsPage || /^\/(api|dicomweb|fhir|wado)(\/|$)/.test(path)) return undefined
    return own.get(/^\/ward(\/|$)/.test(path) ? 'ward.html' : 'index.html')
  }

  return async (ctx, next) => {
    if (ctx.method !== 'GET' && ctx.method !== 'HEAD') return next()
    const path = posix.normalize(ctx.path)
    const wantsPage = types[extname(path)] === undefined && ctx.get('Accept').includes('text/html')
    const asset = assetFor(path, wantsPage || path === '/')
    if (asset === undefined) return next()
    answer(ctx, asset)
  }
}

function answer(ctx: Context, { type, digest, immutable, headers, plain, coded }: Asset): void {
  // Ours to choose among what the browser takes: the smaller first.
  const coding = (['br', 'gzip'] as const).find((each) => coded[each] !== undefined && ctx.acceptsEncodings(each) === each)
  const variant = coding === undefined ? undefined : coded[coding]
  ctx.set(headers)
  ctx.set('Cache-Control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  ctx.vary('Accept-Encoding')
  ctx.type = type
  ctx.etag = variant === undefined ? digest.slice(0, 32) : `${digest.slice(0, 32)}-${coding}`
  ctx.status = 200
  if (ctx.fresh) {
    ctx.status = 304
    return
  }
  if (coding !== undefined) ctx.set('Content-Encoding', coding)
  if (Buffer.isBuffer(plain)) {
    ctx.body = plain
    return
  }
  const { path, size } = variant ?? plain
  ctx.body = ctx.method === 'HEAD' ? null : createReadStream(path)
  ctx.status = 200
  ctx.length = size
  ctx.type = type
}
