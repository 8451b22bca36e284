/** The administrator's page of accounts in a real browser, over an `/api` held in memory. */
import { expect, test } from 'vitest'
import { fits, roles } from '../../archive/access.ts'
import { roleWords } from '../../viewer/portal/language/domain.ts'
import { pagesOf } from './pages.ts'
import { accountOf } from './small-api.ts'

const enter = pagesOf('accounts')

test('every role of a person can be given, and a second one leaves the first', { timeout: 60_000 }, async () => {
  const chief = {
    username: 'liujianhua',
    displayName: '刘建华',
    institution: { id: 2, code: 'east', name: '城东镇中心卫生院' },
    roles: ['chief'],
    kind: 'person',
    enabled: true,
    lastSignIn: null,
  }
  const { page, api, picture } = await enter(accountOf('administrator'), '/settings/accounts', {
    'GET /api/accounts': [chief],
    'GET /api/institutions': [{ id: 2, code: 'east', name: '城东镇中心卫生院', level: 'township', readingCentre: false }],
    'PUT /api/accounts/liujianhua': {},
  })
  await page.getByRole('button', { name: '修改' }).click()
  const dialog = page.getByRole('dialog')
  const boxes = dialog.locator('.ant-checkbox-group').getByRole('checkbox')
  await boxes.first().waitFor()
  await picture('account')
  const names = await dialog.locator('.ant-checkbox-group label').allTextContents()
  const ofPeople = roles.filter((role) => fits(role, 'person')).map((role) => roleWords[role][0])
  expect(names.toSorted()).toEqual(ofPeople.toSorted())
  await expect.poll(() => dialog.getByRole('checkbox', { name: '中心主任' }).isChecked()).toBe(true)
  await dialog.getByRole('checkbox', { name: '质控员' }).check()
  await dialog.getByRole('button', { name: '保存' }).click()
  await expect.poll(() => api.asked.find(({ method }) => method === 'PUT')?.body.roles).toEqual(['chief', 'quality'])
})
