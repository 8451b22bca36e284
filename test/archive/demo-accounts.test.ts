/** Accounts of the demo county have published passwords: they are nobody wherever the demo does not run. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Accounts } from '../../archive/accounts.ts'
import { offerSetup } from '../../archive/setup.ts'
import { makeCounty } from '../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
let inDemo: Accounts
let elsewhere: Accounts
beforeAll(async () => {
  index = await openTestIndex()
  inDemo = new Accounts(index, { demo: true })
  elsewhere = new Accounts(index)
  const { county } = await makeCounty(index.pool)
  await inDemo.create({
    username: 'admin',
    displayName: '管理员',
    roles: ['administrator'],
    institution: county,
    password: 'demo',
    demo: true,
  })
})
afterAll(() => index.close())

test('a demo account enters the demo, and nothing else, with its password or with a session made before', async () => {
  const { token } = await inDemo.signIn('admin', 'demo', null)
  await expect(elsewhere.signIn('admin', 'demo', null)).rejects.toMatchObject({ code: 'wrong-password' })
  expect(await inDemo.askerOfSession(token, null)).toBeDefined()
  expect(await elsewhere.askerOfSession(token, null)).toBeUndefined()
})

test('the administrator of the demo is none elsewhere: the first one is still to be made', async () => {
  expect(await offerSetup({ index, accounts: inDemo })).toBeUndefined()
  expect(await offerSetup({ index, accounts: elsewhere })).toMatch(/^[\w-]{20,}$/)
})

test('whether an account may enter is told for streams without a session', async () => {
  const [admin] = await inDemo.list()
  expect([await inDemo.isEnabled(admin!.id), await elsewhere.isEnabled(admin!.id), await inDemo.isEnabled(-1)]).toEqual([
    true,
    false,
    false,
  ])
})
