/** Studies and the orders that they answer (migrations/0050-orders.sql). */
import { type Queryable, query } from './query.ts'
import type { SupplementRow } from './reading/supplements.ts'
import type { Scope } from './records.ts'

/** What a study says that an order can be held against. */
export interface StudyFacts {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly institution: number
  readonly PatientName: string | null
  readonly nameKeys: readonly string[]
  readonly PatientID: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly AccessionNumber: string | null
  readonly StudyDate: string | null
  readonly StudyTime: string | null
  readonly StudyDescription: string | null
  readonly modalities: string[]
  readonly instances: number
  readonly receivedAt: Date
}

const factColumns = `s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution, s.patient_name as "PatientName",
  s.name_keys as "nameKeys", s.patient_id as "PatientID", s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate", s.accession_number as "AccessionNumber",
  s.study_date as "StudyDate", s.study_time as "StudyTime", s.study_description as "StudyDescription", t.modalities, t.instances,
  s.first_received_at as "receivedAt"`

/** The studies behind a batch of changes that neither have an order nor wait in the tray, at institutions that work with orders. */
export const studiesToMatch = (on: Queryable, changes: readonly number[]): Promise<{ StudyInstanceUID: string; institution: number }[]> =>
  query<{ StudyInstanceUID: string; institution: number }>(
    on,
    `select distinct s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution
     from change c join instance n on n.sop_instance_uid = c.ref join study s on s.study_pk = c.study_pk
     where c.number = any($1) and n.via <> 'authored'
       and not exists (select from study_order l where l.study_pk = s.study_pk and l.undone_at is null)
       and not exists (select from unmatched_study u where u.study_pk = s.study_pk)
       and exists (select from exam_order o where o.institution_id = s.institution_id)
     order by 1`,
    [changes],
  )

export async function factsOfStudy(on: Queryable, scope: Scope, StudyInstanceUID: string): Promise<StudyFacts | undefined> {
  const [row] = await query<StudyFacts & { [column: string]: unknown }>(
    on,
    `select ${factColumns} from study s join study_totals t on t.study_pk = s.study_pk where s.study_instance_uid = $2 and s.institution_id = any($1)
       and exists (select from study_access a where a.study_pk = s.study_pk)`,
    [scope, StudyInstanceUID],
  )
  return row
}

/** The order that a study names: by the StudyInstanceUID reserved for it, else by its AccessionNumber. */
export async function orderNamedBy(
  on: Queryable,
  { institution, StudyInstanceUID, AccessionNumber }: Pick<StudyFacts, 'institution' | 'StudyInstanceUID' | 'AccessionNumber'>,
): Promise<{ id: number; how: 'study-instance-uid' | 'accession-number' } | undefined> {
  const [row] = await query<{ id: number; how: 'study-instance-uid' | 'accession-number' }>(
    on,
    `select id, case when study_instance_uid = $2 then 'study-instance-uid' else 'accession-number' end as how from exam_order
     where (study_instance_uid = $2 and institution_id = $1) or (institution_id = $1 and accession_number = $3)
     order by study_instance_uid = $2 desc limit 1`,
    [institution, StudyInstanceUID, AccessionNumber],
  )
  return row
}

/** Whether the institution had begun to work with orders when the study came. */
export async function worksWithOrders(on: Queryable, institution: number, at: Date): Promise<boolean> {
  const [row] = await query<{ works: boolean }>(
    on,
    `select coalesce((select min(created_at) <= $2 from exam_order where institution_id = $1), false) as works`,
    [institution, at],
  )
  return row!.works
}

export interface StandingLink {
  readonly id: number
  readonly order: number | null
  readonly how: string
  readonly supplementBefore: SupplementRow | null
  readonly supplementRev: number | null
  readonly correctionRevision: number | null
}

/** What stands of a study, locked; the study's row is locked before it. */
export async function lockLink(on: Queryable, studyPk: number): Promise<StandingLink | undefined> {
  const [row] = await query<StandingLink & { [column: string]: unknown }>(
    on,
    `select id, order_id as "order", how, supplement_before as "supplementBefore", supplement_rev as "supplementRev",
       correction_revision as "correctionRevision"
     from study_order where study_pk = $1 and undone_at is null for update`,
    [studyPk],
  )
  return row
}

export interface NewLink {
  readonly studyPk: number
  readonly order: number | null
  readonly how: 'accession-number' | 'study-instance-uid' | 'by-hand' | 'no-order'
  readonly reason: string | null
  /** Null: matched by itself. */
  readonly actor: number | null
  readonly supplementBefore: SupplementRow | null
  readonly supplementRev: number | null
}

