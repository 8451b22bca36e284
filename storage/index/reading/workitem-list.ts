/** A workitem as people see it: one row with what its study says, for the reading list (workitem-search.ts) and the reading page. */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { reportIsOut } from './reports.ts'

export interface PersonRef {
  readonly username: string
  readonly displayName: string
}

export interface WorkitemRow {
  readonly id: number
  readonly studyPk: number
  readonly state: string
  readonly urgency: number
  readonly StudyInstanceUID: string
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  /** Its numbers from before a match or a merge, between backslashes. */
  readonly formerPatientIDs: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly institutionId: number
  readonly institutionName: string
  readonly centre: number
  readonly modalities: string[]
  readonly bodyPart: string | null
  readonly StudyDescription: string | null
  readonly AccessionNumber: string | null
  readonly StudyDate: string | null
  readonly StudyTime: string | null
  /** Without the documents that we added. */
  readonly series: number
  readonly instances: number
  /** 0: the study's own task; above, a further procedure of it, of these series (none: all). */
  readonly part: number
  readonly procedure: string | null
  readonly SeriesInstanceUIDs: string[]
  /** Studies that are read with this one. */
  readonly alsoStudies: string[]
  /** Other studies of the person, at most 99: nobody reads a number above. */
  readonly priors: number
  readonly receivedAt: Date
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly claimedAt: Date | null
  readonly submittedAt: Date | null
  readonly finalAt: Date | null
  readonly assigneeId: number | null
  readonly assignee: PersonRef | null
  readonly authorId: number | null
  readonly author: PersonRef | null
  readonly reviewerId: number | null
  readonly reviewer: PersonRef | null
  readonly leaseUntil: Date | null
  readonly reworked: boolean
  readonly newImages: boolean
  readonly clinicalInformation: string | null
  readonly samePerson: boolean
  /** 0 none, 1 open, 2 closed. */
  readonly critical: number
  /** Null: none was ever open. */
  readonly criticals: { readonly open: number; readonly id: string | null } | null
  readonly questionsOpen: number
  readonly returnCount: number
  readonly reservedForId: number | null
  readonly reservedFor: PersonRef | null
  readonly temporary: boolean
  readonly amending: string | null
  readonly amendingClass: string | null
  readonly standing: unknown
  readonly beforeSignature: unknown
  readonly waiting: string | null
  readonly limitMs: number | null
  readonly workingHours: boolean
  readonly pausedAt: Date | null
  readonly pausedSeconds: number
  readonly signedAt: Date | null
  readonly reportSeen: boolean
  readonly studyEndAt: Date | null
  readonly firstByteAt: Date | null
  readonly deliveredAt: Date | null
  readonly openedAt: Date | null
  readonly amendedAt: Date | null
  readonly now: Date
  readonly documentsPending: number
  readonly documentsStored: number
  readonly reportId: number | null
  readonly generation: number
}

const person = (alias: string) =>
  `case when ${alias}.id is not null then jsonb_build_object('username', ${alias}.username, 'displayName', ${alias}.display_name) end`

/** `$1` is always the scope: priors are counted in it. */
export const workitemColumns = `w.id, w.study_pk as "studyPk", w.state, w.urgency, s.study_instance_uid as "StudyInstanceUID", s.patient_name as "PatientName",
  nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID", s.former_patient_ids as "formerPatientIDs",
  s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
  s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", i.institution_id as "institutionId", i.name as "institutionName", w.centre_id as centre,
  t.modalities,
  (select r.body_part_examined from series r where r.study_pk = w.study_pk and r.body_part_examined is not null order by r.series_order limit 1) as "bodyPart",
  s.study_description as "StudyDescription", s.accession_number as "AccessionNumber", s.study_date as "StudyDate", s.study_time as "StudyTime",
  t.series + coalesce(also.series, 0) - coalesce(doc.stored, 0) as series, t.instances + coalesce(also.instances, 0) - coalesce(doc.stored, 0) as instances,
  w.part, w.procedure, w.series_instance_uids as "SeriesInstanceUIDs", coalesce(also.studies, '{}') as "alsoStudies",
  (select count(*) from (select from patient mine join patient theirs on theirs.person_pk = mine.person_pk
     join study o on o.patient_pk = theirs.patient_pk and o.study_pk <> w.study_pk
   where mine.patient_pk = s.patient_pk
     and exists (select from study_access oa where oa.study_pk = o.study_pk and oa.institution_id = any($1)) limit 99) other) as priors,
  s.first_received_at as "receivedAt", w.ready_at as "readyAt", w.due_at as "dueAt", w.claimed_at as "claimedAt", w.submitted_at as "submittedAt",
  w.final_at as "finalAt", w.assignee_id as "assigneeId", ${person('assignee')} as assignee, w.author_id as "authorId", ${person('author')} as author,
  w.reviewer_id as "reviewerId", ${person('reviewer')} as reviewer, w.lease_until as "leaseUntil", w.reworked, w.new_images as "newImages",
  w.same_person as "samePerson", w.critical,
  case when w.critical = 1 then (select jsonb_build_object('open', count(*), 'id', max(c.id)::text) from critical_value c
     where c.workitem_id = w.id and c.state not in ('CLOSED', 'WITHDRAWN')) end as criticals, w.questions_open as "questionsOpen", w.return_count as "returnCount",
  reserved.id as "reservedForId", ${person('reserved')} as "reservedFor", w.temporary, w.amending, w.amending_class as "amendingClass", w.standing,
  w.before_signature as "beforeSignature", w.waiting, w.limit_ms as "limitMs",
  w.working_hours as "workingHours", w.paused_at as "pausedAt", w.paused_seconds as "pausedSeconds",
  coalesce(w.amended_at, w.final_at) as "signedAt", ${reportIsOut} as "reportSeen",
  w.study_end_at as "studyEndAt", w.first_byte_at as "firstByteAt", w.delivered_at as "deliveredAt", w.opened_at as "openedAt",
  w.amended_at as "amendedAt", now() as now,
  nullif(p.clinical_information, '') as "clinicalInformation", coalesce(doc.pending, 0) as "documentsPending", coalesce(doc.stored, 0) as "documentsStored",
  doc.report_id as "reportId", w.generation`

