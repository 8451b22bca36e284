/**
 * Delete in two steps: instances moved aside and back, and given up (migrations/0040-rejections.sql). Order of locks: workitem, rejection, instances,
 * counters; the change feed last.
 */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

export type RejectionState = 'rejected' | 'purge-requested' | 'purged' | 'restored'
export type RejectionLevel = 'study' | 'series' | 'instances'

export interface RejectableStudy {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  /** The owner. */
  readonly institution: number
  readonly workitem: { readonly id: number; readonly state: string } | null
  /** A signed report was written on it. */
  readonly reported: boolean
}

/** A study that is shown in the scope; its workitem is locked, so that nobody signs meanwhile. */
export async function rejectableStudy(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<RejectableStudy | undefined> {
  await query(on, 'select from workitem w join study s using (study_pk) where s.study_instance_uid = $1 for update of w', [
    StudyInstanceUID,
  ])
  const [row] = await query<RejectableStudy & { [column: string]: unknown }>(
    on,
    `select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution,
       (select jsonb_build_object('id', w.id, 'state', w.state) from workitem w
        where w.study_pk = s.study_pk and w.joined_into is null and w.part = 0) as workitem,
       exists (select from report r where r.study_pk = s.study_pk)
         or exists (select from report r join study_reading d on d.workitem_id = r.workitem_id where d.study_pk = s.study_pk) as reported
     from study s where s.study_instance_uid = $2
       and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))`,
    [scope, StudyInstanceUID],
  )
  return row
}

export interface RejectableInstance {
  readonly pk: number
  readonly SOPInstanceUID: string
  readonly SOPClassUID: string
  readonly SeriesInstanceUID: string
  /** Where it has pixels it is an image. */
  readonly isImage: boolean
  /** It is a document of a signed report. */
  readonly isReport: boolean
  /** It says itself that others are rejected. */
  readonly isNote: boolean
}

/** The instances of a study that are shown, in order. */
export const rejectableInstances = (on: Queryable, studyPk: number): Promise<RejectableInstance[]> =>
  query<RejectableInstance & { [column: string]: unknown }>(
    on,
    `select i.instance_pk as pk, i.sop_instance_uid as "SOPInstanceUID", i.sop_class_uid as "SOPClassUID", e.series_instance_uid as "SeriesInstanceUID",
       i.pixels is not null as "isImage",
       exists (select from report_document d where d.sop_instance_uid = i.sop_instance_uid) as "isReport",
       exists (select from rejection r where r.note_sop_instance_uid = i.sop_instance_uid) as "isNote"
     from instance i join series e using (series_pk) where i.study_pk = $1
     order by e.series_order, e.series_pk, i.instance_order, i.instance_pk`,
    [studyPk],
  )

export interface NewRejection {
  readonly studyPk: number
  readonly code: string
  readonly comment: string
  readonly level: RejectionLevel
  readonly SeriesInstanceUID: string | null
  readonly instances: readonly number[]
  readonly by: { readonly account: number; readonly name: string }
  /** UIDs of the note that will be written, or of the one that was sent in. */
  readonly note: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string; readonly sent: boolean } | null
}

/** Moves the instances aside. Undefined: others were faster, none of them was there any more, and nothing was done. */
export async function insertRejection(on: Queryable, rejection: NewRejection): Promise<number | undefined> {
  const { studyPk, code, comment, level, SeriesInstanceUID, by, note } = rejection
  const [row] = await query<{ id: number }>(
    on,
    `insert into rejection (study_pk, code, comment, level, series_instance_uid, instances, bytes, rejected_by, rejected_by_name,
       note_sop_instance_uid, note_series_instance_uid, note_stored_at, note_next_attempt_at)
     values ($1, $2, $3, $4, $5, 0, 0, $6, $7, $8, $9, case when $10 then now() end, case when $8::text is not null and not $10 then now() end)
     returning rejection_id as id`,
    [
      studyPk,
      code,
      comment,
      level,
      SeriesInstanceUID,
      by.account,
      by.name,
      note?.SOPInstanceUID ?? null,
      note?.SeriesInstanceUID ?? null,
      note?.sent ?? false,
    ],
  )
  const { id } = row!
  const [moved] = await query<{ instances: number }>(
    on,
    `with moved as (select instances, bytes from hide_instances($1, $2))
     update rejection r set instances = moved.instances, bytes = moved.bytes from moved where r.rejection_id = $1 returning r.instances`,
    [id, rejection.instances],
  )
  if (moved!.instances > 0) return id
  await query(on, 'delete from rejection where rejection_id = $1', [id])
  return undefined
}

