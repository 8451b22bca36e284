/**
 * Corrections of studies: revisions that are only added; what stands is worked out by `refresh_study` (migrations/0030-patients.sql).
 *
 * Order of locks: decisions on identity one after the other (advisory 5), the study's row, numbers (advisory 2), totals, feed.
 */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

/** Everything that says whose a study is goes one after the other: there is little of it, and no two may half know of each other. */
export const takeTurn = async (on: Queryable): Promise<void> => {
  await query(on, 'select pg_advisory_xact_lock(5, 0)')
}

export interface CorrectedStudy {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  /** The owner. */
  readonly institution: number
  readonly workitem: number | null
  /** DICOM JSON of the indexed attributes of patient and study: as they stand, and as they came. */
  readonly json: string
  readonly receivedJSON: string
  /** Of the last correction; 0 when there is none. */
  readonly revision: number
}

const columns = `s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution, d.workitem_id as workitem, s.json,
  coalesce(r.json, s.json) as "receivedJSON",
  coalesce((select max(c.revision) from study_correction c where c.study_pk = s.study_pk), 0) as revision`
const tables = 'study s left join study_as_received r using (study_pk) left join study_reading d using (study_pk)'
const inScope = 'exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))'

export async function findCorrectedStudy(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<CorrectedStudy | undefined> {
  const text = `select ${columns} from ${tables} where s.study_instance_uid = $2 and ${inScope}`
  const [row] = await query<CorrectedStudy & { [column: string]: unknown }>(on, text, [scope, StudyInstanceUID])
  return row
}

/** The same, held until the end of the transaction. */
export async function lockCorrectedStudy(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<CorrectedStudy | undefined> {
  const found = await query(on, `select from study s where s.study_instance_uid = $2 and ${inScope} for no key update`, [
    scope,
    StudyInstanceUID,
  ])
  return found.length === 0 ? undefined : findCorrectedStudy(on, scope, StudyInstanceUID)
}

export interface SeriesCorrected {
  readonly SeriesInstanceUID: string
  readonly Modality: string | null
  readonly SeriesNumber: string | null
  readonly SeriesDescription: string | null
  readonly json: string
  readonly receivedJSON: string
}

/** The series of a study that is in scope already, in order. */
export const seriesOfStudy = (on: Queryable, studyPk: number): Promise<SeriesCorrected[]> =>
  query<SeriesCorrected & { [column: string]: unknown }>(
    on,
    `select e.series_instance_uid as "SeriesInstanceUID", e.modality as "Modality", e.series_number as "SeriesNumber",
       e.series_description as "SeriesDescription", e.json, coalesce(r.json, e.json) as "receivedJSON"
     from series e left join series_as_received r using (series_pk) where e.study_pk = $1 order by e.series_order, e.series_pk`,
    [studyPk],
  )

export interface NewCorrection {
  readonly studyPk: number
  readonly SeriesInstanceUID: string | null
  readonly attributes: Readonly<Record<string, string>>
  readonly columns: Readonly<Record<string, string | null>>
  /** DICOM JSON attributes by tag. */
  readonly members: object
  /** What the new name is found by; null where the name stays. */
  readonly nameKeys: readonly string[] | null
  /** The revision that is taken back. */
  readonly undoes: number | null
  readonly reason: string
  readonly account: number
}

/** Answers its revision. Rows that searches read, the filing of the patient and the revisions of all answers follow. */
export async function insertCorrection(on: Queryable, correction: NewCorrection): Promise<number> {
  const { studyPk, SeriesInstanceUID, attributes, columns, members, nameKeys, undoes, reason, account } = correction
  const [row] = await query<{ revision: number }>(on, 'select correct_study($1, $2, $3, $4, $5, $6, $7, $8, $9) as revision', [
    studyPk,
    SeriesInstanceUID,
    JSON.stringify(attributes),
    JSON.stringify(columns),
    JSON.stringify(members),
    nameKeys,
    undoes,
    reason,
    account,
  ])
  return row!.revision
}

export interface CorrectionRow {
  readonly revision: number
  readonly SeriesInstanceUID: string | null
  readonly attributes: Readonly<Record<string, string>>
  readonly undoes: number | null
  readonly reason: string
  readonly by: string
  readonly at: Date
}

/** All of a study that is in scope already, newest first, undoings among them. */
export const correctionsOfStudy = (on: Queryable, studyPk: number): Promise<CorrectionRow[]> =>
  query<CorrectionRow & { [column: string]: unknown }>(
    on,
    `select c.revision, c.series_instance_uid as "SeriesInstanceUID", c.attributes, c.undoes, c.reason, a.display_name as by, c.at
     from study_correction c join account a on a.id = c.account_id
     where c.study_pk = $1 order by c.revision desc`,
    [studyPk],
  )
