/**
 * The change feed: what happened, numbered densely in the order of commits (migrations/0002-change-feed.sql). A reader goes on from the last number it
 * has dealt with; restarting, waking and catching up are the same thing.
 */
import type pg from 'pg'
import { IndexUnavailable } from '../errors.ts'
import { named, type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

/**
 * `instance`: one was stored, `ref` is its SOPInstanceUID · `version`: a further version of one was kept · `update`: another version became the instance, or the first again · `held`: one was kept for a study of another
 * institution; for nobody's list · `delete`, `restore`: one was rejected, or its rejection taken back · `purge`: what was rejected is given up. Other parts of the program have kinds of their own: `workitem`, `report`, `study`.
 */
export interface Change {
  readonly number: number
  readonly at: Date
  readonly kind: string
  readonly studyPk: number | null
  readonly StudyInstanceUID: string | null
  readonly ref: string | null
  /** The institutions that may see the study, or saw it until it was rejected: the scope of the change. */
  readonly institutions: Scope
}

/**
 * The last statement of a transaction that changes something; nothing may be locked after it. Returns the change's number.
 * SQL functions call `append_change(kind, study_pk, ref)` or `append_changes` themselves.
 */
export async function appendChange(client: Queryable, kind: string, studyPk: number | null, ref: string | null = null): Promise<number> {
  const [row] = await query<{ number: number }>(client, 'select append_change($1, $2, $3) as number', [kind, studyPk, ref])
  return row!.number
}

/** The changes after a number, oldest first. Fewer than `limit`: that is all there is. */
export async function readChanges(on: Queryable, after: number, limit = 500): Promise<Change[]> {
  return query<Change & { [column: string]: unknown }>(
    on,
    `select c.number, c.at, c.kind, c.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", c.ref,
       array(select a.institution_id from any_access a where a.study_pk = c.study_pk order by 1) as institutions
     from change c left join study s using (study_pk) where c.number > $1 order by c.number limit $2`,
    [after, limit],
    'read-changes',
  )
}

/** The number of the newest change; 0 when there was none. */
export async function lastChange(on: Queryable): Promise<number> {
  const [row] = await query<{ last: number }>(on, 'select last from feed', [], 'last-change')
  return row!.last
}

/** How far a consumer has come; 0 when it has never begun. */
export async function readCursor(on: Queryable, consumer: string): Promise<number> {
  const [row] = await query<{ number: number }>(on, 'select number from feed_cursor where consumer = $1', [consumer])
  return row?.number ?? 0
}

/**
 * Remembers how far a consumer has come. Not worth a sync of its own: after a crash of the database the last batches come again, which every consumer
 * must bear anyway.
 */
export async function moveCursor(on: Queryable, consumer: string, number: number): Promise<void> {
  await query(
    on,
    `with unsynced as (select set_config('synchronous_commit', 'off', true))
     insert into feed_cursor (consumer, number) select $1, $2 from unsynced
     on conflict (consumer) do update set number = excluded.number, moved_at = now() where feed_cursor.number < excluded.number`,
    [consumer, number],
  )
}

/** Wakes whoever waits for changes, on every gateway. After the commit, never inside: a NOTIFY inside serialises the commits of the whole cluster. */
export async function announceChanges(on: Queryable): Promise<void> {
  await query(on, `select pg_notify('change', '')`)
}

/** A connection kept for waiting: it hears announcements, and may hold the right to be a consumer. */
export interface Ear {
  /** Takes the right to be this consumer, alone among all gateways, until closed or the connection breaks. */
  take(consumer: string): Promise<boolean>
  /** Set when the connection broke: what was taken is lost. */
  readonly broken: Error | undefined
  close(): Promise<void>
}

/** Listens for announcements; `wake` is called for each, and once when the connection breaks. */
export async function listenForChanges(pool: pg.Pool, wake: () => void): Promise<Ear> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  let broken: Error | undefined
  client.on('notification', wake)
  client.on('error', (error) => {
    broken = new IndexUnavailable('the connection that waits for changes broke', { cause: error })
    wake()
  })
  const close = async () => client.release(broken ?? true)
  try {
    await query(client, 'listen change')
  } catch (error) {
    await close()
    throw error
  }
  return {
    async take(consumer) {
      const [row] = await query<{ taken: boolean }>(client, 'select pg_try_advisory_lock(3, hashtext($1)) as taken', [consumer])
      return row!.taken
    },
    get broken() {
      return broken
    },
    close,
  }
}
