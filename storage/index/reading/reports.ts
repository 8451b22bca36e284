/** Signed reports and the documents made of them. A report's row is written once and never changed; its documents are ticked off as they are stored. */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export interface NewReport {
  readonly workitem: number
  readonly studyPk: number
  readonly version: number
  readonly kind: 'final'
  /** Canonical JSON. */
  readonly content: string
  readonly contentSHA256: Uint8Array
  readonly author: number
  readonly reviewer: number
  readonly signedAt: Date
  readonly documents: readonly { readonly kind: DocumentKind; readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }[]
}

export type DocumentKind = 'sr' | 'pdf'

export async function insertReport(on: Queryable, report: NewReport): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into report (workitem_id, study_pk, version, kind, content, content_sha256, author_id, reviewer_id, signed_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning id`,
    [
      report.workitem,
      report.studyPk,
      report.version,
      report.kind,
      report.content,
      report.contentSHA256,
      report.author,
      report.reviewer,
      report.signedAt,
    ],
  )
  for (const { kind, SOPInstanceUID, SeriesInstanceUID } of report.documents) {
    await query(on, `insert into report_document (report_id, kind, sop_instance_uid, series_instance_uid) values ($1, $2, $3, $4)`, [
      row!.id,
      kind,
      SOPInstanceUID,
      SeriesInstanceUID,
    ])
  }
  return row!.id
}

export interface ReportRow {
  readonly id: number
  readonly workitem: number
  readonly studyPk: number
  readonly version: number
  readonly content: string
  readonly hash: string
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

const columns = `r.id, r.workitem_id as workitem, r.study_pk as "studyPk", r.version, r.content, encode(r.content_sha256, 'hex') as hash,
  (select count(*) from report_document d where d.report_id = r.id and d.stored_at is null) as pending,
  (select jsonb_build_object('PatientName', s.patient_name, 'supplementName', nullif(p.patient_name, ''), 'PatientID', s.patient_id,
     'PatientSex', s.patient_sex, 'PatientBirthDate', s.patient_birth_date, 'PatientAge', s.json::jsonb -> '00101010' -> 'Value' ->> 0,
     'StudyDate', s.study_date)
   from study s left join study_supplement p using (study_pk) where s.study_pk = r.study_pk) as stands`

const inScope = (parameter: string) =>
  `exists (select from study_access a where a.study_pk = r.study_pk and a.institution_id = any(${parameter}))`

export async function findReport(on: Queryable, scope: Scope, id: number): Promise<ReportRow | undefined> {
  const rows = await query<ReportRow>(on, `select ${columns} from report r where r.id = $2 and ${inScope('$1')}`, [scope, id])
  return rows[0]
}

/** The latest report of a workitem. The caller has checked the scope. */
export async function reportOfWorkitem(on: Queryable, workitem: number): Promise<ReportRow | undefined> {
  const rows = await query<ReportRow>(on, `select ${columns} from report r where r.workitem_id = $1 order by r.version desc limit 1`, [
    workitem,
  ])
  return rows[0]
}

/** The latest report of each of many studies. The caller has checked the scope. */
export async function latestReports(on: Queryable, studyPks: readonly number[]): Promise<ReadonlyMap<number, ReportRow>> {
  const rows = await query<ReportRow>(
    on,
    `select distinct on (r.study_pk) ${columns} from report r where r.study_pk = any($1) order by r.study_pk, r.version desc`,
    [studyPks],
  )
  return new Map(rows.map((row) => [row.studyPk, row]))
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
}

export async function reportedStudy(on: Queryable, studyPk: number, centre: number): Promise<ReportedStudy> {
  const [row] = await query<ReportedStudy>(
    on,
    `select s.study_id as "StudyID", s.referring_physician_name as "ReferringPhysicianName", s.issuer_of_patient_id as "IssuerOfPatientID",
       jsonb_build_object('code', i.code, 'name', i.name) as institution, jsonb_build_object('code', c.code, 'name', c.name) as centre,
       p.department, p.requester
     from study s join institution i on i.institution_id = s.institution_id join institution c on c.institution_id = $2
       left join study_supplement p on p.study_pk = s.study_pk where s.study_pk = $1`,
    [studyPk, centre],
  )
  return row!
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
  readonly content: string
  readonly hash: string
  readonly studyPk: number
  readonly workitem: number
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
       select report_id, kind from report_document where stored_at is null and next_attempt_at <= now()
       order by next_attempt_at limit 1 for update skip locked
     ), taken as (
       update report_document d set next_attempt_at = now() + make_interval(secs => $1) from due
       where d.report_id = due.report_id and d.kind = due.kind returning d.report_id, d.kind, d.attempts
     )
     select taken.report_id as "reportId", taken.kind, r.content, encode(r.content_sha256, 'hex') as hash, r.study_pk as "studyPk",
       r.workitem_id as workitem, jsonb_build_object('id', i.institution_id, 'code', i.code) as institution, taken.attempts
     from taken join report r on r.id = taken.report_id join study s on s.study_pk = r.study_pk
       join institution i on i.institution_id = s.institution_id`,
    [takenSeconds],
  )
  return rows[0]
}

export async function markStored(on: Queryable, report: number, kind: DocumentKind): Promise<boolean> {
  const rows = await query(
    on,
    `update report_document set stored_at = now(), attempts = attempts + 1, failure = null where report_id = $1 and kind = $2 and stored_at is null
     returning report_id`,
    [report, kind],
  )
  return rows.length === 1
}

/** Tried again after 1 s, 2 s, 4 s … at most ten minutes; never given up. */
export const markFailed = async (on: Queryable, report: number, kind: DocumentKind, failure: string): Promise<void> => {
  await query(
    on,
    `update report_document set attempts = attempts + 1, failure = left($3, 500),
       next_attempt_at = now() + least(600, power(2, least(attempts, 10))) * interval '1 second'
     where report_id = $1 and kind = $2 and stored_at is null`,
    [report, kind, failure],
  )
}
