/** The change feed as DICOMweb answers it: numbered densely for each institution (migrations/0090-change-runs.sql, 0100-change-instances.sql). */
import { type Queryable, query } from './query.ts'
import type { Scope } from './records.ts'

export interface Run {
  readonly sequence: number
  readonly number: number
  readonly length: number
  /** One change of so many instances, not so many changes. */
  readonly spread: boolean
}

/** The institution that sees everything: for who has the view of several. */
export const everything = 0

/** The last run of an institution, locked; undefined where nothing was counted yet. */
export async function lastRun(on: Queryable, institution: number): Promise<Run | undefined> {
  const [row] = await query<Run & { [column: string]: unknown }>(
    on,
    `select sequence_from as sequence, number_from as number, length, spread from change_run where institution_id = $1
     order by sequence_from desc limit 1 for update`,
    [institution],
  )
  return row
}

/** Adds a run, or makes the one that begins at this sequence longer. */
export const saveRuns = async (on: Queryable, institution: number, runs: readonly Run[]): Promise<void> => {
  await query(
    on,
    `insert into change_run (institution_id, sequence_from, number_from, length, spread)
     select $1, r.sequence, r.number, r.length, r.spread
     from unnest($2::bigint[], $3::bigint[], $4::int[], $5::boolean[]) r (sequence, number, length, spread)
     on conflict (institution_id, sequence_from) do update set length = excluded.length`,
    [
      institution,
      runs.map(({ sequence }) => sequence),
      runs.map(({ number }) => number),
      runs.map(({ length }) => length),
      runs.map(({ spread }) => spread),
    ],
  )
}

/**
 * Writes down which instances these changes of studies have changed, those of the series where a correction is of one; none for the links of persons and
 * decisions that only close a question. Answers how many by number of the change; a second time the same.
 */
export async function spreadChanges(on: Queryable, numbers: readonly number[]): Promise<ReadonlyMap<number, number>> {
  await query(
    on,
    `insert into change_instance (number, position, sop_instance_uid)
     select c.number, row_number() over (partition by c.number order by i.instance_pk) - 1, i.sop_instance_uid
     from change c
       left join study_correction k on c.kind = 'correction' and k.study_pk = c.study_pk and k.revision::text = c.ref
       left join patient_link l on c.kind = 'patient' and l.kind <> 'person'
         and l.link_pk = case when c.ref like 'link/%' then split_part(c.ref, '/', 2)::bigint end
       join instance i on i.study_pk = c.study_pk and (l.link_pk is not null or k.study_pk is not null and (k.series_instance_uid is null
         or k.series_instance_uid = (select e.series_instance_uid from series e where e.series_pk = i.series_pk)))
     where c.number = any ($1) and not exists (select from change_instance x where x.number = c.number)`,
    [numbers],
  )
  const rows = await query<{ number: number; instances: number }>(
    on,
    'select number, count(*)::int as instances from change_instance where number = any ($1) group by number',
    [numbers],
  )
  return new Map(rows.map(({ number, instances }) => [number, instances]))
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
 * @param kinds that are a change of the one instance that they name
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
       select r.sequence_from, r.number_from, r.length, r.spread from change_run r where r.institution_id = $2 and r.sequence_from >= coalesce(
         (select max(b.sequence_from) from change_run b where b.institution_id = $2 and b.sequence_from <= $4 + 1), 1)
       order by r.sequence_from limit $5
     ), entry as materialized (
       select run.sequence_from + n as sequence, case when run.spread then run.number_from else run.number_from + n end as number,
         case when run.spread then n end as position
       from run, generate_series(greatest(0, $4 + 1 - run.sequence_from), least(run.length - 1, greatest(0, $4 + 1 - run.sequence_from) + $5)) n
       order by 1 limit $5
     ), entry_instance as materialized (
       select e.sequence, c.number, c.at, c.kind, c.study_pk, coalesce(u.sop_instance_uid, c.ref) as uid
       from entry e join change c on c.number = e.number left join change_instance u on u.number = e.number and u.position = e.position
     )
     select e.sequence, e.at, e.kind, s.study_instance_uid as "StudyInstanceUID", e.uid as "SOPInstanceUID",
       coalesce((select x.series_instance_uid from series x where x.series_pk = i.series_pk),
         (select r.series_instance_uid from rejected_instance r where r.sop_instance_uid = e.uid)) as "SeriesInstanceUID",
       i.instance_pk is not null as "isShown",
       exists (select from change l where l.study_pk = e.study_pk and l.number > e.number and l.ref = e.uid and l.kind = any ($3))
         or exists (select from change_instance l where l.sop_instance_uid = e.uid and l.number > e.number) as "isOutdated"
     from entry_instance e join study s on s.study_pk = e.study_pk
       left join instance i on i.sop_instance_uid = e.uid and i.study_pk = e.study_pk
     where exists (select from any_access a where a.study_pk = e.study_pk and a.institution_id = any ($1::int[]))
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
