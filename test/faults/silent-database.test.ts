/** A database that takes a statement and does not answer: nobody waits for ever, and what it may do later is reckoned with. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IndexUnavailable, OutcomeUnknown } from '../../archive/errors.ts'
import { openEpoch } from '../../storage/index/epochs.ts'
import { publishInstances } from '../../storage/index/publish.ts'
import { type County, makeCounty } from '../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'
import { instanceRecord, uidOf } from '../support/records.ts'

let index: TestIndex
let county: County
beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
})
afterAll(() => index.close())

test('the outcome of a publication is unknown after a while; committed in the end or not, publishing again tells the truth', async () => {
  const epoch = await openEpoch(index.pool, 'silent')
  const record = instanceRecord({ source: county.sources[0], epoch })
  const silence = new pg.Client(index.connection)
  await silence.connect()
  await silence.query('begin; lock table feed in exclusive mode')
  const failure = await publishInstances(index.pool, epoch, [record], 200).catch((error: unknown) => error)
  // The object has to stay: what was sent may still be done.
  expect(failure).toBeInstanceOf(OutcomeUnknown)
  expect(failure).toBeInstanceOf(IndexUnavailable)
  await silence.query('rollback')
  await silence.end()
  expect(await publishInstances(index.pool, epoch, [record])).toMatchObject([{ outcome: 'stored' }])
  const { rows } = await index.pool.query('select object_key from instance where sop_instance_uid = $1', [uidOf(1, 1, 1)])
  expect(rows).toEqual([{ object_key: record.objectKey }])
  const { rows: versions } = await index.pool.query('select from version')
  expect(versions).toEqual([])
})
