/** What hangs on the wall of the reading room: sites, queue, readers. Names of staff and places only: no row of this file knows a patient. */
import { type Place, placeOf } from '../institutions.ts'
import { type Queryable, query } from '../query.ts'

export interface SiteRow {
  readonly id: number
  readonly name: string
  readonly place: Place | null
  readonly lastArrivalAt: Date | null
  /** When one of its machines or boxes last spoke to the archive at all. */
  readonly lastSeenAt: Date | null
  readonly today: number
  readonly arriving: number
  /** What comes in now; 0: nothing has within the last minute. */
  readonly bytesPerSecond: number
  /** When the last image of a study came that has been standing still for five minutes (reading.md §3.1); null: none does. */
  readonly stalledSince: Date | null
  readonly waiting: number
  /** Of those that wait: what a reader could take. */
  readonly ready: number
  /** Of those that wait: fast track and emergency. */
  readonly urgent: number
  readonly oldestReadyAt: Date | null
  readonly overdue: number
  readonly returned: number
  /** Critical values that nobody has answered. */
  readonly criticals: number
}

const open = `w.state not in ('FINAL', 'AMENDED', 'RETRACTED', 'CANCELED')`
const running = `w.paused_at is null`
/** A slow line brings an image in less than this. */
const speedSeconds = 60
const waiting = `w.state in ('READY', 'SUBMITTED', 'TEMP_RELEASED')`

/** Every institution that the centre reads for or could: those that have machines whose studies are read at a centre, and those with tasks. */
export const wallSites = (on: Queryable, centre: number): Promise<SiteRow[]> =>
  query<SiteRow & { [column: string]: unknown }>(
    on,
    `select i.institution_id as id, coalesce(i.short_name, i.name) as name, ${placeOf('i')} as place, newest.at as "lastArrivalAt", machines.at as "lastSeenAt",
       coalesce(today.studies, 0) as today, coalesce(queue.arriving, 0) as arriving, coalesce(coming.speed, 0) as "bytesPerSecond",
       coming.stalled as "stalledSince", coalesce(queue.waiting, 0) as waiting, coalesce(queue.ready, 0) as ready, coalesce(queue.urgent, 0) as urgent,
       queue.oldest as "oldestReadyAt", coalesce(queue.overdue, 0) as overdue, coalesce(queue.returned, 0) as returned,
       coalesce(critical.open, 0) as criticals
     from institution i
       left join lateral (select max(a.last_seen) as at, count(*) as machines from ae a where a.institution_id = i.institution_id and a.read_at_county) machines on true
       left join lateral (
         select t.last_received_at as at from study s join study_totals t on t.study_pk = s.study_pk
         where s.institution_id = i.institution_id order by s.first_received_at desc limit 1
       ) newest on true
       left join lateral (
         select count(*) as studies from reading_fact f where f.centre_id = $1 and f.institution_id = i.institution_id and not f.canceled
           and f.ready_day = (now() at time zone 'Asia/Shanghai')::date
       ) today on true
       left join lateral (
         select count(*) filter (where w.state = 'UPLOADING') as arriving, count(*) filter (where ${waiting}) as waiting,
           count(*) filter (where w.state = 'READY') as ready, count(*) filter (where ${waiting} and w.urgency <= 1) as urgent,
           min(w.ready_at) filter (where w.state = 'READY') as oldest, count(*) filter (where ${running} and w.due_at < now()) as overdue,
           count(*) filter (where w.state = 'RETURNED') as returned
         from workitem w join study s on s.study_pk = w.study_pk where w.centre_id = $1 and ${open} and s.institution_id = i.institution_id
       ) queue on true
       left join lateral (
         select sum(bytes.speed) as speed, min(t.last_received_at) filter (where t.last_received_at < now() - interval '5 minutes') as stalled
         from workitem w join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = s.study_pk
           cross join lateral (
             select sum(n.object_size)::float8 / ${speedSeconds} as speed from instance n
             where n.study_pk = s.study_pk and t.last_received_at > now() - interval '${speedSeconds} seconds' and n.received_at > now() - interval '${speedSeconds} seconds'
           ) bytes
         where w.centre_id = $1 and w.state = 'UPLOADING' and s.institution_id = i.institution_id
       ) coming on true
       left join lateral (
         select count(*) as open from critical_value c where c.centre_id = $1 and c.institution_id = i.institution_id and c.state = 'NOTIFYING'
       ) critical on true
     where i.institution_id <> $1 and (machines.machines > 0 or exists (select from reading_fact f where f.centre_id = $1 and f.institution_id = i.institution_id))
     order by overdue desc, waiting desc, name`,
    [centre],
  )

export interface QueueRow {
  readonly urgency: number
  readonly waiting: number
  readonly reading: number
  readonly review: number
  /** Past due by less than half of the time allowed, by less than all of it, by more. */
  readonly late1: number
  readonly late2: number
  readonly late3: number
  readonly soon: number
  readonly oldestReadyAt: Date | null
}