/** The study leaves the tray. */
export async function insertLink(on: Queryable, link: NewLink): Promise<void> {
  await query(
    on,
    `with left_tray as (delete from unmatched_study where study_pk = $1)
     insert into study_order (study_pk, order_id, how, reason, actor_id, supplement_before, supplement_rev) values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      link.studyPk,
      link.order,
      link.how,
      link.reason,
      link.actor,
      link.supplementBefore === null ? null : JSON.stringify(link.supplementBefore),
      link.supplementRev,
    ],
  )
}

export const noteCorrection = async (on: Queryable, studyPk: number, revision: number): Promise<void> => {
  await query(on, `update study_order set correction_revision = $2 where study_pk = $1 and undone_at is null`, [studyPk, revision])
}

/** The supplement that a match wrote was written again on the order's behalf: undoing takes that back too. */
export const followSupplement = async (on: Queryable, studyPk: number, from: number, to: number): Promise<void> => {
  await query(on, `update study_order set supplement_rev = $3 where study_pk = $1 and undone_at is null and supplement_rev = $2`, [
    studyPk,
    from,
    to,
  ])
}

export const undoLink = async (on: Queryable, id: number, account: number, reason: string): Promise<void> => {
  await query(on, `update study_order set undone_at = now(), undone_by = $2, undone_reason = $3 where id = $1`, [id, account, reason])
}

/** Whether anything still says that the exam of this order has begun: another study, or a performed procedure step. */
export async function isBegun(on: Queryable, order: number): Promise<boolean> {
  const [row] = await query<{ begun: boolean }>(
    on,
    `select exists (select from study_order where order_id = $1 and undone_at is null) or exists (select from performed_step where order_id = $1) as begun`,
    [order],
  )
  return row!.begun
}

export const insertUnmatched = async (on: Queryable, { studyPk, institution, receivedAt }: StudyFacts): Promise<void> => {
  await query(
    on,
    `insert into unmatched_study (study_pk, institution_id, received_at) values ($1, $2, $3) on conflict (study_pk) do nothing`,
    [studyPk, institution, receivedAt],
  )
}

/** The tray of these institutions, newest first. */
export const listUnmatched = (on: Queryable, scope: Scope, limit: number): Promise<StudyFacts[]> =>
  query<StudyFacts & { [column: string]: unknown }>(
    on,
    `select ${factColumns} from unmatched_study u join study s on s.study_pk = u.study_pk join study_totals t on t.study_pk = s.study_pk
     where u.institution_id = any($1) and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any($1))
     order by u.received_at desc, u.study_pk desc limit $2`,
    [scope, limit],
  )

export interface CandidateFacts {
  readonly id: number
  readonly institution: number
  readonly state: string
  readonly AccessionNumber: string
  readonly PatientName: string
  readonly nameKeys: readonly string[]
  readonly PatientID: string
  readonly sex: string | null
  readonly birthDate: string | null
  readonly modality: string
  readonly scheduledAt: Date
  readonly startedAt: Date | null
}

/** Orders that a study without one may belong to: open, or of these days, the newest first. */
export const candidateOrders = (on: Queryable, scope: Scope, days: number, limit: number): Promise<CandidateFacts[]> =>
  query<CandidateFacts & { [column: string]: unknown }>(
    on,
    `select id, institution_id as institution, state, accession_number as "AccessionNumber", patient_name as "PatientName", name_keys as "nameKeys",
       patient_id as "PatientID", sex, birth_date as "birthDate", modality, scheduled_at as "scheduledAt", started_at as "startedAt"
     from exam_order where institution_id = any($1) and state <> 'cancelled' and created_at > now() - make_interval(days => $2)
     order by created_at desc, id desc limit $3`,
    [scope, days, limit],
  )

/** The studies that answer an order, in the order in which they are locked. */
export const studiesOfOrder = (on: Queryable, order: number): Promise<{ StudyInstanceUID: string; institution: number }[]> =>
  query<{ StudyInstanceUID: string; institution: number }>(
    on,
    `select s.study_instance_uid as "StudyInstanceUID", s.institution_id as institution
     from study_order l join study s on s.study_pk = l.study_pk where l.order_id = $1 and l.undone_at is null order by s.study_pk`,
    [order],
  )

/**
 * Orders under way whose studies have been quiet for as long as the slowest of their machines asks for, or have been sent on to be read, and of which no
 * performed procedure step is still open.
 */
export async function quietOrders(on: Queryable, defaultQuietSeconds: number, limit: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select o.id from exam_order o
     where o.state = 'in-progress' and exists (select from study_order l where l.order_id = o.id and l.undone_at is null)
       and not exists (select from performed_step p where p.order_id = o.id and p.state = 'IN PROGRESS' and p.changed_at > now() - interval '4 hours')
       and not exists (
         select from study_order l join study_totals t on t.study_pk = l.study_pk left join study_reading d on d.study_pk = l.study_pk left join workitem w on w.id = d.workitem_id
         where l.order_id = o.id and l.undone_at is null and coalesce(w.state, 'UPLOADING') = 'UPLOADING'
           and t.last_received_at >= now() - make_interval(secs => coalesce(
             (select max(ae.quiet_seconds) from (select distinct n.ae_title from instance n where n.study_pk = l.study_pk) sender
                join ae on ae.title = sender.ae_title), $1)))
     order by o.started_at limit $2`,
    [defaultQuietSeconds, limit],
  )
  return rows.map(({ id }) => id)
}
