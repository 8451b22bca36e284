/**
 * From the text of one query parameter to how it is matched: PS3.18 §8.3.4.1, PS3.4 §C.2.2.2. The value representation decides what a text may mean.
 */

import { nameQueryKeys } from '../../archive/dicom/person-name.ts'
import { BadRequest } from '../../archive/errors.ts'
import { bindsItsKeys } from '../../archive/name-pattern.ts'
import type { Match } from '../../archive/search.ts'

export interface MatchingRules {
  readonly fuzzymatching: boolean
  readonly emptyvaluematching: boolean
  readonly multiplevaluematching: boolean
}

/** The VRs whose values are lists of codes or identifiers, in which a comma can only separate. */
const listed: ReadonlySet<string> = new Set(['UI', 'CS'])
/** VRs in which `*` and `?` are wildcards (PS3.4 §C.2.2.2.4). */
const wild: ReadonlySet<string> = new Set(['AE', 'CS', 'LO', 'LT', 'PN', 'SH', 'ST', 'UC', 'UR', 'UT'])
const mostValues = 1000

/** @returns undefined for universal matching: nothing, or only asterisks. */
export function matchOf(keyword: string, vr: string, text: string, rules: MatchingRules): Match | undefined {
  if (rules.emptyvaluematching && text === '""') return { kind: 'empty' }
  if (/^\**$/.test(text.trim())) return undefined
  if (vr === 'DA' || vr === 'TM') return dateOrTime(keyword, vr, text.trim())
  if (keyword === 'PatientName') return patientName(text, rules.fuzzymatching)
  const values = valuesOf(keyword, vr, text, rules)
  if (values.length > mostValues) throw new BadRequest(`${keyword} has ${values.length} values, at most ${mostValues} can be asked for`)
  if (values.length !== 1) return values.length === 0 ? undefined : { kind: 'list', values }
  const value = values[0]!
  return wild.has(vr) && /[*?]/.test(value) ? { kind: 'wildcard', value } : { kind: 'single', value }
}

/** By the keys of the index, where the text has any; the name itself decides. */
function patientName(text: string, fuzzy: boolean): Match {
  const pieces = text.split(/[\s^=,]+/)
  const keys = nameQueryKeys((fuzzy ? pieces : pieces.filter(bindsItsKeys)).join(' '))
  if (keys.length > 0) return { kind: 'name', value: text, keys, fuzzy }
  return /[*?]/.test(text) ? { kind: 'wildcard', value: text } : { kind: 'single', value: text }
}

function valuesOf(keyword: string, vr: string, text: string, { multiplevaluematching }: MatchingRules): string[] {
  const separator = listed.has(vr) ? /[,\\]/ : multiplevaluematching ? /\\/ : undefined
  const values = separator === undefined ? [text] : text.split(separator)
  const trimmed = values.map((value) => value.trim()).filter((value) => value !== '')
  const numeric = vr === 'IS' || vr === 'US'
  if (numeric && trimmed.some((value) => !/^[+-]?\d{1,12}$/.test(value)))
    throw new BadRequest(`${keyword} must be a whole number, not "${text.slice(0, 40)}"`)
  return numeric ? trimmed.map((value) => String(Number(value))) : [...new Set(trimmed)]
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
