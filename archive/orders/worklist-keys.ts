/**
 * Keys of a worklist query held against an item: single value, list of UIDs, wildcard, range and sequence matching. PS3.4 §K.2.2.1, §C.2.2.2, and the
 * note to Table K.6-1: date and time of the step, both given as ranges, are one stretch of time.
 */

import type { AttributeJSON, DicomJSON, PersonNameJSON } from '../dicom/dicom-json.ts'
import { attributeOf, tagOf } from '../dicom/dictionary.ts'
import { BadRequest } from '../errors.ts'
import { matchOf } from '../matching.ts'
import { fitsPattern, nameMatchesPattern } from '../name-pattern.ts'

/** Of one key: longer values match nothing that there is. */
const longestKey = 1_024

const rules = { fuzzymatching: false, emptyvaluematching: false, multiplevaluematching: true } as const
type Match = NonNullable<ReturnType<typeof matchOf>>

const hex = (keyword: string): string => attributeOf(tagOf(keyword)!)!.tag
const StepSequence = hex('ScheduledProcedureStepSequence')
const StartDate = hex('ScheduledProcedureStepStartDate')
const StartTime = hex('ScheduledProcedureStepStartTime')
const Modality = hex('Modality')
const StationAETitle = hex('ScheduledStationAETitle')
const SpecificCharacterSet = hex('SpecificCharacterSet')
/** They say how the query is written. */
const notKeys: ReadonlySet<string> = new Set([SpecificCharacterSet, hex('TimezoneOffsetFromUTC'), hex('QueryRetrieveLevel')])

type Test = (item: DicomJSON) => boolean

/**
 * Keys as a test of items, read once for all of them. An optional key that is not supported, because no order ever has a value for it, matches
 * everything (PS3.4 §C.2.2.1.3); the status of the answers says so.
 * @param template an item with every attribute that there is, and a value where orders may have one
 * @throws BadRequest for a value that its attribute cannot have
 */
export function testOf(keys: DicomJSON, template: DicomJSON): Test {
  const together = stretchOf(keys)
  const tests: Test[] = together === undefined ? [] : [(item) => inStretch(item, together)]
  for (const [tag, key] of Object.entries(keys)) {
    const known = template[tag]
    if (notKeys.has(tag) || known?.Value === undefined || (together !== undefined && (tag === StartDate || tag === StartTime))) continue
    if (key.vr === 'SQ') {
      const asked = (key.Value?.[0] ?? {}) as DicomJSON
      if (isUniversal(asked)) continue
      const inner = testOf(asked, known.Value[0] as DicomJSON)
      // One item that matches every key of the one item asked for.
      tests.push((item) => ((item[tag]?.Value ?? []) as readonly DicomJSON[]).some(inner))
      continue
    }
    const match = matchOfKey(tag, key)
    if (match !== undefined) tests.push((item) => textsOf(item[tag]).some((text) => fits(text, match, key.vr)))
  }
  return (item) => tests.every((test) => test(item))
}

const isUniversal = (asked: DicomJSON): boolean =>
  Object.values(asked).every((key) =>
    key.vr === 'SQ' ? (key.Value ?? []).every((item) => isUniversal((item ?? {}) as DicomJSON)) : /^[*\s]*$/.test(textOf(key)),
  )

function matchOfKey(tag: string, key: AttributeJSON): Match | undefined {
  if (key.InlineBinary !== undefined || key.vr === 'AT') return undefined
  const text = textOf(key)
  const keyword = attributeOf(Number.parseInt(tag, 16))?.keyword ?? tag
  if (text.length > longestKey && key.vr !== 'UI') throw new BadRequest(`${keyword} is too long for a key`)
  return matchOf(keyword, key.vr, text, rules)
}

