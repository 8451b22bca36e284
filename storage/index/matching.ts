/** Attribute matching (PS3.4 §C.2.2.2) as conditions of a statement: one function for each kind of match. */
import { indexedAttributes } from './attributes.ts'
import type { Match } from './search.ts'

/** Adds a value to the statement and returns its `$n`. */
export type Bind = (value: unknown) => string

interface Target {
  readonly expression: string
  readonly vr: string
  /** The column holds a list: any of it may match. */
  readonly isList: boolean
}

const aliases = { patient: 's', study: 's', series: 'e', instance: 'i' } as const

const targets: ReadonlyMap<string, Target> = new Map<string, Target>([
  ...indexedAttributes.flatMap(({ keyword, vr, level, column }): [string, Target][] =>
    column === undefined ? [] : [[keyword, { expression: `${aliases[level]}."${column}"`, vr, isList: false }]],
  ),
  // As study_access has it, whose index is in this order; empty where unknown.
  ['StudyDate', { expression: 'a.study_date', vr: 'DA', isList: false }],
  ['StudyTime', { expression: 'a.study_time', vr: 'TM', isList: false }],
  ['ModalitiesInStudy', { expression: 't.modalities', vr: 'CS', isList: true }],
  ['SOPClassesInStudy', { expression: 't.sop_classes', vr: 'UI', isList: true }],
])

/** Beyond attributes: what a list may be ordered by. */
const computed: Readonly<Record<string, string>> = {
  NumberOfStudyRelatedSeries: 't.series',
  NumberOfStudyRelatedInstances: 't.instances',
  SeriesNumber: 'e.series_order',
  InstanceNumber: 'i.instance_order',
}

/** What an attribute is compared and ordered by. */
export function expressionOf(keyword: string): string {
  const expression = computed[keyword] ?? targets.get(keyword)?.expression
  if (expression === undefined) throw new RangeError(`${keyword} is not indexed`)
  return expression
}

/** One condition for each key; ranges of StudyDate and StudyTime together are one range of moments. */
export function matching(matches: readonly { readonly keyword: string; readonly match: Match }[], bind: Bind): string[] {
  const combined = momentsOf(matches, bind)
  return [
    ...combined,
    ...matches
      .filter(({ keyword, match }) => combined.length === 0 || keyword !== 'StudyTime' || match.kind !== 'range')
      .map(({ keyword, match }) => conditionOf(keyword, match, bind)),
  ]
}

function conditionOf(keyword: string, match: Match, bind: Bind): string {
  const target = targets.get(keyword)
  if (target === undefined) throw new RangeError(`${keyword} is not indexed`)
  if (keyword === 'PatientName' && match.kind === 'name')
    return match.keys.length === 0 ? 'true' : `s.name_keys @> ${bind(match.keys)}::text[]`
  return target.isList ? ofList(target, match, bind) : ofValue(target, match, bind)
}

function ofValue({ expression, vr }: Target, match: Match, bind: Bind): string {
  switch (match.kind) {
    case 'single':
      // A time may be given and stored to any precision; numbers with leading zeros.
      if (vr === 'TM') return `${expression} like ${bind(`${match.value}%`)}`
      if (vr === 'IS') return `ltrim(${expression}, '+0 ') = ${bind(match.value.replace(/^[+0 ]+/, ''))}`
      return `${expression} = ${bind(match.value)}`
    case 'wildcard':
    case 'name':
      return patternOf(expression, match.value, bind)
    case 'list':
      return `${expression} = any (${bind(match.values)}::text[])`
    case 'range':
      return rangeOf(expression, match.from, match.to, bind)
    case 'empty':
      return `coalesce(${expression}, '') = ''`
  }
}

function ofList({ expression }: Target, match: Match, bind: Bind): string {
  switch (match.kind) {
    case 'single':
      return `${bind(match.value)} = any (${expression})`
    case 'list':
      return `${expression} && ${bind(match.values)}::text[]`
    case 'wildcard':
    case 'name':
      return `exists (select from unnest(${expression}) as item where ${patternOf('item', match.value, bind)})`
    case 'empty':
      return `cardinality(${expression}) = 0`
    case 'range':
      throw new RangeError('a list has no range')
  }
}

/** `*` any characters, `?` one. Case-insensitive, as people expect of a search; the trigram indexes serve it. `*` alone matches everything. */
function patternOf(expression: string, value: string, bind: Bind): string {
  if (/^\*+$/.test(value)) return 'true'
  const pattern = value
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\*+/g, '%')
    .replaceAll('?', '_')
  return `${expression} ilike ${bind(pattern)}`
}

/** Ends included, to their own precision: up to 1015 includes 101559. Whoever has no value is outside every range. */
function rangeOf(expression: string, from: string | undefined, to: string | undefined, bind: Bind): string {
  const ends = [
    from === undefined || from === '' ? `${expression} > ''` : `${expression} >= ${bind(from)}`,
    ...(to === undefined || to === '' ? [] : [`${expression} <= ${bind(`${to}~`)}`]),
  ]
  return ends.join(' and ')
}

/** From 20260301 1000 to 20260303 0900 is one stretch of time, not three mornings (PS3.4 §C.2.2.2.5.4). The dates also bound it for the index. */
function momentsOf(matches: readonly { readonly keyword: string; readonly match: Match }[], bind: Bind): string[] {
  const rangeFor = (wanted: string) => matches.find(({ keyword, match }) => keyword === wanted && match.kind === 'range')?.match
  const dates = rangeFor('StudyDate')
  const times = rangeFor('StudyTime')
  if (dates?.kind !== 'range' || times?.kind !== 'range') return []
  const moment = '(a.study_date || a.study_time)'
  return [
    ...(dates.from ? [`${moment} >= ${bind(dates.from + (times.from ?? ''))}`] : []),
    ...(dates.to ? [`${moment} <= ${bind(`${dates.to}${times.to ?? ''}~`)}`] : []),
    'true',
  ]
}
