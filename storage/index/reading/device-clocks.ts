/** Samples of how far the clocks of machines are from ours, and the end of exams by them. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export interface AcquiredRow {
  readonly AETitle: string
  readonly studyPk: number
  readonly receivedAt: Date
  /** Of the instance; the study's date and time are no moment of a picture. */
  readonly AcquisitionDateTime: string | null
  readonly AcquisitionDate: string | null
  readonly AcquisitionTime: string | null
  readonly ContentDate: string | null
  readonly ContentTime: string | null
  readonly TimezoneOffsetFromUTC: string | null
}

const value = (tag: string) => `n.json::jsonb -> '${tag}' -> 'Value' ->> 0`

/** What the images behind a batch of changes say about when they were taken; only those that a machine sent, and none that we authored. */
export const acquiredOf = (on: Queryable, changes: readonly number[]): Promise<AcquiredRow[]> =>
  query<AcquiredRow & { [column: string]: unknown }>(
    on,
    `select n.ae_title as "AETitle", n.study_pk as "studyPk", n.received_at as "receivedAt", ${value('0008002A')} as "AcquisitionDateTime",
       ${value('00080022')} as "AcquisitionDate", ${value('00080032')} as "AcquisitionTime", ${value('00080023')} as "ContentDate",
       ${value('00080033')} as "ContentTime", s.json::jsonb -> '00080201' -> 'Value' ->> 0 as "TimezoneOffsetFromUTC"
     from change c join instance n on n.sop_instance_uid = c.ref join study s on s.study_pk = n.study_pk
     where c.number = any($1) and c.kind = 'instance' and n.via <> 'authored' and n.ae_title is not null`,
    [changes],
  )

export interface ClockSample {
  readonly AETitle: string
  readonly source: 'images' | 'performed-step'
  readonly ref: number
  readonly seconds: number
  readonly at: Date
}

/** Of each study the least stays: the picture that waited least. */
export const keepClockSamples = async (on: Queryable, samples: readonly ClockSample[]): Promise<void> => {
  await query(
    on,
    `insert into device_clock_sample as d (ae_title, source, ref, offset_seconds, at)
     select * from unnest($1::text[], $2::text[], $3::bigint[], $4::float8[], $5::timestamptz[])
     on conflict (ae_title, source, ref) do update set offset_seconds = least(d.offset_seconds, excluded.offset_seconds), at = excluded.at`,
    [
      samples.map(({ AETitle }) => AETitle),
      samples.map(({ source }) => source),
      samples.map(({ ref }) => ref),
      samples.map(({ seconds }) => seconds),
      samples.map(({ at }) => at),
    ],
  )
}

export interface ClockRow {
  readonly AETitle: string
  readonly description: string | null
  readonly seconds: number
  readonly source: 'images' | 'performed-step'
  readonly samples: number
  readonly at: Date
}

/**
 * The offset of each machine: the middle of the last five performed steps of a week, else the least of the last ten studies of a fortnight. Null
 * institutions: of these machines.
 */
export const deviceClocks = (
  on: Queryable,
  of: { readonly institutions: Scope } | { readonly AETitles: readonly string[] },
): Promise<ClockRow[]> =>
  query<ClockRow & { [column: string]: unknown }>(
    on,
    `select ae.title as "AETitle", ae.description, o.seconds, o.source, o.samples, o.at
     from ae cross join lateral (
       select * from (
         select percentile_disc(0.5) within group (order by d.offset_seconds) as seconds, 'performed-step' as source, count(*)::int as samples, max(d.at) as at
         from (select * from device_clock_sample d where d.ae_title = ae.title and d.source = 'performed-step' and d.at > now() - interval '7 days'
               order by d.at desc limit 5) d
         union all
         select min(d.offset_seconds), 'images', count(*)::int, max(d.at)
         from (select * from device_clock_sample d where d.ae_title = ae.title and d.source = 'images' and d.at > now() - interval '14 days'
               order by d.at desc limit 10) d
       ) both_sources where samples > 0 order by source desc limit 1
     ) o
     where ${'institutions' in of ? 'ae.institution_id = any($1)' : 'ae.title = any($1)'} order by ae.title`,
    ['institutions' in of ? of.institutions : of.AETitles],
  )

/** T0: the exam was over then; a later picture moves it on, never beyond the last byte that we have. Studies that are being read or wait to be. */
export const setExamEnd = async (on: Queryable, studyPk: number, at: Date): Promise<void> => {
  await query(
    on,
    `update workitem w set study_end_at = greatest(w.study_end_at, least($2, t.last_received_at)) from study_totals t
     where w.study_pk = $1 and t.study_pk = $1 and w.state in ('UPLOADING', 'READY')
       and w.study_end_at is distinct from greatest(w.study_end_at, least($2, t.last_received_at))`,
    [studyPk, at],
  )
}

/** Samples that no figure looks at any more. */
export const forgetClockSamples = async (on: Queryable): Promise<void> => {
  await query(on, `delete from device_clock_sample where at < now() - interval '30 days'`, [])
}
