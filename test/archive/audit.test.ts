/** The audit's batch: views once in five minutes, nothing lost while the database is away. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askerOf } from '../../archive/access.ts'
import { Audit } from '../../archive/audit.ts'
import { query } from '../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

const institution = { id: 1, code: 'A', name: 'A', readingCentre: false }
const asker = (id: number) =>
  askerOf({ id, username: `u${id}`, displayName: '', kind: 'person', roles: ['radiologist'], institution, demo: false }, null, '10.0.0.1')
let now = Date.parse('2026-11-22T08:00:00Z')
const open = () => new Audit({ index, clock: () => new Date(now), log: { warn: () => undefined }, flushMs: 3_600_000 })
const views = (uid: string) => query(index.pool, `select username from audit_event where study_instance_uid = $1 order by id`, [uid])

test('a view is written once per person, study and five minutes, also by several gateways', async () => {
  const gateways = [open(), open()]
  for (const audit of gateways) for (let frame = 0; frame < 100; frame += 1) audit.view(asker(1), '2.25.1')
  gateways[0]!.view(asker(2), '2.25.1')
  for (const audit of gateways) await audit.flush()
  expect(await views('2.25.1')).toEqual([{ username: 'u1' }, { username: 'u2' }])
  now += 300_000
  gateways[1]!.view(asker(1), '2.25.1')
  for (const audit of gateways) await audit.close()
  expect(await views('2.25.1')).toHaveLength(3)
})

test('what could not be written is written when the database is back', async () => {
  const audit = open()
  await index.pool.query('alter table audit_event rename to away')
  audit.view(asker(1), '2.25.2')
  await audit.flush()
  await index.pool.query('alter table away rename to audit_event')
  await audit.close()
  expect(await views('2.25.2')).toHaveLength(1)
})
