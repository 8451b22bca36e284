/** Unified Procedure Steps: one row each, whoever made them. Order of locks: the reading workitem, the step, its events; the change feed last. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

/** A data set as DICOM JSON. */
export type Dataset = Readonly<Record<string, { readonly vr: string; readonly Value?: readonly unknown[]; readonly InlineBinary?: string }>>

export interface UPSRow {
  readonly upsPk: number
  readonly SOPInstanceUID: string
  readonly institution: number
  /** The reading workitem that this is a step of. */
  readonly workitem: number | null
  readonly studyPk: number | null
  readonly StudyInstanceUID: string | null
  readonly step: string | null
  readonly state: string
  readonly transactionUID: string | null
  readonly dataset: Dataset
  readonly patientName: string | null
  readonly gone: boolean
}

export const upsColumns = `u.ups_pk as "upsPk", u.sop_instance_uid as "SOPInstanceUID", u.institution_id as institution, u.workitem_id as workitem,
  u.study_pk as "studyPk", (select s.study_instance_uid from study s where s.study_pk = u.study_pk) as "StudyInstanceUID", u.step, u.state,
  u.transaction_uid as "transactionUID", u.dataset, u.patient_name as "patientName", u.gone_at is not null as gone`

/** A step of a study is seen by whoever sees the study, any other by the institution that made it. */
export const upsInScope = (scope: string): string =>
  `(u.study_pk is null and u.institution_id = any(${scope})
    or u.study_pk is not null and exists (select from study_access a where a.study_pk = u.study_pk and a.institution_id = any(${scope})))`

export async function findUPS(on: Queryable, scope: Scope, SOPInstanceUID: string): Promise<UPSRow | undefined> {
  const [row] = await query<UPSRow & { [column: string]: unknown }>(
    on,
    `select ${upsColumns} from ups u where u.sop_instance_uid = $2 and ${upsInScope('$1')}`,
    [scope, SOPInstanceUID],
  )
  return row
}

/** Locked until the transaction ends. */
export async function lockUPS(on: Queryable, scope: Scope, SOPInstanceUID: string): Promise<UPSRow | undefined> {
  const [row] = await query<UPSRow & { [column: string]: unknown }>(
    on,
    `select ${upsColumns} from ups u where u.sop_instance_uid = $2 and ${upsInScope('$1')} for no key update of u`,
    [scope, SOPInstanceUID],
  )
  return row
}

/** What is matched by. */
export interface UPSKeys {
  readonly patientName: string | null
  readonly nameKeys: readonly string[]
  readonly scheduledAt: Date | null
}

export interface NewUPS extends UPSKeys {
  readonly SOPInstanceUID: string
  readonly institution: number
  readonly dataset: Dataset
  /** Of a step of the reading workflow. */
  readonly reading?: { readonly workitem: number; readonly studyPk: number; readonly step: string }
}

/** Created SCHEDULED. Undefined: there is one of this UID, whether or not the asker may see it. */
export async function insertUPS(on: Queryable, ups: NewUPS): Promise<number | undefined> {
  const [row] = await query<{ upsPk: number }>(
    on,
    `insert into ups (sop_instance_uid, institution_id, workitem_id, study_pk, step, state, dataset, patient_name, name_keys, scheduled_at)
     values ($1, $2, $3, $4, $5, 'SCHEDULED', $6, $7, $8, $9) on conflict (sop_instance_uid) do nothing returning ups_pk as "upsPk"`,
    [
      ups.SOPInstanceUID,
      ups.institution,
      ups.reading?.workitem ?? null,
      ups.reading?.studyPk ?? null,
      ups.reading?.step ?? null,
      ups.dataset,
      ups.patientName,
      ups.nameKeys,
      ups.scheduledAt,
    ],
  )
  return row?.upsPk
}

export interface UPSChange extends UPSKeys {
  readonly state: string
  readonly transactionUID: string | null
  readonly dataset: Dataset
}

export async function updateUPS(on: Queryable, upsPk: number, change: UPSChange): Promise<void> {
  await query(
    on,
    `update ups set state = $2, transaction_uid = $3, dataset = $4, patient_name = $5, name_keys = $6, scheduled_at = $7,
       final_at = case when $2 in ('COMPLETED', 'CANCELED') then coalesce(final_at, now()) end
     where ups_pk = $1`,
    [upsPk, change.state, change.transactionUID, change.dataset, change.patientName, change.nameKeys, change.scheduledAt],
  )
}

/** Open Workitems that outside systems of this institution have made; counted up to a limit. */
export async function countOpenUPS(on: Queryable, institution: number, limit: number): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `select count(*) as n from (
       select from ups where institution_id = $1 and workitem_id is null and final_at is null limit $2) open`,
    [institution, limit],
  )
  return row!.n
}

/** So that two creators at once count each other. */
export const lockCreating = async (on: Queryable, institution: number): Promise<void> => {
  await query(on, `select pg_advisory_xact_lock(60, $1)`, [institution])
}

/**
 * Final for so long and locked by nobody: the contents go, the row stays so that it can be said that it existed; after a year that goes too.
 * Locks of the longest standing fall first: whoever never comes back must not keep everything for ever.
 */
export async function deleteFinalUPS(on: Queryable, keepDays: number, lockDays: number): Promise<number> {
  await query(on, `update ups_subscription set deletion_lock = false where deletion_lock and at < now() - make_interval(days => $1)`, [
    lockDays,
  ])
  const gone = await query(
    on,
    `update ups u set gone_at = now(), dataset = '{}', patient_name = null, name_keys = '{}' where u.final_at < now() - make_interval(days => $1) and u.gone_at is null
       and not exists (select from ups_subscription s where s.ups_pk = u.ups_pk and s.deletion_lock) returning u.ups_pk as "upsPk"`,
    [keepDays],
  )
  await query(on, `delete from ups_subscription s using ups u where u.ups_pk = s.ups_pk and u.gone_at is not null`)
  await query(on, `delete from ups where gone_at < now() - interval '1 year'`)
  return gone.length
}
