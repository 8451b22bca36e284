/** Statements of Key Object Selections that were made here: written down, stored as instances later, listed. */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'
import type { DueNote } from './rejection-notes.ts'

/** An image as somebody saw it when they pointed it out. Points are [across, down] in parts of its width and height, from its upper left corner. */
export type KeyImage = {
  /** Of a report that reads several studies: the one that it lies in, where that is not the report's own. */
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  /** From 1. */
  readonly frame: number
  readonly caption: string
  /** VOI LUT: PS3.3 §C.11.2.1.2. Null or absent: the image's own. */
  readonly window?: { readonly center: number; readonly width: number } | null
  readonly shapes?: readonly Shape[]
}

export type Shape = {
  readonly kind: 'line' | 'polyline' | 'ellipse' | 'arrow' | 'point'
  readonly points: readonly (readonly [number, number])[]
  readonly text?: string
}

/** The study's institution, where the asker may see it. */
export async function selectableStudy(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<{ studyPk: number } | undefined> {
  const [row] = await query<{ studyPk: number }>(
    on,
    `select s.study_pk as "studyPk" from study s where s.study_instance_uid = $2
       and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any($1))`,
    [scope, StudyInstanceUID],
  )
  return row
}

/** Which of these images the study does not have: in that series, with that frame. */
export async function imagesNotIn(on: Queryable, studyPk: number, images: readonly KeyImage[]): Promise<string[]> {
  const rows = await query<{ uid: string }>(
    on,
    `select distinct k."SOPInstanceUID" as uid from jsonb_to_recordset($2) k ("SeriesInstanceUID" text, "SOPInstanceUID" text, frame int)
     where not exists (
       select from instance i join series e using (series_pk) where i.study_pk = $1 and i.sop_instance_uid = k."SOPInstanceUID"
         and e.series_instance_uid = k."SeriesInstanceUID" and i.pixels is not null and i.via <> 'authored'
         and k.frame between 1 and coalesce((i.pixels ->> 'NumberOfFrames')::int, 1))
     order by 1`,
    [studyPk, JSON.stringify(images)],
  )
  return rows.map(({ uid }) => uid)
}

export interface NewSelection {
  readonly studyPk: number
  readonly title: string
  readonly comment: string
  readonly images: readonly KeyImage[]
  readonly account: number
  readonly by: string
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
}

export const insertSelection = async (on: Queryable, selection: NewSelection): Promise<void> => {
  await query(
    on,
    `insert into key_object_selection (study_pk, title, comment, images, account_id, account_name, sop_instance_uid, series_instance_uid)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      selection.studyPk,
      selection.title,
      selection.comment,
      JSON.stringify(selection.images),
      selection.account,
      selection.by,
      selection.SOPInstanceUID,
      selection.SeriesInstanceUID,
    ],
  )
}

export const countSelections = async (on: Queryable, studyPk: number): Promise<number> => {
  const [row] = await query<{ count: number }>(on, 'select count(*)::int as count from key_object_selection where study_pk = $1', [studyPk])
  return row!.count
}

export interface SelectionRow {
  readonly SOPInstanceUID: string
  readonly title: string
  readonly comment: string
  readonly by: string
  readonly at: Date
  readonly stored: boolean
  readonly images: readonly KeyImage[]
}

/** Newest first. */
export const selectionsOf = (on: Queryable, studyPk: number, limit = 100): Promise<SelectionRow[]> =>
  query<SelectionRow & { [column: string]: unknown }>(
    on,
    `select sop_instance_uid as "SOPInstanceUID", title, comment, account_name as by, created_at as at, stored_at is not null as stored, images
     from key_object_selection where study_pk = $1 order by id desc limit $2`,
    [studyPk, limit],
  )

export interface DueSelection {
  readonly id: number
  readonly title: string
  readonly comment: string
  readonly by: string
  readonly at: Date
  readonly attempts: number
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly institution: DueNote['institution']
  readonly study: DueNote['study']
  readonly images: readonly KeyImage[]
  readonly SOPClassUIDs: Readonly<Record<string, string>>
  /** Instances of several frames among them. */
  readonly multiFrame: readonly string[]
}

/** So long a selection belongs to the gateway that took it; then another may try. */
const takenSeconds = 120

/** The selection that has waited longest, taken from the other gateways for two minutes; undefined when none is due. */
export async function takeDueSelection(on: Queryable): Promise<DueSelection | undefined> {
  const [row] = await query<DueSelection & { [column: string]: unknown }>(
    on,
    `with due as (
       select k.id from key_object_selection k where k.stored_at is null and k.next_attempt_at <= now()
         and exists (select from study_access a where a.study_pk = k.study_pk)
       order by k.next_attempt_at limit 1 for update skip locked
     ), taken as (
       update key_object_selection k set next_attempt_at = now() + make_interval(secs => $1) from due where k.id = due.id returning k.*
     )
     select t.id, t.title, t.comment, t.account_name as by, t.created_at as at, t.attempts, t.sop_instance_uid as "SOPInstanceUID",
       t.series_instance_uid as "SeriesInstanceUID", t.images,
       jsonb_build_object('id', o.institution_id, 'code', o.code) as institution,
       jsonb_build_object(
         'PatientName', coalesce(s.patient_name, ''), 'PatientID', coalesce(s.patient_id, ''), 'IssuerOfPatientID', coalesce(s.issuer_of_patient_id, ''),
         'PatientBirthDate', coalesce(s.patient_birth_date, ''), 'PatientSex', coalesce(s.patient_sex, ''), 'StudyInstanceUID', s.study_instance_uid,
         'StudyID', coalesce(s.study_id, ''), 'StudyDate', coalesce(s.study_date, ''), 'StudyTime', coalesce(s.study_time, ''),
         'AccessionNumber', coalesce(s.accession_number, ''), 'ReferringPhysicianName', coalesce(s.referring_physician_name, ''),
         'StudyDescription', coalesce(s.study_description, ''), 'InstitutionName', coalesce(s.institution_name, '')) as study,
       coalesce(i.classes, '{}') as "SOPClassUIDs", coalesce(i.multi, '[]') as "multiFrame"
     from taken t join study s using (study_pk) join institution o on o.institution_id = s.institution_id
       left join lateral (
         select jsonb_object_agg(x.sop_instance_uid, x.sop_class_uid) as classes,
           jsonb_agg(x.sop_instance_uid) filter (where x.frames > 1) as multi
         from (
           select i.sop_instance_uid, i.sop_class_uid, coalesce((i.pixels ->> 'NumberOfFrames')::int, 1) as frames from instance i where i.study_pk = t.study_pk
           union all
           -- Put aside since: what was pointed out stays said.
           select r.sop_instance_uid, r.sop_class_uid, coalesce((r."row" -> 'pixels' ->> 'NumberOfFrames')::int, 1) from rejected_instance r where r.study_pk = t.study_pk
         ) x where x.sop_instance_uid in (select k ->> 'SOPInstanceUID' from jsonb_array_elements(t.images) k)
       ) i on true`,
    [takenSeconds],
  )
  return row
}

export const markSelectionStored = async (on: Queryable, id: number): Promise<void> => {
  await query(on, 'update key_object_selection set stored_at = now() where id = $1', [id])
}

/** Tried again after 1 s, 2 s, 4 s … at most ten minutes; never given up. */
export const markSelectionFailed = async (on: Queryable, id: number): Promise<void> => {
  await query(
    on,
    `update key_object_selection set attempts = attempts + 1,
       next_attempt_at = now() + least(600, power(2, least(attempts, 10))) * interval '1 second'
     where id = $1 and stored_at is null`,
    [id],
  )
}
