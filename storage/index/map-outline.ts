/** The outline of the county behind the sites of the wallboard's map, one for each reading centre. */
import { type Queryable, query } from './query.ts'

/** Closed: the last position is the first one again. Positions are [longitude, latitude]. */
export type Ring = readonly (readonly [number, number])[]

export async function findOutline(on: Queryable, centre: number): Promise<readonly Ring[]> {
  const [row] = await query<{ rings: Ring[] }>(on, `select rings from map_outline where centre_id = $1`, [centre])
  return row?.rings ?? []
}

export async function writeOutline(on: Queryable, centre: number, rings: readonly Ring[]): Promise<void> {
  await query(
    on,
    `insert into map_outline (centre_id, rings) values ($1, $2) on conflict (centre_id) do update set rings = excluded.rings, changed_at = now()`,
    [centre, JSON.stringify(rings)],
  )
}

export async function removeOutline(on: Queryable, centre: number): Promise<void> {
  await query(on, `delete from map_outline where centre_id = $1`, [centre])
}
