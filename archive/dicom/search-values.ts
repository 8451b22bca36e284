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
  TM: (text) => (/^\d{2}(:?\d{2}(:?\d{2}(\.\d{1,6})?)?)?$/.test(text) ? text.replaceAll(':', '') : null),
  IS: (text) => (/^[+-]?\d{1,12}$/.test(text) ? String(Number(text)) : null),
  US: (text) => (/^\d+$/.test(text) ? text : null),
  PN: (text) => {
    const { Alphabetic = '', Ideographic = '', Phonetic = '' } = parsePersonName(text)
    const groups = Phonetic !== '' ? [Alphabetic, Ideographic, Phonetic] : Ideographic !== '' ? [Alphabetic, Ideographic] : [Alphabetic]
    return groups.join('=') || null
  },
}

/** PostgreSQL's text cannot hold NUL. */
function comparable(vr: string, text: string): string | null {
  const values = text.includes('\0') ? text.replaceAll('\0', '') : text
  if (canonical[vr] !== undefined) return canonical[vr](trimPadding(values.split('\\', 1)[0]!))
  return values === '' ? null : values
}

/** By column: text, decoded, several values joined by backslashes; of dates, times, names and numbers the first. Null when absent, empty or not what its VR says. */
export function searchValuesOf(texts: ReadonlyMap<number, string>): SearchValues {
  const values: Record<string, string | null> = {}
  for (const { number, vr, column } of byTag) {
    if (column !== undefined) values[column] = comparable(vr, texts.get(number) ?? '')
  }
  return values
}

/** The DICOM JSON objects of the levels, of the attributes that are present. The patient's belong to the study. */
export function levelsOf(members: ReadonlyMap<number, string>, bulkPrefix: string): { study: string; series: string; instance: string } {
  const object = (...levels: Level[]) => {
    const present = byTag.filter(({ level, number }) => levels.includes(level) && members.has(number))
    return `{${present.map(({ number }) => members.get(number)).join(',')}}`.replaceAll(bulkPrefixMark, bulkPrefix)
  }
  return { study: object('patient', 'study'), series: object('series'), instance: object('instance') }
}
