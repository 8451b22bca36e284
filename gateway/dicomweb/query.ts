/**
 * The query of a search: PS3.18 §8.3.4 and §10.6.1.2. What is asked by which attribute, what is wanted in the answer, and which piece of it.
 * An attribute that cannot be searched by is refused by name: leaving it out would answer with other people's studies.
 */
import { attributeOf, tagOf } from '../../archive/dicom/dictionary.ts'
import { BadRequest } from '../../archive/errors.ts'
import { type MatchingRules, matchOf } from '../../archive/matching.ts'
import { type ItemKey, type Key, type SearchLevel, searchable } from '../../archive/search.ts'
import { queryParameters } from './query-parameters.ts'

export interface Query {
  readonly matches: readonly Key[]
  /** `ggggeeee` of attributes wanted besides those always answered, or all there are. */
  readonly include: ReadonlySet<string> | 'all'
  readonly limit: number
  readonly offset: number
  /** Where the answer before ended: `cursor.ts`. */
  readonly cursor?: string
  readonly order: readonly { readonly keyword: string; readonly descending: boolean }[]
  /** The offset from UTC of dates and times of the query. */
  readonly zone?: string
}

export const mostResults = 1000
const largestOffset = 10_000
const mostOrders = 8
const mostFields = 500
const deepestPath = 6

/** Parameters that are no attribute. */
type Option = 'includefield' | 'limit' | 'offset' | 'cursor' | 'orderby' | keyof MatchingRules | 'accept' | 'charset'
export const options: ReadonlySet<string> = new Set<string>([
  'includefield',
  'limit',
  'offset',
  'cursor',
  'orderby',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'accept',
  'charset',
] satisfies Option[])

export function parseQuery(text: string, level: SearchLevel): Query {
  const parameters = queryParameters(text)
  const last = (name: Option) => parameters.findLast((parameter) => parameter[0] === name)?.[1]
  const listOf = (name: Option) =>
    parameters.filter((parameter) => parameter[0] === name).flatMap(([, value]) => value.split(',').filter((field) => field.trim() !== ''))
  const rules: MatchingRules = {
    fuzzymatching: flag('fuzzymatching', last('fuzzymatching')),
    emptyvaluematching: flag('emptyvaluematching', last('emptyvaluematching')),
    multiplevaluematching: flag('multiplevaluematching', last('multiplevaluematching')),
  }
  const charset = last('charset')
  if (charset !== undefined && !/^"?(utf-?8)?"?$/i.test(charset)) throw new BadRequest('charset: every answer is in UTF-8')
  const fields = new Set(listOf('includefield'))
  if (fields.size > mostFields) throw new BadRequest(`includefield names ${fields.size} attributes, at most ${mostFields} can be asked for`)
  const cursor = last('cursor')
  if (cursor !== undefined && last('offset') !== undefined)
    throw new BadRequest('offset counts from the beginning, cursor goes on from a place: only one of them can be given')
  const keys = parameters.filter(([name]) => !options.has(name))
  const zone = zoneIn(keys)
  const orders = listOf('orderby')
  if (orders.length > mostOrders) throw new BadRequest(`orderby names ${orders.length} attributes, at most ${mostOrders} can be given`)
  return {
    matches: matchesOf(
      keys.filter(([name]) => keywordOf(name) !== 'TimezoneOffsetFromUTC'),
      level,
      rules,
    ),
    include: fields.has('all') ? 'all' : new Set([...fields].map(includedTag)),
    limit: Math.min(count('limit', last('limit') ?? mostResults), mostResults),
    offset: offsetOf(last('offset')),
    ...(cursor === undefined ? {} : { cursor }),
    order: orders.map((field) => orderOf(field.trim(), level)),
    ...(zone === undefined ? {} : { zone }),
  }
}

/** What is asked for inside one item of a sequence: its attributes by tag, or those of items within. */
interface Asked {
  readonly tag: string
  readonly vr: string
  readonly name: string
  readonly values: string[]
  readonly items: Map<string, Asked>
}

/** Keys by path, those of one sequence together: one item must match them all (PS3.4 §C.2.2.2.6). */
function matchesOf(parameters: readonly (readonly [string, string])[], level: SearchLevel, rules: MatchingRules): Key[] {
  const asked = new Map<string, Asked>()
  for (const [name, value] of parameters) {
    const path = pathOf(name)
    const [keyword] = path
    const found = searchable(level).get(keyword!)
    if (found === undefined) notSearchedBy(keyword!, name, level)
    // The dictionary says what stands inside an item; at the top the index does, whose VRs are the same.
    let at = asked
    path.forEach((step, depth) => {
      const { tag, vr } = depth === 0 ? { tag: '', vr: found.vr } : attributeOf(tagOf(step)!)!
      if (depth < path.length - 1 && vr !== 'SQ') throw new BadRequest(`${step} in ${name.slice(0, 120)} is no sequence`)
      const known = at.get(step) ?? { tag, vr, name: path.slice(0, depth + 1).join('.'), values: [], items: new Map<string, Asked>() }
      at.set(step, known)
      if (depth === path.length - 1) known.values.push(value)
      at = known.items
    })
  }
  return [...asked].flatMap(([keyword, one]) => {
    const match = matchOfAsked(one, rules)
    return match === undefined ? [] : [{ keyword, match }]
  })
}

