/** Statements about which studies a person has looked at while a report was written. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export type OpenedWhat = 'images' | 'report'

export interface Opening {
  readonly StudyInstanceUID: string
  readonly what: OpenedWhat
  /** For the first time. */
  readonly at: Date
}

/** What this account has opened for this workitem, first things first. */
export const openingsOf = (on: Queryable, workitem: number, account: number): Promise<Opening[]> =>
  query<Opening & { [column: string]: unknown }>(
    on,
    `select s.study_instance_uid as "StudyInstanceUID", o.what, o.first_at as at from study_opening o join study s using (study_pk)
     where o.workitem_id = $1 and o.account_id = $2 order by o.first_at, s.study_instance_uid, o.what`,
    [workitem, account],
  )

/** The study, if it is read in the workitem or another of the same person that the asker may see; `own`: the former. */
export async function openable(
  on: Queryable,
  scope: Scope,
  workitem: number,
  StudyInstanceUID: string,
): Promise<{ studyPk: number; own: boolean } | undefined> {
  const [row] = await query<{ studyPk: number; own: boolean }>(
    on,
    `select o.study_pk as "studyPk", exists (
         select from workitem r where (r.id = w.id or r.joined_into = w.id) and r.study_pk = o.study_pk) as own
     from workitem w join study s on s.study_pk = w.study_pk join patient mine on mine.patient_pk = s.patient_pk join patient theirs on theirs.person_pk = mine.person_pk
       join study o on o.patient_pk = theirs.patient_pk
     where w.id = $2 and o.study_instance_uid = $3
       and exists (select from study_access a where a.study_pk = o.study_pk and a.institution_id = any($1))
     limit 1`,
    [scope, workitem, StudyInstanceUID],
  )
  return row
}

export interface NewOpening {
  readonly workitem: number
  readonly account: number
  readonly studyPk: number
  readonly what: OpenedWhat
  /** The last change that was known when the images were asked for; null: what there is now. */
  readonly upTo: number | null
}

export const noteOpening = async (on: Queryable, { workitem, account, studyPk, what, upTo }: NewOpening): Promise<void> => {
  await query(
    on,
    `insert into study_opening as o (workitem_id, account_id, study_pk, what, seen_change) select $1, $2, $3, $4, least($5::bigint, last) from feed
     on conflict (workitem_id, account_id, study_pk, what) do update set last_at = now(), seen_change = greatest(o.seen_change, excluded.seen_change)`,
    [workitem, account, studyPk, what, upTo],
  )
}

/** The new images have been looked at by somebody who has opened those before them. */
export const noteAcknowledged = async (on: Queryable, workitem: number, account: number): Promise<void> => {
  await query(
    on,
    `update study_opening set last_at = now(), seen_change = (select last from feed)
     where workitem_id = $1 and account_id = $2 and what = 'images'`,
    [workitem, account],
  )
}

/**
 * An image has come to a study, or has come back, since a change of the feed. What we authored is none, and neither is what shows nothing of its own: structured
 * documents, Key Object Selections among them (1.2.840.10008.5.1.4.1.1.88), and presentation states (…1.1.11).
 */
export const imagesSince = (studyPk: string, change: string): string => `exists (
  select from change c join instance n on n.sop_instance_uid = c.ref and n.study_pk = c.study_pk
  where c.study_pk = ${studyPk} and c.number > ${change} and c.kind in ('instance', 'restore') and n.via <> 'authored'
    and n.sop_class_uid !~ '^1[.]2[.]840[.]10008[.]5[.]1[.]4[.]1[.]1[.](88|11)[.]')`

/** Studies `r.study_pk` of a task of which somebody has not seen all images; the opening before them, where there is one, is `o`. */
export const unseenIn = (workitem: string, account: string): string => `workitem r
  left join study_opening o on o.workitem_id = ${workitem} and o.account_id = ${account} and o.study_pk = r.study_pk and o.what = 'images'
  where (r.id = ${workitem} or r.joined_into = ${workitem}) and ${imagesSince('r.study_pk', 'coalesce(o.seen_change, 0)')}`

export interface UnseenStudy {
  readonly StudyInstanceUID: string
  /** It was opened, and images have come since; else it never was. */
  readonly newImages: boolean
}

/** What somebody who signs now has not looked at: of a task that reads several studies, each of them. */
export const unseenStudies = (on: Queryable, workitem: number, account: number): Promise<UnseenStudy[]> =>
  query<UnseenStudy & { [column: string]: unknown }>(
    on,
    `select s.study_instance_uid as "StudyInstanceUID", u."newImages"
     from (select distinct r.study_pk, o.study_pk is not null as "newImages" from ${unseenIn('$1', '$2')}) u join study s using (study_pk)
     order by s.study_instance_uid`,
    [workitem, account],
  )
