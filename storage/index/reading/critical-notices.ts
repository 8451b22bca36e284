/** Whom a critical value is said to: the telephone list, the notices, the outward channel's queue; and the list of findings. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'
import type { FindingRow } from './critical.ts'

export interface ContactRow {
  readonly level: number
  readonly name: string
  readonly duty: string
  readonly phone: string
  readonly address: string
}

export const contactsOf = (on: Queryable, institutions: readonly number[]): Promise<(ContactRow & { institution: number })[]> =>
  query<ContactRow & { institution: number }>(
    on,
    `select institution_id as institution, level, name, duty, phone, address from critical_contact where institution_id = any($1)
     order by level, position, id`,
    [institutions],
  )

/** The whole list of an institution, in the order given. */
export const saveContacts = async (on: Queryable, institution: number, contacts: readonly ContactRow[]): Promise<void> => {
  await query(on, `select from institution where institution_id = $1 for no key update`, [institution])
  await query(on, `delete from critical_contact where institution_id = $1`, [institution])
  await query(
    on,
    `insert into critical_contact (institution_id, level, position, name, duty, phone, address)
     select $1, r.level, r.position, r.name, r.duty, r.phone, r.address
     from rows from (jsonb_to_recordset($2) as (level int, name text, duty text, phone text, address text)) with ordinality
       as r (level, name, duty, phone, address, position)`,
    [institution, JSON.stringify(contacts)],
  )
}

export interface InstitutionPhone {
  readonly id: number
  readonly name: string
  readonly phone: string | null
}

export const phonesOf = (on: Queryable, institutions: readonly number[]): Promise<InstitutionPhone[]> =>
  query<InstitutionPhone & { [column: string]: unknown }>(
    on,
    `select institution_id as id, name, phone from institution where institution_id = any($1) order by institution_id`,
    [institutions],
  )

/** The institutions of which a centre keeps telephone lists: its own and those whose studies it may see. */
export const placesOf = (on: Queryable, scope: Scope): Promise<{ id: number; name: string }[]> =>
  query<{ id: number; name: string }>(
    on,
    `select i.institution_id as id, i.name from institution i where i.institution_id = any($1)
       or exists (select from critical_contact c where c.institution_id = i.institution_id)
       or exists (select from study s join study_access a on a.study_pk = s.study_pk and a.institution_id = any($1) where s.institution_id = i.institution_id)
     order by i.name limit 1000`,
    [scope],
  )

export interface NewNotice {
  readonly critical: number
  readonly level: number
  readonly channel: 'portal' | 'webhook' | 'phone'
  readonly about: 'raised' | 'escalated' | 'reminded' | 'verified' | 'repeated' | 'withdrawn' | 'call'
  readonly recipients: readonly Omit<ContactRow, 'level'>[]
  readonly by: number | null
  readonly answer: string | null
}

/** One for the outward channel is due at once. */
export const insertNotice = async (on: Queryable, notice: NewNotice): Promise<void> => {
  await query(
    on,
    `insert into critical_notice (critical_id, level, channel, about, recipients, by_id, answer, next_attempt_at, delivered_at)
     values ($1, $2, $3, $4, $5, $6, $7, case when $3 = 'webhook' then now() end, case when $3 <> 'webhook' then now() end)`,
    [notice.critical, notice.level, notice.channel, notice.about, JSON.stringify(notice.recipients), notice.by, notice.answer],
  )
}

export interface DueNotice {
  readonly id: number
  readonly critical: number
  readonly level: number
  readonly about: string
  readonly at: Date
  readonly recipients: readonly Omit<ContactRow, 'level'>[]
  readonly attempts: number
  readonly state: string
  readonly suspected: boolean
  readonly raisedAt: Date
  readonly text: string
  readonly finding: FindingRow | null
  readonly institution: { readonly code: string; readonly name: string }
  readonly modalities: readonly string[]
  readonly StudyDescription: string | null
  readonly patient: { readonly PatientName: string | null; readonly supplementName: string | null; readonly PatientID: string | null }
  readonly place: { readonly department: string; readonly ward: string; readonly bed: string }
}

/** So long a notice belongs to the gateway that took it; then another may try. */
const takenSeconds = 60

