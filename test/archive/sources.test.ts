/** Whose an instance becomes, by who calls. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Sources } from '../../archive/sources.ts'
import { upsertAE } from '../../storage/index/ae.ts'
import { upsertInstitution } from '../../storage/index/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

test.each(['NOBODY', '', 'A\0B', '\u00c1\u00f5', "' or 1=1--"])(
  'nobody is registered as %j: that is an answer, not a failure',
  async (title) => {
    expect(await new Sources(index).ofAE(title, '127.0.0.1')).toBeUndefined()
  },
)

test('an AE that is registered by the name of its host calls from the addresses of that name, and from no other', async () => {
  const { id: institution } = await upsertInstitution(index.pool, { code: 'EAST', name: '东乡卫生院' })
  await upsertAE(index.pool, { title: 'CT1', institution, host: 'ct.example' })
  const sources = new Sources(index, async (name) => {
    if (name !== 'ct.example') throw new Error('ENOTFOUND')
    return ['10.0.0.7', '10.0.0.8']
  })
  expect(await sources.ofAE('CT1', '::ffff:10.0.0.8')).toMatchObject({ source: { institution }, mayRetrieve: true, mayWorklist: true })
  expect(await sources.ofAE('CT1', '10.0.0.9')).toBeUndefined()
  await upsertAE(index.pool, { title: 'CT1', institution, host: 'gone.example' })
  expect(await sources.ofAE('CT1', '10.0.0.8')).toBeUndefined()
})
