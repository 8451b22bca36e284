/**
 * Patients and the links between them (migrations/0030-patients.sql): a merge makes two numbers one patient, a match gives one study to another patient, a
 * person link joins the numbers of two issuers for priors and timelines. Links are rows that are undone, never deleted.
 *
 * A patient exists for whoever may see a study of theirs.
 */
import { type Queryable, query } from './query.ts'
import { asksFor, type Found, foundStudies, Values } from './reading/found.ts'
import type { Scope } from './records.ts'

export interface PatientRow {
  readonly id: number
  /** (0010,0021) of the number; null where the PatientID identifies nobody. */
  readonly issuer: string | null
  readonly PatientID: string | null
  readonly PatientName: string | null
  readonly PatientSex: string | null
  readonly PatientBirthDate: string | null
  /** That the scope may see. */
  readonly studies: number
  readonly lastStudyDate: string | null
  readonly mergedInto: number | null
  readonly provisional: boolean
}

const inScope = 'exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any ($1::int[]))'

/** `p` is the patient, `$1` the scope. What is shown of them is what their newest study says. */
const columns = `p.patient_pk as id, issuer_name(p.issuer) as issuer, p.patient_id as "PatientID", newest.patient_name as "PatientName",
  newest.patient_sex as "PatientSex", newest.patient_birth_date as "PatientBirthDate", of.studies, of.last as "lastStudyDate",
  m.into_patient_pk as "mergedInto", p.provisional`
const tables = `patient p
  left join patient_link m on m.from_patient_pk = p.patient_pk and m.kind = 'merge' and m.undone_at is null
  cross join lateral (select count(*) as studies, max(s.study_date) as last from study s where s.patient_pk = p.patient_pk and ${inScope}) of
  cross join lateral (
    select s.patient_name, s.patient_sex, s.patient_birth_date from study s
    where (s.patient_pk = p.patient_pk or s.base_patient_pk = p.patient_pk) and ${inScope}
    order by s.study_date desc nulls last, s.study_pk desc limit 1
  ) newest`

/** A study that a search box found, to be held against what was typed. */
export interface FoundPatient {
  readonly patients: readonly number[]
  readonly PatientName: string | null
  readonly supplementName: string | null
  readonly PatientID: string | null
  readonly AccessionNumber: string | null
  readonly formerPatientIDs: string | null
}

/** The newest studies that answer a search box, with whose they are and were. */
export function studiesOfPatients(on: Queryable, scope: Scope, search: Found, limit: number): Promise<FoundPatient[]> {
  const values = new Values()
  values.bind(scope)
  const found = asksFor(search) ? `and s.study_pk in (${foundStudies(values, search)})` : ''
  return query<FoundPatient & { [column: string]: unknown }>(
    on,
    `select array[s.patient_pk, s.base_patient_pk] as patients, s.patient_name as "PatientName", nullif(t.patient_name, '') as "supplementName",
       s.patient_id as "PatientID", s.accession_number as "AccessionNumber", s.former_patient_ids as "formerPatientIDs"
     from study s left join study_supplement t using (study_pk)
     where ${inScope} ${found} order by s.study_pk desc limit ${values.bind(limit)}`,
    values.list,
  )
}

/** In the order of their newest study. */
export const patientsById = (on: Queryable, scope: Scope, ids: readonly number[]): Promise<PatientRow[]> =>
  query<PatientRow & { [column: string]: unknown }>(
    on,
    `select ${columns} from ${tables} where p.patient_pk = any ($2) order by of.last desc nulls last, p.patient_pk desc`,
    [scope, ids],
  )

export interface PatientStudyRow {
  readonly StudyInstanceUID: string
  readonly StudyDate: string | null
  readonly StudyDescription: string | null
  readonly AccessionNumber: string | null
  readonly PatientName: string | null
  readonly PatientID: string | null
  readonly modalities: string[]
  readonly instances: number
  readonly institution: { readonly id: number; readonly name: string }
  readonly corrected: boolean
}

