/** Care and broken glass: who may see a study for a time, and why (migrations/0131). */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

/** One at a time across all gateways. Taken before anything is read. */
export const lockCare = async (on: Queryable): Promise<void> => {
  await query(on, `select pg_advisory_xact_lock(7, 0)`)
}

/** Studies that somebody sees now, or does not see any more. Null: of all persons. */
export async function refreshCare(on: Queryable, persons: readonly number[] | null, days: number): Promise<number[]> {
  const rows = await query<{ pk: number }>(on, `select refresh_care($1, $2) as pk`, [persons, days])
  return rows.map(({ pk }) => pk)
}

/** The persons that changes are about: the first image of a study, or an order. */
export async function personsOf(on: Queryable, changes: readonly number[]): Promise<number[]> {
  const rows = await query<{ pk: number }>(
    on,
    `with told as (select * from change c where c.number = any($1))
     select p.person_pk as pk from told c join study s on s.study_pk = c.study_pk join patient p on p.patient_pk = s.patient_pk
     where c.kind = 'order' or c.kind = 'instance' and not exists (select from change b where b.study_pk = c.study_pk and b.number < c.number)
     union
     select p.person_pk from told c join exam_order o on o.id = c.ref::bigint
       join patient p on p.issuer = 'institution/' || o.institution_id and p.patient_id = btrim(o.patient_id)
     where c.kind = 'order' and c.ref ~ '^[0-9]{1,15}$'
     union
     select p.person_pk from told c join exam_order o on o.id = c.ref::bigint join exam_order known on known.id_card_index = o.id_card_index
       join study_order l on l.order_id = known.id and l.undone_at is null join study s on s.study_pk = l.study_pk join patient p on p.patient_pk = s.patient_pk
     where c.kind = 'order' and c.ref ~ '^[0-9]{1,15}$' and o.id_card_index is not null`,
    [changes],
  )
  return rows.map(({ pk }) => pk)
}

/** Takes back what has ended, hidden studies too; answers the studies and their persons. */
export async function endAccess(on: Queryable): Promise<{ readonly studyPk: number; readonly person: number }[]> {
  await query(on, `delete from hidden_access where ("row" ->> 'until')::timestamptz <= now()`)
  return query<{ studyPk: number; person: number }>(
    on,
    `with ended as (delete from study_access where until <= now() returning study_pk)
     select distinct s.study_pk as "studyPk", p.person_pk as person from ended join study s using (study_pk) join patient p on p.patient_pk = s.patient_pk`,
  )
}

export interface ElsewhereRow {
  readonly StudyInstanceUID: string
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  readonly studies: number
  readonly institutions: readonly string[]
  readonly newest: string | null
}

/** Persons outside the scope by the whole name and a second identifier: date of birth, PatientID or identity card. At most so many. */
export const findElsewhere = (
  on: Queryable,
  search: {
    readonly scope: Scope
    readonly nameKeys: readonly string[]
    readonly birthDate: string | null
    readonly number: string | null
    readonly idCardIndex: Uint8Array | null
    readonly limit: number
  },
): Promise<ElsewhereRow[]> =>
  query<ElsewhereRow & { [column: string]: unknown }>(
    on,
    `with hit as (
       select s.study_pk, p.person_pk from study s join patient p on p.patient_pk = s.patient_pk left join study_supplement x on x.study_pk = s.study_pk
       where (s.name_keys @> $2 or x.name_keys @> $2)
         and (s.patient_birth_date = $3 or s.patient_id = $4
           or exists (select from study_order l join exam_order o on o.id = l.order_id where l.study_pk = s.study_pk and l.undone_at is null and o.id_card_index = $5))
         and not exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any($1))
         and exists (select from study_access a where a.study_pk = s.study_pk)
       limit 200
     ), person as (
       select h.person_pk, count(*)::int as studies, (array_agg(s.study_pk order by s.study_date desc nulls last, s.study_pk desc))[1] as newest,
         array_agg(distinct i.name) as institutions
       from hit h join study s using (study_pk) join institution i on i.institution_id = s.institution_id group by h.person_pk
     )
     select s.study_instance_uid as "StudyInstanceUID", s.patient_name as "PatientName", nullif(x.patient_name, '') as "supplementName",
       s.patient_sex as "PatientSex", s.patient_birth_date as "PatientBirthDate", person.studies, person.institutions, s.study_date as newest
     from person join study s on s.study_pk = person.newest left join study_supplement x on x.study_pk = s.study_pk
     order by s.study_date desc nulls last limit $6`,
    [search.scope, search.nameKeys, search.birthDate, search.number, search.idCardIndex, search.limit],
  )

