/** Health checks that were found normal and wait for their second signature. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { unseenIn } from './openings.ts'

export interface BatchRow {
  readonly id: number
  readonly generation: number
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly StudyDate: string | null
  readonly StudyDescription: string | null
  readonly institution: string
  readonly modalities: string[]
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly author: string
  readonly submittedAt: Date | null
  /** The reviewer has looked at the images too. */
  readonly seen: boolean
}

/**
 * Urgency 4, negative, nothing new, nothing asked, no critical value, nobody else's hands on it, written by another who has looked at all its images. Oldest
 * first.
 */
export const batchCandidates = (
  on: Queryable,
  search: {
    readonly scope: Scope
    readonly centre: number
    readonly reviewer: number
    readonly ids: readonly number[] | null
    readonly limit: number
  },
): Promise<BatchRow[]> =>
  query<BatchRow>(
    on,
    `select w.id, w.generation, s.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID",
       s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate", s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge",
       s.study_date as "StudyDate", s.study_description as "StudyDescription", i.name as institution, t.modalities, d.findings, d.impression,
       d.advice, a.display_name as author, w.submitted_at as "submittedAt",
       not exists (select from ${unseenIn('w.id', '$3')}) as seen
     from workitem w join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = w.study_pk
       join institution i on i.institution_id = s.institution_id join draft d on d.workitem_id = w.id join account a on a.id = w.author_id
       left join study_supplement p on p.study_pk = w.study_pk
     where w.centre_id = $2 and w.state = 'SUBMITTED' and w.urgency = 4 and w.author_id <> $3 and w.amending is null and not w.new_images
       and w.critical = 0 and w.questions_open = 0 and d.polarity = 'negative' and coalesce(d.wording, 'normal') = 'normal'
       and not exists (select from ${unseenIn('w.id', 'w.author_id')})
       and exists (select from study_access x where x.study_pk = w.study_pk and x.institution_id = any($1))
       and ($4::bigint[] is null or w.id = any($4))
     order by w.submitted_at, w.id limit $5`,
    [search.scope, search.centre, search.reviewer, search.ids, search.limit],
  )
