/** The index's failures by name: what cannot be stored is the asker's mistake, not a fault of the archive. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ValueNotStorable } from '../../../storage/errors.ts'
import { query, transaction } from '../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

test.each([
  ['a text with NUL', 'select $1::text', 'a\0b', /character/],
  ['JSON with NUL', 'select $1::jsonb', JSON.stringify({ reason: 'a\0b' }), /character/],
  ['a number out of range', 'select $1::int', 10 ** 11, /out of range/],
  ['a year that no calendar has', 'select $1::timestamptz', '300000-01-01', /out of range/],
])('%s is refused by name', async (_, text, value, sentence) => {
  const alone = () => query(index.pool, text, [value])
  const inTransaction = () => transaction(index.pool, (client) => query(client, text, [value]))
  for (const ask of [alone, inTransaction]) {
    const error = await ask().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ValueNotStorable)
    expect((error as Error).message).toMatch(sentence)
  }
})

test('a row that refers to one that is not there is refused by name', async () => {
  const machine = `insert into ae (title, institution_id) values ('X', 999999)`
  await expect(query(index.pool, machine)).rejects.toBeInstanceOf(ValueNotStorable)
})

test('a mistake in a statement keeps its own name: it is ours', async () => {
  await expect(query(index.pool, 'select nothing from nowhere')).rejects.not.toBeInstanceOf(ValueNotStorable)
})
