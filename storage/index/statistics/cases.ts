/** The cases behind a figure: the rows that it counts (`counts.ts`), with the patients of those that the asker may see. */
import { type Queryable, query } from '../query.ts'
import { Values } from '../reading/found.ts'
import type { Scope } from '../records.ts'
import { type Count, countedColumns } from './counts.ts'
import { countedFrom, type FactSearch, type Narrowed } from './figures.ts'

export interface CaseSearch extends FactSearch {
  readonly count: Count
  readonly narrowed: Narrowed
}

/** What a row is: a task in scope, a task of somebody else's, or a figure of a former system with nothing behind it. */
export type CaseKind = 'case' | 'closed' | 'figure'

export interface CaseRow {
  readonly fact: number
  /** Among several of one fact, such as its critical values: 1, 2 … */
  readonly place: number
  readonly caseKind: CaseKind
  readonly institution: number
  readonly modality: string
  readonly urgency: number
  readonly studyEndAt: Date | null
  readonly readyAt: Date | null
  readonly finalAt: Date | null
  readonly dueAt: Date | null
  readonly openedAt: Date | null
  readonly pausedSeconds: number
  readonly author: string | null
  readonly reviewer: string | null
  readonly polarity: string | null
  readonly grade: string | null
  readonly returns: number
  readonly reasons: readonly string[]
  readonly corrections: number
  readonly addenda: number
  /** Of a critical value. */
  readonly raisedAt: Date | null
  readonly acknowledgedAt: Date | null
  /** Of a reason. */
  readonly reason: string | null
  /** Null unless it is a case. */
  readonly workitem: number | null
  readonly state: string | null
  readonly report: number | null
  readonly StudyInstanceUID: string | null
  readonly StudyDescription: string | null
  readonly AccessionNumber: string | null
  readonly StudyDate: string | null
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
}

/** Newest first, by the figure's own clock. */
export function listCases(on: Queryable, scope: Scope, search: CaseSearch, limit: number, offset: number): Promise<CaseRow[]> {
  const values = new Values()
  const { at, item, place } = countedColumns(search.count)
  const counted = countedFrom(values, search, search.count, search.narrowed)
  const order = (alias: string) => `${alias}at desc, ${alias}fact_id desc, ${alias}place`
  return query<CaseRow & { [column: string]: unknown }>(
    on,
    `with hit as (
       select f.*, ${at} as at, ${item} as item, ${place} as place ${counted}
       order by ${order('')} limit ${values.bind(limit)} offset ${values.bind(offset)}
     )
     select hit.fact_id as fact, hit.place, case when hit.workitem_id is null then 'figure' when seen.workitem is null then 'closed' else 'case' end as "caseKind",
       hit.institution_id as institution, hit.modality, hit.urgency, hit.study_end_at as "studyEndAt", hit.ready_at as "readyAt", hit.final_at as "finalAt",
       hit.due_at as "dueAt", hit.opened_at as "openedAt", hit.paused_seconds as "pausedSeconds", author.display_name as author,
       reviewer.display_name as reviewer, hit.polarity, hit.grade, hit.returns, hit.return_reasons as reasons, hit.corrections, hit.addenda,
       (hit.item ->> 'raised_at')::timestamptz as "raisedAt", (hit.item ->> 'acknowledged_at')::timestamptz as "acknowledgedAt",
       hit.item ->> 'reason' as reason, seen.*
     from hit
       left join account author on author.id = hit.author_id
       left join account reviewer on reviewer.id = hit.reviewer_id
       left join lateral (
         select w.id as workitem, w.state, (select st.report_id from standing_report st where st.workitem_id = w.id) as report,
           s.study_instance_uid as "StudyInstanceUID", s.study_description as "StudyDescription", s.accession_number as "AccessionNumber",
           s.study_date as "StudyDate", s.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID",
           s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate", s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge"
         from workitem w join study s on s.study_pk = w.study_pk left join study_supplement p on p.study_pk = w.study_pk
         where w.id = hit.workitem_id
           and exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any(${values.bind(scope)}))
       ) seen on true
     order by ${order('hit.')}`,
    values.list,
  )
}

export interface CaseTotal {
  readonly total: number
  /** Of these, figures of a former system. */
  readonly figures: number
}

export async function countCases(on: Queryable, search: CaseSearch): Promise<CaseTotal> {
  const values = new Values()
  const [row] = await query<CaseTotal & { [column: string]: unknown }>(
    on,
    `select count(*) as total, count(*) filter (where f.workitem_id is null) as figures ${countedFrom(values, search, search.count, search.narrowed)}`,
    values.list,
  )
  return row!
}
