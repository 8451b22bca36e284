/** Attribute matching (PS3.4 §C.2.2.2) as conditions of a statement: one function for each kind of match. */
import { indexedAttributes } from './attributes.ts'
import { type Stretch, stretchOf, zoneOf } from './instants.ts'
import type { ItemKey, Key, Match } from './match.ts'

/** Adds a value to the statement and returns its `$n`. */
export type Bind = (value: unknown) => string

/** How dates and times are compared. */
export interface Clock {
  /** Ranges of StudyDate and StudyTime match each on its own, not as one stretch of time. */
  readonly separateDateTime?: boolean
  /** The offset from UTC in which the moments of the query are written, `+0800`. */
  readonly zone?: string
}

interface Target {
  readonly expression: string
  readonly vr: string
  /** The expression is a list: any of it may match. */
  readonly isList: boolean
}

const aliases = { patient: 's', study: 's', series: 'e', instance: 'i' } as const

/** Attributes without a column are read from the DICOM JSON of their level. */
const targets: ReadonlyMap<string, Target> = new Map<string, Target>([
  ...indexedAttributes.map(({ keyword, tag, vr, level, column }): [string, Target] => [
    keyword,
    column === undefined
      ? { expression: valuesIn(datasetOf(aliases[level]), tag), vr, isList: true }
      : { expression: `${aliases[level]}."${column}"`, vr, isList: false },
  ]),
  // As study_access has it, whose index is in this order; empty where unknown.
  ['StudyDate', { expression: 'a.study_date', vr: 'DA', isList: false }],
  ['StudyTime', { expression: 'a.study_time', vr: 'TM', isList: false }],
  ['ModalitiesInStudy', { expression: 't.modalities', vr: 'CS', isList: true }],
  ['SOPClassesInStudy', { expression: 't.sop_classes', vr: 'UI', isList: true }],
])

function datasetOf(alias: string): string {
  return `dataset_of(${alias}.json)`
}

function valuesIn(dataset: string, tag: string): string {
  return `values_of(${dataset}, '${tag}')`
}

/** Sequences that stand in the JSON of a level. */
const sequences: ReadonlyMap<string, { readonly tag: string; readonly dataset: string }> = new Map(
  indexedAttributes
    .filter(({ vr }) => vr === 'SQ')
    .map(({ keyword, tag, level }) => [keyword, { tag, dataset: datasetOf(aliases[level]) }]),
)

/** What of an item of RequestAttributesSequence has an index: `request_identifiers` of the migrations. */
const requestIdentifiers: ReadonlySet<string> = new Set(['00400009', '00401001', '00080050'])

/** What an attribute is ordered by, one value for each row. */
export function expressionOf(keyword: string): string {
  const target = targets.get(keyword)
  if (target === undefined) throw new RangeError(`${keyword} is not indexed`)
  return target.isList ? `(${target.expression})[1]` : target.expression
}

/** One condition for each key; ranges of StudyDate and StudyTime together are one range of moments, unless they are asked for apart. */
export function matching(keys: readonly Key[], bind: Bind, clock: Clock = {}): string[] {
  const moments = momentsOf(keys, bind, clock)
  return [
    ...moments.conditions,
    ...keys
      .filter(({ keyword }) => !moments.settled.includes(keyword))
      .map(({ keyword, match }) => conditionOf(keyword, match, bind, clock)),
  ]
}

function conditionOf(keyword: string, match: Match, bind: Bind, clock: Clock): string {
  const sequence = sequences.get(keyword)
  if (sequence !== undefined) {
    const narrowing = keyword === 'RequestAttributesSequence' && match.kind === 'items' ? identifiersOf(match.keys, bind) : []
    return [...narrowing, ofSequence(sequence.dataset, sequence.tag, match, bind, clock, 0)].join(' and ')
  }
  const target = targets.get(keyword)
  if (target === undefined) throw new RangeError(`${keyword} is not indexed`)
  if (keyword === 'PatientName' && match.kind === 'name')
    return match.keys.length === 0 ? 'true' : `s.name_keys @> ${bind(match.keys)}::text[]`
  const former = keyword === 'PatientID' ? formerNumber(match, bind) : undefined
  const condition = ofTarget(target, match, bind, clock)
  return former === undefined ? condition : `(${condition} or ${former})`
}

