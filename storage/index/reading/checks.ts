/** Statements around the checks of a report: what it is held against, and the reasons that were given. */
import { type Queryable, query } from '../query.ts'

export interface OrderedRow {
  readonly procedure: string
  readonly bodyPart: string | null
}

/** The order that a study answers. */
export async function orderOfStudy(on: Queryable, studyPk: number): Promise<OrderedRow | undefined> {
  const rows = await query<OrderedRow & { [column: string]: unknown }>(
    on,
    `select o.procedure, o.body_part as "bodyPart" from study_order x join exam_order o on o.id = x.order_id
     where x.study_pk = $1 and x.undone_at is null limit 1`,
    [studyPk],
  )
  return rows[0]
}

/** Whether a critical value was raised on the workitem and not withdrawn: its column is 0 where there is none. */
export async function isCritical(on: Queryable, workitem: number): Promise<boolean> {
  const [row] = await query<{ critical: number }>(on, 'select critical from workitem where id = $1', [workitem])
  return (row?.critical ?? 0) > 0
}

/** Studies of the same person that one of the accounts has opened while the workitem was read. */
export async function openedFor(on: Queryable, workitem: number, accounts: readonly number[]): Promise<Set<string>> {
  const rows = await query<{ uid: string }>(
    on,
    `select distinct s.study_instance_uid as uid from study_opening o join study s using (study_pk) where o.workitem_id = $1 and o.account_id = any($2)`,
    [workitem, accounts],
  )
  return new Set(rows.map(({ uid }) => uid))
}

export interface NewOverride {
  readonly verb: string
  readonly rule: string
  readonly key: string
  readonly severity: 'error' | 'warning'
  readonly reason: string
}

export const insertOverrides = async (
  on: Queryable,
  workitem: number,
  account: number,
  overrides: readonly NewOverride[],
): Promise<void> => {
  if (overrides.length === 0) return
  await query(
    on,
    `insert into lint_override (workitem_id, account_id, verb, rule, key, severity, reason)
     select $1, $2, verb, rule, key, severity, reason
     from jsonb_to_recordset($3) as r (verb text, rule text, key text, severity text, reason text)`,
    [workitem, account, JSON.stringify(overrides)],
  )
}

export interface OverrideRow {
  readonly key: string
  readonly reason: string
  readonly at: Date
  readonly account: number
  readonly by: string
}

/** The newest reason that each person gave for each finding. */
export const overridesOf = (on: Queryable, workitem: number): Promise<OverrideRow[]> =>
  query<OverrideRow & { [column: string]: unknown }>(
    on,
    `select distinct on (o.key, o.account_id) o.key, o.reason, o.at, o.account_id as account, a.display_name as by
     from lint_override o join account a on a.id = o.account_id where o.workitem_id = $1 order by o.key, o.account_id, o.id desc`,
    [workitem],
  )
