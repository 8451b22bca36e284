/** Search for Workitems: PS3.18 §11.9, PS3.4 §CC.2.8. Any attribute may be asked for, also inside sequences. */
import { IndexTimeout } from '../../storage/errors.ts'
import { searchUPS, type UPSKey } from '../../storage/index/ups/search.ts'
import type { UPSRow } from '../../storage/index/ups/workitems.ts'
import { type Asker, demand } from '../access.ts'
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { attributeOf, tagOf } from '../dicom/dictionary.ts'
import { BadRequest, SearchTooBroad } from '../errors.ts'
import { type MatchingRules, matchOf } from '../matching.ts'
import { attributes } from './attributes.ts'
import { spanOf } from './date-time.ts'
import { recheckOf } from './keep.ts'
import type { UPSTools } from './tools.ts'
import { workitemOf } from './workitems.ts'

export interface WorkitemSearch {
  readonly keys: readonly UPSKey[]
  /** `ggggeeee` wanted besides those that are always answered, or all there are. */
  readonly include: ReadonlySet<string> | 'all'
  readonly limit: number
  readonly offset: number
}

/** Newest first. */
export async function searchWorkitems(
  tools: UPSTools,
  asker: Asker,
  { keys, include, limit, offset }: WorkitemSearch,
): Promise<{ results: { row: UPSRow; dataset: DicomJSON }[]; more: boolean }> {
  demand(asker, 'worklist')
  const recheck = recheckOf(keys)
  const rows = await searchUPS(tools.reading.index.pool, {
    scope: asker.scope,
    keys,
    limit,
    offset,
    ...(recheck === undefined ? {} : { recheck }),
  }).catch((error: unknown) => {
    if (!(error instanceof IndexTimeout)) throw error
    throw new SearchTooBroad('The search takes too long; add ProcedureStepState or ScheduledProcedureStepStartDateTime to it', {
      cause: error,
    })
  })
  const wanted = new Set([...always, ...keys.map(({ path }) => path[0]!), ...(include === 'all' ? [] : include)])
  const results = rows.slice(0, limit).map((row) => {
    const dataset = workitemOf(row)
    return { row, dataset: include === 'all' ? dataset : Object.fromEntries(Object.entries(dataset).filter(([tag]) => wanted.has(tag))) }
  })
  return { results, more: rows.length > limit }
}

/** Return Key Types 1 and 2, and the character set of the answer. */
const always: readonly string[] = ['00080005', ...attributes.filter(({ returned }) => returned).map(({ tag }) => tag)]

/** Whose values are never matched: the lock of a Workitem is nobody's to guess. */
const secret = '00081195'
const deepest = 4

/** Keys of `attribute=value`: keywords or tags, steps into sequences divided by dots. @throws BadRequest that names the attribute */
export function keysOf(parameters: readonly (readonly [name: string, value: string])[], rules: MatchingRules): UPSKey[] {
  const given = new Map<string, { path: string[]; vr: string; values: string[] }>()
  for (const [name, value] of parameters) {
    const steps = name.split('.').map((step) => tagIn(step, name))
    if (steps.length > deepest) throw new BadRequest(`${name.slice(0, 64)} reaches more than ${deepest} deep`)
    if (steps.includes(secret)) throw new BadRequest('TransactionUID is no key')
    const { vr } = attributeOf(Number.parseInt(steps.at(-1)!, 16))!
    if (vr === 'SQ') throw new BadRequest(`${name.slice(0, 64)} is a sequence; ask for an attribute of its items`)
    const key = steps.join('.')
    const known = given.get(key)
    if (known === undefined) given.set(key, { path: steps, vr, values: [value] })
    else if (vr === 'UI') known.values.push(value)
    else throw new BadRequest(`${name.slice(0, 64)} is given more than once`)
  }
  return [...given.values()].flatMap(({ path, vr, values }): UPSKey[] => {
    const keyword = attributeOf(Number.parseInt(path.at(-1)!, 16))!.keyword
    const text = values.join('\\')
    // What is shown of a moment has a time zone; a text of it would not.
    if (vr === 'DT' && !(rules.emptyvaluematching && text === '""')) {
      const match = momentsOf(keyword, text.trim())
      return match === undefined ? [] : [{ path, vr, match }]
    }
    // Only the patient has keys of the name; other names are compared as they are written.
    const match = matchOf(path.length > 1 && keyword === 'PatientName' ? 'OtherPatientNames' : keyword, vr, text, rules)
    return match === undefined ? [] : [{ path, vr, match }]
  })
}

function tagIn(step: string, name: string): string {
  const tag = /^[0-9A-Fa-f]{8}$/.test(step) ? Number.parseInt(step, 16) : step === 'ProgressInformationSequence' ? 0x00741002 : tagOf(step)
  if (tag === undefined || attributeOf(tag) === undefined)
    throw new BadRequest(`${name.slice(0, 64)} is not an attribute of the data dictionary`)
  return tag.toString(16).toUpperCase().padStart(8, '0')
}

/** One moment to its precision, `from-to`, `from-`, `-to`; an offset from UTC may stand in either, so the dash between is the one that makes both a DT. */
function momentsOf(keyword: string, text: string): UPSKey['match'] | undefined {
  if (/^\**$/.test(text)) return undefined
  const single = spanOf(text)
  if (single !== undefined) return { kind: 'range', from: single.from.toISOString(), to: single.to.toISOString() }
  for (let dash = text.indexOf('-'); dash >= 0; dash = text.indexOf('-', dash + 1)) {
    const [from, to] = [text.slice(0, dash).trim(), text.slice(dash + 1).trim()]
    const first = from === '' ? undefined : spanOf(from)
    const last = to === '' ? undefined : spanOf(to)
    if ((from !== '' && first === undefined) || (to !== '' && last === undefined) || (from === '' && to === '')) continue
    return {
      kind: 'range',
      ...(first === undefined ? {} : { from: first.from.toISOString() }),
      ...(last === undefined ? {} : { to: last.to.toISOString() }),
    }
  }
  throw new BadRequest(`${keyword} must be a date-time or a range of two, not "${text.slice(0, 60)}"`)
}
