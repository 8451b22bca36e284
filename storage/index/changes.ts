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

/** Somebody who waits for announcements, and may hold the right to be a consumer. All of a process share one connection. */
export interface Ear {
  /** Takes the right to be this consumer, alone among all gateways and in this one, until closed or the connection breaks. */
  take(consumer: string): Promise<boolean>
  /** Set when the connection broke: what was taken is lost. */
  readonly broken: Error | undefined
  close(): Promise<void>
}

/** Listens for announcements; `wake` is called for each, and once when the connection breaks. */
export async function listenForChanges(pool: pg.Pool, wake: () => void): Promise<Ear> {
  for (;;) {
    const line = await lineOf(pool)
    // The last one who used it may have gone while we waited.
    if (line.ended) continue
    return line.hear(wake)
  }
}

/** The connection kept for waiting, opened when it is needed and given back when nobody waits any more. */
const lines = new WeakMap<pg.Pool, Promise<Line>>()

function lineOf(pool: pg.Pool): Promise<Line> {
  const known = lines.get(pool)
  if (known !== undefined) return known
  const opening = openLine(pool, () => {
    if (lines.get(pool) === opening) lines.delete(pool)
  })
  lines.set(pool, opening)
  opening.catch(() => lines.delete(pool))
  return opening
}

async function openLine(pool: pg.Pool, forget: () => void): Promise<Line> {
  const client = await pool.connect().catch((error: unknown) => {
    throw named(error)
  })
  const line = new Line(client, forget)
  try {
    await query(client, 'listen change')
  } catch (error) {
    line.end()
    throw error
  }
  return line
}

class Line {
  readonly #client: pg.PoolClient
  readonly #forget: () => void
  readonly #wakes = new Map<Ear, () => void>()
  readonly #taken = new Map<string, Ear>()
  /** One statement at a time. */
  #turn: Promise<unknown> = Promise.resolve()
  #broken: Error | undefined
  ended = false

  constructor(client: pg.PoolClient, forget: () => void) {
    this.#client = client
    this.#forget = forget
    client.on('notification', () => this.#wakeAll())
    client.on('error', (error) => {
      this.#broken = new IndexUnavailable('the connection that waits for changes broke', { cause: error })
      this.end()
      this.#wakeAll()
    })
  }

  hear(wake: () => void): Ear {
    const broken = () => this.#broken
    const ear: Ear = {
      take: (consumer) => this.#inTurn(() => this.#take(ear, consumer)),
      get broken() {
        return broken()
      },
      close: () => this.#close(ear),
    }
    this.#wakes.set(ear, wake)
    return ear
  }

  /** Gives the connection back, not to be used again: what was taken by it is free. */
  end(): void {
    if (this.ended) return
    this.ended = true
    this.#forget()
    this.#client.release(this.#broken ?? true)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work, work)
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #take(ear: Ear, consumer: string): Promise<boolean> {
    if (this.#broken !== undefined) throw this.#broken
    // The database would give it to this connection a second time.
    if (this.#taken.has(consumer)) return this.#taken.get(consumer) === ear
    const [row] = await query<{ taken: boolean }>(this.#client, 'select pg_try_advisory_lock(3, hashtext($1)) as taken', [consumer])
    if (row!.taken) this.#taken.set(consumer, ear)
    return row!.taken
  }

  async #close(ear: Ear): Promise<void> {
    if (!this.#wakes.delete(ear) || this.ended) return
    if (this.#wakes.size === 0) return this.end()
    for (const [consumer, owner] of this.#taken) {
      if (owner !== ear) continue
      this.#taken.delete(consumer)
      // A connection that breaks here has lost it anyway.
      await this.#inTurn(() => query(this.#client, 'select pg_advisory_unlock(3, hashtext($1))', [consumer])).catch(() => undefined)
    }
  }

  #wakeAll(): void {
    for (const wake of this.#wakes.values()) wake()
  }
}
