/** Settings that follow a person to another PC (reading.md §10): JSON by section, whose shape is the portal's own affair; kept small. */
import type { Index } from '../../../storage/index/postgres.ts'
import { transaction } from '../../../storage/index/query.ts'
import { lockPreferences, preferencesOf, removePreference, savePreference } from '../../../storage/index/reading/preferences.ts'
import { type Asker, demandPerson } from '../../access.ts'
import { BadRequest } from '../../errors.ts'

export type Preferences = Readonly<Record<string, unknown>>

export const preferenceLimits = { sections: 16, characters: 16_384 } as const

/** @throws Forbidden for a program */
export async function readPreferences({ index: { pool } }: { index: Index }, asker: Asker): Promise<Preferences> {
  demandPerson(asker)
  return preferencesOf(pool, asker.account)
}

/** Replaces the sections that are named; null removes one; the others stay. Answers what there is now. @throws Forbidden, BadRequest */
export async function writePreferences({ index: { pool } }: { index: Index }, asker: Asker, changes: Preferences): Promise<Preferences> {
  demandPerson(asker)
  for (const [section, value] of Object.entries(changes)) {
    if (JSON.stringify(value).length > preferenceLimits.characters) {
      throw new BadRequest(`${section}: has more than ${preferenceLimits.characters} characters`)
    }
  }
  return transaction(pool, async (client) => {
    await lockPreferences(client, asker.account)
    for (const [section, value] of Object.entries(changes)) {
      if (value === null) await removePreference(client, asker.account, section)
      else await savePreference(client, asker.account, section, value)
    }
    const all = await preferencesOf(client, asker.account)
    if (Object.keys(all).length > preferenceLimits.sections) throw new BadRequest(`There may be ${preferenceLimits.sections} sections`)
    return all
  })
}