/** The one that has waited longest, taken from the other gateways; undefined when none is due. */
export async function takeDueNotice(on: Queryable): Promise<DueNotice | undefined> {
  const rows = await query<DueNotice>(
    on,
    `with due as (
       select id from critical_notice where next_attempt_at <= now() order by next_attempt_at limit 1 for update skip locked
     ), taken as (
       update critical_notice n set next_attempt_at = now() + make_interval(secs => $1), attempts = attempts + 1 from due where n.id = due.id returning n.*
     )
     select n.id, n.critical_id as critical, n.level, n.about, n.at, n.recipients, n.attempts, c.state, c.suspected, c.raised_at as "raisedAt", c.text,
       c.finding, jsonb_build_object('code', i.code, 'name', i.name) as institution, t.modalities, s.study_description as "StudyDescription",
       jsonb_build_object('PatientName', s.patient_name, 'supplementName', nullif(p.patient_name, ''), 'PatientID', s.patient_id) as patient,
       jsonb_build_object('department', coalesce(p.department, ''), 'ward', coalesce(p.ward, ''), 'bed', coalesce(p.bed, '')) as place
     from taken n join critical_value c on c.id = n.critical_id join institution i on i.institution_id = c.institution_id
       join study s on s.study_pk = c.study_pk join study_totals t on t.study_pk = c.study_pk left join study_supplement p on p.study_pk = c.study_pk`,
    [takenSeconds],
  )
  return rows[0]
}

export const markDelivered = async (on: Queryable, id: number, answer: string): Promise<void> => {
  await query(
    on,
    `update critical_notice set delivered_at = now(), next_attempt_at = null, failure = null, answer = left($2, 200) where id = $1 and delivered_at is null`,
    [id, answer],
  )
}

/** After so long nobody is helped by an old notice: the ladder has sent newer ones. */
const givenUpHours = 24

/** Tried again after 2 s, 4 s, 8 s … at most a minute. */
export const markUndelivered = async (on: Queryable, id: number, failure: string): Promise<void> => {
  await query(
    on,
    `update critical_notice set failure = left($2, 200),
       next_attempt_at = case when at > now() - make_interval(hours => $3) then now() + least(60, power(2, least(attempts, 6))) * interval '1 second' end
     where id = $1 and delivered_at is null`,
    [id, failure, givenUpHours],
  )
}

/** Whoever has answered is not told again: what still waits to be sent of the ladder is not sent. */
export const dropWaitingNotices = async (on: Queryable, critical: number): Promise<void> => {
  await query(
    on,
    `update critical_notice set next_attempt_at = null, failure = 'answered before it was sent'
     where critical_id = $1 and next_attempt_at is not null and about in ('raised', 'escalated', 'reminded', 'repeated')`,
    [critical],
  )
}

export interface FindingListRow {
  readonly revision: number
  readonly items: readonly FindingRow[]
  readonly savedBy: string
  readonly savedAt: Date
  readonly approvedBy: string | null
  readonly approvedAt: Date | null
}

const findingColumns = `l.revision, l.items, saver.display_name as "savedBy", l.saved_at as "savedAt", approver.display_name as "approvedBy",
  l.approved_at as "approvedAt"`
const findingTables = `critical_finding_list l join account saver on saver.id = l.saved_by left join account approver on approver.id = l.approved_by`

/** The newest revision, and the newest that is approved, where they are not the same. Newest first. */
export const findingLists = (on: Queryable): Promise<FindingListRow[]> =>
  query<FindingListRow & { [column: string]: unknown }>(
    on,
    `select ${findingColumns} from ${findingTables} where l.revision in (
       (select max(revision) from critical_finding_list), (select max(revision) from critical_finding_list where approved_at is not null))
     order by l.revision desc`,
  )

/** False: somebody was faster, this revision is there already. */
export async function insertFindingList(
  on: Queryable,
  list: { readonly revision: number; readonly items: readonly FindingRow[]; readonly by: number; readonly approved: boolean },
): Promise<boolean> {
  const rows = await query(
    on,
    `insert into critical_finding_list (revision, items, saved_by, approved_by, approved_at)
     values ($1, $2, $3, case when $4 then $3::int end, case when $4 then now() end) on conflict do nothing returning revision`,
    [list.revision, JSON.stringify(list.items), list.by, list.approved],
  )
  return rows.length === 1
}

export async function approveFindingList(on: Queryable, revision: number, by: number): Promise<boolean> {
  const rows = await query(
    on,
    `update critical_finding_list set approved_by = $2, approved_at = now()
     where revision = $1 and approved_at is null and revision = (select max(revision) from critical_finding_list) returning revision`,
    [revision, by],
  )
  return rows.length === 1
}
