/**
 * Range matching of dates, times and moments: PS3.4 §C.2.2.2.5. Dates and times are texts of fixed width, compared as such; moments may carry an offset from
 * UTC, and are compared as what they are then.
 */
import { type Stretch, stretchOf, zoneOf } from './instants.ts'
import { datasetOf, valuesIn } from './json-values.ts'
import type { Key } from './match.ts'
import type { Bind, Clock } from './matching.ts'

/** Ends included, to their own precision: up to 1015 includes 101559. Whoever has no value is outside every range. */
export function rangeOf(expression: string, from: string | undefined, to: string | undefined, bind: Bind): string {
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
export function momentRange(expression: string, range: { readonly from?: string; readonly to?: string }, bind: Bind, clock: Clock): string {
  const zone = [range.from, range.to].map((end) => (end ? zoneOf(end) : undefined)).find((found) => found !== undefined) ?? clock.zone
  const stored =
    zone === undefined ? `instant_of(${expression}, null)` : `instant_of(${expression}, coalesce(${zoneOfStudy}, ${bind(zone)}))`
  const from = range.from ? stretchOf(range.from, zone) : undefined
  const to = range.to ? stretchOf(range.to, zone) : undefined
  // As texts, a day wider: what is far away is not worked out.
  const near = rangeOf(expression, from && dayOf(from.start, -1), to && dayOf(to.end, 1), bind)
  return `${near} and ${stretchCondition(stored, from, to, bind)}`
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
export function momentsOf(
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
  const settled = ['StudyDate', ...(times === undefined ? [] : ['StudyTime'])]
  // A date that no calendar has is before and after nothing.
  if ((dates.from && from === undefined) || (dates.to && to === undefined)) return { conditions: ['false'], settled }
  const days = { from: from && dayOf(from.start, -1), to: to && dayOf(to.end, 1) }
  const stored = `instant_of(a.study_date || a.study_time, coalesce(${zoneOfStudy}, ${bind(zone)}))`
  return {
    conditions: [rangeOf('a.study_date', days.from, days.to, bind), stretchCondition(stored, from, to, bind)],
    settled,
  }
}

/** The date so many days from a moment, `YYYYMMDD`. */
const dayOf = (moment: string, days: number): string =>
  new Date(Date.parse(`${moment.slice(0, 10)}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10).replaceAll('-', '')