export const rememberWorkitemState = async (on: Queryable, rejection: number, state: string): Promise<void> => {
  await query(on, 'update rejection set workitem_state = $2 where rejection_id = $1', [rejection, state])
}

/** UIDs of what a rejection has put aside, in order. */
export async function rejectedInstances(on: Queryable, rejection: number): Promise<string[]> {
  const rows = await query<{ uid: string }>(
    on,
    'select sop_instance_uid as uid from rejected_instance where rejection_id = $1 order by 1',
    [rejection],
  )
  return rows.map(({ uid }) => uid)
}

/** The newest rejection of a study by this account. */
export async function lastRejection(on: Queryable, StudyInstanceUID: string, account: number): Promise<number | undefined> {
  const [row] = await query<{ id: number | null }>(
    on,
    `select max(r.rejection_id) as id from rejection r join study s using (study_pk) where s.study_instance_uid = $1 and r.rejected_by = $2`,
    [StudyInstanceUID, account],
  )
  return row?.id ?? undefined
}

/** Puts one more instance aside under a rejection that stands: its note, when nothing else is left beside it. */
export const hideInstance = async (on: Queryable, rejection: number, SOPInstanceUID: string): Promise<void> => {
  await query(
    on,
    `select from hide_instances($1, array(select i.instance_pk from instance i join rejection r on r.study_pk = i.study_pk
       where r.rejection_id = $1 and i.sop_instance_uid = $2))`,
    [rejection, SOPInstanceUID],
  )
}

/** The instances are back; their UIDs. @throws DatabaseError 23505 where one of the UIDs has been taken meanwhile. */
export async function restoreInstances(on: Queryable, rejection: number): Promise<string[]> {
  const [row] = await query<{ uids: string[] }>(on, 'select restore_instances($1) as uids', [rejection])
  return row!.uids
}

export interface LockedRejection {
  readonly id: number
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly institution: number
  readonly code: string
  readonly level: RejectionLevel
  readonly state: RejectionState
  readonly rejectedBy: number
  readonly purgeRequestedBy: number | null
  readonly workitem: number | null
  readonly workitemState: string | null
  readonly noteSOPInstanceUID: string | null
  readonly retainUntil: Date
  /** By the database's clock, which has set the times. */
  readonly retained: boolean
}

/** How long what is kept for: years after the last visit, days after a rejection. */
export interface Retention {
  readonly years: number
  readonly days: number
}

const isInstitutions = `exists (select from any_access a where a.study_pk = r.study_pk and a.institution_id = any ($1::int[]))`

/** The workitem of the study is locked first, as whoever acts on a workitem does. */
export async function lockRejection(
  on: Queryable,
  scope: Scope,
  id: number,
  { years, days }: Retention,
): Promise<LockedRejection | undefined> {
  await query(on, 'select from workitem w join rejection r using (study_pk) where r.rejection_id = $1 for update of w', [id])
  const [row] = await query<LockedRejection & { [column: string]: unknown }>(
    on,
    `select r.rejection_id as id, r.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution, r.code, r.level,
       r.state, r.rejected_by as "rejectedBy", r.purge_requested_by as "purgeRequestedBy",
       (select w.id from workitem w where w.study_pk = r.study_pk and w.joined_into is null and w.part = 0) as workitem, r.workitem_state as "workitemState",
       r.note_sop_instance_uid as "noteSOPInstanceUID",
       retain_until(r.study_pk, r.code, r.rejected_at, $3, $4) as "retainUntil", retain_until(r.study_pk, r.code, r.rejected_at, $3, $4) > now() as retained
     from rejection r join study s using (study_pk) where r.rejection_id = $2 and ${isInstitutions} for update of r`,
    [scope, id, years, days],
  )
  return row
}