/** Numbers that a study was known by before a match or a merge, `\\0815\\4711\\`: it is found by them too (dicom.md §6). */
function formerNumber(match: Match, bind: Bind): string | undefined {
  const containing = (pattern: string) => `s.former_patient_ids ilike ${bind(`%\\\\${pattern}\\\\%`)}`
  const literal = (value: string) => value.replace(/[\\%_]/g, '\\$&')
  switch (match.kind) {
    case 'single':
      return containing(literal(match.value))
    case 'list':
      return `(${match.values.map((value) => containing(literal(value))).join(' or ')})`
    case 'wildcard':
      return /^[*?]*$/.test(match.value) ? undefined : containing(literal(match.value).replace(/\*+/g, '%').replaceAll('?', '_'))
    default:
      return undefined
  }
}

/** What the index of requests can find an item's keys by; the item itself decides. */
function identifiersOf(keys: readonly ItemKey[], bind: Bind): string[] {
  return keys.flatMap(({ tag, match }) => {
    if (!requestIdentifiers.has(tag)) return []
    if (match.kind === 'single') return [`request_identifiers(e.json) @> ${bind([match.value])}::text[]`]
    return match.kind === 'list' ? [`request_identifiers(e.json) && ${bind(match.values)}::text[]`] : []
  })
}

function ofSequence(dataset: string, tag: string, match: Match, bind: Bind, clock: Clock, depth: number): string {
  const items = `jsonb_array_elements(${dataset} -> '${tag}' -> 'Value')`
  if (match.kind === 'empty') return `not exists (select from ${items})`
  if (match.kind !== 'items') throw new RangeError('a sequence is matched by what is in its items')
  const item = `item${depth}`
  const conditions = match.keys.map(({ tag, vr, match }) =>
    vr === 'SQ'
      ? ofSequence(item, tag, match, bind, clock, depth + 1)
      : ofTarget({ expression: valuesIn(item, tag), vr, isList: true }, match, bind, clock),
  )
  return `exists (select from ${items} ${item} where ${['true', ...conditions].join(' and ')})`
}

function ofTarget(target: Target, match: Match, bind: Bind, clock: Clock): string {
  const { expression, vr, isList } = target
  if (match.kind === 'any') return `(${match.of.map((one) => ofTarget(target, one, bind, clock)).join(' or ')})`
  if (match.kind === 'items') throw new RangeError('only a sequence has items')
  if (match.kind === 'empty') return isList ? `cardinality(${expression}) = 0` : `coalesce(${expression}, '') = ''`
  if (isPlain(vr, match) && isList)
    return match.kind === 'single' ? `${bind(match.value)} = any (${expression})` : `${expression} && ${bind(valuesOf(match))}::text[]`
  // Each group of a name, or all of them, may be what is asked for; how its components are divided does not count.
  const list = vr === 'PN' ? `string_to_array(${plainName(expression, isList)}, '=') || ${plainName(expression, isList)}` : expression
  if (vr !== 'PN' && !isList) return ofValue(expression, vr, match, bind, clock)
  return `exists (select from unnest(${list}) as item where ${ofValue('item', vr, match, bind, clock)})`
}

const plainName = (expression: string, isList: boolean): string =>
  `translate(${isList ? `array_to_string(${expression}, '=')` : expression}, '^', ' ')`

/** Compared as the text that it is. */
const isPlain = (vr: string, { kind }: Match): boolean =>
  (kind === 'single' || kind === 'list') && !['PN', 'DA', 'TM', 'DT', 'IS', 'DS', 'FL', 'FD'].includes(vr)

const valuesOf = (match: Match): readonly string[] => (match.kind === 'list' ? match.values : [])

