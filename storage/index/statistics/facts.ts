/**
 * What statistics count: one narrow row for each reading task. `factsOf` is what a row means, read from the tasks, their log, reports, returns and
 * critical values; `reading_fact` keeps it, so that a year of 100,000 tasks is counted in a moment. A row is made again whenever its task changes.
 */
import { type Queryable, query } from '../query.ts'

/** In the order of the statement below. */
export const factColumns = [
  'workitem_id',
  'institution_id',
  'centre_id',
  'modality',
  'urgency',
  'study_end_at',
  'first_byte_at',
  'ready_at',
  'claimed_at',
  'submitted_at',
  'final_at',
  'delivered_at',
  'opened_at',
  'due_at',
  'paused_seconds',
  'author_id',
  'reviewer_id',
  'same_person',
  'polarity',
  'wording',
  'grade',
  'returns',
  'return_reasons',
  'corrections',
  'addenda',
  'retracted',
  'canceled',
  'critical_at',
  'critical_raised_at',
  'critical_acknowledged_at',
] as const

const columns = factColumns.join(', ')

/** A signature that its signer took back within the minute was none. */
const notTakenBack = `not exists (select from report_withdrawal x where x.report_id = r.id and x.how = 'unsigned')`

/**
 * `$1`: modalities of objects that no machine made, which no study is known by. The clocks are those of the first final version: what an addendum or a
 * correction took is counted as a correction, not as a turnaround.
 */
const factsOf = (condition: string) => `
  select w.id, s.institution_id, w.centre_id,
    coalesce((select m from unnest(t.modalities) with ordinality as u (m, n) where m <> all($1) order by n limit 1), t.modalities[1], ''),
    w.urgency, w.study_end_at, w.first_byte_at, w.ready_at,
    (select min(e.at) from workitem_event e where e.workitem_id = w.id and e.verb = 'claim'), w.submitted_at, first.signed_at, w.delivered_at, w.opened_at, w.due_at,
    w.paused_seconds, first.author_id, first.reviewer_id, coalesce(first.author_id = first.reviewer_id, false),
    latest.content ->> 'polarity', latest.content ->> 'wording', latest.content #>> '{grade,grade}',
    back.returns, back.reasons, versions.corrections, versions.addenda, w.state = 'RETRACTED', w.state = 'CANCELED',
    told.first, told.raised, told.acknowledged
  from workitem w
    join study s on s.study_pk = w.study_pk
    join study_totals t on t.study_pk = w.study_pk
    left join lateral (
      select r.signed_at, r.author_id, r.reviewer_id from report r
      where r.workitem_id = w.id and r.kind = 'final' and ${notTakenBack} order by r.version desc limit 1
    ) first on true
    left join lateral (
      select r.content::jsonb as content from standing_report st join report r on r.id = st.report_id where st.workitem_id = w.id and r.kind <> 'temporary'
    ) latest on true
    cross join lateral (
      select count(*) filter (where r.kind = 'correction')::int as corrections, count(*) filter (where r.kind = 'addendum')::int as addenda
      from report r where r.workitem_id = w.id and ${notTakenBack}
    ) versions
    cross join lateral (
      select count(distinct b.return_id)::int as returns, coalesce(array_agg(reason order by b.number, reason) filter (where reason is not null), '{}') as reasons
      from workitem_return b left join lateral unnest(b.reasons) reason on true where b.workitem_id = w.id and b.state <> 'withdrawn'
    ) back
    cross join lateral (
      select min(c.raised_at) as first, coalesce(array_agg(c.raised_at order by c.raised_at, c.id), '{}') as raised,
        coalesce(array_agg(c.acknowledged_at order by c.raised_at, c.id), '{}') as acknowledged
      from critical_value c where c.workitem_id = w.id and c.state <> 'WITHDRAWN'
    ) told
  where ${condition}`

const changed = factColumns
  .slice(1)
  .map((column) => `${column} = excluded.${column}`)
  .join(', ')
const rowOf = (table: string) =>
  `(${factColumns
    .slice(1)
    .map((column) => `${table}.${column}`)
    .join(', ')})`

export interface Touched {
  readonly workitems: readonly number[]
  readonly studyPks: readonly number[]
}

/** Makes the rows of these tasks, and of the tasks of these studies, again; or of all (`null`). Answers how many there were to write. */
export async function refreshFacts(on: Queryable, touched: Touched | null, derived: readonly string[]): Promise<number> {
  const rows = await query(
    on,
    `insert into reading_fact as f (${columns}) ${factsOf(touched === null ? 'true' : '(w.id = any($2) or w.study_pk = any($3))')}
     on conflict (workitem_id) do update set ${changed} where ${rowOf('f')} is distinct from ${rowOf('excluded')}
     returning 1`,
    touched === null ? [derived] : [derived, touched.workitems, touched.studyPks],
  )
  return rows.length
}

/** How many tasks have another row than they should, or none: 0, or the follower has not come by yet. */
export async function differingFacts(on: Queryable, derived: readonly string[]): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `with plain (${columns}) as (${factsOf('true')})
     select count(*) as n from plain full join (select * from reading_fact where workitem_id is not null) f using (workitem_id)
     where plain.institution_id is null or f.institution_id is null or ${rowOf('f')} is distinct from ${rowOf('plain')}`,
    [derived],
  )
  return row?.n ?? 0
}
