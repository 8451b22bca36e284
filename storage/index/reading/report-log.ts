/** Who opened, printed or took away which version of a report; the printed copies that are to come back; what people have to be told. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export type Channel = 'web' | 'print' | 'download' | 'dicom'

export interface NewDelivery {
  readonly account: number
  readonly recipient: string
  readonly institution: number | null
  readonly channel: Exclude<Channel, 'print'>
}

/** Once a version, recipient and channel. Answers which of the reports were new to them. */
export async function insertDeliveries(on: Queryable, reports: readonly number[], delivery: NewDelivery): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `insert into report_delivery (report_id, account_id, recipient, institution_id, channel)
     select id, $2, $3, $4, $5 from unnest($1::bigint[]) as r (id)
     on conflict (report_id, channel, recipient) where channel <> 'print' do nothing returning report_id as id`,
    [reports, delivery.account, delivery.recipient, delivery.institution, delivery.channel],
  )
  return rows.map(({ id }) => id)
}

/** T7: the first time that somebody outside the centre had a workitem's report open. */
export const markOpened = async (on: Queryable, reports: readonly number[], institution: number): Promise<void> => {
  await query(
    on,
    `update workitem w set opened_at = now() from report r
     where r.id = any($1) and w.id = r.workitem_id and w.opened_at is null and w.centre_id <> $2`,
    [reports, institution],
  )
}

/** The caller holds the workitem's lock, so that no two prints of a version have one number. */
export async function insertPrint(
  on: Queryable,
  print: { report: number; account: number; recipient: string; institution: number; copies: number },
): Promise<{ id: number; number: number; at: Date }> {
  const [row] = await query<{ id: number; number: number; at: Date }>(
    on,
    `insert into report_delivery (report_id, account_id, recipient, institution_id, channel, print_number, copies)
     select $1, $2, $3, $4, 'print', coalesce(max(print_number), 0) + 1, $5 from report_delivery where report_id = $1 and channel = 'print'
     returning id, print_number as number, at`,
    [print.report, print.account, print.recipient, print.institution, print.copies],
  )
  return row!
}

export interface DeliveryRow {
  readonly channel: Channel
  readonly recipient: string
  readonly institution: string | null
  readonly at: Date
  readonly printNumber: number | null
  readonly copies: number | null
}

/** Newest first. */
export const deliveriesOf = (on: Queryable, report: number, limit = 500): Promise<DeliveryRow[]> =>
  query<DeliveryRow>(
    on,
    `select d.channel, coalesce(a.display_name, d.recipient) as recipient, i.name as institution, d.at, d.print_number as "printNumber", d.copies
     from report_delivery d left join account a on a.id = d.account_id left join institution i on i.institution_id = d.institution_id
     where d.report_id = $1 order by d.id desc limit $2`,
    [report, limit],
  )

export async function printOf(
  on: Queryable,
  report: number,
  number: number,
): Promise<{ number: number; at: Date; by: string } | undefined> {
  const [row] = await query<{ number: number; at: Date; by: string }>(
    on,
    `select d.print_number as number, d.at, coalesce(a.display_name, d.recipient) as by from report_delivery d
     left join account a on a.id = d.account_id where d.report_id = $1 and d.print_number = $2`,
    [report, number],
  )
  return row
}

/** Whether anybody outside the centre has it, or it is on paper: then a signature is not taken back without a word. */
export async function isOut(on: Queryable, report: number, centre: number): Promise<boolean> {
  const [row] = await query<{ out: boolean }>(
    on,
    `select exists (select from report_delivery where report_id = $1 and (channel <> 'web' or institution_id is distinct from $2)) as out`,
    [report, centre],
  )
  return row!.out
}

export type NoticeKind = 'temporary' | 'final' | 'addendum' | 'correction' | 'retraction'

/** Tells everybody with an account who has one of these versions, except who changed it. Answers how many were told. */
export async function insertNotices(
  on: Queryable,
  notice: { reports: readonly number[]; successor: number | null; kind: NoticeKind; except: number },
): Promise<number> {
  const rows = await query(
    on,
    `insert into notice (account_id, kind, report_id, successor_id)
     select distinct on (d.account_id) d.account_id, $3, d.report_id, $2 from report_delivery d join account a on a.id = d.account_id
     where d.report_id = any($1) and a.kind = 'person' and a.enabled and d.account_id <> $4
     order by d.account_id, d.report_id desc
     on conflict do nothing returning id`,
    [notice.reports, notice.successor, notice.kind, notice.except],
  )
  return rows.length
}

/** A signature that was taken back has nothing to tell. */
export const removeNotices = async (on: Queryable, successor: number): Promise<void> => {
  await query(on, `delete from notice where successor_id = $1`, [successor])
}

export interface NoticeRow {
  readonly id: number
  readonly kind: NoticeKind
  readonly at: Date
  readonly seenAt: Date | null
  readonly reportId: number
  readonly version: number
  readonly successorId: number | null
  readonly content: string
  readonly reason: string
  readonly successorContent: string | null
  readonly printed: number
}

