/** Statements of returns for retake (migrations/0120-returns.sql): what was returned and why, its card, what came of it. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export type ReturnState = 'open' | 'retaken' | 'withdrawn'

export interface NewReturn {
  readonly workitem: number
  readonly studyPk: number
  readonly reasons: readonly string[]
  readonly comment: string
  readonly SOPInstanceUIDs: readonly string[]
  readonly annotation: object | null
  readonly picture: Uint8Array | null
  readonly presented: object | null
  readonly acquired: string | null
  readonly account: number
}

/** Answers its key, and which return of the task it is. */
export async function insertReturn(on: Queryable, made: NewReturn): Promise<{ id: number; number: number }> {
  const [row] = await query<{ id: number; number: number }>(
    on,
    `insert into workitem_return (workitem_id, number, study_pk, institution_id, reasons, comment, sop_instance_uids, annotation, picture, presented,
       acquired, modalities, body_part, last_instance, account_id)
     select $1, 1 + (select count(*) from workitem_return r where r.workitem_id = $1), s.study_pk, s.institution_id, $3, $4, $5, $6, $7, $8, $9,
       t.modalities, (select min(e.body_part_examined) from series e where e.study_pk = s.study_pk),
       (select coalesce(max(i.instance_pk), 0) from instance i where i.study_pk = s.study_pk), $10
     from study s join study_totals t using (study_pk) where s.study_pk = $2
     returning return_id as id, number`,
    [
      made.workitem,
      made.studyPk,
      made.reasons,
      made.comment,
      made.SOPInstanceUIDs,
      made.annotation === null ? null : JSON.stringify(made.annotation),
      made.picture,
      made.presented === null ? null : JSON.stringify(made.presented),
      made.acquired,
      made.account,
    ],
  )
  return row!
}

export interface ReturnedImage {
  readonly SOPInstanceUID: string
  readonly SOPClassUID: string
  readonly SeriesInstanceUID: string
}

/** The images of a study that somebody took: neither what we authored nor what has no pixels. In order. */
export const imagesOf = (on: Queryable, studyPk: number): Promise<ReturnedImage[]> =>
  query<ReturnedImage & { [column: string]: unknown }>(
    on,
    `select i.sop_instance_uid as "SOPInstanceUID", i.sop_class_uid as "SOPClassUID", e.series_instance_uid as "SeriesInstanceUID"
     from instance i join series e using (series_pk) where i.study_pk = $1 and i.pixels is not null and i.via <> 'authored'
     order by e.series_order, e.series_pk, i.instance_order, i.instance_pk limit 10000`,
    [studyPk],
  )

export interface OpenReturn {
  readonly id: number
  readonly workitem: number
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly reasons: readonly string[]
  readonly comment: string
  readonly SOPInstanceUIDs: readonly string[]
  readonly account: number
}

const openColumns = `r.return_id as id, r.workitem_id as workitem, r.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", r.reasons, r.comment,
  r.sop_instance_uids as "SOPInstanceUIDs", r.account_id as account`

/** The return that a task waits for. Its workitem is locked by the caller. */
export async function openReturnOf(on: Queryable, workitem: number): Promise<OpenReturn | undefined> {
  const [row] = await query<OpenReturn & { [column: string]: unknown }>(
    on,
    `select ${openColumns} from workitem_return r join study s using (study_pk) where r.workitem_id = $1 and r.state = 'open'`,
    [workitem],
  )
  return row
}

export const closeReturn = async (on: Queryable, id: number, state: 'retaken' | 'withdrawn'): Promise<void> => {
  await query(on, `update workitem_return set state = $2, closed_at = now(), waiting = null, waiting_until = null where return_id = $1`, [
    id,
    state,
  ])
}

export interface UnsettledReturn extends OpenReturn {
  readonly state: 'retaken' | 'withdrawn'
}

/** Returns whose images (after a retake) or documents (after a withdrawal) are still to be put aside; not before the documents are stored, or have failed often. */
export const unsettledReturns = (on: Queryable): Promise<UnsettledReturn[]> =>
  query<UnsettledReturn & { [column: string]: unknown }>(
    on,
    `select ${openColumns}, r.state from workitem_return r join study s using (study_pk)
     where r.state <> 'open' and r.settled_at is null and not exists (
       select from return_document d where d.return_id = r.return_id and d.next_attempt_at is not null and d.attempts < 5)
     order by r.return_id limit 20`,
  )

/** False: another gateway was first. Locks the row. */
export async function lockUnsettled(on: Queryable, id: number): Promise<boolean> {
  const rows = await query(on, 'select from workitem_return where return_id = $1 and settled_at is null for update', [id])
  return rows.length === 1
}

