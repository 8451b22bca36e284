/**
 * Builds the browser portal: `viewer/portal` → `viewer/portal/dist`, with every text asset compressed once beside itself
 * (`.br` for https and localhost, `.gz` because browsers offer no brotli over plain http).
 *
 * Skipped when the digest of the sources and of the lock file is the one of the last build, so a second start costs milliseconds.
 * `node viewer/build.mjs` or `import { buildPortal } from '../viewer/build.mjs'`.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const viewer = dirname(fileURLToPath(import.meta.url))
const portal = join(viewer, 'portal')
const dist = join(portal, 'dist')
const stamp = join(dist, '.digest')
const buildPrefix = '.build-'
const brokenAfterMs = 600_000
const compressible = new Set(['.js', '.css', '.html', '.svg', '.json'])

/** Every file under `folder`, sorted, without build results. */
async function filesUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !relative(folder, file).split(sep).includes('dist') && !file.includes(`${sep}node_modules${sep}`))
    .sort()
}

/** Digest of all that decides what the build looks like: the sources, this file, the lock. */
async function digestOfSources() {
  const hash = createHash('sha256')
  for (const file of [...(await filesUnder(portal)), join(viewer, 'build.mjs'), join(viewer, '..', 'package-lock.json')]) {
    hash.update(`${relative(viewer, file).split(sep).join('/')}\0`)
    hash.update(await readFile(file))
  }
  return hash.digest('hex')
}

async function compressUnder(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  for (const entry of entries) {
    if (!entry.isFile() || !compressible.has(extname(entry.name))) continue
    const file = join(entry.parentPath, entry.name)
    const bytes = await readFile(file)
    if (bytes.length < 1024) continue
    const brotli = promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } })
    const zipped = promisify(gzip)(bytes, { level: 9 })
    await Promise.all([writeFile(`${file}.br`, await brotli), writeFile(`${file}.gz`, await zipped)])
  }
}

/** Folders of builds that were killed; a living one takes seconds. */
async function forgetBrokenBuilds() {
  for (const entry of await readdir(dist)) {
    if (!entry.startsWith(buildPrefix)) continue
    const { mtimeMs } = await stat(join(dist, entry))
    if (Date.now() - mtimeMs > brokenAfterMs) await rm(join(dist, entry), { recursive: true, force: true })
  }
}

/** Puts the new files in place, assets before the pages that name them, then lets the old ones go. */
async function replaceBy(fresh) {
  const files = (await readdir(fresh, { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => relative(fresh, join(entry.parentPath, entry.name)))
    .sort((a, b) => Number(!a.includes(sep)) - Number(!b.includes(sep)))
  for (const file of files) {
    await mkdir(dirname(join(dist, file)), { recursive: true })
    await rename(join(fresh, file), join(dist, file))
  }
  const current = new Set(files)
  for (const entry of await readdir(dist, { withFileTypes: true, recursive: true })) {
    const file = relative(dist, join(entry.parentPath, entry.name))
    if (entry.isFile() && !current.has(file) && !file.startsWith(buildPrefix)) await rm(join(dist, file), { force: true })
  }
}

/**
 * Makes `viewer/portal/dist` current.
 * @param {{ log?: (sentence: string) => void, force?: boolean }} [options]
 * @returns {Promise<{ folder: string, built: boolean, ms: number }>}
 */
export async function buildPortal({ log = () => {}, force = false } = {}) {
  const started = Date.now()
  const digest = await digestOfSources()
  const last = await readFile(stamp, 'utf8').catch(() => '')
  if (!force && last === digest) return { folder: dist, built: false, ms: Date.now() - started }

  // Built in a folder of its own and moved file by file, pages last, so that a build that breaks off leaves the last good one standing.
  await mkdir(dist, { recursive: true })
  await forgetBrokenBuilds()
  const fresh = await mkdtemp(join(dist, buildPrefix))
  const { build } = await import('vite')
  // Vite believes a NODE_ENV that is set, and under a test runner that means React's development build, twice as large.
  const environment = process.env.NODE_ENV
  process.env.NODE_ENV = 'production'
  try {
    await build({ root: portal, configFile: join(portal, 'vite.config.ts'), logLevel: 'warn', build: { outDir: fresh, emptyOutDir: true } })
    await compressUnder(fresh)
    await replaceBy(fresh)
    await writeFile(stamp, digest)
  } finally {
    if (environment === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = environment
    await rm(fresh, { recursive: true, force: true })
  }
  const ms = Date.now() - started
  log(`portal built in ${(ms / 1000).toFixed(1)} s`)
  return { folder: dist, built: true, ms }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { built, ms } = await buildPortal({ force: process.argv.includes('--force') })
  console.log(built ? `portal built in ${(ms / 1000).toFixed(1)} s` : 'portal is current')
}
