/**
 * Epochs: one row for each life of a gateway. Its number stands in the key of every object the gateway stores, so that objects that were never
 * published can be looked for where nobody writes any more. Nothing is written for a single instance before its bytes are safe.
 */
import type pg from 'pg'
import { named, query } from './query.ts'

/** Opens an epoch for this life of the gateway and returns its number. */
export async function openEpoch(pool: pg.Pool, gateway: string): Promise<number> {
  const [row] = await query<{ epoch_id: number }>(pool, 'insert into epoch (gateway) values ($1) returning epoch_id', [gateway])
  return row!.epoch_id
}

/** Says that the gateway is alive. False: somebody has closed the epoch, nothing can be published under it any more. */
export async function beat(pool: pg.Pool, epoch: number): Promise<boolean> {
  const rows = await query(pool, 'update epoch set heartbeat_at = now() where epoch_id = $1 and closed_at is null returning epoch_id', [
    epoch,
  ])
  return rows.length === 1
}

export async function closeEpoch(pool: pg.Pool, epoch: number): Promise<void> {
  await query(pool, 'update epoch set closed_at = now() where epoch_id = $1 and closed_at is null', [epoch])
}

/** Closes the epochs that have been silent for an hour. A publication under way holds its epoch's row, so it is waited for. */
export async function closeSilentEpochs(pool: pg.Pool, silence = '1 hour'): Promise<number[]> {
  const rows = await query<{ epoch_id: number }>(
    pool,
    'update epoch set closed_at = now() where closed_at is null and heartbeat_at < now() - $1::interval returning epoch_id',
    [silence],
  )
  return rows.map(({ epoch_id }) => epoch_id)
}

/** Closed epochs whose objects have not been looked through yet. */
export async function epochsToSweep(pool: pg.Pool): Promise<number[]> {
  const rows = await query<{ epoch_id: number }>(
    pool,
    'select epoch_id from epoch where closed_at is not null and swept_at is null order by epoch_id',
  )
  return rows.map(({ epoch_id }) => epoch_id)
}

/** Which days and institutions an epoch may have written under: from its opening to its close, a day more on either side for clocks that differ. */
export async function reachOfEpoch(
  pool: pg.Pool,
  epoch: number,
): Promise<{ from: Date; to: Date; institutionCodes: string[] } | undefined> {
  const [row] = await query<{ from: Date; to: Date; codes: string[] }>(
    pool,
    `select opened_at - interval '1 day' as "from", closed_at + interval '1 day' as "to", (select array_agg(code order by code) from institution) as codes
     from epoch where epoch_id = $1 and closed_at is not null`,
    [epoch],
  )
  return row === undefined ? undefined : { from: row.from, to: row.to, institutionCodes: row.codes ?? [] }
}

export async function markSwept(pool: pg.Pool, epoch: number): Promise<void> {
  await query(pool, 'update epoch set swept_at = now() where epoch_id = $1', [epoch])
}

/** Which of these objects does the index know, as an instance, a rejected one, a further version or what a corrected one begins with? */
export async function publishedAmong(pool: pg.Pool, objectKeys: readonly string[]): Promise<Set<string>> {
  const rows = await query<{ object_key: string }>(
    pool,
    `select object_key from instance where object_key = any ($1::text[])
     union all select object_key from version where object_key = any ($1::text[])
     union all select object_key from rejected_instance where object_key = any ($1::text[])
     union all select object_key from purged_object where object_key = any ($1::text[])
     union all select object_key from corrected_header where object_key = any ($1::text[])`,
    [objectKeys],
  )
  return new Set(rows.map(({ object_key }) => object_key))
}

/** Runs `work` unless another gateway is at it this moment; undefined then. */
export async function sweepAlone<T>(pool: pg.Pool, work: () => Promise<T>): Promise<T | undefined> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  const onError = (error: Error) => {
    broken = error
  }
  client.on('error', onError)
  try {
    const [row] = await query<{ taken: boolean }>(client, 'select pg_try_advisory_lock(4, 0) as taken')
    return row!.taken ? await work() : undefined
  } finally {
    await query(client, 'select pg_advisory_unlock_all()').catch((error: Error) => {
      broken = error
    })
    client.off('error', onError)
    client.release(broken)
  }
}
