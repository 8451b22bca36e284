/** Who is on duty at a reading centre. */
import { type Queryable, query } from '../query.ts'

export const shifts = ['day', 'evening', 'night'] as const
export type Shift = (typeof shifts)[number]

export interface DutyRow {
  /** `2026-11-22`. */
  readonly day: string
  readonly shift: Shift
  readonly username: string
  readonly displayName: string
}

export const listDuties = (on: Queryable, centre: number, from: string, to: string): Promise<DutyRow[]> =>
  query<DutyRow & { [column: string]: unknown }>(
    on,
    `select to_char(d.day, 'YYYY-MM-DD') as day, d.shift, a.username, a.display_name as "displayName"
     from roster_duty d join account a on a.id = d.account_id
     where d.centre_id = $1 and d.day between $2::date and $3::date order by d.day, array_position(array['day', 'evening', 'night'], d.shift), a.display_name`,
    [centre, from, to],
  )

/** The people of one shift of one day, in the place of whoever stood there. Answers how many of the usernames read at the centre. */
export async function replaceDuties(
  on: Queryable,
  centre: number,
  day: string,
  shift: Shift,
  usernames: readonly string[],
): Promise<number> {
  await query(on, `delete from roster_duty where centre_id = $1 and day = $2::date and shift = $3`, [centre, day, shift])
  const rows = await query(
    on,
    `insert into roster_duty (centre_id, day, shift, account_id)
     select $1, $2::date, $3, a.id from account a where a.username = any($4) and a.institution_id = $1 and a.enabled and a.kind = 'person' returning 1`,
    [centre, day, shift, usernames],
  )
  return rows.length
}

export interface RosterPerson {
  readonly username: string
  readonly displayName: string
}

/** Who may stand in the roster of a centre. */
export const rosterPeople = (on: Queryable, centre: number): Promise<RosterPerson[]> =>
  query<RosterPerson & { [column: string]: unknown }>(
    on,
    `select username, display_name as "displayName" from account
     where institution_id = $1 and enabled and kind = 'person' and roles && array['radiologist', 'reviewer', 'chief', 'coordinator'] order by display_name limit 500`,
    [centre],
  )
