/**
 * Quality events: what went wrong, wherever it was written down. Corrections of reports, peer reviews that stand at 3 or 4, discordant follow-ups and what
 * somebody noted by hand are read from where they are, so that none is told twice or forgotten.
 */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export const eventKinds = ['missed', 'misread', 'side', 'identity', 'typo', 'late', 'image', 'other'] as const
export type EventKind = (typeof eventKinds)[number]
export type EventSource = 'correction' | 'retraction' | 'peer-review' | 'follow-up' | 'hand'

export interface QualityEventRow {
  readonly source: EventSource
  readonly id: number
  readonly workitem: number
  readonly StudyInstanceUID: string
  readonly institution: string
  readonly modality: string
  readonly kind: string
  readonly text: string
  readonly by: string | null
  readonly at: Date
}

/** Each branch: source, id, workitem_id, kind, text, account_id, at. */
const branches = `
  select 'correction' as source, e.number::bigint as id, e.workitem_id, coalesce(e.detail ->> 'class', 'other') as kind,
    coalesce(e.reason, '') as text, e.actor_id as account_id, e.at
  from workitem_event e
  where e.verb = 'amend' and e.detail ->> 'amending' = 'correction'
  union all
  select 'retraction', e.number, e.workitem_id, 'identity', coalesce(e.reason, ''), e.actor_id, e.at from workitem_event e where e.verb = 'retract'
  union all
  select 'peer-review', p.id, r.workitem_id, coalesce(p.category, 'other'), coalesce(nullif(p.final_text, ''), p.comment, ''), p.reviewer_id, coalesce(p.settled_at, p.answered_at, p.scored_at)
  from peer_review p join report r on r.id = p.report_id
  where coalesce(p.final_score, p.score) >= 3 and (p.answer = 'agreed' or p.settled_at is not null)
  union all
  select 'follow-up', u.id, u.workitem_id, coalesce(u.kind, 'other'), u.outcome, u.account_id, u.at
  from follow_up u where u.concordance = 'discordant' and u.withdrawn_at is null
  union all
  select 'hand', q.id, q.workitem_id, q.kind, q.text, q.account_id, q.at from quality_event q`

export interface EventSearch {
  readonly from: string
  readonly to: string
  readonly centre: number | null
  readonly institution: number | null
  readonly limit: number
}

const within = `(e.at at time zone 'Asia/Shanghai')::date between $2::date and $3::date
  and ($4::int is null or w.centre_id = $4) and ($5::int is null or s.institution_id = $5)
  and exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))`

export const listQualityEvents = (
  on: Queryable,
  scope: Scope,
  { from, to, centre, institution, limit }: EventSearch,
): Promise<QualityEventRow[]> =>
  query<QualityEventRow & { [column: string]: unknown }>(
    on,
    `select e.source, e.id, e.workitem_id as workitem, s.study_instance_uid as "StudyInstanceUID", i.name as institution, coalesce(f.modality, '') as modality,
       e.kind, e.text, a.display_name as by, e.at
     from (${branches}) e join workitem w on w.id = e.workitem_id join study s on s.study_pk = w.study_pk join institution i on i.institution_id = s.institution_id
       left join account a on a.id = e.account_id left join reading_fact f on f.workitem_id = w.id
     where ${within} order by e.at desc, e.source, e.id limit $6`,
    [scope, from, to, centre, institution, limit],
  )

export interface EventCount {
  readonly kind: string
  readonly events: number
}

export const countQualityEvents = (
  on: Queryable,
  scope: Scope,
  { from, to, centre, institution }: Omit<EventSearch, 'limit'>,
): Promise<EventCount[]> =>
  query<EventCount & { [column: string]: unknown }>(
    on,
    `select e.kind, count(*) as events from (${branches}) e join workitem w on w.id = e.workitem_id join study s on s.study_pk = w.study_pk
     where ${within} group by e.kind order by events desc, e.kind`,
    [scope, from, to, centre, institution],
  )

export async function insertQualityEvent(on: Queryable, workitem: number, kind: EventKind, text: string, by: number): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into quality_event (workitem_id, kind, text, account_id) values ($1, $2, $3, $4) returning id`,
    [workitem, kind, text, by],
  )
  return row!.id
}
