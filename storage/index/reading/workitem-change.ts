/**
 * Statements inside the transaction of one verb. Order of locks: idempotency key, workitem, draft, report; the change feed last (index.md §1).
 * Every time here is the database's.
 */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { reportIsOut } from './reports.ts'

export interface LockedWorkitem {
  readonly id: number
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly state: string
  readonly institution: number
  readonly centre: number
  readonly assignee: number | null
  readonly author: number | null
  readonly reviewer: number | null
  readonly samePerson: boolean
  readonly leaseExpired: boolean
  readonly generation: number
  readonly newImages: boolean
  readonly draftComplete: boolean
  readonly urgency: number
  /** 0 none, 1 open, 2 closed. */
  readonly critical: number
  readonly questionsOpen: number
  readonly returnCount: number
  /** Whom it is kept for, while that lasts. */
  readonly reservedFor: number | null
  /** The same, also before it is READY and after the time has passed. */
  readonly preferred: number | null
  readonly temporary: boolean
  readonly amending: string | null
  readonly amendingClass: string | null
  readonly amendingReason: string | null
  readonly standing: unknown
  readonly beforeSignature: unknown
  readonly waiting: string | null
  readonly modalities: string[]
  readonly now: Date
  /** Of the text that is to be signed: the first report's, or the amendment's. */
  readonly submittedAt: Date | null
  readonly readyAt: Date | null
  readonly limitMs: number | null
  readonly workingHours: boolean
  readonly pausedAt: Date | null
  readonly pausedSeconds: number
  /** Since the last signature; null: there is none. */
  readonly signedAt: Date | null
  readonly reportSeen: boolean
}

/**
 * Locks the workitem until the transaction ends. Undefined: there is none that this scope may see. A null scope is the archive's own.
 * The lock is a statement of its own: one that waits for a lock reads all other tables as they were before it waited.
 */
export async function lockWorkitem(on: Queryable, scope: Scope | null, id: number): Promise<LockedWorkitem | undefined> {
  await query(on, 'select from workitem where id = $1 for update', [id])
  const rows = await query<LockedWorkitem>(
    on,
    `select w.id, w.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", w.state, s.institution_id as institution,
       w.centre_id as centre, w.assignee_id as assignee, w.author_id as author, w.reviewer_id as reviewer, w.same_person as "samePerson",
       coalesce(w.lease_until < now(), false) as "leaseExpired", w.generation, w.new_images as "newImages", w.urgency, t.modalities,
       coalesce(btrim(d.findings, e' \\n\\t') <> '' and btrim(d.impression, e' \\n\\t') <> '' and d.polarity is not null, false) as "draftComplete",
       w.critical, w.questions_open as "questionsOpen", w.return_count as "returnCount",
       case when w.reserved_until > now() then w.reserved_for end as "reservedFor", w.reserved_for as preferred, w.temporary, w.amending,
       w.amending_class as "amendingClass", w.standing,
       case when w.amending is not null then (select e.reason from workitem_event e where e.workitem_id = w.id and e.verb = 'amend'
         order by e.number desc limit 1) end as "amendingReason", w.before_signature as "beforeSignature", w.waiting,
       now() as now, case when w.amending is null then w.submitted_at else w.amendment_submitted_at end as "submittedAt",
       w.ready_at as "readyAt", w.limit_ms as "limitMs", w.working_hours as "workingHours", w.paused_at as "pausedAt",
       w.paused_seconds as "pausedSeconds", coalesce(w.amended_at, w.final_at) as "signedAt",
       ${reportIsOut} as "reportSeen"
     from workitem w join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = w.study_pk
       left join draft d on d.workitem_id = w.id
     where w.id = $1
       and ($2::int[] is null or exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($2)))`,
    [id, scope],
  )
  return rows[0]
}

export interface WorkitemChange {
  readonly state: string
  readonly assignee: number | null
  readonly author: number | null
  readonly reviewer: number | null
  readonly samePerson: boolean
  readonly newImages: boolean
  /** Seconds from now; null drops the lease, undefined leaves it. */
  readonly leaseSeconds: number | null | undefined
  /** Undefined leaves the clock as it runs. */
  readonly clock: ClockChange | undefined
  /** It changes hands, or state. */
  readonly moves: boolean
  readonly reworked: boolean
  readonly urgency: number
  readonly temporary: boolean
  readonly amending: string | null
  readonly amendingClass: string | null
  readonly standing: unknown
  readonly beforeSignature: unknown
  readonly waiting: string | null
  /** For whom, and for how many seconds from now; without an end while it is not READY. Undefined leaves it. */
  readonly reserved: { readonly account: number | null; readonly seconds: number | null } | undefined
  readonly returned: number
}

/** The turnaround clock as it stands after a verb. */
export interface ClockChange {
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly limitMs: number | null
  readonly workingHours: boolean
  readonly pausedAt: Date | null
  readonly pausedSeconds: number
  /** It becomes READY now: what comes later is new. */
  readonly started: boolean
}

const json = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value))

/**
 * What a verb changes, times included; answers the new generation. claimed_at, submitted_at and final_at are those of the first report (T3, T4, T5): an
 * amendment has times of its own.
 */
