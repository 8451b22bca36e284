/** Statements of the documents of a return: its Rejection Note and its presentation state. Reserved with it, stored later. */
import { type Queryable, query } from '../query.ts'
import type { DueNote } from '../rejection-notes.ts'

export type ReturnDocumentKind = 'kos' | 'gsps'

export const reserveReturnDocument = async (
  on: Queryable,
  returned: number,
  kind: ReturnDocumentKind,
  { SOPInstanceUID, SeriesInstanceUID }: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string },
): Promise<void> => {
  await query(on, 'insert into return_document (return_id, kind, sop_instance_uid, series_instance_uid) values ($1, $2, $3, $4)', [
    returned,
    kind,
    SOPInstanceUID,
    SeriesInstanceUID,
  ])
}

/** Those that lie in the study, or will. */
export const returnDocumentsOf = (
  on: Queryable,
  returned: number,
): Promise<{ kind: ReturnDocumentKind; SOPInstanceUID: string; SeriesInstanceUID: string; stored: boolean }[]> =>
  query(
    on,
    `select kind, sop_instance_uid as "SOPInstanceUID", series_instance_uid as "SeriesInstanceUID", stored_at is not null as stored
     from return_document where return_id = $1 order by kind`,
    [returned],
  )

/** What is not stored yet shall not be any more. */
export const giveUpReturnDocuments = async (on: Queryable, returned: number): Promise<void> => {
  await query(on, 'update return_document set next_attempt_at = null where return_id = $1', [returned])
}

export interface DueReturnDocument {
  readonly returned: number
  readonly kind: ReturnDocumentKind
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly attempts: number
  readonly reasons: readonly string[]
  readonly comment: string
  readonly by: string
  readonly at: Date
  readonly annotation: unknown
  readonly presented: unknown
  readonly institution: DueNote['institution']
  readonly study: DueNote['study']
  readonly objects: DueNote['objects']
}

/** So long a document belongs to the gateway that took it; then another may try. */
const takenSeconds = 120

/** The document that has waited longest, taken from the other gateways for two minutes; a study of which nothing is shown any more would be shown by it. */
export async function takeDueReturnDocument(on: Queryable): Promise<DueReturnDocument | undefined> {
  const [row] = await query<DueReturnDocument & { [column: string]: unknown }>(
    on,
    `with due as (
       select d.return_id, d.kind from return_document d join workitem_return r using (return_id) where d.next_attempt_at <= now()
         and exists (select from study_access a where a.study_pk = r.study_pk)
       order by d.next_attempt_at limit 1 for update of d skip locked
     ), taken as (
       update return_document d set next_attempt_at = now() + make_interval(secs => $1) from due
       where d.return_id = due.return_id and d.kind = due.kind returning d.*
     )
     select t.return_id as returned, t.kind, t.sop_instance_uid as "SOPInstanceUID", t.series_instance_uid as "SeriesInstanceUID", t.attempts, r.reasons,
       r.comment, a.display_name as by, r.at, r.annotation, r.presented,
       jsonb_build_object('id', o.institution_id, 'code', o.code) as institution,
       jsonb_build_object(
         'PatientName', coalesce(s.patient_name, ''), 'PatientID', coalesce(s.patient_id, ''), 'IssuerOfPatientID', coalesce(s.issuer_of_patient_id, ''),
         'PatientBirthDate', coalesce(s.patient_birth_date, ''), 'PatientSex', coalesce(s.patient_sex, ''), 'StudyInstanceUID', s.study_instance_uid,
         'StudyID', coalesce(s.study_id, ''), 'StudyDate', coalesce(s.study_date, ''), 'StudyTime', coalesce(s.study_time, ''),
         'AccessionNumber', coalesce(s.accession_number, ''), 'ReferringPhysicianName', coalesce(s.referring_physician_name, ''),
         'StudyDescription', coalesce(s.study_description, ''), 'InstitutionName', coalesce(s.institution_name, '')) as study,
       coalesce((select jsonb_agg(jsonb_build_object('SeriesInstanceUID', e.series_instance_uid, 'SOPClassUID', i.sop_class_uid,
           'SOPInstanceUID', i.sop_instance_uid, 'isImage', true) order by e.series_order, e.series_pk, i.instance_order, i.instance_pk)
         from instance i join series e using (series_pk)
         where i.study_pk = r.study_pk and i.sop_instance_uid = any (r.sop_instance_uids)), '[]') as objects
     from taken t join workitem_return r using (return_id) join study s on s.study_pk = r.study_pk
       join institution o on o.institution_id = s.institution_id join account a on a.id = r.account_id`,
    [takenSeconds],
  )
  return row
}

/** False: the return was withdrawn while it was being stored. */
export async function markReturnDocumentStored(on: Queryable, returned: number, kind: ReturnDocumentKind): Promise<boolean> {
  const [row] = await query<{ stands: boolean }>(
    on,
    `update return_document d set stored_at = now(), next_attempt_at = null from workitem_return r
     where d.return_id = $1 and d.kind = $2 and r.return_id = d.return_id returning r.state = 'open' as stands`,
    [returned, kind],
  )
  return row?.stands ?? false
}

/** Tried again after 1 s, 2 s, 4 s … at most ten minutes; never given up. */
export const markReturnDocumentFailed = async (on: Queryable, returned: number, kind: ReturnDocumentKind): Promise<void> => {
  await query(
    on,
    `update return_document set attempts = attempts + 1, next_attempt_at = now() + least(600, power(2, least(attempts, 10))) * interval '1 second'
     where return_id = $1 and kind = $2 and next_attempt_at is not null`,
    [returned, kind],
  )
}
