/** In what two versions of an instance differ, as people can compare it: attributes of the data set itself, by keyword. */
import type { MetadataFragment } from '../storage/index/records.ts'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from './dicom/dicom-json.ts'
import { attributeOf } from './dicom/dictionary.ts'
import { inflateFragment } from './dicom/metadata-fragment.ts'

type Attributes = Readonly<Record<string, string>>

const maximumDifferences = 12
const maximumCharacters = 120

export function differencesOf(
  one: MetadataFragment | undefined,
  other: MetadataFragment | undefined,
): { readonly current: Attributes; readonly other: Attributes } {
  if (one === undefined || other === undefined || one.length === 0 || other.length === 0) return { current: {}, other: {} }
  const [left, right] = [one, other].map((fragment) => JSON.parse(inflateFragment(fragment).toString('utf8')) as DicomJSON)
  const tags = [...new Set([...Object.keys(left!), ...Object.keys(right!)])].sort()
  const different = tags
    .filter((tag) => JSON.stringify(withoutPlace(left![tag])) !== JSON.stringify(withoutPlace(right![tag])))
    .slice(0, maximumDifferences)
  const shown = (dataset: DicomJSON) => Object.fromEntries(different.map((tag) => [nameOf(tag), textOf(dataset[tag])]))
  return { current: shown(left!), other: shown(right!) }
}

const nameOf = (tag: string): string => attributeOf(Number.parseInt(tag, 16))?.keyword ?? tag

/** A long value stands at an address of its own in each version; whether it differs is not known from here. */
const withoutPlace = (attribute: AttributeJSON | undefined) => (attribute?.BulkDataURI === undefined ? attribute : { vr: attribute.vr })

function textOf(attribute: AttributeJSON | undefined): string {
  const { Value, InlineBinary } = attribute ?? { Value: undefined, InlineBinary: undefined }
  const text = Value === undefined ? (InlineBinary ?? '') : Value.map(valueText).join('\\')
  return text.length > maximumCharacters ? `${text.slice(0, maximumCharacters - 1)}…` : text
}

function valueText(value: NonNullable<AttributeJSON['Value']>[number]): string {
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  const { Alphabetic, Ideographic, Phonetic } = value as PersonNameJSON
  const groups = [Alphabetic, Ideographic, Phonetic]
  return groups.every((group) => typeof group !== 'string') ? JSON.stringify(value) : groups.join('=').replace(/=+$/, '')
}
