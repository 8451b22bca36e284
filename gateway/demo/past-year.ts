/** The year before the demonstration began: institutions that only figures tell of, the figures themselves, and what a report counts and costs. */
import { today } from '../../archive/statistics/period.ts'
import { countPastReadings, insertPastReadings } from '../../storage/index/history.ts'
import { upsertInstitution } from '../../storage/index/institutions.ts'
import type { Index } from '../../storage/index/postgres.ts'
import { transaction } from '../../storage/index/query.ts'
import { findCredentials } from '../../storage/index/reading/accounts.ts'
import { listTariff, replaceTariff } from '../../storage/index/statistics/tariff.ts'
import { centre, people } from './county.ts'
import { sites } from './history/sites.ts'
import { history } from './history.ts'

/** Points for writing and signing; yuan for the township. */
const tariff = [
  { modality: 'CT', reportPoints: 2, reviewPoints: 1, feeFen: 4_000 },
  { modality: 'MR', reportPoints: 3, reviewPoints: 1.5, feeFen: 6_000 },
  { modality: 'US', reportPoints: 1.5, reviewPoints: 0.75, feeFen: 2_000 },
  { modality: '*', reportPoints: 1, reviewPoints: 0.5, feeFen: 1_500 },
]

/** Told once; a second start finds it there. Some seconds for some fifty thousand rows. */
export async function tellPastYear({ index, clock }: { readonly index: Index; readonly clock: () => Date }): Promise<void> {
  const { pool } = index
  const county = await upsertInstitution(pool, centre)
  const ids = new Map<string, number>()
  for (const { institution } of sites) ids.set(institution.code, (await upsertInstitution(pool, { ...institution, parent: county.id })).id)
  const keyOf = async ({ username }: { readonly username: string }) => (await findCredentials(pool, username))!.id
  const [author, colleague, reviewer, chief] = await Promise.all(
    [people.author, people.colleague, people.reviewer, people.chief].map(keyOf),
  )
  const staff = { readers: [author!, colleague!, author!, colleague!, reviewer!], reviewers: [reviewer!, reviewer!, chief!] }
  await transaction(pool, async (client) => {
    if ((await listTariff(client, county.id)).length === 0) await replaceTariff(client, county.id, tariff)
    if ((await countPastReadings(client, county.id)) > 0) return
    await insertPastReadings(client, history(ids, county.id, staff, today(clock())))
  })
  await pool.query('analyze reading_fact')
}