const past = `extract(epoch from now() - w.due_at) * 1000 / nullif(w.limit_ms, 0)`
const late = `${running} and w.due_at < now()`

export const wallQueue = (on: Queryable, centre: number): Promise<QueueRow[]> =>
  query<QueueRow & { [column: string]: unknown }>(
    on,
    `select w.urgency, count(*) filter (where w.state = 'READY') as waiting, count(*) filter (where w.state in ('CLAIMED', 'REWORK', 'QUERIED')) as reading,
       count(*) filter (where w.state in ('SUBMITTED', 'TEMP_RELEASED', 'REVIEWING')) as review,
       count(*) filter (where ${late} and coalesce(${past}, 0) < 0.5) as late1,
       count(*) filter (where ${late} and ${past} >= 0.5 and ${past} < 1) as late2,
       count(*) filter (where ${late} and ${past} >= 1) as late3,
       count(*) filter (where ${running} and w.due_at between now() and now() + make_interval(secs => greatest(600, w.limit_ms / 4000.0))) as soon,
       min(w.ready_at) filter (where w.state = 'READY') as "oldestReadyAt"
     from workitem w where w.centre_id = $1 and ${open} and w.state not in ('UPLOADING', 'RETURNED') group by w.urgency order by w.urgency`,
    [centre],
  )

export interface ReaderRow {
  readonly username: string
  readonly displayName: string
  /** The newest sign of life of a session; null: nobody is signed in. */
  readonly lastSeenAt: Date | null
  readonly reading: number
  readonly reviewing: number
  readonly since: Date | null
  readonly writtenToday: number
  readonly signedToday: number
  readonly lastSignedAt: Date | null
}

/** Readers of the centre who are signed in, hold something or have done something today. */
export const wallReaders = (on: Queryable, centre: number): Promise<ReaderRow[]> =>
  query<ReaderRow & { [column: string]: unknown }>(
    on,
    `select a.username, a.display_name as "displayName", seen.at as "lastSeenAt", held.reading, held.reviewing, held.since,
       done.written as "writtenToday", done.signed as "signedToday", done.last as "lastSignedAt"
     from account a
       cross join lateral (select max(s.last_seen) as at from session s where s.account_id = a.id and s.expires_at > now()) seen
       cross join lateral (
         select count(*) filter (where w.state in ('CLAIMED', 'REWORK', 'QUERIED')) as reading, count(*) filter (where w.state = 'REVIEWING') as reviewing, min(w.claimed_at) as since
         from workitem w where w.centre_id = $1 and ${open} and w.assignee_id = a.id and w.state in ('CLAIMED', 'REVIEWING', 'REWORK', 'QUERIED')
       ) held
       cross join lateral (
         select count(*) filter (where f.author_id = a.id) as written, count(*) filter (where f.reviewer_id = a.id) as signed, max(f.final_at) as last
         from reading_fact f where f.centre_id = $1 and f.final_day = (now() at time zone 'Asia/Shanghai')::date and a.id in (f.author_id, f.reviewer_id)
       ) done
     where a.institution_id = $1 and a.enabled and a.kind = 'person' and a.roles && array['radiologist', 'reviewer', 'chief']
       and (seen.at > now() - interval '12 hours' or held.reading + held.reviewing > 0 or done.last is not null)
     order by a.display_name limit 100`,
    [centre],
  )

export interface AlarmRow {
  readonly criticalsOpen: number
  readonly criticalsEscalated: number
  readonly returnsOpen: number
  readonly questionsOpen: number
  readonly arrivedToday: number
  readonly signedToday: number
  readonly now: Date
}

export async function wallAlarms(on: Queryable, centre: number): Promise<AlarmRow> {
  const [row] = await query<AlarmRow & { [column: string]: unknown }>(
    on,
    `select (select count(*) from critical_value c where c.centre_id = $1 and c.state = 'NOTIFYING') as "criticalsOpen",
       (select count(*) from critical_value c where c.centre_id = $1 and c.state = 'NOTIFYING' and c.level > 0) as "criticalsEscalated",
       (select count(*) from workitem w where w.centre_id = $1 and w.state = 'RETURNED') as "returnsOpen",
       (select count(*) from workitem w where w.centre_id = $1 and w.state = 'QUERIED') as "questionsOpen",
       (select count(*) from reading_fact f where f.centre_id = $1 and not f.canceled and f.ready_day = (now() at time zone 'Asia/Shanghai')::date) as "arrivedToday",
       (select count(*) from reading_fact f where f.centre_id = $1 and f.final_day = (now() at time zone 'Asia/Shanghai')::date) as "signedToday", now() as now`,
    [centre],
  )
  return row!
}
