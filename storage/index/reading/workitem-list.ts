/** Workitems as people see them: one row with what its study says, for the reading list and the reading page. */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { asksFor, type Found, foundStudies, Values } from './found.ts'

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
  readonly imagesSeen: boolean
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
  readonly sortTime: string
}

const person = (alias: string) =>
  `case when ${alias}.id is not null then jsonb_build_object('username', ${alias}.username, 'displayName', ${alias}.display_name) end`

/** `$1` is always the scope: priors are counted in it. */
const columns = `w.id, w.study_pk as "studyPk", w.state, w.urgency, s.study_instance_uid as "StudyInstanceUID", s.patient_name as "PatientName",
  nullif(p.patient_name, '') as "supplementName", s.patient_id as "PatientID", s.former_patient_ids as "formerPatientIDs",
  s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
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
  w.same_person as "samePerson", w.critical, w.questions_open as "questionsOpen", w.return_count as "returnCount",
  reserved.id as "reservedForId", ${person('reserved')} as "reservedFor", w.temporary, w.amending, w.amending_class as "amendingClass", w.standing,
  w.before_signature as "beforeSignature", w.waiting, w.opened_in_viewer_at is not null as "imagesSeen", w.limit_ms as "limitMs",
  w.working_hours as "workingHours", w.paused_at as "pausedAt", w.paused_seconds as "pausedSeconds",
  coalesce(w.amended_at, w.final_at) as "signedAt", w.state = 'FINAL' and (w.opened_at is not null or w.delivered_at is not null) as "reportSeen",
  w.study_end_at as "studyEndAt", w.first_byte_at as "firstByteAt", w.delivered_at as "deliveredAt", w.opened_at as "openedAt",
  w.amended_at as "amendedAt", now() as now,
  nullif(p.clinical_information, '') as "clinicalInformation", coalesce(doc.pending, 0) as "documentsPending", coalesce(doc.stored, 0) as "documentsStored",
  doc.report_id as "reportId", w.generation`

const tablesOf = (workitems: string) => `${workitems} w
  join study s on s.study_pk = w.study_pk
  join study_totals t on t.study_pk = w.study_pk
  join institution i on i.institution_id = s.institution_id
  left join study_supplement p on p.study_pk = w.study_pk
  left join account assignee on assignee.id = w.assignee_id
  left join account author on author.id = w.author_id
  left join account reviewer on reviewer.id = w.reviewer_id
  left join account reserved on reserved.id = w.reserved_for and w.reserved_until > now()
  left join lateral (
    select max(r.id) as report_id, count(*) filter (where d.stored_at is null) as pending, count(*) filter (where d.stored_at is not null) as stored
    from report r join report_document d on d.report_id = r.id where r.workitem_id = w.id
  ) doc on true`

const inScope = `exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))`

export async function findWorkitem(on: Queryable, scope: Scope, id: number): Promise<WorkitemRow | undefined> {
  const rows = await query<WorkitemRow>(
    on,
    `select ${columns}, '' as "sortTime" from ${tablesOf('workitem')} where ${inScope} and w.id = $2`,
    [scope, id],
  )
  return rows[0]
}

/** By urgency and due time (open work), or newest first by the time given. */
export type WorkitemOrder = 'due' | 'final' | 'newest'

