/** The times that a reading centre allows and the hours that it works: as they were set, else the defaults. */
import type { Queryable } from '../../../storage/index/query.ts'
import { calendarOf, type TurnaroundRow, turnaroundRows } from '../../../storage/index/reading/calendars.ts'
import { type Calendar, defaultCalendar } from './calendar.ts'
import { type CentreTurnaround, defaultRules, kinds, type Rule, type Rules, urgencies } from './turnaround.ts'

export async function turnaroundOf(on: Queryable, centre: number): Promise<CentreTurnaround> {
  const rows = await turnaroundRows(on, centre)
  return { rules: rulesFrom(rows), calendar: await hoursOf(on, centre) }
}

/** The hours of an institution: its own, or those of the nearest above it that has some. */
export async function hoursOf(on: Queryable, institution: number): Promise<Calendar> {
  const row = await calendarOf(on, institution)
  return row === undefined
    ? defaultCalendar
    : { weekly: row.weekly as Calendar['weekly'], holidays: row.holidays, extraDays: row.extraDays as Calendar['extraDays'] }
}

function rulesFrom(rows: readonly TurnaroundRow[]): Rules {
  const ruleOf = (urgency: (typeof urgencies)[number], kind: (typeof kinds)[number]): Rule => {
    const row = rows.find((each) => each.urgency === urgency && each.kind === kind)
    return row === undefined ? defaultRules[urgency][kind] : { minutes: row.minutes, workingHours: row.workingHours }
  }
  return Object.fromEntries(
    urgencies.map((urgency) => [urgency, Object.fromEntries(kinds.map((kind) => [kind, ruleOf(urgency, kind)]))]),
  ) as Rules
}