export async function updateWorkitem(on: Queryable, id: number, change: WorkitemChange): Promise<number> {
  const { clock } = change
  const [row] = await query<{ generation: number }>(
    on,
    `update workitem set
       claimed_at = case when $2 = 'CLAIMED' and state = 'READY' then now() when $2 = 'READY' then null else claimed_at end,
       submitted_at = case when standing is not null or $18::jsonb is not null then submitted_at
         when $2 = 'SUBMITTED' and state = 'CLAIMED' then now() when $2 in ('READY', 'CLAIMED') and state <> 'QUERIED' then null else submitted_at end,
       amendment_submitted_at = case when $18::jsonb is null then amendment_submitted_at
         when $2 = 'SUBMITTED' and state = 'CLAIMED' then now() when $2 = 'CLAIMED' then null else amendment_submitted_at end,
       final_at = case when $2 = 'FINAL' and state = 'REVIEWING' then now() when $2 = 'REVIEWING' and state = 'FINAL' or $2 = 'READY' then null
         else final_at end,
       amended_at = case when $2 = 'AMENDED' and state = 'REVIEWING' then now() when $2 = 'READY' then null
         when $2 = 'REVIEWING' and state = 'AMENDED' and $18::jsonb ->> 'state' = 'FINAL' then null else amended_at end,
       delivered_at = case when $2 = 'READY' then null else delivered_at end, opened_at = case when $2 = 'READY' then null else opened_at end,
       ready_at = case when $29::boolean then $8::timestamptz else ready_at end, due_at = case when $29::boolean then $9::timestamptz else due_at end,
       limit_ms = case when $29::boolean then $10::bigint else limit_ms end, working_hours = case when $29::boolean then $11::boolean else working_hours end,
       paused_at = case when $29::boolean then $12::timestamptz else paused_at end, paused_seconds = case when $29::boolean then $13::int else paused_seconds end,
       -- T0, where no machine has said it: the last byte. Never after the moment that it could be read.
       study_end_at = case when $14 then least(now(), coalesce(study_end_at,
         (select t.last_received_at from study_totals t where t.study_pk = workitem.study_pk))) else study_end_at end,
       ready_change = case when $14 then (select last from feed) else ready_change end,
       lease_until = case when $7 then lease_until else now() + make_interval(secs => $6::int) end,
       state = $2, assignee_id = $3, author_id = $4, reviewer_id = $5, same_person = $15, new_images = $16, reworked = reworked or $17,
       standing = $18, before_signature = $19, waiting = $20, amending = $21, amending_class = $22, temporary = $23, urgency = $24,
       reserved_for = case when $25 then $26::int else reserved_for end,
       reserved_until = case when $25 then now() + make_interval(secs => $27::int) else reserved_until end,
       return_count = greatest(0, return_count + $28), generation = generation + $30::int
     where id = $1 returning generation`,
    [
      id,
      change.state,
      change.assignee,
      change.author,
      change.reviewer,
      change.leaseSeconds ?? null,
      change.leaseSeconds === undefined,
      clock?.readyAt ?? null,
      clock?.dueAt ?? null,
      clock?.limitMs ?? null,
      clock?.workingHours ?? false,
      clock?.pausedAt ?? null,
      clock?.pausedSeconds ?? 0,
      clock?.started ?? false,
      change.samePerson,
      change.newImages,
      change.reworked,
      json(change.standing),
      json(change.beforeSignature),
      change.waiting,
      change.amending,
      change.amendingClass,
      change.temporary,
      change.urgency,
      change.reserved !== undefined,
      change.reserved?.account ?? null,
      change.reserved?.seconds ?? null,
      change.returned,
      clock !== undefined,
      change.moves ? 1 : 0,
    ],
  )
  return row!.generation
}

/** A heartbeat changes nothing but the lease: no generation, no event, no change in the feed. */
export const renewLease = async (on: Queryable, id: number, leaseSeconds: number): Promise<void> => {
  await query(on, `update workitem set lease_until = now() + make_interval(secs => $2) where id = $1`, [id, leaseSeconds])
}

export interface NewEvent {
  readonly workitem: number
  /** Null: the clock. */
  readonly actor: number | null
  readonly verb: string
  readonly from: string | null
  readonly to: string
  readonly reason: string | null
  readonly generation: number
  readonly detail?: Readonly<Record<string, unknown>> | undefined
}

/** Number and hashes are the trigger's. */
export const insertEvent = async (on: Queryable, event: NewEvent): Promise<void> => {
  await query(
    on,
    `insert into workitem_event (workitem_id, number, at, actor_id, verb, from_state, to_state, reason, generation, detail, hash)
     values ($1, 0, now(), $2, $3, $4, $5, $6, $7, $8, '')`,
    [event.workitem, event.actor, event.verb, event.from, event.to, event.reason, event.generation, event.detail ?? null],
  )
}

export interface EventRow {
  readonly at: Date
  readonly actor: string | null
  readonly verb: string
  readonly from: string | null
  readonly to: string
  readonly reason: string | null
  readonly number: number
  readonly detail: Readonly<Record<string, unknown>> | null
}

