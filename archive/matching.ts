/**
 * From the text of one key to how it is matched: PS3.4 §C.2.2.2, PS3.18 §8.3.4.1. The value representation decides what a text may mean; C-FIND and
 * QIDO-RS ask by it alike.
 */

import { stretchOf, zoneOf } from '../storage/index/instants.ts'
import { trimPadding } from './dicom/padding.ts'
import { nameQueryKeys } from './dicom/person-name.ts'
import { BadRequest } from './errors.ts'
import { bindsItsKeys } from './name-pattern.ts'
import type { Match } from './search.ts'

export interface MatchingRules {
  readonly fuzzymatching: boolean
  readonly emptyvaluematching: boolean
  readonly multiplevaluematching: boolean
}

/** The VRs whose values are lists of codes or identifiers, in which a comma can only separate. */
const listed: ReadonlySet<string> = new Set(['UI', 'CS'])
/** VRs in which `*` and `?` are wildcards (PS3.4 §C.2.2.2.4). */
const wild: ReadonlySet<string> = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UR', 'UT'])
/** VRs in whose values a backslash is a character like others (PS3.5 §6.2). */
const undivided: ReadonlySet<string> = new Set(['LT', 'ST', 'UR', 'UT'])
const mostValues = 1000
/** Of values with wildcards: each is a comparison of its own. */
const mostPatterns = 50

/** @returns undefined for universal matching: nothing, or only asterisks. @throws BadRequest naming the attribute */
export function matchOf(keyword: string, vr: string, value: string, rules: MatchingRules): Match | undefined {
  const text = trimPadding(value)
  if (rules.emptyvaluematching && text === '""') return { kind: 'empty' }
  if (/^\**$/.test(text) || (vr === 'PN' && /^(?=.*\*)[*^=]*$/.test(text))) return undefined
  if (vr === 'SQ') throw new BadRequest(`${keyword} is a sequence: name what is asked for in its items, as in ${keyword}.CodeValue`)
  const values = valuesOf(keyword, vr, text, rules)
  if (values.length > mostValues) throw new BadRequest(`${keyword} has ${values.length} values, at most ${mostValues} can be asked for`)
  if (values.length === 0) return undefined
  const matches = values.map((one) => matchOfOne(keyword, vr, one, rules))
  if (matches.length === 1) return matches[0]!
  const singles = matches.flatMap((match) => (match.kind === 'single' ? [match.value] : []))
  if (singles.length === matches.length) return { kind: 'list', values: [...new Set(singles)] }
  if (keyword === 'PatientName') throw new BadRequest('PatientName takes one value')
  if (matches.length > mostPatterns)
    throw new BadRequest(`${keyword} has ${matches.length} values, some with wildcards; at most ${mostPatterns} such can be asked for`)
  return { kind: 'any', of: matches }
}

function matchOfOne(keyword: string, vr: string, text: string, rules: MatchingRules): Match {
  if (vr === 'DA' || vr === 'TM') return dateOrTime(keyword, vr, text)
  if (vr === 'DT') return dateTime(keyword, text)
  if (keyword === 'PatientName') return patientName(text, rules.fuzzymatching)
  if (vr === 'PN' && rules.fuzzymatching) return { kind: 'name', value: text, keys: [], fuzzy: true }
  return wild.has(vr) && /[*?]/.test(text) ? { kind: 'wildcard', value: text } : { kind: 'single', value: numberOf(keyword, vr, text) }
}

/** By the keys of the index, where the text has any; the name itself decides. */
function patientName(text: string, fuzzy: boolean): Match {
  const pieces = text.split(/[\s^=,]+/)
  const keys = nameQueryKeys((fuzzy ? pieces : pieces.filter(bindsItsKeys)).join(' '))
  if (keys.length > 0) return { kind: 'name', value: text, keys, fuzzy }
  return /[*?]/.test(text) ? { kind: 'wildcard', value: text } : { kind: 'single', value: text }
}

