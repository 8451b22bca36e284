/**
 * Migrations: plain SQL files `NNNN-what.sql`, run once each, in order, forwards only. A file whose first line is `-- no transaction` holds a single
 * statement that PostgreSQL refuses inside a transaction (`create index concurrently`).
 */
import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'
import type pg from 'pg'
import { IndexUnavailable } from '../errors.ts'

const dir = fileURLToPath(new URL('migrations', import.meta.url))
const silent = { debug() {}, info() {}, warn() {}, error() {} }

/** Several gateways may start at once: one migrates, the others wait up to five minutes and then find nothing left to do. */
export async function migrate(pool: pg.Pool): Promise<void> {
  const until = Date.now() + 300_000
  for (;;) {
    try {
      await run(pool)
      return
    } catch (error) {
      if (!isLocked(error)) throw error
      if (Date.now() > until)
        throw new IndexUnavailable('another gateway has been migrating the database for five minutes', { cause: error })
      await sleep(100)
    }
  }
}

async function run(pool: pg.Pool): Promise<void> {
  const client = await pool.connect()
  try {
    await runner({
      dbClient: client,
      dir,
      direction: 'up',
      migrationsTable: 'migration',
      // `wait` deadlocks with `create index concurrently`.
      advisoryLockMode: 'fail',
      singleTransaction: false,
      checkOrder: true,
      migrationLoaderStrategies: [{ extensions: ['.sql'], loader: load }],
      logger: silent,
    })
  } finally {
    // The lock and settings of a migration belong to the connection: it is not used again.
    client.release(true)
  }
}

type Strategy = NonNullable<Parameters<typeof runner>[0]['migrationLoaderStrategies']>[number]

const load: Exclude<Strategy['loader'], string> = (paths) =>
  Promise.all(
    paths.map(async (path) => {
      const text = await readFile(path, 'utf8')
      return {
        id: basename(path, '.sql'),
        filePaths: [path],
        actions: {
          up: (builder: { sql(text: string): void; noTransaction(): void }) => {
            if (text.startsWith('-- no transaction')) builder.noTransaction()
            builder.sql(text)
          },
          down: false as const,
        },
      }
    }),
  )

function isLocked(error: unknown): boolean {
  return error instanceof Error && /another migration is already running/i.test(error.message)
}
