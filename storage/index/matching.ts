/** Attribute matching (PS3.4 §C.2.2.2) as conditions of a statement: one function for each kind of match. */
import { indexedAttributes } from './attributes.ts'
import { datasetOf, valuesIn } from './json-values.ts'
import type { ItemKey, Key, Match } from './match.ts'
import { momentRange, momentsOf, rangeOf } from './moment-matching.ts'

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
  /** The same as a JSON array, where it comes from one. */
  readonly elements?: string
}

const aliases = { patient: 's', study: 's', series: 'e', instance: 'i' } as const

/** Attributes without a column are read from the DICOM JSON of their level. */
const targets: ReadonlyMap<string, Target> = new Map<string, Target>([
  ...indexedAttributes.map(({ keyword, tag, vr, level, column }): [string, Target] => [
    keyword,
    column === undefined
      ? targetIn(datasetOf(aliases[level]), tag, vr)
      : { expression: `${aliases[level]}."${column}"`, vr, isList: false },
  ]),
  // As study_access has it, whose index is in this order; empty where unknown.
  ['StudyDate', { expression: 'a.study_date', vr: 'DA', isList: false }],
  ['StudyTime', { expression: 'a.study_time', vr: 'TM', isList: false }],
  ['ModalitiesInStudy', { expression: 't.modalities', vr: 'CS', isList: true }],
  ['SOPClassesInStudy', { expression: 't.sop_classes', vr: 'UI', isList: true }],
])

function targetIn(dataset: string, tag: string, vr: string): Target {
  return { expression: valuesIn(dataset, tag), vr, isList: true, elements: `(${dataset} -> '${tag}' -> 'Value')` }
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
    vr === 'SQ' ? ofSequence(item, tag, match, bind, clock, depth + 1) : ofTarget(targetIn(item, tag, vr), match, bind, clock),
  )
  return `exists (select from ${items} ${item} where ${['true', ...conditions].join(' and ')})`
}

function ofTarget(target: Target, match: Match, bind: Bind, clock: Clock): string {
  const { expression, vr, isList, elements } = target
  if (match.kind === 'any') return `(${match.of.map((one) => ofTarget(target, one, bind, clock)).join(' or ')})`
  if (vr === 'PN' && match.kind === 'list')
    return ofTarget(target, { kind: 'any', of: match.values.map((value) => ({ kind: 'single', value })) }, bind, clock)
  if (match.kind === 'items') throw new RangeError('only a sequence has items')
  if (match.kind === 'empty') return isList ? `cardinality(${expression}) = 0` : `coalesce(${expression}, '') = ''`
  if (isPlain(vr, match) && isList) {
    if (elements !== undefined && texts.has(vr))
      return match.kind === 'single'
        ? `coalesce(${elements} ? ${bind(match.value)}, false)`
        : `coalesce(${elements} ?| ${bind(valuesOf(match))}::text[], false)`
    return match.kind === 'single' ? `${bind(match.value)} = any (${expression})` : `${expression} && ${bind(valuesOf(match))}::text[]`
  }
  // Each group of a name, or all of them, may be what is asked for; how its components are divided does not count.
  const list =
    vr === 'PN' ? `string_to_array(${plainName(expression, isList, match)}, '=') || ${plainName(expression, isList, match)}` : expression
  if (vr !== 'PN' && !isList) return ofValue(expression, vr, match, bind, clock)
  return `exists (select from unnest(${list}) as item where ${ofValue('item', vr, match, bind, clock)})`
}

/** Chinese names are written with and without a division: 张三 is 张^三. */
const isChinese = (text: string): boolean => /\p{Script=Han}/u.test(text)
const nameDivision = (text: string): string => (isChinese(text) ? '' : ' ')

function plainName(expression: string, isList: boolean, match: Match): string {
  const name = isList ? `array_to_string(${expression}, '=')` : expression
  return 'value' in match && isChinese(match.value) ? `translate(${name}, '^ ', '')` : `translate(${name}, '^', ' ')`
}

const plainText = (name: string): string => name.replace(/[\^ ]/g, nameDivision(name))

/** VRs whose values are JSON strings. */
const texts: ReadonlySet<string> = new Set(['AE', 'AS', 'CS', 'LO', 'LT', 'SH', 'ST', 'UC', 'UI', 'UR', 'UT'])

/** Compared as the text that it is. */
const isPlain = (vr: string, { kind }: Match): boolean =>
  (kind === 'single' || kind === 'list') && !['PN', 'DA', 'TM', 'DT', 'IS', 'DS', 'FL', 'FD'].includes(vr)

const valuesOf = (match: Match): readonly string[] => (match.kind === 'list' ? match.values : [])

function ofValue(expression: string, vr: string, match: Match, bind: Bind, clock: Clock): string {
  switch (match.kind) {
    case 'single':
      return equal(expression, vr, match.value, bind, clock)
    case 'wildcard':
      return patternOf(expression, vr === 'PN' ? plainText(match.value) : match.value, bind)
    case 'name':
      return match.fuzzy ? wordsOf(expression, match.value, bind) : patternOf(expression, plainText(match.value), bind)
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
  if (vr === 'PN') return patternOf(expression, escapeWildcards(plainText(value)), bind)
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