function valuesOf(keyword: string, vr: string, text: string, { multiplevaluematching }: MatchingRules): string[] {
  if (undivided.has(vr)) return [text]
  if (!text.includes('\\') && !(listed.has(vr) && text.includes(','))) return [text]
  if (!listed.has(vr) && !multiplevaluematching)
    throw new BadRequest(
      `${keyword} takes one value, not several divided by a backslash; multiplevaluematching=true asks for any of several`,
    )
  const values = text.split(listed.has(vr) ? /[,\\]/ : '\\')
  return values.map((value) => trimPadding(value)).filter((value) => value !== '')
}

const wholeNumbers: ReadonlySet<string> = new Set(['IS', 'SL', 'SS', 'SV', 'UL', 'US', 'UV'])
const decimals: ReadonlySet<string> = new Set(['DS', 'FD', 'FL'])

/** Numbers in their shortest form; any other text as it is. */
function numberOf(keyword: string, vr: string, text: string): string {
  if (wholeNumbers.has(vr)) {
    if (!/^[+-]?\d{1,12}$/.test(text)) throw new BadRequest(`${keyword} must be a whole number, not "${text.slice(0, 40)}"`)
    return String(Number(text))
  }
  if (!decimals.has(vr)) return text
  if (!/^[+-]?(\d{1,15}(\.\d{0,15})?|\.\d{1,15})$/.test(text))
    throw new BadRequest(`${keyword} must be a number, not "${text.slice(0, 40)}"`)
  return String(Number(text))
}

const digits = { DA: /^\d{8}$/, TM: /^(\d{2}|\d{4}|\d{6}(\.\d{1,6})?)$/ } as const
/** One value, `from-to`, `from-` or `-to` (PS3.4 §C.2.2.2.5). */
function dateOrTime(keyword: string, vr: 'DA' | 'TM', text: string): Match {
  const [from, to, ...more] = text.split('-').map((value) => value.trim())
  const given = [from, to].filter((value) => value !== undefined && value !== '')
  if (more.length > 0 || given.length === 0 || given.some((value) => !digits[vr].test(value!))) {
    const form = vr === 'DA' ? 'YYYYMMDD' : 'HHMMSS'
    throw new BadRequest(`${keyword} must be ${form}, ${form}-${form}, ${form}- or -${form}, not "${text.slice(0, 40)}"`)
  }
  // A time may be given to the hour or minute; the index takes it as the whole of it (PS3.5 Table 6.2-1).
  if (to === undefined) return { kind: 'single', value: from! }
  return { kind: 'range', ...(from === '' ? {} : { from: from! }), ...(to === '' ? {} : { to }) }
}

/** As `dateOrTime`; a hyphen before four digits may also be an offset from UTC (PS3.4 §C.2.2.2.5.3), which it is where both are moments. */
function dateTime(keyword: string, text: string): Match {
  for (let at = text.indexOf('-'); at >= 0; at = text.indexOf('-', at + 1)) {
    const [from, to] = [text.slice(0, at).trim(), text.slice(at + 1).trim()]
    if (from === '' && to === '') break
    // 2026-0500 is the year 2026 five hours west of Greenwich, not up to the year 500.
    if ((from === '' || stretchOf(from) !== undefined) && (to === '' || stretchOf(to) !== undefined) && !isOffset(text, at))
      return { kind: 'range', ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) }
  }
  if (stretchOf(text) !== undefined) return { kind: 'single', value: text }
  const form = 'YYYYMMDDHHMMSS&ZZXX'
  throw new BadRequest(`${keyword} must be ${form}, ${form}-${form}, ${form}- or -${form}, not "${text.slice(0, 60)}"`)
}

/** Whether the text up to the end of these four digits is a moment with an offset, and the text goes on as if it were. */
function isOffset(text: string, at: number): boolean {
  const moment = text.slice(0, at + 5).trim()
  const rest = text.slice(at + 5).trim()
  return zoneOf(moment) !== undefined && (rest === '' || rest.startsWith('-'))
}
