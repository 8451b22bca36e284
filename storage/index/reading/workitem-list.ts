/** Workitems as people see them: one row with what its study says, for the reading list and the reading page. */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

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
  readonly documentsPending: number
  readonly documentsStored: number
  readonly reportId: number | null
  readonly generation: number
  readonly sortTime: string
}

const person = (alias: string) =>
  `case when ${alias}.id is not null then jsonb_build_object('username', ${alias}.username, 'displayName', ${alias}.display_name) end`

/** `$1` is always the scope: priors are counted in it. */
const columns = `w.id, w.study_pk as "studyPk", w.state, w.urgency, s.study_instance_uid as "StudyInstanceUID", s.patient_name as "PatientName",
  nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID", s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
  s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", i.institution_id as "institutionId", i.name as "institutionName", w.centre_id as centre,
  t.modalities,
  (select r.body_part_examined from series r where r.study_pk = w.study_pk and r.body_part_examined is not null order by r.series_order limit 1) as "bodyPart",
  s.study_description as "StudyDescription", s.accession_number as "AccessionNumber", s.study_date as "StudyDate", s.study_time as "StudyTime",
  t.series - coalesce(doc.stored, 0) as series, t.instances - coalesce(doc.stored, 0) as instances,
  (select count(distinct o.study_pk) from patient mine join patient theirs on theirs.person_pk = mine.person_pk
     join study o on o.patient_pk = theirs.patient_pk and o.study_pk <> w.study_pk
     join study_access oa on oa.study_pk = o.study_pk and oa.institution_id = any($1)
   where mine.patient_pk = s.patient_pk) as priors,
  s.first_received_at as "receivedAt", w.ready_at as "readyAt", w.due_at as "dueAt", w.claimed_at as "claimedAt", w.submitted_at as "submittedAt",
  w.final_at as "finalAt", w.assignee_id as "assigneeId", ${person('assignee')} as assignee, w.author_id as "authorId", ${person('author')} as author,
  w.reviewer_id as "reviewerId", ${person('reviewer')} as reviewer, w.lease_until as "leaseUntil", w.reworked, w.new_images as "newImages",
  nullif(p.clinical_information, '') as "clinicalInformation", coalesce(doc.pending, 0) as "documentsPending", coalesce(doc.stored, 0) as "documentsStored",
  doc.report_id as "reportId", w.generation`

const tables = `workitem w
  join study s on s.study_pk = w.study_pk
  join study_totals t on t.study_pk = w.study_pk
  join institution i on i.institution_id = s.institution_id
  left join study_supplement p on p.study_pk = w.study_pk
  left join account assignee on assignee.id = w.assignee_id
  left join account author on author.id = w.author_id
  left join account reviewer on reviewer.id = w.reviewer_id
  left join lateral (
    select max(r.id) as report_id, count(*) filter (where d.stored_at is null) as pending, count(*) filter (where d.stored_at is not null) as stored
    from report r join report_document d on d.report_id = r.id where r.workitem_id = w.id
  ) doc on true`

const inScope = `exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))`

export async function findWorkitem(on: Queryable, scope: Scope, id: number): Promise<WorkitemRow | undefined> {
  const rows = await query<WorkitemRow>(on, `select ${columns}, '' as "sortTime" from ${tables} where ${inScope} and w.id = $2`, [
    scope,
    id,
  ])
  return rows[0]
}

/** By urgency and due time (open work), or newest first by the time given. */
export type WorkitemOrder = 'due' | 'final' | 'newest'

export interface WorkitemSearch {
  readonly scope: Scope
  readonly centre: number
  /** Account of the asker, for `mine`. */
  readonly account: number
  readonly view: WorkitemView
  readonly states: readonly string[] | null
  readonly modality: string | null
  readonly institution: number | null
  readonly urgency: readonly number[] | null
  /** Name keys that must all be there, or null. */
  readonly nameKeys: readonly string[] | null
  /** Beginning of a PatientID or AccessionNumber, or null. */
  readonly number: string | null
  /** StudyDate, inclusive. */
  readonly from: string | null
  readonly to: string | null
  readonly limit: number
  readonly after: WorkitemCursor | null
}

export interface WorkitemCursor {
  readonly urgency: number
  readonly time: string
  readonly id: number
}

export type WorkitemView = 'todo' | 'mine' | 'review' | 'final' | 'all'

/** What each view holds; `$3` is the asker's account. Constants only: nothing of a request comes in here. */
const views: Readonly<Record<WorkitemView, { readonly holds: string; readonly order: WorkitemOrder }>> = {
  todo: { holds: `(w.state = 'READY' or w.state in ('CLAIMED', 'REWORK', 'REVIEWING') and w.assignee_id = $3)`, order: 'due' },
  mine: {
    holds: `(w.state in ('CLAIMED', 'REWORK', 'REVIEWING') and w.assignee_id = $3 or w.state = 'SUBMITTED' and w.author_id = $3)`,
    order: 'due',
  },
  review: { holds: `(w.state in ('SUBMITTED', 'REVIEWING') and w.author_id <> $3)`, order: 'due' },
  final: { holds: `w.state = 'FINAL'`, order: 'final' },
  all: { holds: 'true', order: 'newest' },
}

