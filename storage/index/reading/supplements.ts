/** 补充: what the imaging room adds to a study that the machine could not say. */

import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import { centreOfStudy } from './studies.ts'
import type { ClockChange } from './workitem-change.ts'

export interface SupplementText {
  readonly clinicalInformation: string
  readonly urgency: number | null
  readonly patientName: string
  readonly pregnancy: boolean | null
  readonly department: string
  readonly requester: string
  readonly ward: string
  /** Without 床 behind it. */
  readonly bed: string
}

export interface SupplementRow extends SupplementText {
  readonly rev: number
  readonly savedAt: Date
}

export async function findSupplement(on: Queryable, studyPk: number): Promise<SupplementRow | undefined> {
  const rows = await query<SupplementRow>(
    on,
    `select clinical_information as "clinicalInformation", urgency, patient_name as "patientName", pregnancy, department, requester, ward, bed, rev,
       saved_at as "savedAt"
     from study_supplement where study_pk = $1`,
    [studyPk],
  )
  return rows[0]
}

/** Those of many studies at once, by study. */
export async function findSupplements(on: Queryable, studyPks: readonly number[]): Promise<ReadonlyMap<number, SupplementRow>> {
  const rows = await query<SupplementRow & { studyPk: number }>(
    on,
    `select study_pk as "studyPk", clinical_information as "clinicalInformation", urgency, patient_name as "patientName", pregnancy, department, requester,
       ward, bed, rev, saved_at as "savedAt"
     from study_supplement where study_pk = any($1)`,
    [studyPks],
  )
  return new Map(rows.map(({ studyPk, ...supplement }) => [studyPk, supplement]))
}

export interface OwnStudy {
  readonly studyPk: number
  readonly institution: number
  /** The reading centre that the study goes to; null: it is read where it was taken. */
  readonly centre: number | null
  readonly workitem: number | null
  readonly rev: number | null
  readonly urgency: number | null
  readonly modalities: string[]
}

/**
 * A study in scope, locked against a second writer of its supplement and against whoever makes its workitem. Locked first and read after: one statement
 * that waits for the lock shows what stood before it waited.
 */
export async function lockStudyOf(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<OwnStudy | undefined> {
  const [locked] = await query<{ study_pk: number }>(
    on,
    `select s.study_pk from study s
     where s.study_instance_uid = $2 and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any($1))
     for no key update of s`,
    [scope, StudyInstanceUID],
  )
  if (locked === undefined) return undefined
  const rows = await query<OwnStudy>(
    on,
    `select s.study_pk as "studyPk", s.institution_id as institution, ${centreOfStudy} as centre, d.workitem_id as workitem, p.rev, p.urgency, t.modalities
     from study s join study_totals t on t.study_pk = s.study_pk left join study_reading d on d.study_pk = s.study_pk left join study_supplement p on p.study_pk = s.study_pk
     where s.study_pk = $1`,
    [locked.study_pk],
  )
  return rows[0]
}

export async function saveSupplement(
  on: Queryable,
  studyPk: number,
  account: number,
  text: SupplementText,
  nameKeys: readonly string[],
): Promise<{ rev: number; savedAt: Date }> {
  const [row] = await query<{ rev: number; savedAt: Date }>(
    on,
    `insert into study_supplement as p (study_pk, clinical_information, urgency, patient_name, name_keys, pregnancy, department, requester, account_id, ward, bed)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
     on conflict (study_pk) do update set rev = p.rev + 1, clinical_information = $2, urgency = $3, patient_name = $4, name_keys = $5, pregnancy = $6,
       department = $7, requester = $8, account_id = $9, ward = $10, bed = $11, saved_at = now()
     returning rev, saved_at as "savedAt"`,
    [
      studyPk,
      text.clinicalInformation,
      text.urgency,
      text.patientName,
      nameKeys,
      text.pregnancy,
      text.department,
      text.requester,
      account,
      text.ward,
      text.bed,
    ],
  )
  return row!
}

/** A new urgency moves the time the report is due. The caller holds the workitem's lock. */
export const setUrgency = async (on: Queryable, workitem: number, urgency: number, clock: ClockChange): Promise<void> => {
  await query(on, `update workitem set urgency = $2, due_at = $3, limit_ms = $4, working_hours = $5 where id = $1`, [
    workitem,
    urgency,
    clock.dueAt,
    clock.limitMs,
    clock.workingHours,
  ])
}
