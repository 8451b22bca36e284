/** What the procedure steps of the reading workflow are made of: a workitem with its study, people and documents, and its event log from a number on. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { type UPSRow, upsColumns } from './workitems.ts'

export interface Performer {
  readonly username: string
  readonly displayName: string
}

export interface ReadingRow {
  readonly id: number
  readonly state: string
  readonly urgency: number
  readonly centre: { readonly id: number; readonly code: string; readonly name: string }
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly PatientName: string | null
  readonly PatientID: string | null
  readonly IssuerOfPatientID: string | null
  readonly PatientBirthDate: string | null
  readonly PatientSex: string | null
  readonly AccessionNumber: string | null
  readonly StudyDescription: string | null
  readonly modalities: string[]
  readonly clinicalInformation: string | null
  readonly requester: string | null
  readonly createdAt: Date
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly claimedAt: Date | null
  readonly submittedAt: Date | null
  readonly finalAt: Date | null
  readonly assignee: Performer | null
  readonly author: Performer | null
  readonly reviewer: Performer | null
  readonly documents: readonly { readonly kind: 'sr' | 'pdf'; readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }[]
  readonly now: Date
}

const person = (alias: string) =>
  `case when ${alias}.id is not null then jsonb_build_object('username', ${alias}.username, 'displayName', ${alias}.display_name) end`

/** The workitem, locked before it is read: whoever tells its events holds it. (A statement that waits for a lock reads everything else as it was before.) */
export async function lockReading(on: Queryable, workitem: number): Promise<ReadingRow | undefined> {
  await query(on, 'select from workitem where id = $1 for no key update', [workitem])
  const [row] = await query<ReadingRow & { [column: string]: unknown }>(
    on,
    `select w.id, w.state, w.urgency, jsonb_build_object('id', c.institution_id, 'code', c.code, 'name', c.name) as centre, w.study_pk as "studyPk",
       s.study_instance_uid as "StudyInstanceUID", s.patient_name as "PatientName", s.patient_id as "PatientID",
       s.issuer_of_patient_id as "IssuerOfPatientID", s.patient_birth_date as "PatientBirthDate", s.patient_sex as "PatientSex",
       s.accession_number as "AccessionNumber", s.study_description as "StudyDescription", t.modalities,
       nullif(p.clinical_information, '') as "clinicalInformation", nullif(p.requester, '') as requester, w.created_at as "createdAt",
       w.ready_at as "readyAt", w.due_at as "dueAt", w.claimed_at as "claimedAt", w.submitted_at as "submittedAt", w.final_at as "finalAt",
       ${person('assignee')} as assignee, ${person('author')} as author, ${person('reviewer')} as reviewer,
       (select coalesce(jsonb_agg(jsonb_build_object('kind', d.kind, 'SOPInstanceUID', d.sop_instance_uid, 'SeriesInstanceUID', d.series_instance_uid)
          order by d.kind), '[]') from report r join report_document d on d.report_id = r.id where r.workitem_id = w.id) as documents,
       clock_timestamp() as now
     from workitem w join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = w.study_pk
       join institution c on c.institution_id = w.centre_id left join study_supplement p on p.study_pk = w.study_pk
       left join account assignee on assignee.id = w.assignee_id left join account author on author.id = w.author_id
       left join account reviewer on reviewer.id = w.reviewer_id
     where w.id = $1`,
    [workitem],
  )
  return row
}

export interface ToldEvent {
  readonly number: number
  readonly at: Date
  readonly verb: string
  readonly from: string | null
  readonly to: string
  readonly reason: string | null
  readonly detail: Readonly<Record<string, unknown>> | null
}

/** The events of a workitem that have not been told yet, oldest first. */
export const eventsToTell = (on: Queryable, workitem: number): Promise<ToldEvent[]> =>
  query<ToldEvent & { [column: string]: unknown }>(
    on,
    `select e.number, e.at, e.verb, e.from_state as "from", e.to_state as "to", e.reason, e.detail from workitem_event e
     where e.workitem_id = $1 and e.number > coalesce((select last_event from ups_reading where workitem_id = $1), 0) order by e.number`,
    [workitem],
  )

export const eventsTold = async (on: Queryable, workitem: number, lastEvent: number): Promise<void> => {
  await query(
    on,
    `insert into ups_reading (workitem_id, last_event) values ($1, $2) on conflict (workitem_id) do update set last_event = $2`,
    [workitem, lastEvent],
  )
}

/** The newest step of each kind, locked. */
export const stepsOf = (on: Queryable, workitem: number): Promise<UPSRow[]> =>
  query<UPSRow & { [column: string]: unknown }>(
    on,
    `select ${upsColumns} from ups u where u.workitem_id = $1 and u.gone_at is null
       and u.ups_pk in (select max(n.ups_pk) from ups n where n.workitem_id = $1 group by n.step) order by u.ups_pk for no key update of u`,
    [workitem],
  )

/** The workitems of studies about which something has changed. */
export async function workitemsOf(on: Queryable, studyPks: readonly number[]): Promise<number[]> {
  if (studyPks.length === 0) return []
  const rows = await query<{ id: number }>(on, `select id from workitem where study_pk = any($1) order by id`, [studyPks])
  return rows.map(({ id }) => id)
}

/** Writes the Transaction UID that the step will be claimed with, beside the deed that claims it. */
export const lockStep = async (on: Queryable, upsPk: number, transactionUID: string): Promise<void> => {
  await query(on, `update ups set transaction_uid = $2 where ups_pk = $1`, [upsPk, transactionUID])
}

export interface InputRow {
  readonly SeriesInstanceUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
}

/** The images of a study, without the documents that we authored. */
export const instancesOfStudy = (on: Queryable, scope: Scope, studyPk: number, limit: number): Promise<InputRow[]> =>
  query<InputRow & { [column: string]: unknown }>(
    on,
    `select e.series_instance_uid as "SeriesInstanceUID", i.sop_class_uid as "SOPClassUID", i.sop_instance_uid as "SOPInstanceUID"
     from series e join instance i on i.series_pk = e.series_pk
     where e.study_pk = $2 and i.via <> 'authored' and exists (select from study_access a where a.study_pk = $2 and a.institution_id = any($1))
     order by e.series_order, e.series_pk, i.instance_order, i.instance_pk limit $3`,
    [scope, studyPk, limit],
  )
