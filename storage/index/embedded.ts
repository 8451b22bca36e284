/**
 * The embedded PostgreSQL: a real server from npm, so that a fresh machine needs nothing but Node.
 *
 * It listens on a Unix socket only, in a folder that nobody but its owner may enter. It runs in a process group of its own, so Ctrl-C does not
 * reach it, and it survives a killed gateway: the next start finds it by `postmaster.pid` and uses it. It is stopped last, by whoever leaves last.
 */
import { execFile, spawn } from 'node:child_process'
import { chown, mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { IndexUnavailable } from '../errors.ts'
import { type Home, openHome } from './embedded-home.ts'

const run = promisify(execFile)

const owner = 'archive'
const database = 'archive'
/** Every connection of ours carries it; whoever stops the server looks whether others of this name are left. */
export const applicationName = 'imaging-archive'
/** sockaddr_un holds 107 bytes and a terminator; the server appends `/.s.PGSQL.5432`. */
const longestSocketFolder = 107 - '/.s.PGSQL.5432'.length
const startLog = 'start.log'
const watchEveryMs = 500
/** Nothing of ours reaches the server: PGDATA, PGPORT and the like would change what it does. */
const environment = { LC_ALL: 'C.UTF-8' }

/** jit costs more than it saves on short statements; the log turns over each week. */
const ownSettings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',
  shared_buffers: '256MB',
  max_wal_size: '2GB',
  jit: 'off',
  timezone: 'UTC',
  log_timezone: 'UTC',
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_truncate_on_rotation: 'on',
  log_rotation_age: '1d',
}

export interface EmbeddedPostgres {
  readonly connection: pg.PoolConfig
  /** Stops the server, unless another process of ours still uses it. */
  close(): Promise<void>
}

export interface EmbeddedOptions {
  readonly dataDir: string
  /** One sentence for the person at the console. */
  readonly log: (sentence: string) => void
  /** More settings for `postgres -c`; tests turn durability off. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Starts the server of this data folder, creating the folder on first use, or takes over the one that is running. IndexUnavailable says why not. */
export async function startEmbeddedPostgres({ dataDir, log, settings = {} }: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const home = await openHome(dataDir, log).catch((cause: unknown) => {
    if (cause instanceof IndexUnavailable) throw cause
    throw new IndexUnavailable(`cannot use the database folder ${dataDir}: ${messageOf(cause)}`, { cause })
  })
  const allSettings = { ...ownSettings, ...settings }
  let postmaster = await serve(home, allSettings)
  const { socketFolder } = postmaster

  // A server that was killed is started again, under the same address: the pool's next connection finds it.
  let restarting: Promise<void> | undefined
  const watch = setInterval(() => {
    restarting ??= (async () => {
      if (await isPostgres(postmaster.pid)) return
      log('the database server has ended unexpectedly and is started again')
      postmaster = await serve(home, allSettings, socketFolder)
    })()
      .catch((error: unknown) => log(messageOf(error)))
      .finally(() => {
        restarting = undefined
      })
  }, watchEveryMs)
  watch.unref()
  return {
    connection: connectionOf(postmaster, database),
    async close() {
      clearInterval(watch)
      await restarting
      await stop(postmaster)
    },
  }
}

async function serve(home: Home, settings: Readonly<Record<string, string>>, socketFolder?: string): Promise<Postmaster> {
  const running = await adopt(home)
  if (running !== undefined) return running
  if (!(await isInitialised(home.dataDir))) await initialise(home)
  return start(home, { ...settings, unix_socket_directories: socketFolder ?? (await socketFolderOf(home)) })
}

/** The first lines of `postmaster.pid`: who serves this folder, and where. */
interface Postmaster {
  readonly pid: number
  readonly port: number
  readonly socketFolder: string
  readonly ready: boolean
}

async function readPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, , , port, socketFolder, , , status] = text.split('\n')
  if (!pid || !port || !socketFolder) return undefined
  return { pid: Number(pid), port: Number(port), socketFolder, ready: status?.trim() === 'ready' }
}