function fits(text: string, match: Match, vr: string): boolean {
  switch (match.kind) {
    case 'single':
      if (vr === 'TM') return text.startsWith(match.value.replace(/\.0*$/, ''))
      return vr === 'PN' ? nameMatchesPattern(text, match.value) : text === match.value
    case 'list':
      return match.values.includes(text)
    case 'any':
      return match.of.some((one) => fits(text, one, vr))
    case 'wildcard':
      return vr === 'PN' ? nameMatchesPattern(text, match.value) : fitsPattern(text.toLowerCase(), match.value.toLowerCase())
    case 'name':
      return nameMatchesPattern(text, match.value)
    case 'range':
      // Of less precision the end is the whole of the hour, minute or second.
      return (
        text !== '' &&
        (match.from === undefined || text >= match.from) &&
        (match.to === undefined || text.slice(0, match.to.length) <= match.to)
      )
    case 'empty':
      return text === ''
    case 'items':
      return false
  }
}

interface Stretch {
  readonly from: string
  readonly to: string
}

/** Both as ranges, and both with that end given or not: one stretch from the first to the last. */
function stretchOf(keys: DicomJSON): Stretch | undefined {
  const [date, time] = [StartDate, StartTime].map((tag) => (keys[tag] === undefined ? undefined : matchOfKey(tag, keys[tag])))
  if (date?.kind !== 'range' || time?.kind !== 'range') return undefined
  return {
    from: `${date.from ?? '00000000'}${date.from === undefined ? '' : (time.from ?? '')}`,
    to: `${date.to ?? '99999999'}${date.to === undefined ? '' : (time.to ?? '')}`,
  }
}

function inStretch(item: DicomJSON, { from, to }: Stretch): boolean {
  const at = textsOf(item[StartDate])[0]! + textsOf(item[StartTime])[0]!
  return at >= from && at.slice(0, to.length) <= to
}

const textsOf = (attribute: AttributeJSON | undefined): string[] => {
  const values = (attribute?.Value ?? []).map(valueText)
  return values.length === 0 ? [''] : values
}

const textOf = ({ Value = [] }: AttributeJSON): string => Value.map(valueText).join('\\')

function valueText(value: NonNullable<AttributeJSON['Value']>[number]): string {
  if (value === null) return ''
  if (typeof value !== 'object') return String(value)
  const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value as PersonNameJSON
  return [Alphabetic, Ideographic, Phonetic].join('=').replace(/=+$/, '')
}

/** Whether every key can be returned, and matched where it is given: 0xFF00, else 0xFF01. */
export function supportsKeys(keys: DicomJSON, template: DicomJSON): boolean {
  return Object.entries(keys).every(([tag, key]) => {
    if (notKeys.has(tag)) return true
    const known = template[tag]
    if (known === undefined) return false
    if (key.vr !== 'SQ') return known.Value !== undefined || /^[*\s]*$/.test(textOf(key))
    const asked = (key.Value?.[0] ?? {}) as DicomJSON
    return known.Value === undefined ? isUniversal(asked) : supportsKeys(asked, known.Value[0] as DicomJSON)
  })
}

/** What of a query the index can be asked before items are made. */
export interface StepKeys {
  /** DA; absent ends are open, undefined when no date is asked for. */
  readonly dates: { readonly from?: string; readonly to?: string } | undefined
  /** One, without wildcards. */
  readonly modality: string | undefined
  readonly stationAETitle: string | undefined
}

/** @throws BadRequest */
export function stepKeysOf(keys: DicomJSON): StepKeys {
  const step = ((keys[StepSequence]?.Value ?? [])[0] ?? {}) as DicomJSON
  const single = (tag: string): string | undefined => {
    const match = step[tag] === undefined ? undefined : matchOfKey(tag, step[tag])
    return match?.kind === 'single' ? match.value : undefined
  }
  const date = step[StartDate] === undefined ? undefined : matchOfKey(StartDate, step[StartDate])
  return {
    dates: date?.kind === 'range' ? date : date?.kind === 'single' ? { from: date.value, to: date.value } : undefined,
    modality: single(Modality),
    stationAETitle: single(StationAETitle),
  }
}