function ofValue(expression: string, vr: string, match: Match, bind: Bind, clock: Clock): string {
  switch (match.kind) {
    case 'single':
      return equal(expression, vr, match.value, bind, clock)
    case 'wildcard':
      return patternOf(expression, vr === 'PN' ? match.value.replaceAll('^', ' ') : match.value, bind)
    case 'name':
      return match.fuzzy ? wordsOf(expression, match.value, bind) : patternOf(expression, match.value.replaceAll('^', ' '), bind)
    case 'list':
      if (isPlain(vr, match)) return `${expression} = any (${bind(match.values)}::text[])`
      return `(${match.values.map((value) => equal(expression, vr, value, bind, clock)).join(' or ')})`
    case 'range':
      return vr === 'DT' ? momentRange(expression, match, bind, clock) : rangeOf(digitsOf(expression, vr), match.from, match.to, bind)
    default:
      throw new RangeError(`a value is not matched by ${match.kind}`)
  }
}

/** A time may be given and stored to any precision, numbers with zeros and signs, names in any case. */
function equal(expression: string, vr: string, value: string, bind: Bind, clock: Clock): string {
  if (vr === 'TM') return `${digitsOf(expression, vr)} like ${bind(`${value}%`)}`
  if (vr === 'DA') return `${digitsOf(expression, vr)} = ${bind(value)}`
  if (vr === 'DT') return momentRange(expression, { from: value, to: value }, bind, clock)
  if (vr === 'PN') return patternOf(expression, escapeWildcards(value.replaceAll('^', ' ')), bind)
  if (vr === 'IS' || vr === 'DS' || vr === 'FL' || vr === 'FD') {
    // A number that is none must not fail the statement.
    return `case when ${expression} ~ '^[+-]?[0-9]+(\\.[0-9]*)?(e[+-]?[0-9]{1,2})?$' then ${expression}::numeric = ${bind(value)}::numeric else false end`
  }
  return `${expression} = ${bind(value)}`
}

/** Dates and times as ACR-NEMA wrote them, 1997.04.24 and 10:20:30, stand so in the JSON; columns have them without. */
const digitsOf = (expression: string, vr: string): string =>
  expression !== 'item' ? expression : vr === 'TM' ? "replace(item, ':', '')" : "replace(item, '.', '')"

/** `*` any characters, `?` one. Case-insensitive, as people expect of a search; the trigram indexes serve it. `*` alone matches everything. */
function patternOf(expression: string, value: string, bind: Bind): string {
  if (/^\*+$/.test(value)) return 'true'
  const pattern = value
    .replace(/[\\%_]/g, '\\$&')
    .replace(/\*+/g, '%')
    .replaceAll('?', '_')
    .replaceAll(literalAsterisk, '*')
    .replaceAll(literalQuestionMark, '?')
  return `${expression} ilike ${bind(pattern)}`
}

/** Noncharacters, which no text has: what stands for `*` and `?` that are no wildcards. */
const literalAsterisk = '\ufdd0'
const literalQuestionMark = '\ufdd1'
const escapeWildcards = (value: string): string => value.replaceAll('*', literalAsterisk).replaceAll('?', literalQuestionMark)

/** Every word of the query begins a word of the name. */
function wordsOf(expression: string, value: string, bind: Bind): string {
  const words = value.split(/[\s^=,*?]+/).filter((word) => word !== '')
  const conditions = words.map((word) => `${expression} ~* ${bind(`(^|[ =,.-])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`)}`)
  return ['true', ...conditions].join(' and ')
}

/** Ends included, to their own precision: up to 1015 includes 101559. Whoever has no value is outside every range. */
function rangeOf(expression: string, from: string | undefined, to: string | undefined, bind: Bind): string {
  const ends = [
    from === undefined || from === '' ? `${expression} > ''` : `${expression} >= ${bind(from)}`,
    ...(to === undefined || to === '' ? [] : [`${expression} <= ${bind(`${to}~`)}`]),
  ]
  return ends.join(' and ')
}

