/**
 * Working hours of an institution (reading.md §3.3): a week, days without work, days with hours of their own (调休). Time is counted by the clock on the
 * wall (wall-clock.ts). Functions of their arguments; they end for every calendar, also for one in which nobody ever works.
 */
import { dayMs, midnightBefore, minuteOfDay, wallClock } from './wall-clock.ts'

export interface Hours {
  /** `08:00` … `24:00`, to after from. */
  readonly from: string
  readonly to: string
}

export interface Calendar {
  /** Seven days, Monday first. */
  readonly weekly: readonly (readonly Hours[])[]
  /** `2026-10-01` */
  readonly holidays: readonly string[]
  readonly extraDays: readonly { readonly date: string; readonly hours: readonly Hours[] }[]
}

const office: readonly Hours[] = [
  { from: '08:00', to: '12:00' },
  { from: '14:00', to: '17:30' },
]

export const defaultCalendar: Calendar = { weekly: [office, office, office, office, office, [], []], holidays: [], extraDays: [] }

const minuteMs = 60_000
/** No further does anybody look: beyond it every hour counts. */
const horizonDays = 400

/** The stretches of work of the day that begins at this midnight, in milliseconds since 1970, in order. */
function stretches(calendar: Calendar, midnight: number): [from: number, to: number][] {
  const { date, weekday } = wallClock(new Date(midnight))
  const extra = calendar.extraDays.find((day) => day.date === date)
  const hours = extra !== undefined ? extra.hours : calendar.holidays.includes(date) ? [] : (calendar.weekly[weekday] ?? [])
  return hours
    .map(({ from, to }): [number, number] => [midnight + minuteOfDay(from) * minuteMs, midnight + minuteOfDay(to) * minuteMs])
    .sort(([a], [b]) => a - b)
}

/** Milliseconds of work between two moments; 0 when the second is not after the first. */
export function workBetween(calendar: Calendar, from: Date, to: Date): number {
  const [start, end] = [from.getTime(), to.getTime()]
  let worked = 0
  let midnight = midnightBefore(start)
  for (let day = 0; midnight < end; day += 1, midnight += dayMs) {
    if (day > horizonDays) return worked + (end - Math.max(start, midnight))
    for (const [begins, ends] of stretches(calendar, midnight)) worked += Math.max(0, Math.min(ends, end) - Math.max(begins, start))
  }
  return worked
}

/** The moment when so many milliseconds have been worked after another; the earliest such. */
export function afterWork(calendar: Calendar, from: Date, ms: number): Date {
  const start = from.getTime()
  if (ms <= 0) return from
  let left = ms
  let midnight = midnightBefore(start)
  for (let day = 0; day <= horizonDays; day += 1, midnight += dayMs) {
    for (const [begins, ends] of stretches(calendar, midnight)) {
      const here = Math.max(begins, start)
      if (ends <= here) continue
      if (left <= ends - here) return new Date(here + left)
      left -= ends - here
    }
  }
  return new Date(Math.max(start, midnight) + left)
}
