import { afterAll, beforeAll, expect, test } from 'vitest'
import { IndexUnsuitable } from '../../../storage/errors.ts'
import { openIndex, prepare } from '../../../storage/index/postgres.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

test('four gateways that start at once on an empty database all find it migrated', async () => {
  await index.pool.query('create database empty_one')
  const gateways = [1, 2, 3, 4].map(() => openIndex({ connection: { ...index.connection, database: 'empty_one' } }))
  try {
    await Promise.all(gateways.map(prepare))
    const { rows } = await gateways[0]!.pool.query('select count(*) as migrations, count(distinct name) as names from migration')
    expect(rows[0].migrations).toBeGreaterThan(0)
    expect(rows[0].names).toBe(rows[0].migrations)
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.close()))
    await index.pool.query('drop database empty_one with (force)')
  }
})

test.each([
  ['that is not UTF8', `encoding 'SQL_ASCII' locale_provider libc locale 'C'`, /encoded as UTF8/],
  ['that knows no Chinese letters', `encoding 'UTF8' locale_provider libc locale 'C'`, /Chinese/],
])('refuses a database %s with one sentence', async (_, options, sentence) => {
  await index.pool.query(`create database unsuitable template template0 ${options}`)
  const unsuitable = openIndex({ connection: { ...index.connection, database: 'unsuitable' } })
  try {
    const refused = await prepare(unsuitable).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(IndexUnsuitable)
    expect((refused as Error).message).toMatch(sentence)
  } finally {
    await unsuitable.close()
    await index.pool.query('drop database unsuitable with (force)')
  }
})

test('a database that does not answer is reported as unavailable, in one sentence', async () => {
  const nowhere = openIndex({ url: 'postgres://nobody@127.0.0.1:1/none' })
  await expect(prepare(nowhere)).rejects.toThrow(/the database cannot be reached: connect ECONNREFUSED/)
  await nowhere.close()
})
