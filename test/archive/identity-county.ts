/** A county for tests of who is whose patient: institutions, people with accounts, and instances told to the index without bytes. */
import { type Asker, askerOf, type Role } from '../../archive/access.ts'
import { openEpoch } from '../../storage/index/epochs.ts'
import { publishInstances } from '../../storage/index/publish.ts'
import type { Published } from '../../storage/index/records.ts'
import { makeCounty } from '../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'
import { instanceRecord, type Told } from '../support/records.ts'

export interface IdentityCounty {
  readonly index: TestIndex
  person(username: string, role: Role, at: 'county' | 'east' | 'west'): Promise<Asker>
  /** From the township in the east unless another is named; granted to the county. */
  store(told: Omit<Told, 'source'>, township?: 0 | 1): Promise<Published>
  close(): Promise<void>
}

export async function identityCounty(): Promise<IdentityCounty> {
  const index = await openTestIndex()
  const county = await makeCounty(index.pool)
  const epoch = await openEpoch(index.pool, 'test')
  const ids = { county: county.county, east: county.townships[0]!, west: county.townships[1]! }
  return {
    index,
    async person(username, role, at) {
      const { rows } = await index.pool.query(
        `insert into account (username, display_name, kind, institution_id, roles) values ($1, $1, 'person', $2, $3) returning id`,
        [username, ids[at], [role]],
      )
      const institution = { id: ids[at], code: at.toUpperCase(), name: at, readingCentre: at === 'county' }
      return askerOf(
        { id: rows[0].id, username, displayName: username, kind: 'person', roles: [role], institution, demo: false },
        null,
        null,
      )
    },
    async store(told, township = 0) {
      const [published] = await publishInstances(index.pool, epoch, [instanceRecord({ ...told, epoch, source: county.sources[township]! })])
      return published!
    },
    close: () => index.close(),
  }
}