/** A server left behind by a killed gateway is used; a file left behind by a killed server is removed. It may be just starting or stopping: 10 s. */
async function adopt(home: Home): Promise<Postmaster | undefined> {
  const until = Date.now() + 10_000
  for (;;) {
    const postmaster = await readPostmaster(home.dataDir)
    if (postmaster === undefined) return undefined
    if (!(await isPostgres(postmaster.pid))) {
      await rm(join(home.dataDir, 'postmaster.pid'), { force: true })
      return undefined
    }
    if (postmaster.ready && (await answersFor(postmaster, home.dataDir))) {
      await createDatabase(postmaster)
      return postmaster
    }
    if (Date.now() > until) {
      throw new IndexUnavailable(
        `the PostgreSQL server (process ${postmaster.pid}) of ${home.dataDir} is running but does not answer; stop it and start again`,
      )
    }
    await sleep(100)
  }
}

/** Is this process alive, no zombie, and a PostgreSQL server? Process numbers are reused after a restart of the machine. */
async function isPostgres(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const found = /\((.*)\) (\w)/s.exec(status)
  return found !== null && found[1] === 'postgres' && found[2] !== 'Z'
}

async function answersFor(postmaster: Postmaster, dataDir: string): Promise<boolean> {
  try {
    const served = await ask(postmaster, 'postgres', 'show data_directory')
    return (await realpath(String(served))) === (await realpath(dataDir))
  } catch {
    return false
  }
}

async function isInitialised(dataDir: string): Promise<boolean> {
  const names = await readdir(dataDir)
  if (names.includes('PG_VERSION')) {
    const version = (await readFile(join(dataDir, 'PG_VERSION'), 'utf8')).trim()
    if (version !== '18')
      throw new IndexUnavailable(`the database in ${dataDir} was made by PostgreSQL ${version}; this program brings PostgreSQL 18`)
    return true
  }
  if (names.length > 0) throw new IndexUnavailable(`the database folder ${dataDir} holds files but no database; name an empty folder`)
  return false
}

/** In a folder beside it, renamed when complete: a first start that was cut off leaves nothing that looks like a database. */
async function initialise({ native, dataDir, account }: Home): Promise<void> {
  const unfinished = `${dataDir}.unfinished`
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--lc-collate=C', '--lc-ctype=C.UTF-8']
  try {
    await rm(unfinished, { recursive: true, force: true })
    await mkdir(unfinished, { mode: 0o700 })
    if (account !== undefined) await chown(unfinished, account.uid, account.gid)
    await run(
      join(native, 'bin', 'initdb'),
      [`--pgdata=${unfinished}`, `--username=${owner}`, '--auth=trust', '--encoding=UTF8', '--no-instructions', ...locale],
      { ...account, cwd: '/', env: environment },
    )
    await rename(unfinished, dataDir)
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string }
    throw new IndexUnavailable(`PostgreSQL could not be set up in ${dataDir}: ${reasonIn(stderr) || messageOf(cause)}`, { cause })
  }
}

async function start(home: Home, settings: Readonly<Record<string, string>>): Promise<Postmaster> {
  const until = Date.now() + 10_000
  for (;;) {
    const outcome = await launch(home, settings)
    if (typeof outcome !== 'string') return outcome
    // The processes of a server that was killed take a moment to notice, and hold its shared memory until then.
    if (!/shared memory|lock file/.test(outcome) || Date.now() > until) {
      throw new IndexUnavailable(`PostgreSQL did not start in ${home.dataDir}: ${outcome}`)
    }
    await sleep(200)
  }
}

