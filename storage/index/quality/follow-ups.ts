/** What surgery, pathology or a later examination said of a reading. Rows are withdrawn, never changed. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export const followUpSources = ['surgery', 'pathology', 're-exam', 'clinical'] as const
export type FollowUpSource = (typeof followUpSources)[number]
export const concordances = ['concordant', 'partly', 'discordant'] as const
export type Concordance = (typeof concordances)[number]
export const followUpKinds = ['missed', 'misread', 'side', 'other'] as const
export type FollowUpKind = (typeof followUpKinds)[number]

export interface NewFollowUp {
  readonly workitem: number
  readonly report: number
  readonly source: FollowUpSource
  readonly concordance: Concordance
  /** What a discordant or partly concordant reading was. */
  readonly kind: FollowUpKind | null
  readonly outcome: string
  /** `2026-11-22`. */
  readonly happenedOn: string | null
  readonly by: number
}

export async function insertFollowUp(on: Queryable, followUp: NewFollowUp): Promise<number> {
  const { workitem, report, source, concordance, kind, outcome, happenedOn, by } = followUp
  const [row] = await query<{ id: number }>(
    on,
    `insert into follow_up (workitem_id, report_id, source, concordance, kind, outcome, happened_on, account_id) values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [workitem, report, source, concordance, kind, outcome, happenedOn, by],
  )
  return row!.id
}

export interface FollowUpRow {
  readonly id: number
  readonly workitem: number
  readonly report: number
  readonly StudyInstanceUID: string
  readonly institution: string
  readonly modality: string
  readonly StudyDate: string | null
  readonly impression: string
  readonly source: FollowUpSource
  readonly concordance: Concordance
  readonly kind: FollowUpKind | null
  readonly outcome: string
  readonly happenedOn: string | null
  readonly byId: number
  readonly by: string
  readonly at: Date
}

const inScope = `exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))`

/** Newest first; of one task where one is named. */
export const listFollowUps = (on: Queryable, scope: Scope, workitem: number | null, limit: number): Promise<FollowUpRow[]> =>
  query<FollowUpRow & { [column: string]: unknown }>(
    on,
    `select u.id, u.workitem_id as workitem, u.report_id as report, s.study_instance_uid as "StudyInstanceUID", i.name as institution, coalesce(f.modality, '') as modality,
       s.study_date as "StudyDate", coalesce(r.content::jsonb ->> 'impression', '') as impression, u.source, u.concordance, u.kind, u.outcome,
       to_char(u.happened_on, 'YYYY-MM-DD') as "happenedOn", u.account_id as "byId", a.display_name as by, u.at
     from follow_up u join workitem w on w.id = u.workitem_id join study s on s.study_pk = w.study_pk join institution i on i.institution_id = s.institution_id
       join report r on r.id = u.report_id join account a on a.id = u.account_id left join reading_fact f on f.workitem_id = w.id
     where ${inScope} and u.withdrawn_at is null and ($2::bigint is null or u.workitem_id = $2) order by u.at desc, u.id desc limit $3`,
    [scope, workitem, limit],
  )

export interface ReportedTask {
  readonly workitem: number
  readonly report: number
  readonly StudyInstanceUID: string
  readonly centre: number
  readonly institution: number
}

/** The task of a report, with its latest version that is not withdrawn; undefined outside the scope, and where only a temporary one stands. */
export async function reportedTask(on: Queryable, scope: Scope, report: number): Promise<ReportedTask | undefined> {
  const [row] = await query<ReportedTask & { [column: string]: unknown }>(
    on,
    `select w.id as workitem, r.id as report, s.study_instance_uid as "StudyInstanceUID", w.centre_id as centre, s.institution_id as institution
     from report asked join workitem w on w.id = asked.workitem_id join study s on s.study_pk = w.study_pk
       join lateral (
         select l.id from report l where l.workitem_id = w.id and l.kind <> 'temporary' and not exists (select from report_withdrawal x where x.report_id = l.id)
         order by l.version desc limit 1
       ) r on true
     where ${inScope} and asked.id = $2`,
    [scope, report],
  )
  return row
}

/** Undefined: it is not there, not in scope, or withdrawn before. */
export async function withdrawFollowUp(
  on: Queryable,
  scope: Scope,
  id: number,
  by: number,
  anybodys: boolean,
): Promise<{ readonly StudyInstanceUID: string } | undefined> {
  const [row] = await query<{ StudyInstanceUID: string }>(
    on,
    `update follow_up u set withdrawn_by = $3, withdrawn_at = now() from workitem w join study s on s.study_pk = w.study_pk
     where u.id = $2 and w.id = u.workitem_id and ${inScope} and u.withdrawn_at is null and ($4 or u.account_id = $3) returning s.study_instance_uid as "StudyInstanceUID"`,
    [scope, id, by, anybodys],
  )
  return row
}

export interface ConcordanceRow {
  readonly source: FollowUpSource
  readonly outcomes: number
  readonly concordant: number
  readonly partly: number
  readonly discordant: number
}

export const concordanceFigures = (
  on: Queryable,
  {
    centre,
    institution,
    from,
    to,
  }: { readonly centre: number | null; readonly institution: number | null; readonly from: string; readonly to: string },
): Promise<ConcordanceRow[]> =>
  query<ConcordanceRow & { [column: string]: unknown }>(
    on,
    `select u.source, count(*) as outcomes, count(*) filter (where u.concordance = 'concordant') as concordant,
       count(*) filter (where u.concordance = 'partly') as partly, count(*) filter (where u.concordance = 'discordant') as discordant
     from follow_up u join workitem w on w.id = u.workitem_id join study s on s.study_pk = w.study_pk
     where u.withdrawn_at is null and (u.at at time zone 'Asia/Shanghai')::date between $3::date and $4::date
       and ($1::int is null or w.centre_id = $1) and ($2::int is null or s.institution_id = $2)
     group by u.source order by u.source`,
    [centre, institution, from, to],
  )
