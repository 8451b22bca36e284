/** Statements of Rejection Notes: those that are to be written, and those that were sent in. */
import { type Queryable, query } from './query.ts'

export interface DueNote {
  readonly rejection: number
  readonly studyPk: number
  readonly code: string
  readonly comment: string
  readonly account: number
  readonly by: string
  readonly at: Date
  readonly attempts: number
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly institution: { readonly id: number; readonly code: string }
  /** As the study says it; empty where it says nothing. */
  readonly study: {
    readonly PatientName: string
    readonly PatientID: string
    readonly IssuerOfPatientID: string
    readonly PatientBirthDate: string
    readonly PatientSex: string
    readonly StudyInstanceUID: string
    readonly StudyID: string
    readonly StudyDate: string
    readonly StudyTime: string
    readonly AccessionNumber: string
    readonly ReferringPhysicianName: string
    readonly StudyDescription: string
    readonly InstitutionName: string
  }
  readonly objects: readonly {
    readonly SeriesInstanceUID: string
    readonly SOPClassUID: string
    readonly SOPInstanceUID: string
    readonly isImage: boolean
  }[]
}

/** So long a note belongs to the gateway that took it; then another may try. */
const takenSeconds = 120

/**
 * The note that has waited longest, taken from the other gateways for two minutes; undefined when none is due. A study of which nothing is shown any
 * more needs none: it would be shown again by it.
 */
export async function takeDueNote(on: Queryable): Promise<DueNote | undefined> {
  const [row] = await query<DueNote & { [column: string]: unknown }>(
    on,
    `with due as (
       select r.rejection_id from rejection r where r.note_next_attempt_at <= now()
         and exists (select from study_access a where a.study_pk = r.study_pk)
       order by r.note_next_attempt_at limit 1 for update skip locked
     ), taken as (
       update rejection r set note_next_attempt_at = now() + make_interval(secs => $1) from due where r.rejection_id = due.rejection_id returning r.*
     )
     select t.rejection_id as rejection, t.study_pk as "studyPk", t.code, t.comment, t.rejected_by as account, t.rejected_by_name as by, t.rejected_at as at,
       t.note_attempts as attempts, t.note_sop_instance_uid as "SOPInstanceUID", t.note_series_instance_uid as "SeriesInstanceUID",
       jsonb_build_object('id', o.institution_id, 'code', o.code) as institution,
       jsonb_build_object(
         'PatientName', coalesce(s.patient_name, ''), 'PatientID', coalesce(s.patient_id, ''), 'IssuerOfPatientID', coalesce(s.issuer_of_patient_id, ''),
         'PatientBirthDate', coalesce(s.patient_birth_date, ''), 'PatientSex', coalesce(s.patient_sex, ''), 'StudyInstanceUID', s.study_instance_uid,
         'StudyID', coalesce(s.study_id, ''), 'StudyDate', coalesce(s.study_date, ''), 'StudyTime', coalesce(s.study_time, ''),
         'AccessionNumber', coalesce(s.accession_number, ''), 'ReferringPhysicianName', coalesce(s.referring_physician_name, ''),
         'StudyDescription', coalesce(s.study_description, ''), 'InstitutionName', coalesce(s.institution_name, '')) as study,
       (select jsonb_agg(jsonb_build_object('SeriesInstanceUID', i.series_instance_uid, 'SOPClassUID', i.sop_class_uid,
           'SOPInstanceUID', i.sop_instance_uid, 'isImage', coalesce(i."row" -> 'pixels', 'null') <> 'null') order by i.series_instance_uid, i.instance_pk)
         from rejected_instance i where i.rejection_id = t.rejection_id) as objects
     from taken t join study s using (study_pk) join institution o on o.institution_id = s.institution_id`,
    [takenSeconds],
  )
  return row
}

