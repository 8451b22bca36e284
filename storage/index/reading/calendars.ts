/** Times allowed per reading centre, and working hours per institution, as they were set; what was not set is not here. */
import { type Queryable, query } from '../query.ts'

export interface TurnaroundRow {
  readonly urgency: number
  readonly kind: string
  readonly minutes: number
  readonly workingHours: boolean
}

export const turnaroundRows = (on: Queryable, centre: number): Promise<TurnaroundRow[]> =>
  query<TurnaroundRow & { [column: string]: unknown }>(
    on,
    `select urgency, kind, minutes, working_hours as "workingHours" from turnaround_rule where centre_id = $1`,
    [centre],
  )

export const writeTurnaround = async (on: Queryable, centre: number, rows: readonly TurnaroundRow[]): Promise<void> => {
  await query(
    on,
    `insert into turnaround_rule (centre_id, urgency, kind, minutes, working_hours)
     select $1, * from unnest($2::smallint[], $3::text[], $4::int[], $5::boolean[])
     on conflict (centre_id, urgency, kind) do update set minutes = excluded.minutes, working_hours = excluded.working_hours`,
    [
      centre,
      rows.map(({ urgency }) => urgency),
      rows.map(({ kind }) => kind),
      rows.map(({ minutes }) => minutes),
      rows.map(({ workingHours }) => workingHours),
    ],
  )
}

export interface CalendarRow {
  readonly weekly: unknown
  readonly holidays: readonly string[]
  readonly extraDays: unknown
}

/** The hours of the institution, or of the nearest one above it that has some. */
export async function calendarOf(on: Queryable, institution: number): Promise<(CalendarRow & { institution: number }) | undefined> {
  const [row] = await query<CalendarRow & { institution: number }>(
    on,
    `with recursive up as (
       select institution_id, parent_id, 0 as height from institution where institution_id = $1
       union all select i.institution_id, i.parent_id, up.height + 1 from institution i join up on i.institution_id = up.parent_id where up.height < 10
     )
     select c.institution_id as institution, c.weekly, c.holidays, c.extra_days as "extraDays"
     from up join calendar c on c.institution_id = up.institution_id order by up.height limit 1`,
    [institution],
  )
  return row
}

export interface OwnCalendar extends Partial<CalendarRow> {
  readonly id: number
  readonly code: string
  readonly name: string
  readonly parent: number | null
}

/** All institutions, with the hours that were set for them. */
export const listCalendars = (on: Queryable): Promise<OwnCalendar[]> =>
  query<OwnCalendar & { [column: string]: unknown }>(
    on,
    `select i.institution_id as id, i.code, i.name, i.parent_id as parent, c.weekly, c.holidays, c.extra_days as "extraDays"
     from institution i left join calendar c using (institution_id) order by i.reading_centre desc, i.code limit 2000`,
  )

export const writeCalendar = async (on: Queryable, institution: number, calendar: CalendarRow, account: number | null): Promise<void> => {
  await query(
    on,
    `insert into calendar (institution_id, weekly, holidays, extra_days, account_id) values ($1, $2, $3, $4, $5)
     on conflict (institution_id) do update set weekly = excluded.weekly, holidays = excluded.holidays, extra_days = excluded.extra_days,
       account_id = excluded.account_id, changed_at = now()`,
    [institution, JSON.stringify(calendar.weekly), calendar.holidays, JSON.stringify(calendar.extraDays), account],
  )
}

/** The institution keeps the hours of the one above it again. */
export const deleteCalendar = async (on: Queryable, institution: number): Promise<void> => {
  await query(on, 'delete from calendar where institution_id = $1', [institution])
}
