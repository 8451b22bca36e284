/** Statements of an account's own settings, by section. */
import { type Queryable, query } from '../query.ts'

export async function preferencesOf(on: Queryable, account: number): Promise<Record<string, unknown>> {
  const rows = await query<{ section: string; value: unknown }>(
    on,
    'select section, value from account_preference where account_id = $1 order by section',
    [account],
  )
  return Object.fromEntries(rows.map(({ section, value }) => [section, value]))
}

export const savePreference = async (on: Queryable, account: number, section: string, value: unknown): Promise<void> => {
  await query(
    on,
    `insert into account_preference (account_id, section, value) values ($1, $2, $3)
     on conflict (account_id, section) do update set value = excluded.value, updated_at = now()`,
    [account, section, JSON.stringify(value)],
  )
}

export const removePreference = async (on: Queryable, account: number, section: string): Promise<void> => {
  await query(on, 'delete from account_preference where account_id = $1 and section = $2', [account, section])
}

/** One writer of an account's settings at a time, so that their number can be bounded. */
export const lockPreferences = async (on: Queryable, account: number): Promise<void> => {
  await query(on, 'select from account where id = $1 for no key update', [account])
}
