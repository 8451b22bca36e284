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

/** The study, if it is the workitem's own or another of the same person that the asker may see; `own`: the former. */
export async function openable(
  on: Queryable,
  scope: Scope,
  workitemStudyPk: number,
  StudyInstanceUID: string,
): Promise<{ studyPk: number; own: boolean } | undefined> {
  const [row] = await query<{ studyPk: number; own: boolean }>(
    on,
    `select o.study_pk as "studyPk", o.study_pk = s.study_pk as own
     from study s join patient mine on mine.patient_pk = s.patient_pk join patient theirs on theirs.person_pk = mine.person_pk
       join study o on o.patient_pk = theirs.patient_pk
     where s.study_pk = $2 and o.study_instance_uid = $3
       and exists (select from study_access a where a.study_pk = o.study_pk and a.institution_id = any($1))
     order by own desc limit 1`,
    [scope, workitemStudyPk, StudyInstanceUID],
  )
  return row
}

/** What the guard of submitting and signing asks for. */
export const noteOpenedInViewer = async (on: Queryable, workitem: number): Promise<void> => {
  await query(on, 'update workitem set opened_in_viewer_at = now() where id = $1 and opened_in_viewer_at is null', [workitem])
}

export const noteOpening = async (on: Queryable, workitem: number, account: number, studyPk: number, what: OpenedWhat): Promise<void> => {
  await query(
    on,
    `insert into study_opening (workitem_id, account_id, study_pk, what) values ($1, $2, $3, $4)
     on conflict (workitem_id, account_id, study_pk, what) do update set last_at = now()`,
    [workitem, account, studyPk, what],
  )
}
