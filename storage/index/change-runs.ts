/** The change feed as DICOMweb answers it: numbered densely for each institution (migrations/0090-change-runs.sql). */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

export interface Run {
  readonly sequence: number
  readonly number: number
  readonly length: number
}

/** The institution that sees everything: for who has the view of several. */
export const everything = 0

/** The last run of an institution, locked; undefined where nothing was counted yet. */
export async function lastRun(on: Queryable, institution: number): Promise<Run | undefined> {
  const [row] = await query<Run & { [column: string]: unknown }>(
    on,
    `select sequence_from as sequence, number_from as number, length from change_run where institution_id = $1
     order by sequence_from desc limit 1 for update`,
    [institution],
  )
  return row
}

/** Adds a run, or makes the one that begins at this sequence longer. */
export const saveRuns = async (on: Queryable, institution: number, runs: readonly Run[]): Promise<void> => {
  await query(
    on,
    `insert into change_run (institution_id, sequence_from, number_from, length)
     select $1, r.sequence, r.number, r.length from unnest($2::bigint[], $3::bigint[], $4::int[]) r (sequence, number, length)
     on conflict (institution_id, sequence_from) do update set length = excluded.length`,
    [institution, runs.map(({ sequence }) => sequence), runs.map(({ number }) => number), runs.map(({ length }) => length)],
  )
}

export interface ChangeEntry {
  readonly sequence: number
  readonly at: Date
  readonly kind: string
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  readonly SOPInstanceUID: string
  /** The instance is shown now. */
  readonly isShown: boolean
  /** Something happened to the same instance since. */
  readonly isOutdated: boolean
}

/**
 * Entries behind a sequence number, oldest first. Those of studies that the institution has no right to any more are left out.
 * @param kinds that count as a change of an instance
 */
export function readEntries(
  on: Queryable,
  scope: Scope,
  institution: number,
  kinds: readonly string[],
  after: number,
  limit: number,
): Promise<ChangeEntry[]> {
  return query<ChangeEntry & { [column: string]: unknown }>(
    on,
    `with run as (
       select r.sequence_from, r.number_from, r.length from change_run r where r.institution_id = $2 and r.sequence_from >= coalesce(
         (select max(b.sequence_from) from change_run b where b.institution_id = $2 and b.sequence_from <= $4 + 1), 1)
       order by r.sequence_from limit $5
     ), entry as materialized (
       select run.sequence_from + n as sequence, run.number_from + n as number
       from run, generate_series(greatest(0, $4 + 1 - run.sequence_from), least(run.length - 1, greatest(0, $4 + 1 - run.sequence_from) + $5)) n
       order by 1 limit $5
     )
     select e.sequence, c.at, c.kind, s.study_instance_uid as "StudyInstanceUID", c.ref as "SOPInstanceUID",
       coalesce((select x.series_instance_uid from series x where x.series_pk = i.series_pk),
         (select r.series_instance_uid from rejected_instance r where r.sop_instance_uid = c.ref)) as "SeriesInstanceUID",
       i.instance_pk is not null as "isShown",
       exists (select from change l where l.study_pk = c.study_pk and l.number > c.number and l.ref = c.ref and l.kind = any ($3)) as "isOutdated"
     from entry e join change c on c.number = e.number join study s on s.study_pk = c.study_pk
       left join instance i on i.sop_instance_uid = c.ref and i.study_pk = c.study_pk
     where exists (select from any_access a where a.study_pk = c.study_pk and a.institution_id = any ($1::int[]))
     order by e.sequence`,
    [scope, institution, kinds, after, limit],
  )
}

/** The sequence number of the newest entry; 0 where there is none. */
export async function lastSequence(on: Queryable, institution: number): Promise<number> {
  const [row] = await query<{ last: number }>(
    on,
    'select sequence_from + length - 1 as last from change_run where institution_id = $1 order by sequence_from desc limit 1',
    [institution],
  )
  return row?.last ?? 0
}
