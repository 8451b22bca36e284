/** The prepared metadata of what a search has found, for attributes that its rows do not hold: of each study or series, that of its first instance. */
import type pg from 'pg'
import { query } from './query.ts'
import type { MetadataFragment, Scope } from './records.ts'
import type { Overlay } from './retrieve.ts'
import type { SearchRow } from './search.ts'

/** With what is corrected in it, which is still to be laid over. */
export interface FirstMetadata extends MetadataFragment {
  readonly overlay?: Overlay | null
  readonly AETitle?: string | null
}

/** Rows whose metadata are read at once. */
const pageSize = 50

/** In the order of the rows; undefined where there is none. */
export async function* firstMetadataOf(pool: pg.Pool, scope: Scope, rows: readonly SearchRow[]): AsyncGenerator<FirstMetadata | undefined> {
  for (let at = 0; at < rows.length; at += pageSize) {
    const page = rows.slice(at, at + pageSize)
    const found = await query<FirstMetadata & { at: number; [column: string]: unknown }>(
      pool,
      `select w.at::int as at, m.deflated, m.crc32, m.length, overlay_of(s.overlay, e.overlay) as overlay, i.ae_title as "AETitle"
       from unnest($2::bigint[], $3::bigint[], $4::bigint[]) with ordinality w (study_pk, series_pk, instance_pk, at),
         lateral (select e.series_pk, e.overlay from series e where e.study_pk = w.study_pk and (w.series_pk is null or e.series_pk = w.series_pk)
           and exists (select from instance i where i.study_pk = e.study_pk and i.series_pk = e.series_pk)
           order by e.series_order, e.series_pk limit 1) e,
         lateral (select i.instance_pk, i.ae_title from instance i where i.study_pk = w.study_pk and i.series_pk = e.series_pk
           and (w.instance_pk is null or i.instance_pk = w.instance_pk) order by i.instance_order, i.instance_pk limit 1) i
         join instance_metadata m using (instance_pk), study s
       where s.study_pk = w.study_pk and exists (select from study_access a where a.study_pk = w.study_pk and a.institution_id = any ($1::int[]))`,
      [
        scope,
        page.map(({ studyPk }) => studyPk),
        page.map(({ seriesPk }) => seriesPk ?? null),
        page.map(({ instancePk }) => instancePk ?? null),
      ],
      'first-metadata-of',
    )
    const byPlace = new Map(found.map(({ at, ...fragment }) => [at, fragment]))
    for (let place = 1; place <= page.length; place += 1) yield byPlace.get(place)
  }
}
