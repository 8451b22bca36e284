/**
 * Critical values: statements inside the transaction of a verb, and what lists show (migrations/0130). Order of locks: workitem, critical value; the
 * change feed last. Every time here is the database's.
 */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import type { PersonRef } from './workitem-list.ts'

export interface FindingRow {
  readonly code: string
  readonly zh: string
  readonly en: string
}

/** Whom the study named when it was raised. */
export type Told = { readonly name: string; readonly PatientName: string; readonly PatientID: string }

export interface NewCritical {
  readonly workitem: number
  readonly studyPk: number
  readonly institution: number
  readonly centre: number
  readonly finding: FindingRow | null
  readonly text: string
  readonly told: Told
  readonly suspected: boolean
  readonly raisedBy: number
  /** Until the first step of the ladder. */
  readonly escalateInSeconds: number
}

export async function insertCritical(on: Queryable, critical: NewCritical): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into critical_value (workitem_id, study_pk, institution_id, centre_id, finding, text, told, suspected, raised_by, next_escalation_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + make_interval(secs => $10)) returning id`,
    [
      critical.workitem,
      critical.studyPk,
      critical.institution,
      critical.centre,
      critical.finding === null ? null : JSON.stringify(critical.finding),
      critical.text,
      JSON.stringify(critical.told),
      critical.suspected,
      critical.raisedBy,
      critical.escalateInSeconds,
    ],
  )
  return row!.id
}

export interface LockedCritical {
  readonly id: number
  readonly workitem: number
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly institution: number
  readonly centre: number
  readonly treating: readonly number[]
  readonly raisedBy: number
  readonly suspected: boolean
  readonly readBackConfirmed: boolean
  readonly state: string
  readonly level: number
  readonly generation: number
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly due: boolean
}

/** Whoever may see the study and is not there only to read it: the owner, those with the patient under their care, those who broke the glass. */
const treating = `array(select a.institution_id from study_access a where a.study_pk = c.study_pk and (a.reason <> 'grant' or a.institution_id = c.institution_id) order by 1)`

/** Which task it belongs to never changes: read before its row is locked. Undefined: no such critical value in this scope. */
export async function workitemOfCritical(on: Queryable, scope: Scope | null, id: number): Promise<number | undefined> {
  const rows = await query<{ workitem: number }>(
    on,
    `select c.workitem_id as workitem from critical_value c where c.id = $1
       and ($2::int[] is null or exists (select from study_access a where a.study_pk = c.study_pk and a.institution_id = any($2)))`,
    [id, scope],
  )
  return rows[0]?.workitem
}

/** Locks it until the transaction ends; what it and its study say is read afterwards. */
export async function lockCritical(on: Queryable, id: number): Promise<LockedCritical | undefined> {
  await query(on, `select from critical_value where id = $1 for update`, [id])
  const rows = await query<LockedCritical>(
    on,
    `select c.id, c.workitem_id as workitem, c.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", c.institution_id as institution,
       c.centre_id as centre, ${treating} as treating, c.raised_by as "raisedBy", c.suspected, c.confirmed_at is not null as "readBackConfirmed",
       c.state, c.level, c.generation, s.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID",
       coalesce(c.next_escalation_at <= now(), false) as due
     from critical_value c join study s on s.study_pk = c.study_pk left join study_supplement p on p.study_pk = c.study_pk where c.id = $1`,
    [id],
  )
  return rows[0]
}

/** What a verb changes of the row; a part that is absent stays. Times are now. */
export interface CriticalChange {
  readonly state: string
  readonly acknowledged?: {
    readonly by: number
    readonly name: string
    readonly readBack: string
    readonly via: 'portal' | 'phone'
    readonly confirmedBy: number | null
  }
  /** Told again: the ladder starts anew. */
  readonly unacknowledged?: { readonly escalateInSeconds: number }
  readonly confirmedBy?: number
  readonly acted?: { readonly by: number; readonly text: string }
  readonly verified?: true
  readonly ended?: { readonly by: number; readonly reason: string | null }
  readonly escalated?: { readonly level: number; readonly againInSeconds: number }
}

/** Answers the new generation. */
export async function updateCritical(on: Queryable, id: number, change: CriticalChange): Promise<number> {
  const sets: string[] = []
  const values: unknown[] = [id, change.state]
  const set = (column: string, value: unknown) => sets.push(`${column} = $${values.push(value)}`)
  const { acknowledged, unacknowledged, confirmedBy, acted, verified, ended, escalated } = change
  if (acknowledged !== undefined) {
    sets.push('acknowledged_at = now()')
    set('acknowledged_by', acknowledged.by)
    set('acknowledged_name', acknowledged.name)
    set('acknowledged_via', acknowledged.via)
    set('read_back', acknowledged.readBack)
    set('confirmed_by', acknowledged.confirmedBy)
    if (acknowledged.confirmedBy !== null) sets.push('confirmed_at = now()')
  }
  if (unacknowledged !== undefined) {
    sets.push(
      'acknowledged_at = null, acknowledged_by = null, acknowledged_name = null, acknowledged_via = null, read_back = null, confirmed_at = null, confirmed_by = null, level = 0',
      `next_escalation_at = now() + make_interval(secs => $${values.push(unacknowledged.escalateInSeconds)})`,
    )
  }
  if (confirmedBy !== undefined) {
    sets.push('confirmed_at = now()')
    set('confirmed_by', confirmedBy)
  }
  if (acted !== undefined) {
    sets.push('acted_at = now()')
    set('acted_by', acted.by)
    set('action', acted.text)
  }
  if (verified === true) sets.push('suspected = false')
  if (ended !== undefined) {
    sets.push('ended_at = now()')
    set('ended_by', ended.by)
    set('ended_reason', ended.reason)
  }
  if (escalated !== undefined) {
    set('level', escalated.level)
    sets.push(`next_escalation_at = now() + make_interval(secs => $${values.push(escalated.againInSeconds)})`)
  } else if (unacknowledged === undefined && change.state !== 'NOTIFYING') sets.push('next_escalation_at = null')
  const [row] = await query<{ generation: number }>(
    on,
    `update critical_value set ${['state = $2', 'generation = generation + 1', ...sets].join(', ')} where id = $1 returning generation`,
    values,
  )
  return row!.generation
}

/** Whether the task shows a critical value: 0 none, 1 one is open, 2 all are closed. */
export const markWorkitem = async (on: Queryable, workitem: number): Promise<void> => {
  await query(
    on,
    `update workitem set critical = coalesce((
       select case when bool_or(c.state not in ('CLOSED', 'WITHDRAWN')) then 1 when bool_or(c.state = 'CLOSED') then 2 else 0 end
       from critical_value c where c.workitem_id = $1), 0)
     where id = $1`,
    [workitem],
  )
}

/** Number and hashes are the trigger's. */
export const insertCriticalEvent = async (
  on: Queryable,
  event: {
    readonly critical: number
    /** Null: the clock. */
    readonly actor: number | null
    readonly verb: string
    readonly from: string | null
    readonly to: string
    readonly detail: Readonly<Record<string, unknown>>
  },
): Promise<void> => {
  await query(
    on,
    `insert into critical_event (critical_id, number, at, actor_id, verb, from_state, to_state, detail, hash) values ($1, 0, now(), $2, $3, $4, $5, $6, '')`,
    [event.critical, event.actor, event.verb, event.from, event.to, JSON.stringify(event.detail)],
  )
}

export interface CriticalEventRow {
  readonly at: Date
  readonly actor: string | null
  readonly verb: string
  readonly from: string | null
  readonly to: string
  readonly detail: Readonly<Record<string, unknown>>
}

export const criticalEvents = (on: Queryable, id: number): Promise<CriticalEventRow[]> =>
  query<CriticalEventRow>(
    on,
    `select e.at, a.display_name as actor, e.verb, e.from_state as "from", e.to_state as "to", e.detail
     from critical_event e left join account a on a.id = e.actor_id where e.critical_id = $1 order by e.number limit 500`,
    [id],
  )

/** The numbers of the events whose hash or link is not what it should be; empty when the log is as it was written. */
export async function brokenCriticalEvents(on: Queryable, id: number): Promise<number[]> {
  const rows = await query<{ number: number }>(
    on,
    `select e.number from critical_event e left join critical_event p on p.critical_id = e.critical_id and p.number = e.number - 1
     where e.critical_id = $1 and (e.hash <> critical_event_hash(e) or e.previous_hash is distinct from p.hash or (e.number > 1 and p.number is null))
     order by 1`,
    [id],
  )
  return rows.map(({ number }) => number)
}

/** Those that nobody has answered in time, the longest waiting first. */
export async function dueEscalations(on: Queryable, limit: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select id from critical_value where next_escalation_at <= now() order by next_escalation_at limit $1`,
    [limit],
  )
  return rows.map(({ id }) => id)
}

export type { PersonRef }
