/**
 * The PostgreSQL that all tests share: started once, its data in memory where there is room, durability off. `template_archive` holds the migrated
 * tables; each test file clones it (test/support/postgres.ts).
 */
import { mkdir, readdir, readFile, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { startEmbeddedPostgres } from '../../storage/index/embedded.ts'
import { openIndex, prepare } from '../../storage/index/postgres.ts'

const prefix = 'archive-test-'
export const template = 'template_archive'

declare module 'vitest' {
  interface ProvidedContext {
    readonly postgres: pg.ClientConfig
  }
}

/** Tests do not survive a power cut, so their data need not. */
export const fastSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  autovacuum: 'off',
  logging_collector: 'off',
}

/** Returns the connection and what stops and removes the server. */
export async function startTestPostgres(): Promise<{ connection: pg.ClientConfig; close(): Promise<void> }> {
  const folder = await freshFolder()
  const server = await startEmbeddedPostgres({
    dataDir: join(folder, 'postgres'),
    log: () => {},
    settings: { ...fastSettings, max_connections: '300' },
  })
  const index = openIndex({ connection: server.connection })
  await index.pool.query(`create database ${template}`)
  await index.close()
  const migrated = openIndex({ connection: { ...server.connection, database: template } })
  await prepare(migrated)
  await migrated.close()
  return {
    connection: server.connection as pg.ClientConfig,
    async close() {
      await server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Named by our process, so that what a killed run left behind is known as such and removed by the next. */
async function freshFolder(): Promise<string> {
  const parent = await roomyFolder()
  for (const name of await readdir(parent)) {
    const pid = Number(new RegExp(`^${prefix}(\\d+)$`).exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) await removeLeftOver(join(parent, name))
  }
  const folder = join(parent, `${prefix}${process.pid}`)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { mode: 0o755 })
  return folder
}

async function roomyFolder(): Promise<string> {
  const memory = await statfs('/dev/shm').catch(() => undefined)
  return memory !== undefined && memory.bavail * memory.bsize >= 2 ** 30 ? '/dev/shm' : tmpdir()
}

async function removeLeftOver(folder: string): Promise<void> {
  const pid = await readPid(join(folder, 'postgres', 'postmaster.pid'))
  if (pid !== undefined && isAlive(pid)) process.kill(pid, 'SIGQUIT')
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }).catch(() => {})
}

async function readPid(path: string): Promise<number | undefined> {
  const pid = Number.parseInt(await readFile(path, 'utf8').catch(() => ''), 10)
  return Number.isNaN(pid) ? undefined : pid
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
