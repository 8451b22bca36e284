/** What a live event says besides that something changed. */
import { type Queryable, query } from '../query.ts'

export async function workitemStates(on: Queryable, ids: readonly number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await query<{ id: number; state: string }>(on, `select id, state from workitem where id = any($1)`, [ids])
  return new Map(rows.map(({ id, state }) => [id, state]))
}

/** Instances by study. */
export async function studySizes(on: Queryable, studyPks: readonly number[]): Promise<ReadonlyMap<number, number>> {
  if (studyPks.length === 0) return new Map()
  const rows = await query<{ pk: number; instances: number }>(
    on,
    `select study_pk as pk, instances from study_totals where study_pk = any($1)`,
    [studyPks],
  )
  return new Map(rows.map(({ pk, instances }) => [pk, instances]))
}

/** Where an order belongs, and how it stands. */
export async function orderPlaces(
  on: Queryable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, { readonly institution: number; readonly state: string }>> {
  if (ids.length === 0) return new Map()
  const rows = await query<{ id: number; institution: number; state: string }>(
    on,
    `select id, institution_id as institution, state from exam_order where id = any($1)`,
    [ids],
  )
  return new Map(rows.map(({ id, institution, state }) => [id, { institution, state }]))
}