function matchOfAsked({ vr, name, values, items }: Asked, rules: MatchingRules): Key['match'] | undefined {
  if (items.size > 0) {
    const keys: ItemKey[] = [...items.values()].flatMap((one) => {
      const match = matchOfAsked(one, rules)
      return match === undefined ? [] : [{ tag: one.tag, vr: one.vr, match }]
    })
    return keys.length === 0 ? undefined : { kind: 'items', keys }
  }
  if (values.length > 1 && vr !== 'UI') throw new BadRequest(`${name} is given ${values.length} times`)
  return matchOf(name, vr, values.join('\\'), rules)
}

/** Keywords of a path into sequences. */
function pathOf(name: string): string[] {
  const steps = name.split('.')
  if (steps.length > deepestPath) throw new BadRequest(`${name.slice(0, 64)} goes deeper into sequences than ${deepestPath} levels`)
  return steps.map((step) => keywordOf(step) ?? unknown(name))
}

function notSearchedBy(keyword: string, name: string, level: SearchLevel): never {
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

/**
 * Attributes that the answer has no value for are left out of it, unknown ones are a mistake; a private one cannot be known. Of a path into a sequence
 * the sequence is given whole.
 */
function includedTag(field: string): string {
  const name = field.trim()
  const steps = name.split('.')
  if (steps.some((step) => keywordOf(step) === undefined && !isPrivate(step))) unknown(name)
  const [first] = steps as [string]
  return isPrivate(first) ? first.toUpperCase() : tagOf(keywordOf(first)!)!.toString(16).toUpperCase().padStart(8, '0')
}

const isPrivate = (name: string): boolean => /^[0-9A-Fa-f]{3}[13579BDFbdf][0-9A-Fa-f]{4}$/.test(name)

/** `StudyDate`, `-StudyDate`, `StudyDate:desc`, `StudyDate desc`. */
function orderOf(field: string, level: SearchLevel): Query['order'][number] {
  const [, sign, name, word] = /^([-+]?)([\w.]+)(?:[: ]\s*(asc|desc))?$/i.exec(field) ?? []
  if (name === undefined || (sign !== '' && word !== undefined))
    throw new BadRequest(
      `orderby must be attributes by comma, each with - before it or :desc behind it for descending, not "${field.slice(0, 60)}"`,
    )
  const keyword = keywordOf(name) ?? unknown(name)
  if (!ordering.has(keyword)) {
    const found = searchable(level).get(keyword)
    if (found === undefined) notSearchedBy(keyword, name, level)
    if (found.vr === 'SQ' || keyword.endsWith('InStudy')) throw new BadRequest(`${keyword} has no order`)
  }
  return { keyword, descending: sign === '-' || word?.toLowerCase() === 'desc' }
}

/** Computed, and no key. */
const ordering: ReadonlySet<string> = new Set(['NumberOfStudyRelatedSeries', 'NumberOfStudyRelatedInstances'])

/** TimezoneOffsetFromUTC among the keys is not matched: the dates and times of the query are meant in it (PS3.4 §C.2.2.2.5). */
function zoneIn(keys: readonly (readonly [string, string])[]): string | undefined {
  const given = keys.filter(([name]) => keywordOf(name) === 'TimezoneOffsetFromUTC').map(([, value]) => value.trim())
  const [zone] = given.filter((value) => value !== '')
  if (zone === undefined) return undefined
  // `+` arrives as a space where it was not percent-encoded, and was trimmed.
  const written = /^\d/.test(zone) ? `+${zone}` : zone
  if (given.length > 1 || !/^[+-](0\d|1[0-4])[0-5]\d$/.test(written))
    throw new BadRequest(`TimezoneOffsetFromUTC must be one offset such as +0800, not "${given.join(' ').slice(0, 40)}"`)
  return written
}

function flag(name: string, value: string | undefined): boolean {
  if (value === undefined || value === '' || /^false$/i.test(value)) return false
  if (/^true$/i.test(value)) return true
  throw new BadRequest(`${name} must be true or false, not "${value.slice(0, 40)}"`)
}

function count(name: string, value: string | number): number {
  if (!/^\d{1,9}$/.test(String(value))) throw new BadRequest(`${name} must be a whole number, not "${String(value).slice(0, 40)}"`)
  return Number(value)
}

function offsetOf(value: string | undefined): number {
  const offset = count('offset', value ?? 0)
  if (offset > largestOffset)
    throw new BadRequest(
      `offset must be at most ${largestOffset}; follow the cursor of the answer before (Link: rel="next"), or narrow the search`,
    )
  return offset
}
