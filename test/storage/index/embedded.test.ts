/** The embedded server, started for real; data in memory, so that each start takes less than a second. */
import { spawn } from 'node:child_process'
import { access, chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openPublisher } from '../../../archive/publisher.ts'
import { IndexUnavailable } from '../../../storage/errors.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../storage/index/embedded.ts'
import { openIndex, prepare } from '../../../storage/index/postgres.ts'
import { makeCounty } from '../../support/institutions.ts'
import { fastSettings } from '../../support/postgres-server.ts'
import { instanceRecord } from '../../support/records.ts'

let folder: string
const running: EmbeddedPostgres[] = []
beforeAll(async () => {
  const parent = await access('/dev/shm').then(
    () => '/dev/shm',
    () => tmpdir(),
  )
  folder = await mkdtemp(join(parent, 'archive-embedded-'))
  await chmod(folder, 0o755)
})
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(name: string, log: (sentence: string) => void = () => {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir: join(folder, name), log, settings: fastSettings })
  running.push(server)
  return server
}
const refusal = (name: string) =>
  start(name).then(
    () => 'it started',
    (error: unknown) => {
      expect(error).toBeInstanceOf(IndexUnavailable)
      return (error as Error).message
    },
  )
const pidOf = async (name: string) => Number.parseInt(await readFile(join(folder, name, 'postmaster.pid'), 'utf8'), 10)
async function ask(server: EmbeddedPostgres, text: string): Promise<unknown> {
  const client = new pg.Client(server.connection as pg.ClientConfig)
  await client.connect()
  const { rows } = await client.query({ text, rowMode: 'array' })
  await client.end()
  return rows[0]?.[0]
}
/** A server whose gateway was killed may stay a zombie until somebody collects it. */
const isAlive = async (pid: number) => /\) [^Z]/.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))

describe('the embedded server', () => {
  test('starts on a folder that is not there yet, keeps its data over a restart, and stops when closed', async () => {
    const first = await start('fresh/postgres')
    expect(await ask(first, 'show server_encoding')).toBe('UTF8')
    await ask(first, 'create table kept (n int)')
    const pid = await pidOf('fresh/postgres')
    await first.close()
    expect(await isAlive(pid)).toBe(false)
    expect(await ask(await start('fresh/postgres'), 'select count(*) from kept')).toBe('0')
  })

  test('listens on a socket that only its owner may use, and on no port', async () => {
    const server = await start('fresh/postgres')
    expect(await ask(server, 'show listen_addresses')).toBe('')
    expect(await ask(server, 'show unix_socket_permissions')).toBe('0700')
  })

  test('has a path too long for a socket: the socket lies elsewhere', async () => {
    const server = await start(`long/${'x'.repeat(90)}/postgres`)
    expect(await ask(server, 'select 1')).toBe(1)
  })

  test('that is running already is used, and stopped by whoever leaves last', async () => {
    const [first, second] = [await start('shared'), await start('shared')]
    const pid = await pidOf('shared')
    const index = openIndex({ connection: second.connection })
    await index.pool.query('select 1')
    await first.close()
    expect(await isAlive(pid)).toBe(true)
    await index.close()
    await second.close()
    expect(await isAlive(pid)).toBe(false)
  })

  test('outlives a gateway that was killed, and the next start takes it over', async () => {
    const script = `import { startEmbeddedPostgres } from '${fileURLToPath(new URL('../../../storage/index/embedded.ts', import.meta.url))}'
      const server = await startEmbeddedPostgres({ dataDir: process.argv[1], log: () => {}, settings: ${JSON.stringify(fastSettings)} })
      console.log('started'); setInterval(() => {}, 1000)`
    const gateway = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script, join(folder, 'outlives')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    for await (const chunk of gateway.stdout) if (String(chunk).includes('started')) break
    const pid = await pidOf('outlives')
    gateway.kill('SIGKILL')
    const server = await start('outlives')
    expect(await pidOf('outlives')).toBe(pid)
    await server.close()
    expect(await isAlive(pid)).toBe(false)
  })

  test('whose pid file names a process that is no server starts all the same', async () => {
    const server = await start('stale')
    await server.close()
    await writeFile(
      join(folder, 'stale', 'postmaster.pid'),
      `${process.pid}\n${join(folder, 'stale')}\n1\n5432\n${join(folder, 'stale')}\n\n1\nready\n`,
    )
    expect(await ask(await start('stale'), 'select 1')).toBe(1)
  })
})