export const markSettled = async (on: Queryable, id: number, rejection: number | null): Promise<void> => {
  await query(on, 'update workitem_return set settled_at = now(), rejection_id = $2 where return_id = $1', [id, rejection])
}

/** A study of the task: its own, or one that is joined to it. */
export async function studyOfTask(
  on: Queryable,
  workitem: number,
  StudyInstanceUID: string | null,
): Promise<{ studyPk: number; StudyInstanceUID: string } | undefined> {
  const [row] = await query<{ studyPk: number; StudyInstanceUID: string }>(
    on,
    `select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID" from workitem w join study s using (study_pk)
     where (w.id = $1 or w.joined_into = $1) and case when $2::text is null then w.id = $1 else s.study_instance_uid = $2 end`,
    [workitem, StudyInstanceUID],
  )
  return row
}

export interface ReturnRow {
  readonly id: number
  readonly number: number
  readonly workitem: number
  readonly workitemState: string
  readonly StudyInstanceUID: string
  readonly institution: number
  readonly institutionName: string
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly StudyDate: string | null
  readonly AccessionNumber: string | null
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly reasons: string[]
  readonly comment: string
  readonly images: number
  readonly annotation: object | null
  readonly by: string
  readonly byUsername: string
  readonly at: Date
  readonly state: ReturnState
  readonly closedAt: Date | null
  readonly seenAt: Date | null
  readonly seenBy: string | null
  readonly waiting: boolean | null
  readonly waitingUntil: Date | null
  readonly technologist: string
  readonly retakes: string[]
  readonly notStored: number
}

export interface ReturnSearch {
  readonly scope: Scope
  readonly institution: number | null
  readonly states: readonly ReturnState[] | null
  readonly workitem: number | null
  readonly id: number | null
  readonly limit: number
}

/** Newest first: those of the studies that the scope sees, or saw until the images were put aside. */
export const listReturns = (on: Queryable, search: ReturnSearch): Promise<ReturnRow[]> =>
  query<ReturnRow & { [column: string]: unknown }>(
    on,
    `with page as materialized (
       select r.* from workitem_return r
       where exists (select from any_access a where a.study_pk = r.study_pk and a.institution_id = any ($1::int[]))
         and ($2::int is null or r.institution_id = $2) and ($3::text[] is null or r.state = any ($3))
         and ($4::bigint is null or r.workitem_id = $4) and ($5::bigint is null or r.return_id = $5)
       order by r.at desc, r.return_id desc limit $6
     )
     select r.return_id as id, r.number, r.workitem_id as workitem, w.state as "workitemState", s.study_instance_uid as "StudyInstanceUID",
       r.institution_id as institution, o.name as "institutionName", s.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName",
       s.patient_id as "PatientID", s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
       s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", s.study_date as "StudyDate", s.accession_number as "AccessionNumber", r.modalities,
       s.study_description as "StudyDescription", r.reasons, r.comment, cardinality(r.sop_instance_uids) as images, r.annotation,
       a.display_name as by, a.username as "byUsername", r.at, r.state, r.closed_at as "closedAt", r.seen_at as "seenAt", e.display_name as "seenBy",
       r.waiting, r.waiting_until as "waitingUntil", technologist_of(r.study_pk) as technologist,
       array(select t.study_instance_uid from retake k join study t using (study_pk) where k.return_id = r.return_id order by k.at) as retakes,
       (select count(*) from return_document d where d.return_id = r.return_id and d.next_attempt_at is not null) as "notStored"
     from page r join workitem w on w.id = r.workitem_id join study s on s.study_pk = r.study_pk
       join institution o on o.institution_id = r.institution_id join account a on a.id = r.account_id
       left join account e on e.id = r.seen_by left join study_supplement p on p.study_pk = r.study_pk
     order by r.at desc, r.return_id desc`,
    [search.scope, search.institution, search.states, search.workitem, search.id, search.limit],
  )

/** The task of a return in scope. */
export async function workitemOfReturn(on: Queryable, scope: Scope, id: number): Promise<number | undefined> {
  const [row] = await query<{ workitem: number }>(
    on,
    `select r.workitem_id as workitem from workitem_return r where r.return_id = $2
       and exists (select from any_access a where a.study_pk = r.study_pk and a.institution_id = any ($1::int[]))`,
    [scope, id],
  )
  return row?.workitem
}

/** JPEG. */
export async function pictureOfReturn(
  on: Queryable,
  scope: Scope,
  id: number,
): Promise<{ picture: Buffer; StudyInstanceUID: string } | undefined> {
  const [row] = await query<{ picture: Buffer; StudyInstanceUID: string }>(
    on,
    `select r.picture, s.study_instance_uid as "StudyInstanceUID" from workitem_return r join study s using (study_pk)
     where r.return_id = $2 and r.picture is not null
       and exists (select from any_access a where a.study_pk = r.study_pk and a.institution_id = any ($1::int[]))`,
    [scope, id],
  )
  return row
}

