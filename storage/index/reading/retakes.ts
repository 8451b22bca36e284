/** Statements that find the images of a retake and give them to the task that waits for them. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

/** So long after the return a study is taken for its retake by itself. */
const hours = 12

/** A task that the retake has begun by itself may be given up for the one that waits: nobody has touched it. */
const isUntouched = `not exists (
  select from workitem w where w.study_pk = n.study_pk and (w.state not in ('UPLOADING', 'READY') or w.assignee_id is not null or w.joined_into is not null
    or exists (select from draft d where d.workitem_id = w.id)))`

/**
 * Studies that are the retake of an open return beyond doubt: the same institution and modality, after it, and of the same AccessionNumber, the same order,
 * or the same person and the same part. Where one study answers two returns nobody knows which.
 */
export const retakesThatCame = (on: Queryable): Promise<{ returned: number; workitem: number; studyPk: number }[]> =>
  query(
    on,
    `with found as (
       select distinct r.return_id, r.workitem_id, c.study_pk
       from workitem_return r join study o on o.study_pk = r.study_pk
         cross join lateral (
           select n.study_pk from study n where n.accession_number = o.accession_number and btrim(o.accession_number) <> ''
           union
           select b.study_pk from study_order a join study_order b on b.order_id = a.order_id
             where a.study_pk = o.study_pk and a.undone_at is null and b.undone_at is null
           union
           select n.study_pk from patient mine join patient theirs on theirs.person_pk = mine.person_pk join study n on n.patient_pk = theirs.patient_pk
             where mine.patient_pk = o.patient_pk
               and (exists (select from series e where e.study_pk = n.study_pk and e.body_part_examined = r.body_part)
                 or n.study_description = o.study_description and btrim(o.study_description) <> '')
         ) c
         join study n on n.study_pk = c.study_pk join study_totals t on t.study_pk = n.study_pk
       where r.state = 'open' and n.study_pk <> o.study_pk and n.institution_id = r.institution_id and t.modalities && r.modalities
         and n.first_received_at > r.at and n.first_received_at < r.at + make_interval(hours => $1)
         and not exists (select from retake k where k.study_pk = n.study_pk)
         and exists (select from study_access a where a.study_pk = n.study_pk) and ${isUntouched}
     )
     select min(return_id) as returned, min(workitem_id) as workitem, study_pk as "studyPk" from found group by study_pk having count(*) = 1
     order by study_pk limit 20`,
    [hours],
  )

export type LateImage = {
  readonly returned: number
  readonly workitem: number
  readonly studyPk: number
  readonly institution: number
  readonly acquired: string | null
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly instancePk: number
}

/** Images that came into a returned study itself since, and that nobody has looked at yet: the first of each return. */
export const imagesSinceReturn = (on: Queryable): Promise<LateImage[]> =>
  query<LateImage & { [column: string]: unknown }>(
    on,
    `select r.return_id as returned, r.workitem_id as workitem, r.study_pk as "studyPk", r.institution_id as institution, r.acquired,
       s.study_instance_uid as "StudyInstanceUID", f.series as "SeriesInstanceUID", f.sop as "SOPInstanceUID", f.pk as "instancePk"
     from workitem_return r join study s on s.study_pk = r.study_pk cross join lateral (
       select e.series_instance_uid as series, i.sop_instance_uid as sop, i.instance_pk as pk from instance i join series e using (series_pk)
       where i.study_pk = r.study_pk and i.instance_pk > r.last_instance and i.pixels is not null and i.via <> 'authored'
       order by i.instance_pk limit 1
     ) f
     where r.state = 'open' order by r.return_id limit 20`,
  )

/** It was late, not new. */
export const passOver = async (on: Queryable, returned: number, instancePk: number): Promise<void> => {
  await query(on, 'update workitem_return set last_instance = greatest(last_instance, $2) where return_id = $1', [returned, instancePk])
}

export interface RetakeCandidate {
  readonly StudyInstanceUID: string
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly StudyDate: string | null
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly receivedAt: Date
  readonly instances: number
  readonly samePerson: boolean
}

