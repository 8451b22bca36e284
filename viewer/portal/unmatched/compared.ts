/** A study and an order in the same words, so that they can be laid side by side. */
import type { Order, UnmatchedStudy } from '../api/order-types.ts'
import { exactTime } from '../clock.ts'
import { likenessOf } from '../language/attributes.ts'

type Values = Readonly<Record<string, string>>

/** What tells whose and which exam it is, most telling first. */
export const comparedAttributes = [
  'PatientName',
  'PatientSex',
  'PatientBirthDate',
  'PatientID',
  'Modality',
  'StudyDescription',
  'AccessionNumber',
] as const

/** What a correction from the order changes. PS3.3 §C.7.1.1, §C.7.2.1. */
export const correctedAttributes = ['PatientName', 'PatientSex', 'PatientBirthDate', 'PatientID', 'AccessionNumber'] as const

export const valuesOfStudy = ({ patient, modality, StudyDescription, AccessionNumber }: UnmatchedStudy): Values => ({
  PatientName: patient.PatientName,
  PatientSex: patient.sex,
  PatientBirthDate: patient.birthDate,
  PatientID: patient.PatientID,
  Modality: modality,
  StudyDescription,
  AccessionNumber,
})

export const valuesOfOrder = ({ patient, modality, procedure, AccessionNumber }: Order): Values => ({
  PatientName: patient.PatientName,
  PatientSex: patient.sex ?? '',
  PatientBirthDate: (patient.birthDate ?? '').replaceAll('-', ''),
  PatientID: patient.PatientID,
  Modality: modality,
  StudyDescription: procedure,
  AccessionNumber,
})

/** What makes two people of them, unless somebody says why not. */
const telling = ['PatientName', 'PatientSex', 'PatientBirthDate'] as const

export const patientContradicts = (study: UnmatchedStudy, order: Order): boolean => {
  const [a, b] = [valuesOfStudy(study), valuesOfOrder(order)]
  return telling.some((keyword) => likenessOf(keyword, a[keyword] ?? '', b[keyword] ?? '') === 'differs')
}

/** Whether the order says otherwise than the study in any of these attributes. */
export const studyDiffers = (study: UnmatchedStudy, order: Order): boolean => {
  const [a, b] = [valuesOfStudy(study), valuesOfOrder(order)]
  return correctedAttributes.some(
    (keyword) => (b[keyword] ?? '') !== '' && likenessOf(keyword, a[keyword] ?? '', b[keyword] ?? '') !== 'same',
  )
}

/** What stands there after a correction from the order: what the order does not say stays. */
export const afterCorrection = (study: UnmatchedStudy, order: Order): Values => {
  const [before, other] = [valuesOfStudy(study), valuesOfOrder(order)]
  return Object.fromEntries(correctedAttributes.map((keyword) => [keyword, other[keyword] || before[keyword] || '']))
}

export const likelihoodOf = (score: number): 'likely' | 'possible' | 'unlikely' =>
  score >= 0.75 ? 'likely' : score >= 0.4 ? 'possible' : 'unlikely'

export const whenOf = (order: Order): string => exactTime(order.scheduledAt)
