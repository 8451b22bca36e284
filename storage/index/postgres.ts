/** The index: a PostgreSQL, reached through one pool per gateway. */
import pg from 'pg'
import { IndexUnavailable, IndexUnsuitable } from '../errors.ts'
import { applicationName } from './embedded.ts'
import { migrate } from './migrate.ts'
import { query } from './query.ts'

export interface Index {
  readonly pool: pg.Pool
  close(): Promise<void>
}

export interface IndexOptions {
  /** Either the parameters of a connection (embedded server) or a URL (`DATABASE_URL`). */
  readonly connection?: pg.PoolConfig
  readonly url?: string
  /** Connections at most; a gateway needs few, since statements are short. */
  readonly max?: number
  /** What becomes of a connection that breaks while idle. The pool replaces it by itself. */
  readonly log?: (sentence: string) => void
}

/** No connection is made yet: `prepare` makes the first. */
export function openIndex({ connection, url, max = 10, log }: IndexOptions): Index {
  const pool = new pg.Pool({
    ...connection,
    ...(url === undefined ? {} : { connectionString: url }),
    application_name: applicationName,
    max,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 60_000,
    // A server that has gone without a word (its machine, the line) is noticed within 20 s, not by the system's default after two hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: { getTypeParser },
  })
  // An error event without a listener ends the process: of a connection, also in the instant when the pool hands it from one user to the next; whoever
  // uses it learns by its statement failing. Of the pool, for a connection that breaks while idle.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => log?.(`a connection to the database broke: ${error.message}`))
  return { pool, close: () => pool.end() }
}

/** Keys and counters are bigint in the tables and safe integers here: none comes near 2^53. */
function getTypeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === pg.types.builtins.INT8) return Number
  return pg.types.getTypeParser(oid, format as 'text')
}

/** Refuses a PostgreSQL that would lose or mismatch text, then brings its tables up to date. */
export async function prepare({ pool }: Index): Promise<void> {
  await refuseUnsuitable(pool)
  await migrate(pool)
}

async function refuseUnsuitable(pool: pg.Pool): Promise<void> {
  const [server] = await query<{ version: number; encoding: string }>(
    pool,
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`,
  ).catch((error: Error) => {
    throw new IndexUnavailable(`the database cannot be reached: ${error.cause instanceof Error ? error.cause.message : error.message}`, {
      cause: error,
    })
  })
  if (server === undefined) throw new IndexUnavailable('the database gave no answer')
  if (server.version < 150000) throw new IndexUnsuitable(`PostgreSQL 15 or later is needed, this is ${Math.floor(server.version / 10000)}`)
  if (server.encoding !== 'UTF8') throw new IndexUnsuitable(`the database must be encoded as UTF8, this one is ${server.encoding}`)
  await query(pool, 'create extension if not exists pg_trgm').catch((cause: Error & { code?: string }) => {
    // Two gateways at once: the other one has just created it.
    if (cause.code === '23505') return
    throw new IndexUnsuitable('the extension pg_trgm cannot be created in this database; ask its administrator to create it', { cause })
  })
  // With LC_CTYPE C a Chinese character is no letter, and trigram searches for it silently find nothing.
  const [trigrams] = await query<{ found: boolean }>(pool, `select cardinality(show_trgm('张')) > 0 as found`)
  if (trigrams?.found !== true) {
    throw new IndexUnsuitable(
      'the database does not know Chinese characters as letters (LC_CTYPE C); create it with a UTF-8 locale, such as C.UTF-8',
    )
  }
}
