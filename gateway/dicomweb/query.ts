/**
 * The query of a search: PS3.18 §8.3.4 and §10.6.1.2. What is asked by which attribute, what is wanted in the answer, and which piece of it.
 * An attribute that cannot be searched by is refused by name: leaving it out would answer with other people's studies.
 */
import { attributeOf, tagOf } from '../../archive/dicom/dictionary.ts'
import { BadRequest } from '../../archive/errors.ts'
import { type Match, type SearchLevel, searchable } from '../../archive/search.ts'
import { type MatchingRules, matchOf } from './attribute-matching.ts'
import { queryParameters } from './query-parameters.ts'

export interface Query {
  readonly matches: readonly { readonly keyword: string; readonly match: Match }[]
  /** `ggggeeee` of attributes wanted besides those always answered, or all there are. */
  readonly include: ReadonlySet<string> | 'all'
  readonly limit: number
  readonly offset: number
  readonly order: readonly { readonly keyword: string; readonly descending: boolean }[]
}

export const mostResults = 1000
const largestOffset = 10_000

/** Parameters that are no attribute. */
type Option = 'includefield' | 'limit' | 'offset' | 'orderby' | keyof MatchingRules | 'accept'
const options: ReadonlySet<string> = new Set<Option>([
  'includefield',
  'limit',
  'offset',
  'orderby',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'accept',
])

export function parseQuery(text: string, level: SearchLevel): Query {
  const parameters = queryParameters(text)
  const last = (name: Option) => parameters.findLast((parameter) => parameter[0] === name)?.[1]
  const rules: MatchingRules = {
    fuzzymatching: flag('fuzzymatching', last('fuzzymatching')),
    emptyvaluematching: flag('emptyvaluematching', last('emptyvaluematching')),
    multiplevaluematching: flag('multiplevaluematching', last('multiplevaluematching')),
  }
  const include = new Set(
    parameters.filter(([name]) => name === 'includefield').flatMap(([, value]) => value.split(',').filter((field) => field !== '')),
  )
  return {
    matches: matchesOf(
      parameters.filter(([name]) => !options.has(name)),
      level,
      rules,
    ),
    include: include.has('all') ? 'all' : new Set([...include].map(includedTag)),
    limit: Math.min(count('limit', last('limit') ?? mostResults), mostResults),
    offset: offsetOf(last('offset')),
    order: (last('orderby') ?? '')
      .split(',')
      .filter((field) => field !== '')
      .map((field) => orderOf(field, level)),
  }
}

function matchesOf(parameters: readonly (readonly [string, string])[], level: SearchLevel, rules: MatchingRules): Query['matches'] {
  const values = new Map<string, string[]>()
  for (const [name, value] of parameters) {
    const keyword = searchedKeyword(name, level)
    values.set(keyword, [...(values.get(keyword) ?? []), value])
  }
  return [...values].flatMap(([keyword, given]) => {
    const { vr } = searchable(level).get(keyword)!
    if (given.length > 1 && vr !== 'UI') throw new BadRequest(`${keyword} is given ${given.length} times`)
    const match = matchOf(keyword, vr, given.join('\\'), rules)
    return match === undefined ? [] : [{ keyword, match }]
  })
}

/** The keyword, also of a path into a sequence, of what is searched by. @throws BadRequest naming what cannot be searched by. */
function searchedKeyword(name: string, level: SearchLevel): string {
  const keyword = name
    .split('.')
    .map((step) => keywordOf(step) ?? unknown(name))
    .join('.')
  if (searchable(level).has(keyword)) return keyword
  const lower = (['study', 'series', 'instance'] as const).find((other) => searchable(other).has(keyword))
  if (lower === undefined)
    throw new BadRequest(`${keyword} (${name}) cannot be searched by; to be had: ${[...searchable(level).keys()].join(', ')}`)
  const hint = keyword === 'Modality' ? '; ask for ModalitiesInStudy' : ''
  throw new BadRequest(
    `${keyword} is an attribute of the ${lower}, a search for ${level === 'study' ? 'studies' : level} cannot be made by it${hint}`,
  )
}

/** The keyword of a keyword or of `ggggeeee`; undefined when the dictionary has neither. */
function keywordOf(name: string): string | undefined {
  if (/^[0-9A-Fa-f]{8}$/.test(name)) return attributeOf(Number.parseInt(name, 16))?.keyword
  return tagOf(name) === undefined ? undefined : name
}

function unknown(name: string): never {
  throw new BadRequest(`${name.slice(0, 64)} is not an attribute of the data dictionary`)
}

/** Attributes that the answer has no value for are left out of it, unknown ones are a mistake. */
function includedTag(name: string): string {
  const keyword = keywordOf(name.split('.')[0]!) ?? unknown(name)
  return tagOf(keyword)!.toString(16).toUpperCase().padStart(8, '0')
}

/** `StudyDate`, `-StudyDate`. */
function orderOf(field: string, level: SearchLevel): Query['order'][number] {
  const descending = field.startsWith('-')
  const name = field.replace(/^[-+ ]/, '')
  return { keyword: searchedKeyword(name, level), descending }
}

function flag(name: string, value: string | undefined): boolean {
  if (value === undefined || value === '' || value === 'false') return false
  if (value === 'true') return true
  throw new BadRequest(`${name} must be true or false, not "${value.slice(0, 40)}"`)
}

function count(name: string, value: string | number): number {
  if (!/^\d{1,9}$/.test(String(value))) throw new BadRequest(`${name} must be a whole number, not "${String(value).slice(0, 40)}"`)
  return Number(value)
}

function offsetOf(value: string | undefined): number {
  const offset = count('offset', value ?? 0)
  if (offset > largestOffset) throw new BadRequest(`offset must be at most ${largestOffset}; narrow the search, by StudyDate for example`)
  return offset
}