/** The studies of a patient, and of those merged into them, newest first. */
export const studiesOfPatient = (on: Queryable, scope: Scope, patient: number, limit: number): Promise<PatientStudyRow[]> =>
  query<PatientStudyRow & { [column: string]: unknown }>(
    on,
    `select s.study_instance_uid as "StudyInstanceUID", s.study_date as "StudyDate", s.study_description as "StudyDescription",
       s.accession_number as "AccessionNumber", s.patient_name as "PatientName", s.patient_id as "PatientID", t.modalities, t.instances,
       jsonb_build_object('id', i.institution_id, 'name', i.name) as institution, s.overlay is not null as corrected
     from study s join study_totals t using (study_pk) join institution i using (institution_id)
     where (s.patient_pk = $2 or s.base_patient_pk = $2) and ${inScope}
     order by s.study_date desc nulls last, s.study_time desc nulls last, s.study_pk desc limit $3`,
    [scope, patient, limit],
  )

export type LinkKind = 'merge' | 'match' | 'person'

export interface LinkRow {
  readonly id: number
  readonly kind: LinkKind
  readonly from: number
  readonly into: number
  readonly StudyInstanceUID: string | null
  readonly reason: string
  readonly by: string
  readonly at: Date
  readonly undone: { readonly by: string; readonly at: Date; readonly reason: string } | null
}

const linkColumns = `l.link_pk as id, l.kind, l.from_patient_pk as "from", l.into_patient_pk as "into", w.study_instance_uid as "StudyInstanceUID", l.reason,
  a.display_name as by, l.at, l.undone_at as "undoneAt", u.display_name as "undoneBy", l.undone_reason as "undoneReason"`
const linkTables = `patient_link l join account a on a.id = l.account_id left join account u on u.id = l.undone_by left join study w using (study_pk)`

interface LinkQueried extends Omit<LinkRow, 'undone'> {
  readonly [column: string]: unknown
  readonly undoneAt: Date | null
  readonly undoneBy: string | null
  readonly undoneReason: string | null
}

const linkOf = ({ undoneAt, undoneBy, undoneReason, ...link }: LinkQueried): LinkRow => ({
  ...link,
  undone: undoneAt === null ? null : { by: undoneBy ?? '', at: undoneAt, reason: undoneReason ?? '' },
})

/** Every link of a patient whose other side the scope may see as well, newest first. */
export async function linksOfPatient(on: Queryable, scope: Scope, patient: number, limit: number): Promise<LinkRow[]> {
  const seen = (side: string) =>
    `exists (select from study s where ${side} in (s.patient_pk, s.base_patient_pk, s.filed_patient_pk) and ${inScope})`
  const text = `select ${linkColumns} from ${linkTables}
    where $2 in (l.from_patient_pk, l.into_patient_pk) and ${seen('l.from_patient_pk')} and ${seen('l.into_patient_pk')}
    order by l.link_pk desc limit $3`
  return (await query<LinkQueried>(on, text, [scope, patient, limit])).map(linkOf)
}

export async function findLink(on: Queryable, id: number): Promise<LinkRow | undefined> {
  const [row] = await query<LinkQueried>(on, `select ${linkColumns} from ${linkTables} where l.link_pk = $1`, [id])
  return row && linkOf(row)
}

/** What has to be known of a patient before anything about them is decided. */
export interface DecidedPatient {
  readonly id: number
  /** Whose numbering it is: an institution's own, or an issuer that several believe; both null where the PatientID identifies nobody. */
  readonly numberedBy: number | null
  readonly issuer: string | null
  readonly person: number
  readonly mergedInto: number | null
  readonly suspected: number | null
  /** The institutions that own studies of theirs. */
  readonly owners: readonly number[]
  /** Whether the scope may see some of their studies, and whether all. */
  readonly seen: boolean
  readonly whole: boolean
}

