/** Whose an instance becomes, by who calls. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Sources } from '../../archive/sources.ts'
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