/** Where the study says in which offset from UTC its moments are written. */
const zoneOfStudy = `(${valuesIn(datasetOf('s'), '00080201')})[1]`

/**
 * Moments with offsets are compared as what they are. Where the query names none, what the clocks showed is compared; where the instance names none, its
 * study may, else it is taken to be in that of the query.
 */
function momentRange(expression: string, range: { readonly from?: string; readonly to?: string }, bind: Bind, clock: Clock): string {
  const zone = [range.from, range.to].map((end) => (end ? zoneOf(end) : undefined)).find((found) => found !== undefined) ?? clock.zone
  const stored =
    zone === undefined ? `instant_of(${expression}, null)` : `instant_of(${expression}, coalesce(${zoneOfStudy}, ${bind(zone)}))`
  return stretchCondition(
    stored,
    range.from ? stretchOf(range.from, zone) : undefined,
    range.to ? stretchOf(range.to, zone) : undefined,
    bind,
  )
}

function stretchCondition(stored: string, from: Stretch | undefined, to: Stretch | undefined, bind: Bind): string {
  const ends = [
    ...(from === undefined ? [] : [`${stored} >= ${bind(from.start)}::timestamp`]),
    ...(to === undefined ? [] : [`${stored} < ${bind(to.end)}::timestamp`]),
  ]
  return ends.length === 0 ? `${stored} is not null` : ends.join(' and ')
}

interface Range {
  readonly from?: string
  readonly to?: string
}

/**
 * From 20260301 1000 to 20260303 0900 is one stretch of time, not three mornings (PS3.4 §C.2.2.2.5.4). The dates also bound it for the index.
 * `settled`: keys of which nothing is left to be said.
 */
function momentsOf(
  keys: readonly Key[],
  bind: Bind,
  { separateDateTime = false, zone }: Clock,
): { conditions: string[]; settled: string[] } {
  const rangeFor = (wanted: string): Range | undefined => {
    const match = keys.find(({ keyword }) => keyword === wanted)?.match
    if (match?.kind === 'range') return match
    return match?.kind === 'single' && wanted === 'StudyDate' && zone !== undefined ? { from: match.value, to: match.value } : undefined
  }
  const dates = rangeFor('StudyDate')
  const times = rangeFor('StudyTime')
  if (dates === undefined || separateDateTime) return { conditions: [], settled: [] }
  if (zone !== undefined) return zonedMoments(dates, times, zone, bind)
  if (times === undefined) return { conditions: [], settled: [] }
  const moment = '(a.study_date || a.study_time)'
  const conditions = [
    ...(dates.from ? [`${moment} >= ${bind(dates.from + (times.from ?? ''))}`] : []),
    ...(dates.to ? [`${moment} <= ${bind(`${dates.to}${times.to ?? ''}~`)}`] : []),
  ]
  return { conditions, settled: ['StudyTime'] }
}

/** In another zone a study may have the date before or after: the index is asked a day wider. */
function zonedMoments(dates: Range, times: Range | undefined, zone: string, bind: Bind): { conditions: string[]; settled: string[] } {
  const from = dates.from ? stretchOf(dates.from + (times?.from ?? ''), zone) : undefined
  const to = dates.to ? stretchOf(dates.to + (times?.to ?? ''), zone) : undefined
  const days = { from: from && dayOf(from.start, -1), to: to && dayOf(to.end, 1) }
  const stored = `instant_of(a.study_date || a.study_time, coalesce(${zoneOfStudy}, ${bind(zone)}))`
  return {
    conditions: [rangeOf('a.study_date', days.from, days.to, bind), stretchCondition(stored, from, to, bind)],
    settled: ['StudyDate', ...(times === undefined ? [] : ['StudyTime'])],
  }
}

/** The date so many days from a moment, `YYYYMMDD`. */
const dayOf = (moment: string, days: number): string =>
  new Date(Date.parse(`${moment.slice(0, 10)}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
