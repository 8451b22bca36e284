/** Statements of what reader and township say to each other on a task. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export type MessageKind = 'question' | 'answer' | 'remark'
/** Who speaks: the reading centre, or the institution that owns the study. */
export type Side = 'centre' | 'owner'

export interface MessageRow {
  readonly id: number
  readonly kind: MessageKind
  readonly side: Side
  readonly text: string
  readonly by: string
  readonly byUsername: string
  readonly institution: string
  readonly at: Date
  readonly seenAt: Date | null
  readonly seenBy: string | null
}

/** In the order in which they were said. */
export const messagesOf = (on: Queryable, workitem: number, limit = 500): Promise<MessageRow[]> =>
  query<MessageRow & { [column: string]: unknown }>(
    on,
    `select * from (
       select m.message_id as id, m.kind, m.side, m.text, a.display_name as by, a.username as "byUsername", o.name as institution, m.at, m.seen_at as "seenAt",
         e.display_name as "seenBy"
       from workitem_message m join account a on a.id = m.account_id join institution o on o.institution_id = a.institution_id
         left join account e on e.id = m.seen_by
       where m.workitem_id = $1 order by m.message_id desc limit $2
     ) newest order by id`,
    [workitem, limit],
  )

export const countMessages = async (on: Queryable, workitem: number): Promise<number> => {
  const [row] = await query<{ n: number }>(on, 'select count(*)::int as n from workitem_message where workitem_id = $1', [workitem])
  return row!.n
}

export interface NewMessage {
  readonly workitem: number
  readonly kind: MessageKind
  readonly side: Side
  readonly text: string
  readonly account: number
}

export async function insertMessage(on: Queryable, message: NewMessage): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into workitem_message (workitem_id, kind, side, text, account_id) values ($1, $2, $3, $4, $5) returning message_id as id`,
    [message.workitem, message.kind, message.side, message.text, message.account],
  )
  return row!.id
}

/** Questions of either side after which the other has not answered: an answer answers all that were asked before it. */
export async function openQuestions(on: Queryable, workitem: number): Promise<Readonly<Record<Side, number>>> {
  const [row] = await query<Record<Side, number>>(
    on,
    `select count(*) filter (where q.side = 'centre')::int as centre, count(*) filter (where q.side = 'owner')::int as owner
     from workitem_message q where q.workitem_id = $1 and q.kind = 'question' and not exists (
       select from workitem_message a where a.workitem_id = $1 and a.kind = 'answer' and a.side <> q.side and a.message_id > q.message_id)`,
    [workitem],
  )
  return row ?? { centre: 0, owner: 0 }
}

export const setQuestionsOpen = async (on: Queryable, workitem: number, open: number): Promise<void> => {
  await query(on, 'update workitem set questions_open = $2 where id = $1', [workitem, open])
}

/** What the other side said up to a message has been on the screen. Answers how many were new. */
export async function markSeen(
  on: Queryable,
  { workitem, side, upTo, account }: { readonly workitem: number; readonly side: Side; readonly upTo: number; readonly account: number },
): Promise<number> {
  const rows = await query(
    on,
    `update workitem_message set seen_at = now(), seen_by = $4 where workitem_id = $1 and side <> $2 and message_id <= $3 and seen_at is null returning message_id`,
    [workitem, side, upTo, account],
  )
  return rows.length
}

export interface ThreadRow {
  readonly workitem: number
  readonly state: string
  readonly StudyInstanceUID: string
  readonly institution: number
  readonly institutionName: string
  readonly centre: number
  readonly assignee: string | null
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly PatientAge: string | null
  readonly StudyDate: string | null
  readonly modalities: string[]
  readonly StudyDescription: string | null
  readonly unread: number
  readonly lastKind: MessageKind
  readonly lastSide: Side
  readonly lastText: string
  readonly lastBy: string
  readonly lastAt: Date
  readonly awaitsOwner: number
  readonly awaitsCentre: number
}

/**
 * Talks that somebody has to look at: with something unread for this side, or an open question to it. Those of the institution (`owner`) or of the centre.
 * Newest first.
 */
export const threadsOf = (
  on: Queryable,
  { scope, side, institution, limit }: { readonly scope: Scope; readonly side: Side; readonly institution: number; readonly limit: number },
): Promise<ThreadRow[]> =>
  query<ThreadRow & { [column: string]: unknown }>(
    on,
    `with talk as materialized (
       select distinct m.workitem_id from workitem_message m join workitem w on w.id = m.workitem_id join study s on s.study_pk = w.study_pk
       where (m.seen_at is null and m.side <> $2 or w.questions_open > 0) and m.at > now() - interval '30 days'
         and case $2 when 'owner' then s.institution_id = $3 else w.centre_id = $3 end
         and exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any ($1::int[]))
     )
     select w.id as workitem, w.state, s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution, o.name as "institutionName",
       w.centre_id as centre, h.username as assignee, s.patient_name as "PatientName", nullif(p.patient_name, '') as "supplementName",
       s.patient_id as "PatientID", s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate",
       s.json::jsonb -> '00101010' -> 'Value' ->> 0 as "PatientAge", s.study_date as "StudyDate", t.modalities, s.study_description as "StudyDescription",
       u.unread, l.kind as "lastKind", l.side as "lastSide", l.text as "lastText", a.display_name as "lastBy", l.at as "lastAt", u.centre as "awaitsOwner",
       u.owner as "awaitsCentre"
     from talk join workitem w on w.id = talk.workitem_id join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = w.study_pk
       join institution o on o.institution_id = s.institution_id left join account h on h.id = w.assignee_id
       left join study_supplement p on p.study_pk = w.study_pk
       cross join lateral (select * from workitem_message m where m.workitem_id = w.id order by m.message_id desc limit 1) l
       join account a on a.id = l.account_id
       cross join lateral (
         select count(*) filter (where m.seen_at is null and m.side <> $2)::int as unread,
           count(*) filter (where m.kind = 'question' and m.side = 'centre' and not exists (select from workitem_message x where x.workitem_id = w.id
             and x.kind = 'answer' and x.side = 'owner' and x.message_id > m.message_id))::int as centre,
           count(*) filter (where m.kind = 'question' and m.side = 'owner' and not exists (select from workitem_message x where x.workitem_id = w.id
             and x.kind = 'answer' and x.side = 'centre' and x.message_id > m.message_id))::int as owner
         from workitem_message m where m.workitem_id = w.id
       ) u
     where u.unread > 0 or case $2 when 'owner' then u.centre else u.owner end > 0
     order by l.at desc limit $4`,
    [scope, side, institution, limit],
  )

/** Which side an institution speaks for on a task that the scope sees. */
export async function placesOf(
  on: Queryable,
  scope: Scope,
  workitem: number,
): Promise<{ institution: number; centre: number; state: string; StudyInstanceUID: string; studyPk: number } | undefined> {
  const [row] = await query<{ institution: number; centre: number; state: string; StudyInstanceUID: string; studyPk: number }>(
    on,
    `select s.institution_id as institution, w.centre_id as centre, w.state, s.study_instance_uid as "StudyInstanceUID", s.study_pk as "studyPk"
     from workitem w join study s on s.study_pk = w.study_pk where w.id = $2
       and exists (select from any_access a where a.study_pk = w.study_pk and a.institution_id = any ($1::int[]))`,
    [scope, workitem],
  )
  return row
}
