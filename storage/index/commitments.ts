/** Storage commitment (migrations/0080-storage-commitment.sql). */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

export interface Referenced {
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
}

export interface NotCommitted extends Referenced {
  readonly FailureReason: number
}

export type CommitmentState = 'pending' | 'requested' | 'reported' | 'committed' | 'failed' | 'given-up'

export interface NewCommitment {
  readonly role: 'scp' | 'scu'
  readonly TransactionUID: string
  readonly institution: number
  readonly AETitle: string
  readonly instances: readonly Referenced[]
  readonly StudyInstanceUID: string | null
  readonly account: number | null
  /** Seconds until it is the clock's turn. */
  readonly delaySeconds: number
}

/** Undefined: there is one of this transaction, about other instances. One about the same is done again. */
export async function insertCommitment(on: Queryable, commitment: NewCommitment): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into storage_commitment as c (role, transaction_uid, institution_id, ae_title, instances, study_instance_uid, account_id, next_attempt_at)
     values ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(secs => $8))
     on conflict (role, ae_title, transaction_uid) do update
       set state = 'pending', attempts = 0, requested_at = now(), next_attempt_at = excluded.next_attempt_at, failures = null, ended_at = null
       where c.instances = excluded.instances and c.institution_id = excluded.institution_id
     returning id`,
    [
      commitment.role,
      commitment.TransactionUID,
      commitment.institution,
      commitment.AETitle,
      JSON.stringify(commitment.instances),
      commitment.StudyInstanceUID,
      commitment.account,
      commitment.delaySeconds,
    ],
  )
  return row?.id
}

export interface DueCommitment {
  readonly id: number
  readonly role: 'scp' | 'scu'
  readonly state: 'pending' | 'requested'
  readonly TransactionUID: string
  readonly institution: number
  readonly AETitle: string
  readonly instances: readonly Referenced[]
  readonly attempts: number
  /** Seconds since it was asked for. */
  readonly age: number
}

const dueColumns = `id, role, state, transaction_uid as "TransactionUID", institution_id as institution, ae_title as "AETitle", instances, attempts,
  extract(epoch from now() - requested_at)::int as age`

/**
 * Takes those whose turn it is: nobody else does within the time that an attempt may last. The next one comes after 30 s, a minute, two … an hour.
 */
export const takeDueCommitments = (on: Queryable, limit: number): Promise<DueCommitment[]> =>
  query<DueCommitment & { [column: string]: unknown }>(
    on,
    `update storage_commitment set attempts = attempts + 1, next_attempt_at = now() + least(interval '1 hour', interval '30 seconds' * 2 ^ least(attempts, 10))
     where id in (select id from storage_commitment where state in ('pending', 'requested') and next_attempt_at <= now()
       order by next_attempt_at limit $1 for update skip locked)
     returning ${dueColumns}`,
    [limit],
  )

export async function findCommitment(on: Queryable, id: number): Promise<DueCommitment | undefined> {
  const [row] = await query<DueCommitment & { [column: string]: unknown }>(
    on,
    `select ${dueColumns} from storage_commitment where id = $1 and state in ('pending', 'requested')`,
    [id],
  )
  return row
}

/** One that we have asked this peer for. */
export async function findRequested(
  on: Queryable,
  AETitle: string,
  TransactionUID: string,
): Promise<{ id: number; state: CommitmentState } | undefined> {
  const [row] = await query<{ id: number; state: CommitmentState }>(
    on,
    `select id, state from storage_commitment where role = 'scu' and ae_title = $1 and transaction_uid = $2`,
    [AETitle, TransactionUID],
  )
  return row
}

/** It has ended, or waits for the peer's report (`requested`, for so many seconds). */
export const moveCommitment = async (
  on: Queryable,
  id: number,
  state: CommitmentState,
  {
    failures = null,
    error = null,
    waitSeconds = 0,
  }: { failures?: readonly NotCommitted[] | null; error?: string | null; waitSeconds?: number } = {},
): Promise<void> => {
  await query(
    on,
    `update storage_commitment set state = $2, failures = coalesce($3, failures), last_error = $4,
       ended_at = case when $2 in ('pending', 'requested') then null else now() end,
       next_attempt_at = case when $2 = 'requested' then now() + make_interval(secs => $5) else next_attempt_at end
     where id = $1 and state in ('pending', 'requested')`,
    [id, state, failures === null ? null : JSON.stringify(failures), error?.slice(0, 500) ?? null, waitSeconds],
  )
}

/** The attempt failed; the next one's time stands. */
export const noteCommitmentError = async (on: Queryable, id: number, error: string): Promise<void> => {
  await query(on, `update storage_commitment set last_error = $2 where id = $1`, [id, error.slice(0, 500)])
}

export interface KeptInstance extends Referenced {
  readonly objectKey: string
  readonly objectSize: number
}

/** What is kept of these instances for a scope: those in its studies, and what its institutions sent into another's study, which is held. */
export const keptInstances = (on: Queryable, scope: Scope, SOPInstanceUIDs: readonly string[]): Promise<KeptInstance[]> =>
  query<KeptInstance & { [column: string]: unknown }>(
    on,
    `select n.sop_instance_uid as "SOPInstanceUID", n.sop_class_uid as "SOPClassUID", n.object_key as "objectKey", n.object_size as "objectSize"
     from instance n where n.sop_instance_uid = any($2)
       and exists (select from study_access a where a.study_pk = n.study_pk and a.institution_id = any($1))
     union all
     select v.sop_instance_uid, v.record ->> 'SOPClassUID', v.object_key, (v.record ->> 'objectSize')::bigint
     from version v where v.sop_instance_uid = any($2) and v.kind = 'held' and v.decided_at is null and v.institution_id = any($1)`,
    [scope, SOPInstanceUIDs],
  )

/** The instances of a study in scope, but for those that we have authored since. */
export const instancesOfStudy = (on: Queryable, scope: Scope, StudyInstanceUID: string, limit: number): Promise<Referenced[]> =>
  query<Referenced & { [column: string]: unknown }>(
    on,
    `select n.sop_class_uid as "SOPClassUID", n.sop_instance_uid as "SOPInstanceUID" from study s join instance n on n.study_pk = s.study_pk
     where s.study_instance_uid = $2 and exists (select from study_access a where a.study_pk = s.study_pk and a.institution_id = any($1))
     order by n.series_pk, n.instance_order, n.instance_pk limit $3`,
    [scope, StudyInstanceUID, limit],
  )

export interface CommitmentRow {
  readonly id: number
  readonly role: 'scp' | 'scu'
  readonly state: CommitmentState
  readonly TransactionUID: string
  readonly AETitle: string
  readonly StudyInstanceUID: string | null
  readonly instances: number
  readonly failures: readonly NotCommitted[] | null
  readonly requestedAt: Date
  readonly endedAt: Date | null
  readonly attempts: number
  readonly lastError: string | null
}

/** Newest first; a null scope is everybody's. */
export const listCommitments = (on: Queryable, scope: Scope | null, limit: number): Promise<CommitmentRow[]> =>
  query<CommitmentRow & { [column: string]: unknown }>(
    on,
    `select id, role, state, transaction_uid as "TransactionUID", ae_title as "AETitle", study_instance_uid as "StudyInstanceUID",
       jsonb_array_length(instances) as instances, failures, requested_at as "requestedAt", ended_at as "endedAt", attempts, last_error as "lastError"
     from storage_commitment where $1::int[] is null or institution_id = any($1) order by requested_at desc, id desc limit $2`,
    [scope, limit],
  )

/** Answered long ago. */
export const forgetCommitments = async (on: Queryable, days: number): Promise<void> => {
  await query(on, `delete from storage_commitment where ended_at < now() - make_interval(days => $1)`, [days])
}
