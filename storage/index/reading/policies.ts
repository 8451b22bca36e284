/** Policies as they are kept: a name and a JSON value each. */
import { type Queryable, query } from '../query.ts'

export const readPolicies = async (on: Queryable): Promise<Record<string, unknown>> =>
  Object.fromEntries(
    (await query<{ name: string; value: unknown }>(on, 'select name, value from policy')).map(({ name, value }) => [name, value]),
  )

export const writePolicy = async (on: Queryable, name: string, value: unknown, account: number | null): Promise<void> => {
  await query(
    on,
    `insert into policy (name, value, account_id) values ($1, $2, $3)
     on conflict (name) do update set value = excluded.value, account_id = excluded.account_id, changed_at = now()`,
    [name, JSON.stringify(value), account],
  )
}
