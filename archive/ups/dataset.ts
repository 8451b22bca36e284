/**
 * A Workitem as it comes: one data set of the DICOM JSON Model (PS3.18 Annex F), alone or in an array of one. Lenient in: VRs are those of the data
 * dictionary whatever the sender writes (the standard's own example has them wrong), keywords are let pass for tags, group 0000 is left out. Bounded: a Workitem is
 * a form, not a container.
 */
import type { AttributeJSON, DicomJSON, PersonNameJSON } from '../dicom/dicom-json.ts'
import { attributeOf, followsPixelRepresentation, tagOf } from '../dicom/dictionary.ts'
import { BadRequest, LimitExceeded } from '../errors.ts'
import { hex } from './attributes.ts'

const deepest = 10
const mostAttributes = 5_000
const mostValues = 5_000
const longestText = 64 * 1024

type Value = string | number | null | PersonNameJSON | DicomJSON

interface Count {
  attributes: number
  values: number
}

/** @throws BadRequest that names what is wrong where; LimitExceeded */
export function parseWorkitem(json: unknown): DicomJSON {
  const [dataset, ...more] = Array.isArray(json) ? (json as unknown[]) : [json]
  if (more.length > 0) throw new BadRequest('The body holds more than one Workitem')
  return datasetOf(dataset, '', 0, { attributes: 0, values: 0 })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

function datasetOf(json: unknown, path: string, depth: number, count: Count): DicomJSON {
  if (!isObject(json)) throw new BadRequest(`${path === '' ? 'The Workitem' : path} is not a data set of the DICOM JSON Model`)
  if (depth > deepest) throw new LimitExceeded(`${path}: sequences are nested more than ${deepest} deep`)
  const found: [string, AttributeJSON][] = []
  for (const [name, attribute] of Object.entries(json)) {
    count.attributes += 1
    if (count.attributes > mostAttributes) throw new LimitExceeded(`The Workitem has more than ${mostAttributes} attributes`)
    const tag = tagIn(name, path)
    if (tag.startsWith('0000')) continue
    found.push([tag, attributeIn(attribute, tag, path === '' ? tag : `${path}.${tag}`, depth, count)])
  }
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function tagIn(name: string, path: string): string {
  if (/^[0-9A-Fa-f]{8}$/.test(name)) return name.toUpperCase()
  const tag = tagOf(name)
  if (tag === undefined) throw new BadRequest(`${path}${path === '' ? '' : '.'}${name.slice(0, 64)} is not an attribute`)
  return tag.toString(16).toUpperCase().padStart(8, '0')
}

function attributeIn(json: unknown, tag: string, path: string, depth: number, count: Count): AttributeJSON {
  if (!isObject(json)) throw new BadRequest(`${path} is not an attribute of the DICOM JSON Model`)
  if (json.BulkDataURI !== undefined) throw new BadRequest(`${path}: a Workitem has no bulk data`)
  const vr = vrOf(tag, json.vr, path)
  if (json.InlineBinary !== undefined) {
    if (typeof json.InlineBinary !== 'string' || json.InlineBinary.length > longestText || !/^[A-Za-z0-9+/=]*$/.test(json.InlineBinary))
      throw new BadRequest(`${path}: InlineBinary is not Base64 of at most ${longestText} characters`)
    return { vr, InlineBinary: json.InlineBinary }
  }
  if (json.Value === undefined || json.Value === null) return { vr }
  if (!Array.isArray(json.Value)) throw new BadRequest(`${path}: Value is not an array`)
  count.values += json.Value.length
  if (count.values > mostValues) throw new LimitExceeded(`The Workitem has more than ${mostValues} values`)
  const values = (json.Value as unknown[]).map((value, at) => oneValue(value, vr, `${path}[${at + 1}]`, depth, count))
  return values.every((value) => value === null) ? { vr } : { vr, Value: values }
}

/** The dictionary's; of private and unknown attributes, and where the dictionary leaves two, the one that was written. */
function vrOf(tag: string, written: unknown, path: string): string {
  const number = Number.parseInt(tag, 16)
  const known = attributeOf(number)?.vr
  const named = typeof written === 'string' && /^[A-Z]{2}$/.test(written) ? written : undefined
  if (known !== undefined && !(followsPixelRepresentation(number) && (named === 'SS' || named === 'US'))) return known
  if (named === undefined) throw new BadRequest(`${path} has no vr`)
  return named
}

const numeric: ReadonlySet<string> = new Set(['FL', 'FD', 'SL', 'SS', 'SV', 'UL', 'US', 'UV'])

function oneValue(value: unknown, vr: string, path: string, depth: number, count: Count): Value {
  if (vr === 'SQ') return value === null ? {} : datasetOf(value, path, depth + 1, count)
  if (value === null || value === '') return null
  if (vr === 'PN') return personName(value, path)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new BadRequest(`${path} is not a number`)
    return numeric.has(vr) || vr === 'DS' || vr === 'IS' ? value : String(value)
  }
  if (typeof value !== 'string' || value.length > longestText || !isStorable(value))
    throw new BadRequest(`${path} is not a text of at most ${longestText} characters`)
  return value
}

/** PostgreSQL holds neither NUL nor half of a surrogate pair, and neither is a character. */
const isStorable = (text: string): boolean => !/[\0\p{Surrogate}]/u.test(text)

function personName(value: unknown, path: string): PersonNameJSON {
  if (typeof value === 'string') {
    const [Alphabetic, Ideographic, Phonetic] = value.slice(0, longestText).split('=', 3)
    return personName({ Alphabetic, Ideographic, Phonetic }, path)
  }
  if (!isObject(value)) throw new BadRequest(`${path} is not a person name`)
  const groups = (['Alphabetic', 'Ideographic', 'Phonetic'] as const).flatMap((group) => {
    const text = value[group]
    if (text === undefined || text === null || text === '') return []
    if (typeof text !== 'string' || text.length > 1024 || !isStorable(text)) throw new BadRequest(`${path}.${group} is not a name`)
    return [[group, text] as const]
  })
  return Object.fromEntries(groups)
}

/** The values of an attribute; none where it is absent or empty. */
export const valuesOf = (dataset: DicomJSON, keyword: string): readonly Value[] => dataset[hex(keyword)]?.Value ?? []

export const hasValue = (dataset: DicomJSON, tag: string): boolean => {
  const attribute = dataset[tag]
  return (attribute?.Value ?? []).some((value) => value !== null) || attribute?.InlineBinary !== undefined
}

/** The first value as text; undefined when there is none. */
export function textOf(dataset: DicomJSON, keyword: string): string | undefined {
  const [value] = valuesOf(dataset, keyword)
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : undefined
}

export const itemsOf = (dataset: DicomJSON, keyword: string): readonly DicomJSON[] => valuesOf(dataset, keyword) as readonly DicomJSON[]

/** PatientName as `A=I=P`, as the index keeps names. */
export function nameOf(dataset: DicomJSON, keyword: string): string | null {
  const [name] = valuesOf(dataset, keyword) as readonly (PersonNameJSON | null)[]
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = name ?? {}
  const text = [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '')
  return text === '' ? null : text
}

/** `attribute('ProcedureStepState', 'SCHEDULED')`, as an entry of a data set; without values the attribute is empty. */
export function attribute(keyword: string, ...values: readonly (Value | undefined)[]): readonly [string, AttributeJSON] {
  const tag = hex(keyword)
  const { vr } = attributeOf(Number.parseInt(tag, 16))!
  const present = values.filter((value) => value !== undefined && value !== null && value !== '') as Value[]
  return [tag, present.length === 0 ? { vr } : { vr, Value: present }]
}

/** A data set of entries, in the order of the standard; a later entry takes the place of an earlier one. */
export const datasetFrom = (entries: Iterable<readonly [string, AttributeJSON]>): DicomJSON =>
  Object.fromEntries([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)))

export const code = (value: string, scheme: string, meaning: string): DicomJSON =>
  datasetFrom([attribute('CodeValue', value), attribute('CodingSchemeDesignator', scheme), attribute('CodeMeaning', meaning)])
