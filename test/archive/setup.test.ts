/** The first administrator: one, by the token from the log, once. */
import { afterAll, beforeEach, expect, test } from 'vitest'
import { Accounts } from '../../archive/accounts.ts'
import { BadRequest, Forbidden } from '../../archive/errors.ts'
import { offerSetup, setUp } from '../../archive/setup.ts'
import { findInstitution } from '../../storage/index/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
let accounts: Accounts
beforeEach(async () => {
  await index?.close()
  index = await openTestIndex()
  accounts = new Accounts(index)
})
afterAll(() => index.close())

const first = {
  institution: { code: 'COUNTY', name: '云岭县人民医院' },
  username: 'root',
  displayName: '管理员',
  password: 'a long enough one',
}

test('the token makes the reading centre and its administrator, who can sign in', async () => {
  const token = await offerSetup({ index, accounts })
  await setUp({ index, accounts }, { ...first, token: token! })
  const { asker } = await accounts.signIn('root', first.password, null)
  expect(asker).toMatchObject({ roles: ['administrator'], institution: { code: 'COUNTY', readingCentre: true } })
  expect((await findInstitution(index.pool, 'COUNTY'))?.level).toBe('county')
  expect(await offerSetup({ index, accounts })).toBeUndefined()
})

test('a wrong token makes nobody', async () => {
  await offerSetup({ index, accounts })
  await expect(setUp({ index, accounts }, { ...first, token: 'guessed' })).rejects.toThrow(Forbidden)
  expect(await accounts.hasAdministrator()).toBe(false)
})

test('a password that is not fit leaves the token good', async () => {
  const token = (await offerSetup({ index, accounts }))!
  await expect(setUp({ index, accounts }, { ...first, token, password: 'short' })).rejects.toThrow(BadRequest)
  await setUp({ index, accounts }, { ...first, token })
})

test('the tokens of two gateways are both good until one is used', async () => {
  const [one, two] = [(await offerSetup({ index, accounts }))!, (await offerSetup({ index, accounts }))!]
  await setUp({ index, accounts }, { ...first, token: two })
  await expect(setUp({ index, accounts }, { ...first, username: 'other', token: one })).rejects.toThrow(Forbidden)
})

test('of two at once with the same token, one makes the administrator', async () => {
  const token = (await offerSetup({ index, accounts }))!
  const made = await Promise.allSettled([1, 2].map((n) => setUp({ index, accounts }, { ...first, username: `root-${n}`, token })))
  expect(made.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  expect((await accounts.list()).length).toBe(1)
})