/** Unseen first, then the newest. */
export const noticesOf = (on: Queryable, account: number, scope: Scope, limit: number): Promise<NoticeRow[]> =>
  query<NoticeRow>(
    on,
    `select n.id, n.kind, n.at, n.seen_at as "seenAt", n.report_id as "reportId", r.version, n.successor_id as "successorId", r.content,
       coalesce(w.reason, '') as reason, s.content as "successorContent",
       (select coalesce(sum(copies), 0) from report_delivery d where d.report_id = n.report_id and d.channel = 'print' and d.account_id = $1)::int
         as printed
     from notice n join report r on r.id = n.report_id left join report s on s.id = n.successor_id
       left join report_withdrawal w on w.report_id = r.id
     where n.account_id = $1 and exists (select from study_access a where a.study_pk = r.study_pk and a.institution_id = any($2))
     order by n.seen_at is not null, n.id desc limit $3`,
    [account, scope, limit],
  )

export async function markNoticeSeen(on: Queryable, account: number, id: number): Promise<boolean> {
  const rows = await query(on, `update notice set seen_at = coalesce(seen_at, now()) where id = $2 and account_id = $1 returning id`, [
    account,
    id,
  ])
  return rows.length === 1
}

export interface RecallRow {
  readonly id: number
  readonly reportId: number
  readonly studyPk: number
  readonly version: number
  readonly why: 'correction' | 'retraction'
  readonly content: string
  readonly printNumber: number
  readonly copies: number
  readonly printedAt: Date
  readonly printedBy: string
  readonly institution: string | null
  readonly institutionId: number | null
  readonly successorId: number | null
  readonly done: { readonly by: string; readonly at: string; readonly note: string } | null
}

/** The copies on paper of versions that were corrected or retracted: those still out first, then the newest. */
export const listRecalls = (
  on: Queryable,
  {
    scope,
    institution,
    open,
    limit,
    id = null,
  }: { scope: Scope; institution: number | null; open: boolean | null; limit: number; id?: number | null },
): Promise<RecallRow[]> =>
  query<RecallRow>(
    on,
    `select d.id, r.id as "reportId", r.study_pk as "studyPk", r.version, case when w.report_id is not null then 'retraction' else 'correction' end as why, r.content,
       d.print_number as "printNumber", d.copies, d.at as "printedAt", coalesce(a.display_name, d.recipient) as "printedBy",
       i.name as institution, d.institution_id as "institutionId", st.report_id as "successorId",
       case when c.delivery_id is not null then jsonb_build_object('by', ca.display_name, 'at', c.at, 'note', c.note) end as done
     from report_delivery d join report r on r.id = d.report_id
       left join report_withdrawal w on w.report_id = r.id and w.how = 'retracted'
       left join standing_report st on st.workitem_id = r.workitem_id
       left join report_recall c on c.delivery_id = d.id left join account ca on ca.id = c.actor_id
       left join account a on a.id = d.account_id left join institution i on i.institution_id = d.institution_id
     where d.channel = 'print' and st.report_id is distinct from r.id
       and (w.report_id is not null or exists (select from report n where n.workitem_id = r.workitem_id and n.version > r.version
         and n.kind = 'correction' and not exists (select from report_withdrawal u where u.report_id = n.id and u.how = 'unsigned')))
       and exists (select from study_access s where s.study_pk = r.study_pk and s.institution_id = any($1))
       and ($2::int is null or d.institution_id = $2)
       and ($3::boolean is null or (c.delivery_id is null) = $3) and ($5::bigint is null or d.id = $5)
     order by c.delivery_id is not null, d.id desc limit $4`,
    [scope, institution, open, limit, id],
  )

export async function insertRecalled(on: Queryable, delivery: number, actor: number, note: string): Promise<void> {
  await query(on, `insert into report_recall (delivery_id, actor_id, note) values ($1, $2, $3) on conflict do nothing`, [
    delivery,
    actor,
    note,
  ])
}

/** Programs and machines that fetched from the study since its documents were there, as the audit has them: they hold a copy that nobody can take back. */
export const insertReceivers = async (on: Queryable, reports: readonly number[]): Promise<void> => {
  if (reports.length === 0) return
  await query(
    on,
    `insert into report_delivery (report_id, account_id, recipient, institution_id, channel, at)
     select r.id, e.account_id, e.username, e.institution_id, 'dicom', min(e.at)
     from report r join study s on s.study_pk = r.study_pk join audit_event e on e.study_instance_uid = s.study_instance_uid
       left join account a on a.id = e.account_id
     where r.id = any($1) and e.action in ('view', 'retrieve') and e.outcome = 'done' and (e.account_id = 0 or a.kind = 'program')
       and e.at >= (select min(d.stored_at) from report_document d where d.report_id = r.id)
     group by r.id, e.account_id, e.username, e.institution_id
     on conflict (report_id, channel, recipient) where channel <> 'print' do nothing`,
    [reports],
  )
}
