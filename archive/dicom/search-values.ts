/** What the index compares and returns of an instance, by the table `storage/index/attributes.ts`. */
import { indexedAttributes, type Level } from '../../storage/index/attributes.ts'
import type { SearchValues } from '../../storage/index/records.ts'
import { bulkPrefixMark } from './header-builder.ts'
import { trimPadding } from './padding.ts'
import { parsePersonName } from './person-name.ts'

const byTag = indexedAttributes
  .map((attribute) => ({ ...attribute, number: Number.parseInt(attribute.tag, 16) }))
  .sort((a, b) => a.number - b.number)

/**
 * How a value is written to be compared; null where it is none. Dates and times of ACR-NEMA (1997.04.24, 10:20:30: PS3.5 §6.2 notes to DA and TM) become
 * those of today, numbers lose signs and zeros; names empty components at their end.
 */
const canonical: Readonly<Record<string, (text: string) => string | null>> = {
  DA: (text) => (/^\d{8}$/.test(text) ? text : (/^(\d{4})\.(\d\d)\.(\d\d)$/.exec(text)?.slice(1).join('') ?? null)),
  // Some write the fraction of a second to nine digits.
  TM: (text) => (/^\d{2}(:?\d{2}(:?\d{2}(\.\d{1,9})?)?)?$/.test(text) ? text.replaceAll(':', '').slice(0, 13) : null),
  IS: (text) => (/^[+-]?\d{1,12}$/.test(text) ? String(Number(text)) : null),
  US: (text) => (/^\d+$/.test(text) ? text : null),
  PN: (text) => {
    const { Alphabetic = '', Ideographic = '', Phonetic = '' } = parsePersonName(text)
    const groups = Phonetic !== '' ? [Alphabetic, Ideographic, Phonetic] : Ideographic !== '' ? [Alphabetic, Ideographic] : [Alphabetic]
    return groups.join('=') || null
  },
}

/** One value as it is compared; null when it is not of its VR. */
export function canonicalOf(vr: string, text: string): string | null {
  const write = canonical[vr]
  return write === undefined ? text : write(text)
}

/** A key of an index cannot be of any length. The longest VR that is compared has 64 characters, in each of its groups or values. */
const maximumCharacters = 512

function shortened(text: string): string {
  if (text.length <= maximumCharacters) return text
  const endsInside = (text.codePointAt(maximumCharacters - 1) ?? 0) > 0xffff
  return text.slice(0, endsInside ? maximumCharacters - 1 : maximumCharacters)
}

function comparable(vr: string, text: string): string | null {
  const value = canonical[vr] === undefined ? text : canonicalOf(vr, trimPadding(text.split('\\', 1)[0]!))
  return value === null || value === '' ? null : shortened(value)
}

/** By column: text, decoded, several values joined by backslashes; of dates, times, names and numbers the first. Null when absent, empty or not what its VR says. Cut at 512 characters. */
export function searchValuesOf(texts: ReadonlyMap<number, string>): SearchValues {
  const values: Record<string, string | null> = {}
  for (const { number, vr, column } of byTag) {
    if (column !== undefined) values[column] = comparable(vr, texts.get(number) ?? '')
  }
  return values
}

/** Longer members (a sequence gone wild) are in the metadata only. */
const maximumMember = 64 << 10

/** The DICOM JSON objects of the levels, of the attributes that are present. The patient's belong to the study. */
export function levelsOf(members: ReadonlyMap<number, string>, bulkPrefix: string): { study: string; series: string; instance: string } {
  const object = (...levels: Level[]) => {
    const present = byTag.filter(
      ({ level, number }) => levels.includes(level) && (members.get(number)?.length ?? Number.POSITIVE_INFINITY) <= maximumMember,
    )
    return `{${present.map(({ number }) => members.get(number)).join(',')}}`.replaceAll(bulkPrefixMark, bulkPrefix)
  }
  return { study: object('patient', 'study'), series: object('series'), instance: object('instance') }
}