/** False: its rejection was taken back, or nothing but notes is left beside it, while it was being stored. */
export async function markNoteStored(on: Queryable, rejection: number): Promise<boolean> {
  await query(on, 'update rejection set note_stored_at = now(), note_next_attempt_at = null where rejection_id = $1', [rejection])
  const [row] = await query<{ stands: boolean }>(
    on,
    `select r.state <> 'restored' and exists (select from instance i where i.study_pk = r.study_pk
       and not exists (select from rejection n where n.note_sop_instance_uid = i.sop_instance_uid)) as stands
     from rejection r where r.rejection_id = $1 for update`,
    [rejection],
  )
  return row!.stands
}

/** Tried again after 1 s, 2 s, 4 s … at most ten minutes; never given up. */
export const markNoteFailed = async (on: Queryable, rejection: number): Promise<void> => {
  await query(
    on,
    `update rejection set note_attempts = note_attempts + 1,
       note_next_attempt_at = now() + least(600, power(2, least(note_attempts, 10))) * interval '1 second'
     where rejection_id = $1 and note_next_attempt_at is not null`,
    [rejection],
  )
}

export interface ArrivedNote {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  /** Who sent it. */
  readonly institution: number
  readonly institutionCode: string
  readonly institutionName: string
  readonly AETitle: string | null
  readonly account: number | null
  /** The machine's notes are obeyed. */
  readonly mayReject: boolean
  /** Length of its JSON. */
  readonly metadataBytes: number
}

/** The Key Object Selections among these changes that others made and that no rejection came of yet. */
export const arrivedNotes = (on: Queryable, changes: readonly number[]): Promise<ArrivedNote[]> =>
  query<ArrivedNote & { [column: string]: unknown }>(
    on,
    `select s.study_instance_uid as "StudyInstanceUID", e.series_instance_uid as "SeriesInstanceUID", i.sop_instance_uid as "SOPInstanceUID",
       i.institution_id as institution, o.code as "institutionCode", o.name as "institutionName", i.ae_title as "AETitle", i.account_id as account,
       coalesce((select ae.may_reject and ae.enabled from ae where ae.title = i.ae_title and ae.institution_id = i.institution_id), false) as "mayReject",
       m.length as "metadataBytes"
     from change c join instance i on i.sop_instance_uid = c.ref and i.study_pk = c.study_pk join series e using (series_pk)
       join study s on s.study_pk = i.study_pk join institution o on o.institution_id = i.institution_id join instance_metadata m using (instance_pk)
     where c.number = any ($1) and i.sop_class_uid = '1.2.840.10008.5.1.4.1.1.88.59' and i.via <> 'authored'
       and not exists (select from rejection r where r.note_sop_instance_uid = i.sop_instance_uid)
     order by c.number`,
    [changes],
  )

/** Those of the instances that the study has. */
export async function shownAmong(on: Queryable, studyPk: number, SOPInstanceUIDs: readonly string[]): Promise<string[]> {
  const rows = await query<{ uid: string }>(
    on,
    'select sop_instance_uid as uid from instance where study_pk = $1 and sop_instance_uid = any ($2) order by 1',
    [studyPk, SOPInstanceUIDs],
  )
  return rows.map(({ uid }) => uid)
}

/**
 * The rejection that a note belongs to which came when all it speaks of was rejected already and nothing but notes is shown of the study; undefined where
 * something is shown.
 */
export async function rejectionBehind(
  on: Queryable,
  studyPk: number,
  note: string,
  SOPInstanceUIDs: readonly string[],
): Promise<number | undefined> {
  const [row] = await query<{ id: number | null }>(
    on,
    `select max(r.rejection_id) as id from rejected_instance r where r.study_pk = $1 and r.sop_instance_uid = any ($3) and not exists (
       select from instance i where i.study_pk = $1 and i.sop_instance_uid <> $2
         and not exists (select from rejection n where n.note_sop_instance_uid = i.sop_instance_uid))`,
    [studyPk, note, SOPInstanceUIDs],
  )
  return row?.id ?? undefined
}
