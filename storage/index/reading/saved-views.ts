/** Saved searches of the reading list. */
import { type Queryable, query } from '../query.ts'

export interface SavedViewRow {
  readonly id: number
  readonly name: string
  readonly shared: boolean
  readonly query: Readonly<Record<string, unknown>>
  readonly columns: readonly string[] | null
  readonly owner: { readonly username: string; readonly displayName: string }
}

/** One's own and those that colleagues share, one's own first. */
export const savedViews = (on: Queryable, account: number, centre: number, limit: number): Promise<SavedViewRow[]> =>
  query<SavedViewRow & { [column: string]: unknown }>(
    on,
    `select v.id, v.name, v.shared, v.query, v.columns, jsonb_build_object('username', a.username, 'displayName', a.display_name) as owner
     from saved_view v join account a on a.id = v.account_id
     where v.account_id = $1 or v.shared and v.centre_id = $2 order by v.account_id <> $1, v.name, v.id limit $3`,
    [account, centre, limit],
  )

/** Keeps it under its name; the same name again replaces what was there. Undefined: the account has as many as it may. */
export async function saveView(
  on: Queryable,
  account: number,
  centre: number,
  view: Pick<SavedViewRow, 'name' | 'shared' | 'query' | 'columns'>,
  most: number,
): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into saved_view (account_id, centre_id, name, shared, query, columns)
     select $1, $2, $3, $4, $5, $6
     where exists (select from saved_view where account_id = $1 and name = $3) or (select count(*) from saved_view where account_id = $1) < $7
     on conflict (account_id, name) do update set shared = excluded.shared, query = excluded.query, columns = excluded.columns, saved_at = now()
     returning id`,
    [
      account,
      centre,
      view.name,
      view.shared,
      JSON.stringify(view.query),
      view.columns === null ? null : JSON.stringify(view.columns),
      most,
    ],
  )
  return row?.id
}

/** One's own; whoever directs the centre also what is shared there. */
export async function deleteView(on: Queryable, id: number, account: number, sharedAt: number | null): Promise<boolean> {
  const rows = await query(on, `delete from saved_view where id = $1 and (account_id = $2 or shared and centre_id = $3) returning id`, [
    id,
    account,
    sharedAt,
  ])
  return rows.length === 1
}
