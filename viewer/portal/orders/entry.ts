/** What is typed into the form of an order, and what of it goes to the server. Pure. */
import type { EarlierPatient, Order, OrderInput, PatientClass, Sex } from '../api/order-types.ts'
import type { Urgency } from '../api/types.ts'
import { personName } from '../language/person-name.ts'

export interface Entry {
  readonly idCardNumber: string
  readonly PatientName: string
  readonly PatientID: string
  readonly sex: Sex | null
  /** As typed: `19900307`, `1990-03-07`. */
  readonly birthDate: string
  readonly phone: string
  readonly modality: string
  readonly procedure: string
  readonly bodyPart: string
  readonly AETitle: string | null
  /** ISO 8601; empty: now. */
  readonly scheduledAt: string
  readonly clinicalInformation: string
  readonly urgency: Urgency
  readonly department: string
  readonly requester: string
  readonly patientClass: PatientClass | null
  readonly ward: string
  readonly bed: string
}

export const emptyEntry: Entry = {
  idCardNumber: '',
  PatientName: '',
  PatientID: '',
  sex: null,
  birthDate: '',
  phone: '',
  modality: '',
  procedure: '',
  bodyPart: '',
  AETitle: null,
  scheduledAt: '',
  clinicalInformation: '',
  urgency: 3,
  department: '',
  requester: '',
  patientClass: null,
  ward: '',
  bed: '',
}

/** The number on file is masked: the form leaves it empty, and empty means "as it was". */
export const entryOf = (order: Order): Entry => ({
  idCardNumber: '',
  PatientName: personName(order.patient.PatientName),
  PatientID: order.patient.PatientID,
  sex: order.patient.sex,
  birthDate: writtenDate(order.patient.birthDate ?? ''),
  phone: order.patient.phone ?? '',
  modality: order.modality,
  procedure: order.procedure,
  bodyPart: order.bodyPart ?? '',
  AETitle: order.AETitle,
  scheduledAt: order.scheduledAt,
  clinicalInformation: order.clinicalInformation,
  urgency: order.urgency,
  department: order.department,
  requester: order.requester,
  patientClass: order.patientClass,
  ward: order.ward,
  bed: order.bed,
})

/** What a patient who was here before fills in. */
export const filledFrom = (patient: EarlierPatient): Pick<Entry, 'PatientName' | 'PatientID' | 'sex' | 'birthDate'> => ({
  PatientName: personName(patient.PatientName),
  PatientID: patient.PatientID,
  sex: patient.sex,
  birthDate: writtenDate(patient.birthDate ?? ''),
})

export const sameEntry = (one: Entry, other: Entry): boolean =>
  (Object.keys(emptyEntry) as (keyof Entry)[]).every((key) => (one[key] ?? null) === (other[key] ?? null))

/** `1990-03-07`, `1990/3/7`, `1990年3月7日` or `19900307` → DA `19900307`; undefined when it is no day of the calendar. PS3.5 §6.2. */
export function dateOf(text: string): string | undefined {
  const plain = text.normalize('NFKC').trim()
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})$/.exec(plain) ?? /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (date.getUTCFullYear() !== Number(year) || date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day))
    return undefined
  return `${year}${month.padStart(2, '0')}${day.padStart(2, '0')}`
}

/** A form over an order that changed elsewhere: what was typed here stays, all else is as it is now. */
export const mergedEntry = (before: Entry, typed: Entry, now: Entry): Entry => ({
  ...typed,
  ...Object.fromEntries(
    (Object.keys(emptyEntry) as (keyof Entry)[]).filter((key) => typed[key] === before[key]).map((key) => [key, now[key]]),
  ),
})

/** DA → as people write it; whatever else stays. */
export const writtenDate = (date: string): string => date.replace(/^(\d{4})-?(\d{2})-?(\d{2})$/, '$1-$2-$3')

/** Whole years on a day; undefined for a date that is not one or lies ahead. */
export function yearsOn(birthDate: string, today: Date): number | undefined {
  const date = dateOf(birthDate)
  if (date === undefined) return undefined
  const now = `${today.getFullYear()}${String(today.getMonth() + 1).padStart(2, '0')}${String(today.getDate()).padStart(2, '0')}`
  const years = Math.floor((Number(now) - Number(date)) / 10_000)
  return now < date ? undefined : years
}

export const hasBed = ({ patientClass }: Pick<Entry, 'patientClass'>): boolean => patientClass === 'inpatient'

export function inputOf(entry: Entry): OrderInput {
  const idCardNumber = plainNumber(entry.idCardNumber)
  return {
    patient: {
      PatientName: entry.PatientName.trim(),
      PatientID: entry.PatientID.trim(),
      ...(idCardNumber === '' ? {} : { idCardNumber }),
      sex: entry.sex,
      birthDate: dateOf(entry.birthDate) ?? null,
      phone: entry.phone.trim(),
    },
    modality: entry.modality,
    procedure: entry.procedure.trim(),
    bodyPart: entry.bodyPart,
    AETitle: entry.AETitle,
    ...(entry.scheduledAt === '' ? {} : { scheduledAt: entry.scheduledAt }),
    clinicalInformation: entry.clinicalInformation.trim(),
    urgency: entry.urgency,
    department: entry.department.trim(),
    requester: entry.requester.trim(),
    patientClass: entry.patientClass,
    // Who is not in hospital has no bed, whatever was typed before.
    ward: hasBed(entry) ? entry.ward.trim() : '',
    bed: hasBed(entry) ? entry.bed.trim() : '',
  }
}

/** Full-width digits, spaces between groups and a small x are how people and input methods write the same number. */
export const plainNumber = (text: string): string => text.normalize('NFKC').replaceAll(/[\s-]/g, '').toUpperCase()

export const idCardLength = 18

/** What the form can say of a number before the server is asked; `whole`: the server is asked. */
export type NumberShape = 'none' | 'short' | 'long' | 'characters' | 'whole'

export function shapeOf(number: string): NumberShape {
  if (number === '') return 'none'
  if (!/^\d*X?$/.test(number)) return 'characters'
  if (number.length > idCardLength) return 'long'
  return number.length === idCardLength ? 'whole' : 'short'
}
