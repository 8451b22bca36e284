/**
 * What can be corrected, at which level, and how a value is written. PS3.5 §6.2 (VRs), PS3.3 C.7.1.1 (Patient), C.7.2.1 (General Study),
 * C.7.3.1 (General Series). UIDs and whatever describes pixels are no matter of opinion and stay.
 */
import { indexedAttributes } from '../storage/index/attributes.ts'
import { personNameOf } from './dicom/chinese-name.ts'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from './dicom/dicom-json.ts'
import { parsePersonName } from './dicom/person-name.ts'
import { searchValuesOf } from './dicom/search-values.ts'
import { jsonOfText } from './dicom/value-json.ts'
import { vrOf } from './dicom/value-representations.ts'
import { BadRequest } from './errors.ts'

export interface Correctable {
  readonly keyword: string
  readonly tag: string
  readonly vr: string
  readonly level: 'study' | 'series'
  readonly column: string | undefined
  /** @throws BadRequest for what the VR does not allow. */
  readonly check: (value: string) => void
}

const characters = (limit: number) => (value: string) => {
  if ([...value].length > limit) throw new BadRequest(`has at most ${limit} characters`)
  if (value.includes('\\')) throw new BadRequest('has one value, without a backslash')
}
const oneOf =
  (...values: readonly string[]) =>
  (value: string) => {
    if (!values.includes(value)) throw new BadRequest(`is one of ${values.join(', ')}`)
  }
const code = (value: string) => {
  if (!/^[A-Z0-9 _]{1,16}$/.test(value)) throw new BadRequest('is up to 16 capitals, digits, spaces and _')
}

function date(value: string): void {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)$/.exec(value) ?? []
  const at = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (year === undefined || year < '1800' || at.getUTCMonth() + 1 !== Number(month) || at.getUTCDate() !== Number(day))
    throw new BadRequest('is a date, YYYYMMDD')
}

function time(value: string): void {
  if (!/^([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?$/.test(value)) throw new BadRequest('is a time, HHMMSS')
}

function age(value: string): void {
  if (!/^\d{3}[DWMY]$/.test(value)) throw new BadRequest('is an age such as 047Y')
}

function personName(value: string): void {
  const groups = value.split('=')
  if (value.includes('\\') || groups.length > 3 || groups.some((group) => [...group].length > 64 || group.split('^').length > 5))
    throw new BadRequest('is a name: up to three groups of 64 characters divided by =, five components divided by ^')
}

/** `4711^^^EAST`: the number and who issued it, as HL7 writes it (CX); several divided by backslashes. */
function otherIDs(value: string): void {
  const items = value.split('\\')
  if (items.length > 20 || items.some((item) => !/^[^^]{1,64}(\^\^\^[^^]{1,64})?$/u.test(item)))
    throw new BadRequest('are numbers such as 4711^^^EAST, divided by backslashes')
}

const table: readonly [keyword: string, level: Correctable['level'], check: Correctable['check']][] = [
  ['PatientName', 'study', personName],
  ['PatientID', 'study', characters(64)],
  ['IssuerOfPatientID', 'study', characters(64)],
  ['OtherPatientIDsSequence', 'study', otherIDs],
  ['PatientSex', 'study', oneOf('M', 'F', 'O')],
  ['PatientBirthDate', 'study', date],
  ['PatientAge', 'study', age],
  ['AccessionNumber', 'study', characters(16)],
  ['StudyDescription', 'study', characters(64)],
  ['StudyDate', 'study', date],
  ['StudyTime', 'study', time],
  ['ReferringPhysicianName', 'study', personName],
  ['BodyPartExamined', 'series', code],
  ['Laterality', 'series', oneOf('R', 'L')],
]

export const correctables: ReadonlyMap<string, Correctable> = new Map(
  table.map(([keyword, level, check]) => {
    const { tag, vr, column } = indexedAttributes.find((attribute) => attribute.keyword === keyword)!
    return [keyword, { keyword, tag, vr, level, column, check }]
  }),
)

/** The value as it is kept: without padding, empty for none; a name in Chinese characters as typed by people becomes a PN (`personNameOf`). @throws BadRequest that names the attribute */
export function checkedValue(keyword: string, value: string): string {
  const { check, vr } = correctables.get(keyword)!
  const text = vr === 'PN' ? personNameOf(value.replace(/[=^\s]+$/, '')) : value.trim()
  if (/\p{Cc}|\p{Cs}/u.test(text)) throw new BadRequest(`${keyword} has a character that cannot be written`)
  if (text === '') return ''
  try {
    check(text)
  } catch (error) {
    throw error instanceof BadRequest ? new BadRequest(`${keyword} ${error.message}`) : error
  }
  return text
}

/** The attribute as DICOM JSON; without `Value` when it is empty. */
export function memberOf(keyword: string, value: string): AttributeJSON {
  const { vr } = correctables.get(keyword)!
  if (vr !== 'SQ') return JSON.parse(`{"vr":"${vr}"${jsonOfText(vrOf(vr), value)}}`) as AttributeJSON
  if (value === '') return { vr }
  return {
    vr,
    Value: value.split('\\').map((item): DicomJSON => {
      const [id = '', , , issuer] = item.split('^')
      return {
        '00100020': { vr: 'LO', Value: [id] },
        ...(issuer === undefined ? {} : { '00100021': { vr: 'LO', Value: [issuer] } }),
        '00100022': { vr: 'CS', Value: ['TEXT'] },
      }
    }),
  }
}

/** The value as people read and write it. */
export function writtenValue(keyword: string, member: AttributeJSON | undefined): string {
  const { vr } = correctables.get(keyword)!
  const values = member?.Value ?? []
  return values
    .map((value) => {
      if (value === null) return ''
      if (vr === 'PN') return nameText(value as PersonNameJSON)
      if (vr !== 'SQ') return String(value)
      const item = value as DicomJSON
      const [id, issuer] = ['00100020', '00100021'].map((tag) => String(item[tag]?.Value?.[0] ?? ''))
      return issuer === '' ? id! : `${id}^^^${issuer}`
    })
    .join('\\')
}

const nameText = ({ Alphabetic = '', Ideographic = '', Phonetic = '' }: PersonNameJSON): string =>
  [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '')

/** What a row is searched by, where the attribute has a column. */
export function columnOf(keyword: string, value: string): readonly [column: string, value: string | null] | undefined {
  const { column, tag } = correctables.get(keyword)!
  return column === undefined ? undefined : [column, searchValuesOf(new Map([[Number.parseInt(tag, 16), value]]))[column] ?? null]
}

/** The same name, written with or without empty groups and components. */
export const isSameValue = (keyword: string, one: string, other: string): boolean =>
  correctables.get(keyword)!.vr === 'PN' ? JSON.stringify(parsePersonName(one)) === JSON.stringify(parsePersonName(other)) : one === other