/** False: somebody there had it on the screen before. */
export async function markReturnSeen(on: Queryable, id: number, account: number): Promise<boolean> {
  const rows = await query(
    on,
    `update workitem_return set seen_at = now(), seen_by = $2 where return_id = $1 and seen_at is null returning return_id`,
    [id, account],
  )
  return rows.length === 1
}

/** Of an open return. */
export const setPatientWaiting = async (on: Queryable, id: number, waiting: boolean, minutes: number | null): Promise<void> => {
  await query(
    on,
    `update workitem_return set waiting = $2, waiting_until = case when $2 then now() + make_interval(mins => $3) end where return_id = $1 and state = 'open'`,
    [id, waiting, minutes],
  )
}

export interface TechnologistFigures {
  readonly technologist: string
  readonly institution: number
  readonly institutionName: string
  readonly studies: number
  readonly returned: number
  /** Code → how often. */
  readonly reasons: Readonly<Record<string, number>>
}

/**
 * Reject rates: studies of a period by whoever took them, how many of those were returned, and why. A study that is a retake counts as one more; a return
 * that was withdrawn does not count.
 */
export const technologistFigures = (
  on: Queryable,
  { institutions, from, to }: { readonly institutions: readonly number[] | null; readonly from: Date; readonly to: Date },
): Promise<TechnologistFigures[]> =>
  query<TechnologistFigures & { [column: string]: unknown }>(
    on,
    `with taken as materialized (
       select s.study_pk, s.institution_id, technologist_of(s.study_pk) as technologist
       from study s where s.first_received_at >= $2 and s.first_received_at < $3 and ($1::int[] is null or s.institution_id = any ($1))
         and exists (select from workitem w where w.study_pk = s.study_pk)
     ), returned as (
       select t.technologist, t.institution_id, r.return_id, r.study_pk, r.reasons
       from taken t join workitem_return r using (study_pk) where r.state <> 'withdrawn'
     ), reason as (
       select technologist, institution_id, code, count(*) as n from returned, unnest(reasons) code group by 1, 2, 3
     )
     select t.technologist, t.institution_id as institution, o.name as "institutionName", count(*)::int as studies,
       (select count(distinct study_pk) from returned x where x.technologist = t.technologist and x.institution_id = t.institution_id)::int as returned,
       coalesce((select jsonb_object_agg(code, n) from reason x where x.technologist = t.technologist and x.institution_id = t.institution_id), '{}') as reasons
     from taken t join institution o using (institution_id) group by 1, 2, 3 order by returned desc, studies desc, 1 limit 1000`,
    [institutions, from, to],
  )

/** Studies with a task whose images have not been asked yet who took them: each with its first image. */
export const studiesWithoutTechnologist = (
  on: Queryable,
  limit: number,
): Promise<{ studyPk: number; institution: number; StudyInstanceUID: string; SeriesInstanceUID: string; SOPInstanceUID: string }[]> =>
  query(
    on,
    `select s.study_pk as "studyPk", s.institution_id as institution, s.study_instance_uid as "StudyInstanceUID", f.series as "SeriesInstanceUID",
       f.sop as "SOPInstanceUID"
     from workitem w join study s on s.study_pk = w.study_pk
       cross join lateral (
         select e.series_instance_uid as series, i.sop_instance_uid as sop from instance i join series e using (series_pk)
         where i.study_pk = s.study_pk and i.via <> 'authored' order by i.instance_pk limit 1
       ) f
     where w.state not in ('FINAL', 'AMENDED', 'RETRACTED', 'CANCELED') and not exists (
       select from study_technologist t where t.study_pk = s.study_pk and t.technologist is not null)
     order by w.id limit $1`,
    [limit],
  )

export const rememberTechnologist = async (on: Queryable, studyPk: number, technologist: string): Promise<void> => {
  await query(
    on,
    `insert into study_technologist (study_pk, technologist) values ($1, $2) on conflict (study_pk) do update set technologist = $2`,
    [studyPk, technologist],
  )
}

/** Sent off by hand: the first who did it. */
export const rememberSender = async (on: Queryable, studyPk: number, account: number): Promise<void> => {
  await query(
    on,
    `insert into study_technologist as t (study_pk, sender_id) values ($1, $2)
     on conflict (study_pk) do update set sender_id = coalesce(t.sender_id, $2)`,
    [studyPk, account],
  )
}
