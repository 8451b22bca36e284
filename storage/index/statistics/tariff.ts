/** What a report of a modality counts for its doctors, and what it costs its township. */
import { type Queryable, query } from '../query.ts'

export interface TariffRow {
  /** `*`: every modality without a row of its own. */
  readonly modality: string
  readonly reportPoints: number
  readonly reviewPoints: number
  /** Integer fen. */
  readonly feeFen: number
}

export const listTariff = (on: Queryable, centre: number): Promise<TariffRow[]> =>
  query<TariffRow & { [column: string]: unknown }>(
    on,
    `select modality, report_points::float8 as "reportPoints", review_points::float8 as "reviewPoints", fee_fen as "feeFen"
     from modality_tariff where centre_id = $1 order by modality = '*', modality`,
    [centre],
  )

/** The whole table of a centre. The caller opened the transaction. */
export async function replaceTariff(on: Queryable, centre: number, rows: readonly TariffRow[]): Promise<void> {
  await query(on, `delete from modality_tariff where centre_id = $1`, [centre])
  await query(
    on,
    `insert into modality_tariff (centre_id, modality, report_points, review_points, fee_fen)
     select $1, r."modality", r."reportPoints", r."reviewPoints", r."feeFen"
     from jsonb_to_recordset($2::jsonb) as r ("modality" text, "reportPoints" numeric, "reviewPoints" numeric, "feeFen" int)`,
    [centre, JSON.stringify(rows)],
  )
}
