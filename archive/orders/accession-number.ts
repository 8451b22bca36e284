/**
 * AccessionNumber (0008,0050), SH: at most 16 characters. Prefix of the institution, modality, day, number of the day: `EASTCT2611220007`, which people
 * can read out on the telephone.
 */
import { BadRequest } from '../errors.ts'

const maximumPrefix = 4
const numbersADay = 9_999

/** What an institution's numbers may begin with, the most readable first; the last is nobody else's. */
export function* accessionPrefixes(institution: { readonly id: number; readonly code: string }): Generator<string> {
  const letters = institution.code.toUpperCase().replace(/[^A-Z0-9]/g, '')
  if (letters !== '') yield letters.slice(0, maximumPrefix)
  const number = institution.id.toString(36).toUpperCase()
  if (number.length < maximumPrefix) yield `${letters.slice(0, maximumPrefix - number.length)}${number}`
  yield number.padStart(maximumPrefix, '0').slice(-maximumPrefix)
}

/** `CT` and `DX` as they are; of longer ones (`ECG`) the first two letters. */
const shortModality = (modality: string): string => modality.slice(0, 2).padEnd(2, 'X')

/** @throws BadRequest when the day has no numbers left */
export function accessionNumber(prefix: string, modality: string, day: Date, number: number): string {
  if (number > numbersADay) throw new BadRequest(`An institution has at most ${numbersADay} orders a day`)
  return `${prefix}${shortModality(modality)}${shortDay(day)}${String(number).padStart(4, '0')}`
}

/** A PatientID for somebody who has none here. */
export const newPatientID = (prefix: string, day: Date, number: number): string =>
  `${prefix}P${shortDay(day)}${String(number).padStart(4, '0')}`

const shortDay = (day: Date): string =>
  [day.getFullYear() % 100, day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('')
