/** The modules that every image shares (PS3.3 §C.7.1–C.7.5, C.12.1), filled from one description of the study. */
import type { Attributes } from './attributes.ts'
import type { CharacterSet } from './character-sets.ts'
import { ageAt, type Patient, patients, personName } from './patients.ts'
import { uidOf } from './random.ts'
import type { TransferSyntax } from './transfer-syntaxes.ts'

/** What a test may choose of a study; everything else follows from `seed`. */
export interface StudyOptions {
  /** Another seed is another study: other UIDs, other noise. */
  readonly seed?: string
  readonly patient?: Patient
  readonly characterSet?: CharacterSet
  readonly transferSyntax?: TransferSyntax
  readonly StudyDate?: string
  readonly StudyTime?: string
  readonly AccessionNumber?: string
  readonly StudyDescription?: string
  readonly InstitutionName?: string
  readonly StationName?: string
}

export interface Study extends Required<StudyOptions> {
  readonly StudyInstanceUID: string
}

export interface Series {
  readonly SeriesInstanceUID: string
  readonly SeriesNumber: number
  readonly SeriesDescription: string
  readonly Modality: string
  readonly BodyPartExamined: string
  readonly model: string
}

export const studyOf = (kind: string, description: { han: string; latin: string }, options: StudyOptions = {}): Study => {
  const characterSet = options.characterSet ?? 'ISO_IR 192'
  const latin = characterSet === 'none'
  const seed = options.seed ?? kind
  return {
    seed,
    patient: patients.shan,
    characterSet,
    transferSyntax: 'explicit',
    StudyDate: '20260301',
    StudyTime: '083000',
    AccessionNumber: `A${BigInt(uidOf('accession', seed).slice(5)) % 10_000_000n}`,
    StudyDescription: latin ? description.latin : description.han,
    InstitutionName: latin ? 'TOWNSHIP HOSPITAL' : '青石镇卫生院',
    StationName: `${kind.toUpperCase().slice(0, 2)}01`,
    ...options,
    StudyInstanceUID: uidOf(seed, 'study'),
  }
}

export const seriesOf = (
  study: Study,
  SeriesNumber: number,
  SeriesDescription: string,
  Modality: string,
  BodyPartExamined: string,
  model: string,
): Series => ({
  SeriesInstanceUID: uidOf(study.seed, 'series', SeriesNumber),
  SeriesNumber,
  SeriesDescription,
  Modality,
  BodyPartExamined,
  model,
})

export type CommonAttributes = Attributes & {
  SOPClassUID: string
  SOPInstanceUID: string
  StudyInstanceUID: string
  SeriesInstanceUID: string
}

export function commonModules(study: Study, series: Series, InstanceNumber: number, SOPClassUID: string): CommonAttributes {
  const { patient, characterSet, StudyDate, StudyTime } = study
  return {
    SOPClassUID,
    SOPInstanceUID: uidOf(study.seed, 'instance', series.SeriesNumber, InstanceNumber),
    StudyInstanceUID: study.StudyInstanceUID,
    SeriesInstanceUID: series.SeriesInstanceUID,
    PatientName: personName(patient, characterSet),
    PatientID: patient.PatientID,
    PatientBirthDate: patient.PatientBirthDate,
    PatientSex: patient.PatientSex,
    PatientAge: ageAt(patient.PatientBirthDate, StudyDate),
    StudyDate,
    StudyTime,
    SeriesDate: StudyDate,
    SeriesTime: StudyTime,
    AcquisitionDate: StudyDate,
    AcquisitionTime: StudyTime,
    ContentDate: StudyDate,
    ContentTime: StudyTime,
    AccessionNumber: study.AccessionNumber,
    ReferringPhysicianName: '',
    StudyID: '1',
    StudyDescription: study.StudyDescription,
    Modality: series.Modality,
    SeriesNumber: series.SeriesNumber,
    SeriesDescription: series.SeriesDescription,
    BodyPartExamined: series.BodyPartExamined,
    Manufacturer: 'Synthetic',
    ManufacturerModelName: series.model,
    InstitutionName: study.InstitutionName,
    StationName: study.StationName,
    DeviceSerialNumber: '1',
    SoftwareVersions: '1',
    InstanceNumber,
  }
}

/** One code of a code sequence (PS3.3 §8). */
export const code = (CodeValue: string, CodingSchemeDesignator: string, CodeMeaning: string): Attributes => ({
  CodeValue,
  CodingSchemeDesignator,
  CodeMeaning,
})