/** What a person may choose as the retake: the newest studies of the institution from an hour before the return on that nobody reads yet, the same person's first. */
export const retakeCandidates = (on: Queryable, scope: Scope, returned: number): Promise<RetakeCandidate[]> =>
  query<RetakeCandidate & { [column: string]: unknown }>(
    on,
    `select n.study_instance_uid as "StudyInstanceUID", n.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName",
       n.patient_id as "PatientID", n.patient_sex as "PatientSex", n.patient_birth_date as "PatientBirthDate",
       n.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", n.study_date as "StudyDate", t.modalities, n.study_description as "StudyDescription",
       n.first_received_at as "receivedAt", t.instances, theirs.person_pk = mine.person_pk as "samePerson"
     from workitem_return r join study o on o.study_pk = r.study_pk join patient mine on mine.patient_pk = o.patient_pk
       cross join lateral (
         select a.study_pk from study_access a where a.institution_id = r.institution_id order by a.study_date desc, a.study_time desc, a.study_pk desc limit 300
       ) newest
       join study n on n.study_pk = newest.study_pk join patient theirs on theirs.patient_pk = n.patient_pk
       join study_totals t on t.study_pk = n.study_pk left join study_supplement p on p.study_pk = n.study_pk
     where r.return_id = $2 and r.state = 'open' and n.study_pk <> r.study_pk and n.institution_id = r.institution_id
       and n.first_received_at > r.at - interval '1 hour' and not exists (select from retake k where k.study_pk = n.study_pk) and ${isUntouched}
       and exists (select from study_access a where a.study_pk = n.study_pk and a.institution_id = any ($1::int[]))
     order by "samePerson" desc, n.first_received_at desc limit 30`,
    [scope, returned],
  )

export interface RetakeStudy {
  readonly studyPk: number
  readonly institution: number
  /** Nobody reads it yet, and it is no retake. */
  readonly free: boolean
}

/** Locked against whoever makes its task at this moment. */
export async function lockRetakeStudy(on: Queryable, studyPk: number): Promise<RetakeStudy | undefined> {
  await query(on, 'select from study where study_pk = $1 for no key update', [studyPk])
  await query(on, 'select from workitem where study_pk = $1 order by id for update', [studyPk])
  const [row] = await query<RetakeStudy & { [column: string]: unknown }>(
    on,
    `select n.study_pk as "studyPk", n.institution_id as institution, ${isUntouched}
       and not exists (select from retake k where k.study_pk = n.study_pk) as free
     from study n where n.study_pk = $1 and exists (select from study_access a where a.study_pk = n.study_pk)`,
    [studyPk],
  )
  return row
}

export async function studyPkOf(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<number | undefined> {
  const [row] = await query<{ pk: number }>(
    on,
    `select s.study_pk as pk from study s where s.study_instance_uid = $2
       and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))`,
    [scope, StudyInstanceUID],
  )
  return row?.pk
}

/** The task that stands on a study by itself. */
export async function taskOf(on: Queryable, studyPk: number): Promise<{ id: number; state: string; generation: number } | undefined> {
  const [row] = await query<{ id: number; state: string; generation: number }>(
    on,
    'select id, state, generation from workitem where study_pk = $1 and joined_into is null and part = 0',
    [studyPk],
  )
  return row
}

/** The task goes on with the study of the retake; the task that one had is over and keeps the study before. */
export async function exchangeStudies(
  on: Queryable,
  { task, given, from, to }: { readonly task: number; readonly given: number; readonly from: number; readonly to: number },
): Promise<void> {
  await joinStudy(on, given, task)
  await query(on, 'update workitem set study_pk = $2 where id = $1', [task, to])
  await query(on, 'update workitem set study_pk = $2 where id = $1', [given, from])
}

export const insertRetake = async (
  on: Queryable,
  { returned, studyPk, account }: { readonly returned: number; readonly studyPk: number; readonly account: number | null },
): Promise<void> => {
  await query(on, 'insert into retake (return_id, study_pk, account_id) values ($1, $2, $3)', [returned, studyPk, account])
}

/** The study that came is read together with the task's own. */
export const joinStudy = async (on: Queryable, given: number, task: number): Promise<void> => {
  await query(
    on,
    `update workitem set joined_into = $2, state = 'CANCELED', lease_until = null, generation = generation + 1 where id = $1`,
    [given, task],
  )
}