export const workitemTables = (workitems: string) => `${workitems} w
  join study s on s.study_pk = w.study_pk
  join study_totals t on t.study_pk = w.study_pk
  join institution i on i.institution_id = s.institution_id
  left join study_supplement p on p.study_pk = w.study_pk
  left join account assignee on assignee.id = w.assignee_id
  left join account author on author.id = w.author_id
  left join account reviewer on reviewer.id = w.reviewer_id
  left join account reserved on reserved.id = w.reserved_for and w.reserved_until > now()
  left join lateral (
    select (select st.report_id from standing_report st where st.workitem_id = w.id) as report_id,
      count(*) filter (where d.stored_at is null) as pending, count(*) filter (where d.stored_at is not null and d.rejected_at is null) as stored
    from report r join report_document d on d.report_id = r.id where r.workitem_id = w.id
  ) doc on true
  left join lateral (
    select sum(jt.series)::int as series, sum(jt.instances)::int as instances, array_agg(js.study_instance_uid order by j.id) as studies
    from workitem j join study js on js.study_pk = j.study_pk join study_totals jt on jt.study_pk = j.study_pk
    -- A part of the own study that was joined again adds no images.
    where j.joined_into = w.id and j.study_pk <> w.study_pk
  ) also on true`

export const workitemInScope = `exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))`

export async function findWorkitem(on: Queryable, scope: Scope, id: number): Promise<WorkitemRow | undefined> {
  const rows = await query<WorkitemRow>(
    on,
    `select ${workitemColumns} from ${workitemTables('workitem')} where ${workitemInScope} and w.id = $2`,
    [scope, id],
  )
  return rows[0]
}

export async function feedPosition(on: Queryable): Promise<number> {
  const [row] = await query<{ last: number }>(on, 'select last from feed')
  return row?.last ?? 0
}

export interface PriorRow {
  readonly StudyInstanceUID: string
  readonly StudyDate: string | null
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly bodyPart: string | null
  readonly institution: string
  readonly reportId: number | null
  readonly content: string | null
}

/** Other studies of the same person that the scope may see, newest first, with their latest report. */
export const priorsOf = (on: Queryable, scope: Scope, studyPk: number, limit = 100): Promise<PriorRow[]> =>
  query<PriorRow>(
    on,
    `select o.study_instance_uid as "StudyInstanceUID", o.study_date as "StudyDate", t.modalities, o.study_description as "StudyDescription",
       (select e.body_part_examined from series e where e.study_pk = o.study_pk and e.body_part_examined is not null order by e.series_order limit 1) as "bodyPart",
       i.name as institution, r.id as "reportId", r.content
     from study s join patient mine on mine.patient_pk = s.patient_pk join patient theirs on theirs.person_pk = mine.person_pk
       join study o on o.patient_pk = theirs.patient_pk and o.study_pk <> s.study_pk
       join study_totals t on t.study_pk = o.study_pk join institution i on i.institution_id = o.institution_id
       left join lateral (
         select report.id, report.content from workitem x join standing_report st on st.workitem_id = coalesce(x.joined_into, x.id)
           join report on report.id = st.report_id
         where x.study_pk = o.study_pk limit 1
       ) r on true
     where s.study_pk = $2 and exists (select from study_access a where a.study_pk = o.study_pk and a.institution_id = any($1))
     order by o.study_date desc nulls last, o.study_time desc nulls last limit $3`,
    [scope, studyPk, limit],
  )