export async function findDecidedPatient(on: Queryable, scope: Scope, id: number): Promise<DecidedPatient | undefined> {
  const [row] = await query<DecidedPatient & { [column: string]: unknown }>(
    on,
    `select p.patient_pk as id, p.issuer, substring(p.issuer from '^institution/(\\d+)$')::int as "numberedBy", p.person_pk as person,
       m.into_patient_pk as "mergedInto", p.suspected_patient_pk as suspected, of.owners, of.seen, of.whole
     from patient p
       left join patient_link m on m.from_patient_pk = p.patient_pk and m.kind = 'merge' and m.undone_at is null
       cross join lateral (
         select coalesce(array_agg(distinct s.institution_id), '{}') as owners, coalesce(bool_or(${inScope}), false) as seen,
           coalesce(bool_and(${inScope}), true) as whole
         from study s where s.patient_pk = p.patient_pk or s.base_patient_pk = p.patient_pk
       ) of
     where p.patient_pk = $2`,
    [scope, id],
  )
  return row
}

export interface NewLink {
  readonly kind: LinkKind
  readonly from: number
  readonly into: number
  readonly studyPk: number | null
  readonly reason: string
  readonly account: number
}

export async function insertLink(on: Queryable, { kind, from, into, studyPk, reason, account }: NewLink): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into patient_link (kind, from_patient_pk, into_patient_pk, study_pk, reason, account_id) values ($1, $2, $3, $4, $5, $6)
     returning link_pk as id`,
    [kind, from, into, studyPk, reason, account],
  )
  return row!.id
}

/** False: it is undone already. */
export async function undoLinkRow(on: Queryable, id: number, account: number, reason: string): Promise<boolean> {
  const rows = await query(
    on,
    `update patient_link set undone_at = clock_timestamp(), undone_by = $2, undone_reason = $3 where link_pk = $1 and undone_at is null returning link_pk`,
    [id, account, reason],
  )
  return rows.length === 1
}

/** Holds off the publishing of new studies of a patient and of all who are merged into them. */
export const lockNumbersOf = async (on: Queryable, patients: readonly number[]): Promise<void> => {
  await query(
    on,
    `with recursive merged (patient_pk) as (
       select unnest($1::bigint[]) union
       select l.from_patient_pk from merged join patient_link l on l.into_patient_pk = merged.patient_pk and l.kind = 'merge' and l.undone_at is null
     )
     select lock_numbers(array_agg(number_of(patient_pk))) from merged`,
    [patients],
  )
}

/** The studies that are a patient's now, at most so many. */
export async function studyKeysOf(on: Queryable, patient: number, limit: number): Promise<number[]> {
  const rows = await query<{ pk: number }>(on, `select study_pk as pk from study where patient_pk = $1 order by study_pk limit $2`, [
    patient,
    limit,
  ])
  return rows.map(({ pk }) => pk)
}

export interface ChangedStudy {
  readonly studyPk: number
  readonly StudyInstanceUID: string
  readonly workitem: number | null
}

/** Works out what stands for studies; answers those that are not what they were. */
export const refreshStudies = (on: Queryable, studyPks: readonly number[]): Promise<ChangedStudy[]> =>
  query<ChangedStudy & { [column: string]: unknown }>(
    on,
    `select s.study_pk as "studyPk", s.study_instance_uid as "StudyInstanceUID", d.workitem_id as workitem
     from refresh_studies($1) c (study_pk) join study s using (study_pk) left join study_reading d using (study_pk) order by s.study_pk`,
    [studyPks],
  )

/** What is known of patients, and who is the same person, after their studies or links have changed. */
export const refreshPatients = async (on: Queryable, patients: readonly number[]): Promise<void> => {
  await query(on, 'select refresh_patient(p.pk), refresh_person(p.pk) from (select unnest($1::bigint[]) as pk order by 1) p', [patients])
}

/** Whose a study is: now, before merges, and as it was filed. */
export async function patientsOfStudy(on: Queryable, studyPk: number): Promise<{ now: number; base: number; filed: number }> {
  const [row] = await query<{ now: number; base: number; filed: number }>(
    on,
    'select patient_pk as now, base_patient_pk as base, filed_patient_pk as filed from study where study_pk = $1',
    [studyPk],
  )
  return row!
}

/** A study that a match was taken back of: nobody who contradicts shares its number with it. */
export const partContradicting = async (on: Queryable, studyPk: number, reason: string, account: number): Promise<void> => {
  await query(on, 'select part_contradicting($1, $2, $3)', [studyPk, reason, account])
}
