/** Days and months of the county's calendar, as text: `2026-11-22`, `2026-11`. */
import type { Period } from '../../storage/index/statistics/figures.ts'
import { BadRequest } from '../errors.ts'

const dayMs = 86_400_000
/** China has one time zone and no summer time. */
const offsetMs = 8 * 3_600_000
/** Three years and some days: what a comparison of years needs. */
const mostDays = 1_130

const instant = (day: string): number => Date.parse(`${day}T00:00:00Z`)
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const addDays = (day: string, days: number): string => dayOf(instant(day) + days * dayMs)
/** What the calendar on the wall says. */
export const today = (now: Date): string => dayOf(now.getTime() + offsetMs)

export const daysOf = ({ from, to }: Period): string[] => {
  const days: string[] = []
  for (let at = instant(from); at <= instant(to); at += dayMs) days.push(dayOf(at))
  return days
}

export interface Month extends Period {
  readonly month: string
}

/** @throws BadRequest */
export function monthOf(month: string): Month {
  const [, year, number] = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(month) ?? []
  if (year === undefined || number === undefined || Number(year) < 1990) throw new BadRequest('month: must be a month such as 2026-10')
  return { month, from: `${month}-01`, to: dayOf(Date.UTC(Number(year), Number(number), 0)) }
}

/** The days before a period that compare with it: of a whole month the month before, of any other as many days. */
export function before({ from, to }: Period): Period {
  const month = monthOf(from.slice(0, 7))
  if (month.from === from && month.to === to) {
    const { from: first, to: last } = monthOf(addDays(from, -1).slice(0, 7))
    return { from: first, to: last }
  }
  const length = daysOf({ from, to }).length
  return { from: addDays(from, -length), to: addDays(from, -1) }
}

/** The months that a period touches, and so many before its last that there are `least`. */
export function monthsOf({ from, to }: Period, least: number): Month[] {
  const [year, month] = to.split('-').map(Number)
  const months: Month[] = []
  for (let back = 0; back < least || months.at(-1)!.from > from; back += 1) {
    months.push(monthOf(dayOf(Date.UTC(year!, month! - 1 - back, 1)).slice(0, 7)))
  }
  return months.reverse()
}

/** A period that was asked for; without one the last 30 days. @throws BadRequest */
export function periodOf(from: string | undefined, to: string | undefined, now: Date): Period {
  const last = to ?? today(now)
  const first = from ?? addDays(last, -29)
  for (const day of [first, last])
    if (Number.isNaN(instant(day)) || dayOf(instant(day)) !== day) throw new BadRequest(`${day} is no day of the calendar`)
  if (first > last) throw new BadRequest('from: must not be later than to')
  if ((instant(last) - instant(first)) / dayMs > mostDays) throw new BadRequest(`from: figures cover ${mostDays} days at most`)
  return { from: first, to: last }
}
