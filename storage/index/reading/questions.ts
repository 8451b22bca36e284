/** What only a person can decide, and still has to: the open rows of `identity_question`. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { versionIsShown } from '../retrieve.ts'

export type QuestionKind = 'patient' | 'study' | 'conflict' | 'held'

export interface QuestionRow {
  readonly id: number
  readonly kind: QuestionKind
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  /** The instance that has several contents. */
  readonly SOPInstanceUID: string | null
  readonly PatientName: string | null
  readonly PatientID: string | null
  readonly StudyDate: string | null
  readonly institution: { readonly id: number; readonly name: string }
  /** The institution that sent what is held. */
  readonly sender: { readonly id: number; readonly name: string } | null
  /** What was said instead of what stands in the study. */
  readonly said: string | null
  /** How many versions of the instance can be retrieved, the current one included. */
  readonly versions: number | null
  readonly raisedAt: Date
}

/**
 * Newest first. What another institution sent without a right to the study (`held`, or a UID that it used as well) concerns two sides, so it is listed
 * only where both are overseen.
 */
export function openQuestions(on: Queryable, scope: Scope, overseesAll: boolean, limit: number): Promise<QuestionRow[]> {
  return query<QuestionRow & { [column: string]: unknown }>(
    on,
    `select q.question_pk as id, q.kind, s.study_instance_uid as "StudyInstanceUID", e.series_instance_uid as "SeriesInstanceUID",
       i.sop_instance_uid as "SOPInstanceUID", s.patient_name as "PatientName", s.patient_id as "PatientID", s.study_date as "StudyDate",
       jsonb_build_object('id', o.institution_id, 'name', o.name) as institution,
       case when h.institution_id is not null then jsonb_build_object('id', h.institution_id, 'name', h.name) end as sender,
       case q.kind when 'study' then q.detail end as said, case when i.instance_pk is not null then 1 + kept.shown end as versions,
       q.raised_at as "raisedAt"
     from identity_question q join study s using (study_pk) join institution o on o.institution_id = s.institution_id
       left join instance i on q.kind = 'conflict' and i.sop_instance_uid = q.detail
       left join series e on e.series_pk = i.series_pk
       left join institution h on q.kind = 'held' and 'institution/' || h.institution_id = q.detail
       cross join lateral (
         select count(*) as shown from version v where v.sop_instance_uid = i.sop_instance_uid and v.study_pk = i.study_pk and ${versionIsShown}
       ) kept
     where q.decided_at is null
       and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))
       and ($2 or q.kind in ('patient', 'study') or kept.shown > 0)
     order by q.question_pk desc limit $3`,
    [scope, overseesAll, limit],
  )
}