const orders: Readonly<Record<WorkitemOrder, { readonly time: string; readonly by: string; readonly after: string }>> = {
  due: {
    time: `coalesce(w.due_at, 'infinity')`,
    by: `w.urgency, coalesce(w.due_at, 'infinity'), w.id`,
    after: `(w.urgency, coalesce(w.due_at, 'infinity'), w.id) > ($14, $15::timestamptz, $16)`,
  },
  final: {
    time: 'w.final_at',
    by: 'w.final_at desc, w.id desc',
    after: `(w.final_at, w.id) < ($15::timestamptz, $16) and $14::int is not null`,
  },
  newest: {
    time: 'w.created_at',
    by: 'w.created_at desc, w.id desc',
    after: `(w.created_at, w.id) < ($15::timestamptz, $16) and $14::int is not null`,
  },
}

const filters = `w.centre_id = $2 and ${inScope} and $3::int is not null
  and ($4::text[] is null or w.state = any($4)) and ($5::text is null or $5 = any(t.modalities)) and ($6::int is null or s.institution_id = $6)
  and ($7::int[] is null or w.urgency = any($7))
  and ($8::text[] is null and $9::text is null or s.name_keys @> $8 or p.name_keys @> $8
    or s.patient_id ilike $9 or s.accession_number ilike $9)
  and ($10::text is null or s.study_date >= $10) and ($11::text is null or s.study_date <= $11)`

const parameters = (search: WorkitemSearch): unknown[] => [
  search.scope,
  search.centre,
  search.account,
  search.states,
  search.modality,
  search.institution,
  search.urgency,
  search.nameKeys,
  search.number === null ? null : `${search.number.replace(/[\\%_]/g, '\\$&')}%`,
  search.from,
  search.to,
]

export function listWorkitems(on: Queryable, search: WorkitemSearch): Promise<WorkitemRow[]> {
  const { holds, order } = views[search.view]
  const { time, by, after } = orders[order]
  const { after: cursor } = search
  return query<WorkitemRow>(
    on,
    `select ${columns}, (${time})::text as "sortTime" from ${tables}
     where ${filters} and ${holds} and ($13::boolean or ${after}) order by ${by} limit $12`,
    [...parameters(search), search.limit, cursor === null, cursor?.urgency ?? 0, cursor?.time ?? '-infinity', cursor?.id ?? 0],
  )
}

/** Nobody reads a number above this; counting on would cost more than the list. */
export const countLimit = 1_000

/** How many match, at most `countLimit`. */
export async function countWorkitems(on: Queryable, search: WorkitemSearch): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `select count(*) as n from (select from workitem w join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = w.study_pk
       left join study_supplement p on p.study_pk = w.study_pk where ${filters} and ${views[search.view].holds} limit ${countLimit}) matching`,
    parameters(search),
  )
  return row?.n ?? 0
}

/** How many there are in each view of open work, unfiltered; finished work is counted for the last 24 hours. */
export async function countViews(on: Queryable, scope: Scope, centre: number, account: number): Promise<Record<WorkitemView, number>> {
  const [row] = await query<Record<WorkitemView, number>>(
    on,
    `select count(*) filter (where ${views.todo.holds}) as todo, count(*) filter (where ${views.mine.holds}) as mine,
       count(*) filter (where ${views.review.holds}) as review, count(*) filter (where w.state = 'FINAL') as final,
       count(*) filter (where w.state <> 'FINAL') as "all"
     from workitem w where w.centre_id = $2 and ${inScope}
       and (w.state not in ('FINAL', 'CANCELED') or w.state = 'FINAL' and w.final_at > now() - interval '1 day')`,
    [scope, centre, account],
  )
  return row ?? { todo: 0, mine: 0, review: 0, final: 0, all: 0 }
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
  readonly institution: string
  readonly reportId: number | null
  readonly content: string | null
}

/** Other studies of the same person that the scope may see, newest first, with their latest report. */
export const priorsOf = (on: Queryable, scope: Scope, studyPk: number, limit = 100): Promise<PriorRow[]> =>
  query<PriorRow>(
    on,
    `select o.study_instance_uid as "StudyInstanceUID", o.study_date as "StudyDate", t.modalities, o.study_description as "StudyDescription",
       i.name as institution, r.id as "reportId", r.content
     from study s join patient mine on mine.patient_pk = s.patient_pk join patient theirs on theirs.person_pk = mine.person_pk
       join study o on o.patient_pk = theirs.patient_pk and o.study_pk <> s.study_pk
       join study_totals t on t.study_pk = o.study_pk join institution i on i.institution_id = o.institution_id
       left join lateral (select id, content from report where report.study_pk = o.study_pk order by version desc limit 1) r on true
     where s.study_pk = $2 and exists (select from study_access a where a.study_pk = o.study_pk and a.institution_id = any($1))
     order by o.study_date desc nulls last, o.study_time desc nulls last limit $3`,
    [scope, studyPk, limit],
  )
