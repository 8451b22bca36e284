/** What a reader reads best, said by themselves: claim-next offers it sooner. */
import type { Queryable } from '../../../storage/index/query.ts'
import { findPreference, writePreference } from '../../../storage/index/reading/claiming.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import type { ReadingTools } from '../tools.ts'
import { noPreference, type Preference } from './score.ts'

export const preferenceOf = async (on: Queryable, asker: Asker): Promise<Preference> =>
  (await findPreference(on, asker.account)) ?? noPreference

/** @throws Forbidden */
export async function setPreference({ index: { pool } }: ReadingTools, asker: Asker, preference: Preference): Promise<Preference> {
  demandPerson(asker)
  demand(asker, 'read')
  const kept = {
    modalities: [...new Set(preference.modalities.map((modality) => modality.toUpperCase()))],
    bodyParts: [...new Set(preference.bodyParts.map((part) => part.toUpperCase()))],
  }
  await writePreference(pool, asker.account, kept)
  return kept
}