/** A study whatever its scope: only for who breaks the glass. Rejected ones are nobody's. */
export async function studyAnywhere(
  on: Queryable,
  StudyInstanceUID: string,
): Promise<{ readonly studyPk: number; readonly person: number } | undefined> {
  const rows = await query<{ studyPk: number; person: number }>(
    on,
    `select s.study_pk as "studyPk", p.person_pk as person from study s join patient p on p.patient_pk = s.patient_pk
     where s.study_instance_uid = $1 and exists (select from study_access a where a.study_pk = s.study_pk)`,
    [StudyInstanceUID],
  )
  return rows[0]
}

/** Opens every study of a person to an institution that cannot see it, for so many hours; answers the studies with their owners. */
export const openPerson = (
  on: Queryable,
  institution: number,
  person: number,
  hours: number,
): Promise<{ readonly studyPk: number; readonly owner: number }[]> =>
  query<{ studyPk: number; owner: number }>(
    on,
    `with opened as (
       insert into study_access (institution_id, study_pk, study_date, study_time, reason, until)
         select $1, s.study_pk, coalesce(s.study_date, ''), coalesce(s.study_time, ''), 'break-glass', now() + make_interval(hours => $3)
         from patient p join study s on s.patient_pk = p.patient_pk
         where p.person_pk = $2 and exists (select from study_access a where a.study_pk = s.study_pk) order by s.study_pk
       on conflict (study_pk, institution_id) do nothing returning study_pk
     ) select s.study_pk as "studyPk", s.institution_id as owner from opened join study s using (study_pk)`,
    [institution, person, hours],
  )

export async function insertBreakGlass(
  on: Queryable,
  glass: {
    readonly account: number
    readonly institution: number
    readonly studyPk: number
    readonly person: number
    readonly reason: string
    readonly hours: number
    readonly opened: readonly { readonly studyPk: number; readonly owner: number }[]
  },
): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into break_glass (account_id, institution_id, study_pk, person_pk, reason, studies, until)
     values ($1, $2, $3, $4, $5, $6, now() + make_interval(hours => $7)) returning id`,
    [glass.account, glass.institution, glass.studyPk, glass.person, glass.reason, glass.opened.length, glass.hours],
  )
  await query(
    on,
    `insert into break_glass_alert (break_glass_id, institution_id, studies) select $1, o.owner, count(*) from unnest($2::int[]) o (owner) group by o.owner`,
    [row!.id, glass.opened.map(({ owner }) => owner)],
  )
  return row!.id
}

/** How often within a day. */
export async function brokenLately(on: Queryable, account: number): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `select count(*)::int as n from break_glass where account_id = $1 and at > now() - interval '1 day'`,
    [account],
  )
  return row!.n
}

export async function soughtLately(on: Queryable, account: number): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `select count(*)::int as n from (select from audit_event where account_id = $1 and action = 'break-glass-search' and at > now() - interval '1 hour'
       order by id desc limit 1000) lately`,
    [account],
  )
  return row!.n
}

export interface BreakGlassRow {
  readonly id: number
  readonly at: Date
  readonly until: Date
  readonly by: string
  readonly from: string
  readonly reason: string
  readonly studies: number
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly seenAt: Date | null
  readonly seenBy: string | null
}

/** What was opened of an institution's own, newest first. */
export const listAlerts = (on: Queryable, institution: number, unseen: boolean, limit: number): Promise<BreakGlassRow[]> =>
  query<BreakGlassRow & { [column: string]: unknown }>(
    on,
    `select b.id, b.at, b.until, a.display_name as by, i.name as "from", b.reason, l.studies, s.patient_name as "PatientName",
       nullif(x.patient_name, '') as "supplementName", s.patient_id as "PatientID", l.seen_at as "seenAt", seer.display_name as "seenBy"
     from break_glass_alert l join break_glass b on b.id = l.break_glass_id join account a on a.id = b.account_id
       join institution i on i.institution_id = b.institution_id
       join lateral (select o.* from patient p join study o on o.patient_pk = p.patient_pk
         where p.person_pk = b.person_pk and o.institution_id = l.institution_id order by o.study_date desc nulls last limit 1) s on true
       left join study_supplement x on x.study_pk = s.study_pk left join account seer on seer.id = l.seen_by
     where l.institution_id = $1 and (not $2 or l.seen_at is null) order by b.id desc limit $3`,
    [institution, unseen, limit],
  )

export async function seeAlert(on: Queryable, institution: number, id: number, account: number): Promise<boolean> {
  const rows = await query(
    on,
    `update break_glass_alert set seen_at = now(), seen_by = $3 where break_glass_id = $1 and institution_id = $2 and seen_at is null returning 1`,
    [id, institution, account],
  )
  return rows.length === 1
}
