/** The patient as people see them on every list, banner and report. */
import { displayName } from '../dicom/person-name.ts'
import { ageOf } from './modality.ts'

export interface PatientView {
  /** The supplementary Chinese name where there is one, else the name of the study as it is read. */
  readonly name: string
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: string
  readonly birthDate: string
  readonly age: string
}

export interface PatientRow {
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly StudyDate: string | null
}

export const patientOf = (row: PatientRow): PatientView => ({
  name: row.supplementName ?? displayName(row.PatientName ?? ''),
  PatientName: row.PatientName ?? '',
  PatientID: row.PatientID ?? '',
  sex: row.PatientSex ?? '',
  birthDate: row.PatientBirthDate ?? '',
  age: ageOf(row.PatientAge, row.PatientBirthDate, row.StudyDate),
})
