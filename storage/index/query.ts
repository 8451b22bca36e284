/** One statement, one transaction: the two ways to ask the index, with its failures named as the archive's own errors. */
import pg from 'pg'
import { IndexTimeout, IndexUnavailable, OutcomeUnknown, ValueNotStorable } from '../errors.ts'

/** A pool, or one connection inside a transaction. */
export type Queryable = pg.Pool | pg.ClientBase

/** The rows of one statement. A name makes it a prepared statement of the connection: for those that run all the time. */
export async function query<Row extends pg.QueryResultRow>(
  on: Queryable,
  text: string,
  values: readonly unknown[] = [],
  name?: string,
): Promise<Row[]> {
  try {
    const { rows } = await on.query<Row>({ text, values: [...values], ...(name === undefined ? {} : { name }) })
    return rows
  } catch (error) {
    throw named(error)
  }
}

/** Runs `work` in one transaction. When the connection breaks during COMMIT nobody knows what became of it: OutcomeUnknown. */
export async function transaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  let committing = false
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    await client.query('begin')
    const result = await work(client)
    committing = true
    await client.query('commit')
    return result
  } catch (cause) {
    const error = named(cause)
    if (error instanceof IndexUnavailable) {
      broken ??= error
      if (committing) throw new OutcomeUnknown('the connection to the database broke during COMMIT', { cause })
    } else {
      await client.query('rollback').catch((failure: Error) => {
        broken = failure
      })
    }
    throw error
  } finally {
    client.off('error', onError)
    client.release(broken)
  }
}

/** SQLSTATE classes that say that the server, not the statement, is the trouble: connection, resources, operator intervention, system. */
const unavailable = /^(08|53|58|57P0|25P03|XX)/

/** SQLSTATEs that a value brings about, however right the statement: no door has to know what PostgreSQL cannot hold. */
const notStorable: Readonly<Record<string, string>> = {
  '22021': 'a text has a character that cannot be stored',
  '22P05': 'a text has a character that cannot be stored',
  // Half a surrogate pair inside JSON, among others.
  '22P02': 'a text is not what is expected there',
  '22003': 'a number is out of range',
  '22008': 'a date is out of range',
  '23503': 'what is referred to does not exist',
}

/** PostgreSQL tells of the row and the value that it refused, which are a patient's; what it is called with goes on, to the log in the end. */
function forgetValues(error: pg.DatabaseError): void {
  const message = error.message.replace(/: ".*"/s, ': …')
  if (error.stack !== undefined) error.stack = error.stack.replace(error.message, message)
  error.message = message
  for (const field of ['detail', 'where', 'internalQuery'] as const) delete error[field]
}

/** Errors of the driver and the server as the archive's own; those of a statement itself (a constraint, a bug) pass unchanged. */
export function named(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof IndexUnavailable || error instanceof IndexTimeout) return error
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (error instanceof pg.DatabaseError) {
    forgetValues(error)
    if (Object.hasOwn(notStorable, code)) return new ValueNotStorable(notStorable[code]!, { cause: error })
    if (code === '57014') return new IndexTimeout('the statement took longer than it may', { cause: error })
    return unavailable.test(code) ? new IndexUnavailable('the database cannot take this now', { cause: error }) : error
  }
  const isOfConnection =
    /^E[A-Z]+$/.test(code) || /connection|timeout|not queryable|Client (was closed|has encountered)/i.test(error.message)
  return isOfConnection ? new IndexUnavailable('the database does not answer', { cause: error }) : error
}