/** Returns the running server, or why it did not start. */
async function launch(home: Home, settings: Readonly<Record<string, string>>): Promise<Postmaster | string> {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const logPath = join(home.dataDir, startLog)
  const output = await open(logPath, 'w')
  let exited: Error | undefined
  const server = spawn(join(home.native, 'bin', 'postgres'), ['-D', home.dataDir, ...options], {
    ...home.account,
    cwd: '/',
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
    env: environment,
  })
  server.once('error', (error) => {
    exited = error
  })
  server.once('exit', (code, signal) => {
    exited = new Error(`it ended with ${signal ?? `code ${code}`}`)
  })
  server.unref()
  await output.close()

  // Recovery after a power cut may take minutes; the server says `ready` when it is done.
  for (;;) {
    if (exited !== undefined) return reasonIn(await readFile(logPath, 'utf8').catch(() => '')) || exited.message
    const postmaster = await readPostmaster(home.dataDir)
    if (postmaster?.ready && postmaster.pid === server.pid) {
      await createDatabase(postmaster)
      return postmaster
    }
    await sleep(10)
  }
}

/** The socket lies in the data folder, or in a temporary one where that path is too long. */
async function socketFolderOf({ dataDir, account }: Home): Promise<string> {
  if (Buffer.byteLength(dataDir) <= longestSocketFolder) return dataDir
  const folder = await mkdtemp(join(tmpdir(), 'archive-pg-'))
  if (account !== undefined) await chown(folder, account.uid, account.gid)
  return folder
}

function connectionOf({ socketFolder, port }: Postmaster, name: string): pg.ClientConfig {
  return { host: socketFolder, port, user: owner, database: name, application_name: applicationName }
}

async function createDatabase(postmaster: Postmaster): Promise<void> {
  const exists = await ask(postmaster, 'postgres', `select exists (select from pg_database where datname = '${database}')`)
  if (exists === true) return
  await ask(postmaster, 'postgres', `create database ${database}`).catch((error: { code?: string }) => {
    // 42P04 duplicate_database, 23505: another process has just done the same.
    if (error.code !== '42P04' && error.code !== '23505') throw error
  })
}

/** Fast shutdown (SIGINT) waits for no client; after 20 s an immediate one (SIGQUIT), from which the next start recovers. */
async function stop(postmaster: Postmaster): Promise<void> {
  if (!(await isPostgres(postmaster.pid))) return
  if (await isUsedByOthers(postmaster)) return
  process.kill(postmaster.pid, 'SIGINT')
  if (await hasEnded(postmaster.pid, 20_000)) return
  process.kill(postmaster.pid, 'SIGQUIT')
  await hasEnded(postmaster.pid, 5_000)
}

async function isUsedByOthers(postmaster: Postmaster): Promise<boolean> {
  const others = `select exists (select from pg_stat_activity where application_name = '${applicationName}' and pid <> pg_backend_pid())`
  // Connections that were closed a moment ago may still be listed.
  for (let attempt = 0; attempt < 10; attempt += 1) {
    if ((await ask(postmaster, 'postgres', others).catch(() => false)) !== true) return false
    await sleep(50)
  }
  return true
}

async function hasEnded(pid: number, milliseconds: number): Promise<boolean> {
  const until = Date.now() + milliseconds
  while (await isPostgres(pid)) {
    if (Date.now() > until) return false
    await sleep(10)
  }
  return true
}

/** The first value of the first row. */
async function ask(postmaster: Postmaster, name: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ ...connectionOf(postmaster, name), connectionTimeoutMillis: 2_000, query_timeout: 10_000 })
  client.on('error', () => {})
  await client.connect()
  try {
    const { rows } = await client.query({ text: statement, rowMode: 'array' })
    return rows[0]?.[0]
  } finally {
    await client.end()
  }
}

/** What the server or `initdb` gave as its reason: the first line that says FATAL or error, without its label. */
function reasonIn(output: string): string {
  const lines = output.trim().split('\n')
  const line = lines.find((text) => /\b(FATAL|PANIC|error): /.test(text)) ?? lines.at(-1) ?? ''
  return line.replace(/^.*?\b(FATAL|PANIC|error): +/, '')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