/** Whether images of a study may be rejected for their age, and from when on. */
export async function expiryOf(on: Queryable, studyPk: number, { years, days }: Retention): Promise<{ until: Date; over: boolean }> {
  const [row] = await query<{ until: Date; over: boolean }>(
    on,
    `select u.until, u.until <= now() as over from (select retain_until($1, '113039', now(), $2, $3) as until) u`,
    [studyPk, years, days],
  )
  return row!
}

type By = NewRejection['by']

export const markRestored = async (on: Queryable, id: number, by: By): Promise<void> => {
  await query(
    on,
    `update rejection set state = 'restored', restored_by_name = $2, restored_at = now(), note_next_attempt_at = null where rejection_id = $1`,
    [id, by.name],
  )
}

export const markPurgeRequested = async (on: Queryable, id: number, by: By, reason: string): Promise<void> => {
  await query(
    on,
    `update rejection set state = 'purge-requested', purge_requested_by = $2, purge_requested_by_name = $3, purge_requested_at = now(), purge_reason = $4
     where rejection_id = $1`,
    [id, by.account, by.name, reason],
  )
}

export const markPurgeWithdrawn = async (on: Queryable, id: number): Promise<void> => {
  await query(
    on,
    `update rejection set state = 'rejected', purge_requested_by = null, purge_requested_by_name = null, purge_requested_at = null, purge_reason = null
     where rejection_id = $1`,
    [id],
  )
}

/**
 * Gives the instances of a rejection up: their rows, metadata, versions and corrected headers go, their objects are noted for removal, their identity
 * stays. What was held for another institution is that one's and stays. Returns their UIDs.
 */
export async function purgeRejected(on: Queryable, id: number, by: By): Promise<string[]> {
  const rows = await query<{ uid: string }>(
    on,
    `with gone as (
       select i.sop_instance_uid, i.instance_pk, i.object_key, i.study_pk from rejected_instance i where i.rejection_id = $1 and i.purged_at is null for update
     ), versions as (
       delete from version v using gone g where v.sop_instance_uid = g.sop_instance_uid and v.study_pk = g.study_pk and v.kind <> 'held' returning v.object_key
     ), metadata as (
       delete from instance_metadata m using gone g where m.instance_pk = g.instance_pk
     ), frames as (
       delete from instance_frames f using gone g where f.instance_pk = g.instance_pk
     ), headers as (
       delete from corrected_header c using gone g where c.sop_instance_uid = g.sop_instance_uid returning c.object_key
     ), objects as (
       insert into purged_object (object_key, rejection_id)
       select object_key, $1 from gone union select object_key, $1 from versions
       union select object_key, $1 from headers where object_key is not null on conflict do nothing
     ), questions as (
       delete from identity_question q using gone g where q.kind = 'conflict' and q.study_pk = g.study_pk and q.detail = g.sop_instance_uid
         and q.decided_at is null
     )
     update rejected_instance i set "row" = null, object_key = null, purged_at = now() from gone g
     where i.sop_instance_uid = g.sop_instance_uid returning i.sop_instance_uid as uid`,
    [id],
  )
  await query(
    on,
    `update rejection set state = 'purged', purge_confirmed_by = $2, purge_confirmed_by_name = $3, purged_at = now(), note_next_attempt_at = null
     where rejection_id = $1`,
    [id, by.account, by.name],
  )
  return rows.map(({ uid }) => uid).sort()
}

/** So long an object belongs to the gateway that took it for removal; then another may try. */
const takenSeconds = 120

/** Objects that a committed purge has given up, taken from the other gateways for two minutes. */
export async function takePurgedObjects(on: Queryable, limit: number): Promise<{ objectKey: string; referred: boolean }[]> {
  return query<{ objectKey: string; referred: boolean }>(
    on,
    `with due as (
       select object_key from purged_object where next_attempt_at <= now() order by next_attempt_at limit $1 for update skip locked
     ), taken as (
       update purged_object p set next_attempt_at = now() + make_interval(secs => $2) from due where p.object_key = due.object_key returning p.object_key
     )
     select t.object_key as "objectKey", exists (select from instance i where i.object_key = t.object_key)
       or exists (select from version v where v.object_key = t.object_key)
       or exists (select from rejected_instance r where r.object_key = t.object_key)
       or exists (select from corrected_header c where c.object_key = t.object_key) as referred
     from taken t`,
    [limit, takenSeconds],
  )
}