describe('is refused with one sentence', () => {
  test('when the folder holds something else', async () => {
    await mkdir(join(folder, 'other'))
    await writeFile(join(folder, 'other', 'holiday.jpg'), '')
    expect(await refusal('other')).toMatch(/holds files but no database/)
    expect(await readdir(join(folder, 'other'))).toEqual(['holiday.jpg'])
  })

  test('when the database is of another version', async () => {
    await mkdir(join(folder, 'old'))
    await writeFile(join(folder, 'old', 'PG_VERSION'), '14\n')
    expect(await refusal('old')).toMatch(/made by PostgreSQL 14/)
  })

  test('when the folder cannot be made', async () => {
    await writeFile(join(folder, 'file'), '')
    expect(await refusal('file/postgres')).toMatch(/cannot use the database folder .*ENOTDIR|cannot use the database folder .*EEXIST/)
  })

  test('when the server does not start, with the reason that it gave', async () => {
    await (await start('broken')).close()
    await writeFile(join(folder, 'broken', 'postgresql.conf'), 'max_connections = many\n')
    expect(await refusal('broken')).toMatch(/did not start.*(max_connections|configuration file)/)
  })
})

test('kill -9 of the server while instances are published: it is started again, and what was answered is there', {
  timeout: 60_000,
}, async () => {
  const log = vi.fn()
  const server = await startEmbeddedPostgres({ dataDir: join(folder, 'killed'), log, settings: { logging_collector: 'off' } })
  running.push(server)
  const index = openIndex({ connection: server.connection })
  await prepare(index)
  const { sources } = await makeCounty(index.pool)
  const publisher = await openPublisher({ index, gateway: 'killed', patienceMs: 20_000 })
  const answered = new Map<string, string>()
  let attempts = 0
  let publishing = true
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let instance = 0; publishing; instance += 1) {
      const record = instanceRecord({ study: 'killed', series: writer, instance, source: sources[0], epoch: publisher.epoch })
      attempts += 1
      await publisher.publish(record).then(
        () => answered.set(record.SOPInstanceUID, record.objectKey),
        // Not answered: promised to nobody.
        () => sleep(50),
      )
    }
  })
  await sleep(300)
  process.kill(await pidOf('killed'), 'SIGKILL')
  await sleep(500)
  const before = answered.size
  await vi.waitFor(() => expect(answered.size).toBeGreaterThan(before + 20), { timeout: 20_000 })
  publishing = false
  await Promise.all(writers)
  await publisher.close()
  const { rows } = await index.pool.query('select sop_instance_uid, object_key from instance')
  const stored = new Map(rows.map((row) => [row.sop_instance_uid, row.object_key]))
  expect([...answered].filter(([uid, key]) => stored.get(uid) !== key)).toEqual([])
  expect(stored.size).toBeLessThanOrEqual(attempts)
  const { rows: feed } = await index.pool.query('select count(*) as n, min(number) as first, max(number) as last from change')
  expect(feed[0]).toEqual({ n: stored.size, first: 1, last: stored.size })
  expect(log).toHaveBeenCalledWith('the database server has ended unexpectedly and is started again')
  await index.close()
})

const asRoot = test.runIf(process.getuid?.() === 0)
asRoot(
  'under a folder that is closed to others, as root: the data lies where the server can reach it, and the log says where',
  async () => {
    const closed = join(folder, 'closed')
    await mkdir(closed, { mode: 0o700 })
    const log = vi.fn()
    const server = await start('closed/postgres', log)
    const [[sentence]] = log.mock.calls as [[string]]
    expect(sentence).toMatch(/the database lies in \/var\/lib\/imaging-archive\/[0-9a-f-]{36}$/)
    const dataDir = sentence.split(' ').at(-1)!
    expect(await ask(server, 'show data_directory')).toBe(dataDir)
    await server.close()
    await rm(dataDir, { recursive: true })
  },
)
