/** Statements for taking the next task: what waits, how often each site was served, what a reader prefers. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export interface WaitingTask {
  readonly id: number
  readonly urgency: number
  readonly institutionId: number
  readonly modalities: string[]
  readonly bodyPart: string | null
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly limitMs: number | null
  readonly reservedForId: number | null
  readonly now: Date
}

/** What waits for a reader and is not kept for another: the most urgent first, at most so many. */
export const waitingTasks = (
  on: Queryable,
  scope: Scope,
  centre: number,
  account: number,
  { modality, institution }: { readonly modality?: string | undefined; readonly institution?: number | undefined },
  limit: number,
): Promise<WaitingTask[]> =>
  query<WaitingTask & { [column: string]: unknown }>(
    on,
    `select w.id, w.urgency, s.institution_id as "institutionId", t.modalities,
       (select r.body_part_examined from series r where r.study_pk = w.study_pk and r.body_part_examined is not null order by r.series_order limit 1)
         as "bodyPart",
       w.ready_at as "readyAt", w.due_at as "dueAt", w.limit_ms as "limitMs", case when w.reserved_until > now() then w.reserved_for end as "reservedForId",
       now() as now
     from workitem w join study s on s.study_pk = w.study_pk join study_totals t on t.study_pk = w.study_pk
     where w.centre_id = $2 and w.state = 'READY' and w.joined_into is null
       and (w.reserved_for is null or w.reserved_for = $3 or coalesce(w.reserved_until <= now(), true))
       and exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any($1))
       and ($4::text is null or $4 = any(t.modalities)) and ($5::int is null or s.institution_id = $5)
     order by w.urgency, coalesce(w.due_at, 'infinity'), w.id limit $6`,
    [scope, centre, account, modality ?? null, institution ?? null, limit],
  )

/** How many tasks of each site were taken in the last day. */
export async function servedSites(on: Queryable, centre: number): Promise<ReadonlyMap<number, number>> {
  const rows = await query<{ institution: number; n: number }>(
    on,
    `select s.institution_id as institution, count(*) as n from workitem w join study s on s.study_pk = w.study_pk
     where w.centre_id = $1 and w.claimed_at > now() - interval '1 day' group by 1`,
    [centre],
  )
  return new Map(rows.map(({ institution, n }) => [institution, n]))
}

export interface PreferenceRow {
  readonly modalities: string[]
  readonly bodyParts: string[]
}

export async function findPreference(on: Queryable, account: number): Promise<PreferenceRow | undefined> {
  const [row] = await query<PreferenceRow & { [column: string]: unknown }>(
    on,
    `select modalities, body_parts as "bodyParts" from reader_preference where account_id = $1`,
    [account],
  )
  return row
}

export const writePreference = async (on: Queryable, account: number, { modalities, bodyParts }: PreferenceRow): Promise<void> => {
  await query(
    on,
    `insert into reader_preference (account_id, modalities, body_parts) values ($1, $2, $3)
     on conflict (account_id) do update set modalities = excluded.modalities, body_parts = excluded.body_parts, changed_at = now()`,
    [account, modalities, bodyParts],
  )
}