export const forgetPurgedObject = async (on: Queryable, objectKey: string): Promise<void> => {
  await query(on, 'delete from purged_object where object_key = $1', [objectKey])
}

/** The last statement of a transaction: what became of the instances, each for itself, and that the study is another now. */
export const appendInstanceChanges = async (
  on: Queryable,
  kind: 'delete' | 'restore' | 'purge',
  studyPk: number,
  SOPInstanceUIDs: readonly string[],
): Promise<void> => {
  const n = SOPInstanceUIDs.length
  await query(on, 'select append_changes($1, $2, $3)', [
    [...Array<string>(n).fill(kind), 'study'],
    Array<number>(n + 1).fill(studyPk),
    [...SOPInstanceUIDs, null],
  ])
}

export interface RejectionRow {
  readonly id: number
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  readonly level: RejectionLevel
  readonly instances: number
  readonly bytes: number
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly StudyDate: string | null
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly institutionId: number
  readonly institutionName: string
  readonly code: string
  readonly comment: string
  readonly by: string
  readonly rejectedBy: number
  readonly at: Date
  readonly state: RejectionState
  readonly purgeRequestedBy: number | null
  readonly purgeRequestedByName: string | null
  readonly purgeRequestedAt: Date | null
  readonly purgeReason: string | null
  readonly purgeConfirmedByName: string | null
  readonly purgedAt: Date | null
  readonly restoredBy: string | null
  readonly restoredAt: Date | null
  /** Instances under the same UIDs that came since with another content or encoding, and are kept as versions. */
  readonly resent: number
  readonly retainUntil: Date
  readonly retained: boolean
}

export interface RejectionSearch {
  readonly scope: Scope
  readonly states: readonly RejectionState[] | null
  /** One of them. */
  readonly id: number | null
  readonly limit: number
}

/** Newest first: those of the studies that the scope sees, or would see. */
export function listRejections(on: Queryable, search: RejectionSearch, { years, days }: Retention): Promise<RejectionRow[]> {
  return query<RejectionRow & { [column: string]: unknown }>(
    on,
    `with page as materialized (
       select r.* from rejection r where ${isInstitutions} and ($2::text[] is null or r.state = any ($2)) and ($3::bigint is null or r.rejection_id = $3)
       order by r.rejection_id desc limit $4
     )
     select r.rejection_id as id, s.study_instance_uid as "StudyInstanceUID", r.series_instance_uid as "SeriesInstanceUID", r.level, r.instances, r.bytes,
       s.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID", s.patient_sex as "PatientSex",
       s.patient_birth_date as "PatientBirthDate", s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", s.study_date as "StudyDate",
       array(select distinct m.modality from (
         select e.modality from series e where e.study_pk = r.study_pk union select h."row" ->> 'modality' from hidden_series h where h.study_pk = r.study_pk
       ) m where m.modality is not null order by 1) as modalities,
       s.study_description as "StudyDescription", o.institution_id as "institutionId", o.name as "institutionName", r.code, r.comment,
       r.rejected_by_name as by, r.rejected_by as "rejectedBy", r.rejected_at as at, r.state, r.purge_requested_by as "purgeRequestedBy",
       r.purge_requested_by_name as "purgeRequestedByName", r.purge_requested_at as "purgeRequestedAt", r.purge_reason as "purgeReason",
       r.purge_confirmed_by_name as "purgeConfirmedByName", r.purged_at as "purgedAt", r.restored_by_name as "restoredBy", r.restored_at as "restoredAt",
       (select count(*) from rejected_instance i join version v using (sop_instance_uid)
         where i.rejection_id = r.rejection_id and v.study_pk = r.study_pk and v.kind <> 'held' and v.kept_at > r.rejected_at) as resent,
       retain_until(r.study_pk, r.code, r.rejected_at, $5, $6) as "retainUntil",
       retain_until(r.study_pk, r.code, r.rejected_at, $5, $6) > now() as retained
     from page r join study s using (study_pk) join institution o on o.institution_id = s.institution_id
       left join study_supplement p on p.study_pk = r.study_pk
     order by r.rejection_id desc`,
    [search.scope, search.states, search.id, search.limit, years, days],
  )
}
