/**
 * What a fresh clone lacks, installed before anything of it is imported: plain JavaScript, node's own modules only.
 * `npm ci` runs when node_modules is missing or older than the lock file says.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

export function installIfNeeded() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) fail(`Node.js 20.19 or later is needed; this is ${process.version}`)
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  const stamp = join(root, 'node_modules', '.installed-lock')
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : ''
  // npm writes its own list last: without it an installation broke off, whatever the stamp says.
  if (installed === lock && existsSync(join(root, 'node_modules', '.package-lock.json'))) return
  process.stdout.write('Installing what is missing (npm ci) …\n')
  // `--include=dev`: the portal is built here, also where NODE_ENV=production is set.
  const { status } = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status !== 0) fail('npm ci failed; see above. Nothing was started.')
  writeFileSync(stamp, lock)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) installIfNeeded()

/** One clear sentence and a non-zero exit. */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exit(1)
}
