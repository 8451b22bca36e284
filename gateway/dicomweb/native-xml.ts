/** The Native DICOM Model, PS3.19 Annex A.1, from the DICOM JSON Model: what `application/dicom+xml` carries (PS3.18 §8.7.3). */

import type { AttributeJSON, DicomJSON, PersonNameJSON } from '../../archive/dicom/dicom-json.ts'
import { attributeOf } from '../../archive/dicom/dictionary.ts'

export function nativeXML(dataset: DicomJSON): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<NativeDicomModel xml:space="preserve">${attributes(dataset)}</NativeDicomModel>`
}

const attributes = (dataset: DicomJSON): string =>
  Object.entries(dataset)
    .map(([tag, attribute]) => `<DicomAttribute ${identified(tag, attribute.vr, dataset)}>${content(attribute)}</DicomAttribute>`)
    .join('')

/** By tag and keyword. A private one by its creator, and by its tag without the block, `gggg00ee`: the block means nothing outside its data set. */
function identified(tag: string, vr: string, dataset: DicomJSON): string {
  const keyword = attributeOf(Number.parseInt(tag, 16))?.keyword
  if (keyword !== undefined) return `tag="${tag}" vr="${vr}" keyword="${keyword}"`
  const [creator] = dataset[`${tag.slice(0, 4)}00${tag.slice(4, 6)}`]?.Value ?? []
  if (!isPrivate(tag) || typeof creator !== 'string') return `tag="${tag}" vr="${vr}"`
  return `tag="${tag.slice(0, 4)}00${tag.slice(6)}" vr="${vr}" privateCreator="${escaped(creator)}"`
}

/** A private attribute, not the creator of a block (PS3.5 §7.8.1). */
const isPrivate = (tag: string): boolean => Number.parseInt(tag.slice(0, 4), 16) % 2 === 1 && tag.slice(4, 6) !== '00'

function content({ vr, Value, BulkDataURI, InlineBinary }: AttributeJSON): string {
  if (BulkDataURI !== undefined) return `<BulkData uri="${escaped(BulkDataURI)}"/>`
  if (InlineBinary !== undefined) return `<InlineBinary>${InlineBinary}</InlineBinary>`
  return (Value ?? [])
    .map((value, i) => {
      const number = i + 1
      if (vr === 'SQ') return `<Item number="${number}">${attributes((value ?? {}) as DicomJSON)}</Item>`
      if (vr === 'PN') return `<PersonName number="${number}">${personName((value ?? {}) as PersonNameJSON)}</PersonName>`
      return `<Value number="${number}">${value === null ? '' : escaped(String(value))}</Value>`
    })
    .join('')
}

const components = ['FamilyName', 'GivenName', 'MiddleName', 'NamePrefix', 'NameSuffix'] as const

const personName = (name: PersonNameJSON): string =>
  (['Alphabetic', 'Ideographic', 'Phonetic'] as const)
    .flatMap((group) => {
      const text = name[group]
      if (text === undefined) return []
      const parts = text.split('^').map((part, i) => (part === '' || components[i] === undefined ? '' : element(components[i], part)))
      return [`<${group}>${parts.join('')}</${group}>`]
    })
    .join('')

const element = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`

/** Characters that XML 1.0 has no place for are left out; a carriage return would be read as a line feed. */
const escaped = (text: string): string =>
  text
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#13;')
