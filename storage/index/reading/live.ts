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

/** How far a critical value has come. */
export async function criticalStates(
  on: Queryable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, { readonly state: string; readonly level: number }>> {
  if (ids.length === 0) return new Map()
  const rows = await query<{ id: number; state: string; level: number }>(
    on,
    `select id, state, level from critical_value where id = any($1)`,
    [ids],
  )
  return new Map(rows.map(({ id, state, level }) => [id, { state, level }]))
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

/** Of which task a message is, what kind, and who said it; never its text. */
export async function messagesSaid(
  on: Queryable,
  ids: readonly number[],
): Promise<ReadonlyMap<number, { readonly workitem: string; readonly kind: string; readonly side: string }>> {
  if (ids.length === 0) return new Map()
  const rows = await query<{ id: number; workitem: number; kind: string; side: string }>(
    on,
    `select message_id as id, workitem_id as workitem, kind, side from workitem_message where message_id = any($1)`,
    [ids],
  )
  return new Map(rows.map(({ id, workitem, kind, side }) => [id, { workitem: String(workitem), kind, side }]))
}
