/** Signed reports and the documents made of them. A report's row is written once and never changed; its documents are ticked off as they are stored. */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export type ReportKind = 'temporary' | 'final' | 'addendum' | 'correction'

export interface NewReport {
  readonly workitem: number
  readonly studyPk: number
  readonly version: number
  readonly kind: ReportKind
  /** Canonical JSON. */
  readonly content: string
  readonly contentSHA256: Uint8Array
  readonly author: number
  /** Null for a temporary report. */
  readonly reviewer: number | null
  readonly samePerson: boolean
  readonly predecessor: number | null
  readonly code: string
  readonly signedAt: Date
  readonly documents: readonly NewDocument[]
  /** Seconds until the documents are stored: so long the signature can be taken back. */
  readonly delaySeconds: number
}

export type DocumentKind = 'sr' | 'pdf' | 'kos'

export interface NewDocument {
  readonly kind: DocumentKind
  readonly SOPInstanceUID: string
  readonly SeriesInstanceUID: string
  /** Where it lies; absent: in the study of the report. */
  readonly StudyInstanceUID?: string
}

/** A version that stands from now on, in the place of the one before. The caller holds the workitem's lock. */
export async function insertReport(on: Queryable, report: NewReport): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into report (workitem_id, study_pk, version, kind, content, content_sha256, author_id, reviewer_id, same_person, predecessor_id, code, signed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id`,
    [
      report.workitem,
      report.studyPk,
      report.version,
      report.kind,
      report.content,
      report.contentSHA256,
      report.author,
      report.reviewer,
      report.samePerson,
      report.predecessor,
      report.code,
      report.signedAt,
    ],
  )
  await letStand(on, report.workitem, row!.id)
  for (const { kind, SOPInstanceUID, SeriesInstanceUID, StudyInstanceUID = null } of report.documents) {
    await query(
      on,
      `insert into report_document (report_id, kind, sop_instance_uid, series_instance_uid, next_attempt_at, study_pk)
       values ($1, $2, $3, $4, now() + make_interval(secs => $5), (select study_pk from study where study_instance_uid = $6))`,
      [row!.id, kind, SOPInstanceUID, SeriesInstanceUID, report.delaySeconds, StudyInstanceUID],
    )
  }
  return row!.id
}

/** Which version of a workitem counts; null: none any more. */
export async function letStand(on: Queryable, workitem: number, report: number | null): Promise<void> {
  if (report === null) await query(on, `delete from standing_report where workitem_id = $1`, [workitem])
  else {
    await query(
      on,
      `insert into standing_report (workitem_id, report_id) values ($1, $2) on conflict (workitem_id) do update set report_id = $2`,
      [workitem, report],
    )
  }
}

/** Takes versions back for good. */
export const withdrawReports = async (
  on: Queryable,
  reports: readonly number[],
  { how, actor, reason }: { readonly how: 'unsigned' | 'retracted'; readonly actor: number; readonly reason: string },
): Promise<void> => {
  await query(
    on,
    `insert into report_withdrawal (report_id, how, actor_id, reason) select id, $2, $3, $4 from unnest($1::bigint[]) as r (id)`,
    [reports, how, actor, reason],
  )
}

/** standing: it counts · superseded: another version took its place · unsigned, retracted: taken back. */
export type ReportStatus = 'standing' | 'superseded' | 'unsigned' | 'retracted'

export interface ReportRow {
  readonly id: number
  readonly workitem: number
  readonly studyPk: number
  readonly version: number
  readonly kind: ReportKind
  readonly content: string
  readonly hash: string
  readonly code: string | null
  readonly status: ReportStatus
  readonly predecessor: number | null
  readonly withdrawn: { readonly by: string; readonly at: string; readonly reason: string } | null
  readonly pending: number
  /** What the study says of its patient now. */
  readonly stands: {
    readonly PatientName: string | null
    readonly supplementName: string | null
    readonly PatientID: string | null
    readonly PatientSex: string | null
    readonly PatientBirthDate: string | null
    readonly PatientAge: string | null
    readonly StudyDate: string | null
  }
}

const status = `case
    when exists (select from standing_report c where c.report_id = r.id) then 'standing'
    else coalesce((select w.how from report_withdrawal w where w.report_id = r.id), 'superseded') end`

const columns = `r.id, r.workitem_id as workitem, r.study_pk as "studyPk", r.version, r.kind, r.content, encode(r.content_sha256, 'hex') as hash,
  r.code, ${status} as status, r.predecessor_id as predecessor,
  (select jsonb_build_object('by', a.display_name, 'at', w.at, 'reason', w.reason) from report_withdrawal w join account a on a.id = w.actor_id
   where w.report_id = r.id) as withdrawn,
  (select count(*) from report_document d where d.report_id = r.id and d.stored_at is null) as pending,
  (select jsonb_build_object('PatientName', s.patient_name, 'supplementName', nullif(p.patient_name, ''), 'PatientID', s.patient_id,
     'PatientSex', s.patient_sex, 'PatientBirthDate', s.patient_birth_date, 'PatientAge', s.json::jsonb -> '00101010' -> 'Value' ->> 0,
     'StudyDate', s.study_date)
   from study s left join study_supplement p using (study_pk) where s.study_pk = r.study_pk) as stands`

/** Of a workitem `w`: somebody outside opened the report that stands, it is on paper or a file, or its documents are in the archive. */
export const reportIsOut = `exists (select from standing_report st left join report_delivery v on v.report_id = st.report_id
      and (v.channel <> 'web' or v.institution_id is distinct from w.centre_id)
      left join report_document o on o.report_id = st.report_id and o.stored_at is not null
    where st.workitem_id = w.id and (v.id is not null or o.kind is not null))`

const inScope = (parameter: string) =>
  `exists (select from study_access a where a.study_pk = r.study_pk and a.institution_id = any(${parameter}))`

export async function findReport(on: Queryable, scope: Scope, id: number): Promise<ReportRow | undefined> {
  const rows = await query<ReportRow>(on, `select ${columns} from report r where r.id = $2 and ${inScope('$1')}`, [scope, id])
  return rows[0]
}

/** By the code of its print, for whoever holds the paper. */
export async function reportByCode(on: Queryable, code: string): Promise<ReportRow | undefined> {
  const rows = await query<ReportRow>(on, `select ${columns} from report r where r.code = $1`, [code])
  return rows[0]
}

/** The version that stands. The caller has checked the scope. */
export async function reportOfWorkitem(on: Queryable, workitem: number): Promise<ReportRow | undefined> {
  const rows = await query<ReportRow>(
    on,
    `select ${columns} from standing_report st join report r on r.id = st.report_id where st.workitem_id = $1`,
    [workitem],
  )
  return rows[0]
}

/** Every version of a workitem, newest first. The caller has checked the scope. */
export const reportVersions = (on: Queryable, workitem: number): Promise<ReportRow[]> =>
  query<ReportRow>(on, `select ${columns} from report r where r.workitem_id = $1 order by r.version desc`, [workitem])

/** The standing report of each of many studies. The caller has checked the scope. */
export async function latestReports(on: Queryable, studyPks: readonly number[]): Promise<ReadonlyMap<number, ReportRow>> {
  const rows = await query<ReportRow & { readonly readWith: number }>(
    on,
    `select ${columns}, w.study_pk as "readWith" from workitem w join standing_report st on st.workitem_id = coalesce(w.joined_into, w.id)
       join report r on r.id = st.report_id where w.study_pk = any($1) order by r.signed_at`,
    [studyPks],
  )
  return new Map(rows.map((row) => [row.readWith, row]))
}

/** What of a study goes into its report, besides what the workitem's row has. */
export interface ReportedStudy {
  readonly StudyID: string | null
  readonly ReferringPhysicianName: string | null
  readonly IssuerOfPatientID: string | null
  readonly institution: { readonly code: string; readonly name: string }
  readonly centre: { readonly code: string; readonly name: string }
  readonly department: string | null
  readonly requester: string | null
  readonly ward: string | null
  readonly bed: string | null
}

export async function reportedStudy(on: Queryable, studyPk: number, centre: number): Promise<ReportedStudy> {
  const [row] = await query<ReportedStudy>(
    on,
    `select s.study_id as "StudyID", s.referring_physician_name as "ReferringPhysicianName", s.issuer_of_patient_id as "IssuerOfPatientID",
       jsonb_build_object('code', i.code, 'name', i.name) as institution, jsonb_build_object('code', c.code, 'name', c.name) as centre,
       p.department, p.requester, p.ward, p.bed
     from study s join institution i on i.institution_id = s.institution_id join institution c on c.institution_id = $2
       left join study_supplement p on p.study_pk = s.study_pk where s.study_pk = $1`,
    [studyPk, centre],
  )
  return row!
}

export interface JoinedStudy {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly AccessionNumber: string
  readonly StudyDescription: string
  readonly described: {
    readonly PatientName: string
    readonly PatientID: string
    readonly IssuerOfPatientID: string
    readonly PatientSex: string
    readonly PatientBirthDate: string
    readonly StudyID: string
    readonly StudyDate: string
    readonly StudyTime: string
    readonly ReferringPhysicianName: string
  }
}

/** Studies that are read together with that of a task. */
export const joinedStudies = (on: Queryable, workitem: number): Promise<JoinedStudy[]> =>
  query<JoinedStudy & { [column: string]: unknown }>(
    on,
    `select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", coalesce(s.accession_number, '') as "AccessionNumber",
       coalesce(s.study_description, '') as "StudyDescription",
       jsonb_build_object('PatientName', coalesce(s.patient_name, ''), 'PatientID', coalesce(s.patient_id, ''),
         'IssuerOfPatientID', coalesce(s.issuer_of_patient_id, ''), 'PatientSex', coalesce(s.patient_sex, ''),
         'PatientBirthDate', coalesce(s.patient_birth_date, ''), 'StudyID', coalesce(s.study_id, ''), 'StudyDate', coalesce(s.study_date, ''),
         'StudyTime', coalesce(s.study_time, ''), 'ReferringPhysicianName', coalesce(s.referring_physician_name, '')) as described
     from workitem w join study s on s.study_pk = w.study_pk where w.joined_into = $1 order by w.id`,
    [workitem],
  )

/** The last time that a verb was used on a workitem. */
export async function lastEvent(
  on: Queryable,
  workitem: number,
  verb: string,
): Promise<{ readonly reason: string | null; readonly detail: Readonly<Record<string, unknown>> | null } | undefined> {
  const [row] = await query<{ reason: string | null; detail: Record<string, unknown> | null }>(
    on,
    `select reason, detail from workitem_event where workitem_id = $1 and verb = $2 order by number desc limit 1`,
    [workitem, verb],
  )
  return row
}

export interface EvidenceRow {
  readonly SeriesInstanceUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
}

/** Every instance of the study that we have not authored, in order. */
export const evidenceOf = (on: Queryable, studyPk: number): Promise<EvidenceRow[]> =>
  query<EvidenceRow>(
    on,
    `select r.series_instance_uid as "SeriesInstanceUID", n.sop_class_uid as "SOPClassUID", n.sop_instance_uid as "SOPInstanceUID"
     from instance n join series r on r.series_pk = n.series_pk where n.study_pk = $1 and n.via <> 'authored'
     order by r.series_order, r.series_pk, n.instance_order, n.instance_pk`,
    [studyPk],
  )

export interface PendingDocument {
  readonly reportId: number
  readonly kind: DocumentKind
  readonly SOPInstanceUID: string
  readonly content: string
  readonly hash: string
  readonly studyPk: number
  /** Where it is to lie. */
  readonly StudyInstanceUID: string
  readonly workitem: number
  readonly centre: number
  /** The owner of that study. */
  readonly institution: { readonly id: number; readonly code: string }
  readonly attempts: number
}

/** So long a document belongs to the gateway that took it; then another may try. */
const takenSeconds = 120

/** The document that has waited longest, taken from the other gateways for two minutes; undefined when none is due. */
export async function takePendingDocument(on: Queryable): Promise<PendingDocument | undefined> {
  const rows = await query<PendingDocument>(
    on,
    `with due as (
       select sop_instance_uid from report_document where stored_at is null and next_attempt_at <= now()
       order by next_attempt_at limit 1 for update skip locked
     ), taken as (
       update report_document d set next_attempt_at = now() + make_interval(secs => $1) from due
       where d.sop_instance_uid = due.sop_instance_uid returning d.report_id, d.kind, d.sop_instance_uid, d.study_pk, d.attempts
     )
     select taken.report_id as "reportId", taken.kind, taken.sop_instance_uid as "SOPInstanceUID", r.content, encode(r.content_sha256, 'hex') as hash,
       s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", r.workitem_id as workitem, w.centre_id as centre,
       jsonb_build_object('id', i.institution_id, 'code', i.code) as institution, taken.attempts
     from taken join report r on r.id = taken.report_id join workitem w on w.id = r.workitem_id
       join study s on s.study_pk = coalesce(taken.study_pk, r.study_pk) join institution i on i.institution_id = s.institution_id`,
    [takenSeconds],
  )
  return rows[0]
}

export async function markStored(on: Queryable, SOPInstanceUID: string): Promise<boolean> {
  const rows = await query(
    on,
    `update report_document set stored_at = now(), attempts = attempts + 1, failure = null where sop_instance_uid = $1 and stored_at is null
     returning report_id`,
    [SOPInstanceUID],
  )
  return rows.length === 1
}

/** Tried again after 1 s, 2 s, 4 s … at most ten minutes; never given up. */
export const markFailed = async (on: Queryable, SOPInstanceUID: string, failure: string): Promise<void> => {
  await query(
    on,
    `update report_document set attempts = attempts + 1, failure = left($2, 500),
       next_attempt_at = now() + least(600, power(2, least(attempts, 10))) * interval '1 second'
     where sop_instance_uid = $1 and stored_at is null`,
    [SOPInstanceUID, failure],
  )
}

/** Documents that are not stored yet never will be. */
export const forgetDocuments = async (on: Queryable, reports: readonly number[]): Promise<void> => {
  await query(on, `delete from report_document where report_id = any($1) and stored_at is null`, [reports])
}

/** Stored documents are to be put aside. 113037: nobody shall use them · 113001: another version took their place. */
export const markForRejection = async (on: Queryable, reports: readonly number[], code: '113001' | '113037'): Promise<void> => {
  await query(
    on,
    `update report_document set reject_code = $2 where report_id = any($1) and rejected_at is null and (reject_code is null or $2 = '113037')`,
    [reports, code],
  )
}

export interface DueRejection {
  readonly reportId: number
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly code: '113001' | '113037'
  readonly SOPInstanceUIDs: readonly string[]
  readonly by: { readonly account: number; readonly name: string }
  readonly reason: string
}

/** A report whose documents, all stored, wait to be put aside, of one study after the other; locked until the transaction ends. */
export async function takeDueRejection(on: Queryable): Promise<DueRejection | undefined> {
  const [locked] = await query<{ id: number }>(
    on,
    `select r.id from report r where exists (select from report_document d where d.report_id = r.id and d.reject_code is not null
         and d.rejected_at is null and d.stored_at is not null)
       and not exists (select from report_document d where d.report_id = r.id and d.stored_at is null)
     order by r.id limit 1 for update of r skip locked`,
  )
  if (locked === undefined) return undefined
  const [row] = await query<DueRejection>(
    on,
    `select r.id as "reportId", s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", max(d.reject_code) as code,
       array_agg(d.sop_instance_uid order by d.kind) as "SOPInstanceUIDs",
       jsonb_build_object('account', a.id, 'name', a.display_name) as by, coalesce(w.reason, '') as reason
     from report r join report_document d on d.report_id = r.id join study s on s.study_pk = coalesce(d.study_pk, r.study_pk)
       left join report_withdrawal w on w.report_id = r.id
       left join report n on n.predecessor_id = r.id and not exists (select from report_withdrawal u where u.report_id = n.id and u.how = 'unsigned')
       join account a on a.id = coalesce(w.actor_id, n.reviewer_id, n.author_id)
     where r.id = $1 and d.reject_code is not null and d.rejected_at is null group by r.id, s.study_pk, a.id, w.reason
     order by s.study_pk = r.study_pk desc, s.study_pk limit 1`,
    [locked.id],
  )
  return row
}

export const markDocumentsRejected = async (on: Queryable, SOPInstanceUIDs: readonly string[]): Promise<void> => {
  await query(
    on,
    `update report_document set rejected_at = now() where sop_instance_uid = any($1) and reject_code is not null and rejected_at is null`,
    [SOPInstanceUIDs],
  )
}

/** T6: SR and PDF of a report are in the archive. */
export const markDelivered = async (on: Queryable, workitem: number): Promise<void> => {
  await query(
    on,
    `update workitem set delivered_at = now() where id = $1 and delivered_at is null
       and not exists (select from standing_report st join report_document d on d.report_id = st.report_id
         where st.workitem_id = $1 and d.stored_at is null)`,
    [workitem],
  )
}

/** A key image of a report as a picture; undefined: not made yet, null: it has none. */
export async function reportPicture(on: Queryable, report: number, number: number): Promise<Buffer | null | undefined> {
  const [row] = await query<{ jpeg: Buffer | null }>(on, `select jpeg from report_picture where report_id = $1 and number = $2`, [
    report,
    number,
  ])
  return row?.jpeg
}

/** The first one that is kept stays: everybody sees the same. */
export const keepPicture = async (on: Queryable, report: number, number: number, jpeg: Uint8Array | null): Promise<void> => {
  await query(on, `insert into report_picture (report_id, number, jpeg) values ($1, $2, $3) on conflict do nothing`, [report, number, jpeg])
}

/** Every version that one took the place of, the one before first. */
export async function predecessorsOf(on: Queryable, report: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `with recursive chain as (
       select predecessor_id as id, 1 as step from report where id = $1
       union all
       select r.predecessor_id, step + 1 from chain join report r on r.id = chain.id
     )
     select id from chain where id is not null order by step`,
    [report],
  )
  return rows.map(({ id }) => id)
}

/** Whether a rejection put documents of a retracted or corrected report aside. */
export async function holdsWithdrawnDocuments(on: Queryable, rejection: number): Promise<boolean> {
  const [row] = await query<{ holds: boolean }>(
    on,
    `select exists (select from rejected_instance i join report_document d on d.sop_instance_uid = i.sop_instance_uid
       where i.rejection_id = $1 and d.reject_code is not null) as holds`,
    [rejection],
  )
  return row!.holds
}
