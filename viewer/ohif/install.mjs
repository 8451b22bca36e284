/**
 * Unpacks the published OHIF viewer from its npm tarball into a cache of the project and compresses it once.
 *
 * `npm install @ohif/app` fails on dependencies that the built viewer does not need, so this one tarball is fetched alone: its integrity
 * pinned, without `dist/ort` (segmentation models, not used here). Plain JavaScript, because it also runs before anything is compiled.
 *
 * `node viewer/ohif/install.mjs` or `import { installOHIF } from '../viewer/ohif/install.mjs'`.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

export const version = '3.13.2'
const integrity = 'sha512-WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=='

/** Beside node_modules' packages, so that `npm ci` and git both leave it alone or take it away whole. */
export const ohifFolder = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), 'node_modules', '.cache', `ohif-${version}`)

/** The last file written: name → size and SHA-256 of every file, which become ETags (the tarball's own dates are of 1985). */
export const listName = 'files.json'

/**
 * Makes the viewer present.
 * @param {{ folder?: string, log?: (sentence: string) => void }} [options]
 * @returns {Promise<{ folder: string, installed: boolean, ms: number }>}
 */
export async function installOHIF({ folder = ohifFolder, log = () => {} } = {}) {
  const started = Date.now()
  if (await isInstalled(folder)) return { folder, installed: false, ms: Date.now() - started }
  await mkdir(dirname(folder), { recursive: true })
  await removeLeftovers(folder)
  // Unpacked beside its place and renamed: the integrity is known only at the end, and a break-off must leave nothing that looks whole.
  const fresh = `${folder}.unpacking-${process.pid}`
  try {
    await mkdir(fresh)
    await unpack(fresh)
    const files = await compressUnder(fresh)
    await writeFile(join(fresh, listName), JSON.stringify({ integrity, files }))
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  } catch (cause) {
    await rm(fresh, { recursive: true, force: true })
    if (await isInstalled(folder)) return { folder, installed: false, ms: Date.now() - started }
    throw new Error(`OHIF ${version} could not be installed: ${cause.message}`, { cause })
  }
  const ms = Date.now() - started
  log(`OHIF ${version} unpacked and compressed in ${(ms / 1000).toFixed(1)} s`)
  return { folder, installed: true, ms }
}

async function isInstalled(folder) {
  const list = await readFile(join(folder, listName), 'utf8').catch(() => undefined)
  return list !== undefined && JSON.parse(list).integrity === integrity
}

/** What an earlier run left when it was killed; another run may be under way, so only old ones. */
async function removeLeftovers(folder) {
  const parent = dirname(folder)
  for (const name of await readdir(parent)) {
    const path = join(parent, name)
    if (!path.startsWith(`${folder}.unpacking-`)) continue
    const { mtimeMs } = await stat(path)
    if (Date.now() - mtimeMs > 600_000 || name.endsWith(`-${process.pid}`)) await rm(path, { recursive: true, force: true })
  }
}

async function unpack(into) {
  const [{ default: pacote }, tar] = await Promise.all([import('pacote'), import('tar')])
  const wanted = (path) => path.startsWith('package/dist/') && !path.startsWith('package/dist/ort/')
  await pacote.tarball.stream(
    `@ohif/app@${version}`,
    async (tarball) => {
      const extract = tar.x({ cwd: into, strip: 2, filter: wanted, preservePaths: false })
      tarball.on('error', (error) => extract.destroy?.(error) ?? extract.emit('error', error))
      tarball.pipe(extract)
      await Promise.all([
        finished(tarball, { writable: false }),
        new Promise((resolve, reject) => extract.on('close', resolve).on('error', reject)),
      ])
    },
    { ...(await registryOptions()), integrity },
  )
}

/** pacote reads no .npmrc: what npm knows of mirrors and proxies comes in the environment when npm runs us, else from npm itself. */
async function registryOptions() {
  const underNpm = process.env.npm_config_user_agent !== undefined
  const told = underNpm ? {} : await npmConfiguration()
  const setting = (name) => process.env[`npm_config_${name.replaceAll('-', '_')}`] || told[name] || undefined
  const { http_proxy, HTTP_PROXY, https_proxy, HTTPS_PROXY, no_proxy, NO_PROXY } = process.env
  const options = {
    registry: setting('registry'),
    cache: setting('cache') && join(setting('cache'), '_cacache'),
    cafile: setting('cafile'),
    proxy: setting('proxy') ?? http_proxy ?? HTTP_PROXY,
    httpsProxy: setting('https-proxy') ?? https_proxy ?? HTTPS_PROXY,
    noProxy: setting('noproxy') ?? no_proxy ?? NO_PROXY,
    strictSSL: String(setting('strict-ssl') ?? 'true') !== 'false',
  }
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value))
}

async function npmConfiguration() {
  const { stdout } = await promisify(execFile)('npm', ['config', 'list', '--json'], { timeout: 20_000 }).catch(() => ({ stdout: '{}' }))
  return JSON.parse(stdout)
}

const compressible = new Set(['.js', '.css', '.html', '.json', '.svg', '.wasm', '.txt'])

/**
 * `.br` and `.gz` beside every file that gains by it; browsers offer brotli only over TLS and to localhost.
 * Brotli 9: 59 MB of scripts become 4.4 in 5 s; 11 takes twelve seconds for the largest file alone.
 */
async function compressUnder(folder) {
  const files = {}
  const entries = (await readdir(folder, { withFileTypes: true, recursive: true })).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort()
  const one = async (path) => {
    const bytes = await readFile(path)
    files[path.slice(folder.length + 1).replaceAll('\\', '/')] = {
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    }
    if (!compressible.has(extname(path)) || bytes.length < 1024) return
    const brotli = promisify(brotliCompress)(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    })
    const zipped = promisify(gzip)(bytes, { level: 6 })
    await Promise.all([writeFile(`${path}.br`, await brotli), writeFile(`${path}.gz`, await zipped)])
  }
  // zlib works in threads: a few at a time keep the cores busy and the memory small.
  const next = paths.values()
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (const path of next) await one(path)
    }),
  )
  return files
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { installed, ms } = await installOHIF()
  console.log(installed ? `OHIF ${version} unpacked and compressed in ${(ms / 1000).toFixed(1)} s` : `OHIF ${version} is present`)
}