export const eventsOf = (on: Queryable, workitem: number): Promise<EventRow[]> =>
  query<EventRow>(
    on,
    `select e.at, a.display_name as actor, e.verb, e.from_state as "from", e.to_state as "to", e.reason, e.number, e.detail
     from workitem_event e left join account a on a.id = e.actor_id where e.workitem_id = $1 order by e.number`,
    [workitem],
  )

/** An event that is not as it was written, or does not follow the one before; or the last, when the task is elsewhere than it says. */
const broken = `e.hash <> workitem_event_hash(e) or e.previous_hash is distinct from p.hash or (e.number > 1 and p.number is null)
  or not exists (select from workitem_event n where n.workitem_id = e.workitem_id and n.number > e.number)
    and e.to_state <> (select w.state from workitem w where w.id = e.workitem_id)`
const chained = `workitem_event e left join workitem_event p on p.workitem_id = e.workitem_id and p.number = e.number - 1`

/** The numbers of the events of a workitem whose hash or link is not what it should be; empty when the log is as it was written. */
export async function brokenEvents(on: Queryable, workitem: number): Promise<number[]> {
  const rows = await query<{ number: number }>(on, `select e.number from ${chained} where e.workitem_id = $1 and (${broken}) order by 1`, [
    workitem,
  ])
  return rows.map(({ number }) => number)
}

export interface VerifiedEvents {
  /** The last workitem that was looked at; null when there are no more. */
  readonly last: number | null
  readonly workitems: number
  readonly events: number
  readonly broken: readonly { readonly workitem: number; readonly number: number }[]
}

/** The logs of the workitems after one, in order of their keys. A workitem without any event has lost its log: number 0. */
export async function verifyEvents(on: Queryable, after: number, limit: number): Promise<VerifiedEvents> {
  const [row] = await query<{ last: number | null; workitems: number; events: number; broken: VerifiedEvents['broken'] }>(
    on,
    `with looked as materialized (select id from workitem where id > $1 order by id limit $2),
       bad as (
         select e.workitem_id as workitem, e.number from looked join ${chained.replace(' left join', ' on e.workitem_id = looked.id left join')} where ${broken}
         union all select id, 0 from looked where not exists (select from workitem_event e where e.workitem_id = looked.id)
       )
     select (select max(id) from looked) as last, (select count(*) from looked) as workitems,
       (select count(*) from workitem_event e join looked on looked.id = e.workitem_id) as events,
       (select coalesce(jsonb_agg(bad order by workitem, number), '[]') from bad) as broken`,
    [after, limit],
  )
  return { ...row!, last: row!.workitems < limit ? null : row!.last }
}

/** `new`: the deed is still to be done, in this transaction. A second request with the same key waits here until the first is through. */
export async function takeKey(
  on: Queryable,
  account: number,
  key: string,
  requestSHA256: Uint8Array,
): Promise<'new' | 'done' | 'other-request'> {
  const taken = await query(
    on,
    `insert into idempotency_key (account_id, key, request_sha256) values ($1, $2, $3) on conflict do nothing returning at`,
    [account, key, requestSHA256],
  )
  return taken.length === 1 ? 'new' : ((await knownKey(on, account, key, requestSHA256)) ?? 'other-request')
}

/** Undefined: no request with this key was through. */
export async function knownKey(
  on: Queryable,
  account: number,
  key: string,
  requestSHA256: Uint8Array,
): Promise<'done' | 'other-request' | undefined> {
  const [known] = await query<{ same: boolean }>(
    on,
    `select request_sha256 = $3 as same from idempotency_key where account_id = $1 and key = $2`,
    [account, key, requestSHA256],
  )
  return known === undefined ? undefined : known.same ? 'done' : 'other-request'
}

/** What the deed under this key came to; null: nothing, or no such deed. */
export async function resultOf(on: Queryable, account: number, key: string): Promise<number | null> {
  const [row] = await query<{ result: number | null }>(on, `select result from idempotency_key where account_id = $1 and key = $2`, [
    account,
    key,
  ])
  return row?.result ?? null
}

export const keepResult = async (on: Queryable, account: number, key: string, result: number): Promise<void> => {
  await query(on, `update idempotency_key set result = $3 where account_id = $1 and key = $2`, [account, key, result])
}

export type ChangeKind =
  | 'instance'
  | 'update'
  | 'workitem'
  | 'report'
  | 'study'
  | 'correction'
  | 'patient'
  | 'order'
  | 'ups'
  | 'critical'
  | 'question'

export interface FeedChange {
  readonly kind: ChangeKind
  readonly studyPk: number | null
  readonly ref: string | null
}

/** The last statement of a transaction: see `append_changes`. Answers the number of the first. */
export async function appendChanges(on: Queryable, changes: readonly FeedChange[]): Promise<number> {
  const [row] = await query<{ first: number }>(on, `select append_changes($1, $2, $3) as first`, [
    changes.map(({ kind }) => kind),
    changes.map(({ studyPk }) => studyPk),
    changes.map(({ ref }) => ref),
  ])
  return row!.first
}
