/** The imaging room's own look at a study before it is sent. */
import { type Queryable, query } from '../query.ts'
import type { PersonRef } from './workitem-list.ts'

export type Looked = 'good' | 'poor' | 'none'

export interface SelfCheckText {
  readonly sideMark: Looked
  readonly coverage: Looked
  readonly motion: Looked
  readonly exposure: Looked
  readonly exposureIndex: number | null
  readonly note: string
}

export interface SelfCheckRow extends SelfCheckText {
  readonly by: PersonRef
  readonly at: Date
}

export const saveSelfCheck = async (on: Queryable, studyPk: number, account: number, check: SelfCheckText): Promise<void> => {
  await query(
    on,
    `insert into study_self_check (study_pk, side_mark, coverage, motion, exposure, exposure_index, note, account_id)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (study_pk) do update set side_mark = $2, coverage = $3, motion = $4, exposure = $5, exposure_index = $6, note = $7, account_id = $8, at = now()`,
    [studyPk, check.sideMark, check.coverage, check.motion, check.exposure, check.exposureIndex, check.note, account],
  )
}

export async function findSelfChecks(on: Queryable, studyPks: readonly number[]): Promise<ReadonlyMap<number, SelfCheckRow>> {
  const rows = await query<SelfCheckRow & { studyPk: number }>(
    on,
    `select c.study_pk as "studyPk", c.side_mark as "sideMark", c.coverage, c.motion, c.exposure, c.exposure_index as "exposureIndex", c.note, c.at,
       jsonb_build_object('username', a.username, 'displayName', a.display_name) as by
     from study_self_check c join account a on a.id = c.account_id where c.study_pk = any($1)`,
    [studyPks],
  )
  return new Map(rows.map(({ studyPk, ...check }) => [studyPk, check]))
}
