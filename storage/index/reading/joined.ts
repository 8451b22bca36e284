/** Tasks that are read as one, and studies that are read as several (migrations/0110-machine.sql: joined_into, part). */
import { type Queryable, query } from '../query.ts'

export interface TaskFacts {
  readonly person: number
  readonly part: number
  readonly joinedInto: number | null
  /** What was done with it last. */
  readonly lastVerb: string | null
  readonly hasReport: boolean
  readonly hasText: boolean
}

/** The caller holds the workitem's lock. */
export async function taskFacts(on: Queryable, id: number): Promise<TaskFacts | undefined> {
  const [row] = await query<TaskFacts & { [column: string]: unknown }>(
    on,
    `select p.person_pk as person, w.part, w.joined_into as "joinedInto",
       (select e.verb from workitem_event e where e.workitem_id = w.id order by e.number desc limit 1) as "lastVerb",
       exists (select from report r where r.workitem_id = w.id) as "hasReport",
       exists (select from draft d where d.workitem_id = w.id and (d.findings <> '' or d.impression <> '')) as "hasText"
     from workitem w join study s on s.study_pk = w.study_pk join patient p on p.patient_pk = s.patient_pk where w.id = $1`,
    [id],
  )
  return row
}

/** `given` is read in `task` from now on, with whatever was joined into it before. The earlier time counts. */
export async function join(on: Queryable, task: number, given: number): Promise<void> {
  await query(on, 'update workitem set joined_into = $1 where joined_into = $2', [task, given])
  await query(
    on,
    `update workitem set joined_into = $1, state = 'CANCELED', assignee_id = null, lease_until = null, reserved_for = null, reserved_until = null,
       generation = generation + 1 where id = $2`,
    [task, given],
  )
  await query(
    on,
    `update workitem w set ready_at = least(w.ready_at, g.ready_at), due_at = least(w.due_at, g.due_at), new_images = w.new_images or g.new_images,
       generation = w.generation + 1
     from workitem g where w.id = $1 and g.id = $2`,
    [task, given],
  )
}

/** It has a place of its own again, with the clock that it had. Answers its state. */
export async function takeApart(on: Queryable, given: number): Promise<{ state: string; generation: number }> {
  const [row] = await query<{ state: string; generation: number }>(
    on,
    `update workitem set joined_into = null, state = case when ready_at is null then 'UPLOADING' else 'READY' end, generation = generation + 1
     where id = $1 returning state, generation`,
    [given],
  )
  return row!
}

/** The task that was joined into this one with that study. */
export async function joinedTask(on: Queryable, task: number, StudyInstanceUID: string): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(
    on,
    `select w.id from workitem w join study s on s.study_pk = w.study_pk where w.joined_into = $1 and s.study_instance_uid = $2`,
    [task, StudyInstanceUID],
  )
  return row?.id
}

/** A further task on the same study, with the clock of the one that it comes from. */
export async function insertPart(
  on: Queryable,
  from: number,
  procedure: string | null,
  SeriesInstanceUIDs: readonly string[],
): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into workitem (study_pk, centre_id, state, urgency, part, procedure, series_instance_uids, ready_change, ready_at, due_at, limit_ms,
       working_hours, paused_seconds, first_byte_at, study_end_at)
     select study_pk, centre_id, 'READY', urgency, 1 + (select max(part) from workitem o where o.study_pk = w.study_pk), $2, $3, ready_change, ready_at,
       due_at, limit_ms, working_hours, paused_seconds, first_byte_at, study_end_at
     from workitem w where id = $1 returning id`,
    [from, procedure, SeriesInstanceUIDs],
  )
  return row!.id
}

/** How many parts a study has; a series that it does not have. */
export async function splitFacts(
  on: Queryable,
  task: number,
  SeriesInstanceUIDs: readonly string[],
): Promise<{ parts: number; foreign: string[]; all: boolean }> {
  const [row] = await query<{ parts: number; foreign: string[]; all: boolean }>(
    on,
    `select (select count(*) from workitem o where o.study_pk = w.study_pk and o.joined_into is null) as parts,
       array(select u from unnest($2::text[]) u where not exists (
         select from series r where r.study_pk = w.study_pk and r.series_instance_uid = u)) as "foreign",
       not exists (select from series r where r.study_pk = w.study_pk and not r.series_instance_uid = any($2)) as "all"
     from workitem w where w.id = $1`,
    [task, SeriesInstanceUIDs],
  )
  return row!
}

/** The tasks that somebody joined into this one by hand: not what a retake replaced. */
export async function joinedByHand(on: Queryable, task: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select w.id from workitem w where w.joined_into = $1
       and (select e.verb from workitem_event e where e.workitem_id = w.id order by e.number desc limit 1) = 'join' order by w.id`,
    [task],
  )
  return rows.map(({ id }) => id)
}

/** Further tasks on the study of this one. */
export async function partsOf(on: Queryable, task: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select o.id from workitem w join workitem o on o.study_pk = w.study_pk and o.part > 0 and o.joined_into is null
     where w.id = $1 and w.part = 0 order by o.id`,
    [task],
  )
  return rows.map(({ id }) => id)
}