export interface WorkitemSearch extends Found {
  readonly scope: Scope
  readonly centre: number
  /** Account of the asker, for `mine`. */
  readonly account: number
  readonly view: WorkitemView
  readonly states: readonly string[] | null
  readonly modality: string | null
  readonly institution: number | null
  readonly urgency: readonly number[] | null
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

/** As the partial index of open work says it. */
const open = `w.state not in ('FINAL', 'AMENDED', 'RETRACTED', 'CANCELED')`
/** As the partial index of finished work says it. */
const finished = `w.state in ('FINAL', 'AMENDED', 'RETRACTED')`

interface View {
  /** `me` answers the place of the asker's account: PostgreSQL takes no parameter that a statement does not use. */
  readonly holds: (me: () => string) => string
  readonly order: WorkitemOrder
}

const views: Readonly<Record<WorkitemView, View>> = {
  todo: {
    holds: (me) =>
      `${open} and (w.state = 'READY' or w.state in ('CLAIMED', 'QUERIED', 'REWORK', 'REVIEWING') and w.assignee_id = ${me()})`,
    order: 'due',
  },
  mine: {
    holds: (me) =>
      `${open} and (w.state in ('CLAIMED', 'QUERIED', 'REWORK', 'REVIEWING') and w.assignee_id = ${me()} or w.state in ('SUBMITTED', 'TEMP_RELEASED') and w.author_id = ${me()})`,
    order: 'due',
  },
  review: { holds: (me) => `${open} and w.state in ('SUBMITTED', 'TEMP_RELEASED', 'REVIEWING') and w.author_id <> ${me()}`, order: 'due' },
  final: { holds: () => finished, order: 'final' },
  all: { holds: () => 'true', order: 'newest' },
}

interface Order {
  /** The cursor's time. */
  readonly time: string
  readonly by: string
  readonly after: (values: Values, cursor: WorkitemCursor) => string
}

const orders: Readonly<Record<WorkitemOrder, Order>> = {
  due: {
    time: `coalesce(w.due_at, 'infinity')`,
    by: `w.urgency, coalesce(w.due_at, 'infinity'), w.id`,
    after: (values, { urgency, time, id }) =>
      `(w.urgency, coalesce(w.due_at, 'infinity'), w.id) > (${values.bind(urgency)}, ${values.bind(time)}::timestamptz, ${values.bind(id)})`,
  },
  final: newestFirst('w.final_at'),
  newest: newestFirst('w.created_at'),
}

function newestFirst(time: string): Order {
  return {
    time,
    by: `${time} desc, w.id desc`,
    after: (values, cursor) => `(${time}, w.id) < (${values.bind(cursor.time)}::timestamptz, ${values.bind(cursor.id)})`,
  }
}

/** The workitems searched for, as `from … where …`, and what must stand before it. `$1` is the scope. */
function matching(values: Values, search: WorkitemSearch): { before: string; from: string } {
  const { view, states, modality, institution, urgency, from, to } = search
  const found = asksFor(search) ? `with found as materialized (${foundStudies(values, search)})` : ''
  const access = [
    'a.study_pk = w.study_pk',
    'a.institution_id = any($1)',
    // The date stands beside the scope, so that either can be where the search begins.
    ...(from === null ? [] : [`a.study_date >= ${values.bind(from)}`]),
    ...(to === null ? [] : [`a.study_date <= ${values.bind(to)}`]),
  ]
  const conditions = [
    `w.centre_id = ${values.bind(search.centre)}`,
    views[view].holds(() => values.bind(search.account)),
    `exists (select from study_access a where ${access.join(' and ')})`,
    ...(states === null ? [] : [`w.state = any(${values.bind(states)})`]),
    ...(urgency === null ? [] : [`w.urgency = any(${values.bind(urgency)})`]),
    ...(modality === null
      ? []
      : [`exists (select from study_totals t where t.study_pk = w.study_pk and ${values.bind(modality)} = any(t.modalities))`]),
    ...(institution === null
      ? []
      : [`exists (select from study s where s.study_pk = w.study_pk and s.institution_id = ${values.bind(institution)})`]),
    ...(found === '' ? [] : ['w.study_pk in (select study_pk from found)']),
  ]
  return { before: found, from: `from workitem w where ${conditions.join(' and ')}` }
}

/** First the page, from the indexes; then what its rows show. */
export function listWorkitems(on: Queryable, search: WorkitemSearch): Promise<WorkitemRow[]> {
  const values = new Values()
  values.bind(search.scope)
  const { time, by, after } = orders[views[search.view].order]
  const { before, from } = matching(values, search)
  const rest = search.after === null ? '' : `and ${after(values, search.after)}`
  return query<WorkitemRow>(
    on,
    `${before === '' ? 'with' : `${before},`} page as materialized (
       select w.*, (${time})::text as sort_time ${from} ${rest} order by ${by} limit ${values.bind(search.limit)}
     )
     select ${columns}, w.sort_time as "sortTime" from ${tablesOf('page')} order by ${by}`,
    values.list,
  )
}

/** Nobody reads a number above this; counting on would cost more than the list. */
export const countLimit = 1_000

/** How many match, at most `countLimit`. */
export async function countWorkitems(on: Queryable, search: WorkitemSearch): Promise<number> {
  const values = new Values()
  values.bind(search.scope)
  const { before, from } = matching(values, search)
  const [row] = await query<{ n: number }>(
    on,
    `${before} select count(*) as n from (select ${from} limit ${countLimit}) matching`,
    values.list,
  )
  return row?.n ?? 0
}

/** How many there are in each view of open work, unfiltered; finished work is counted for the last 24 hours. */
export async function countViews(on: Queryable, scope: Scope, centre: number, account: number): Promise<Record<WorkitemView, number>> {
  const [row] = await query<Record<WorkitemView, number>>(
    on,
    `select count(*) filter (where ${views.todo.holds(() => '$3')}) as todo, count(*) filter (where ${views.mine.holds(() => '$3')}) as mine,
       count(*) filter (where ${views.review.holds(() => '$3')}) as review, count(*) as "all",
       (select count(*) from workitem w where w.centre_id = $2 and ${finished} and w.final_at > now() - interval '1 day' and ${inScope}) as final
     from workitem w where w.centre_id = $2 and ${open} and ${inScope}`,
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
