/** Studies of one exam are joined, and one study is split, from the row's menu. reading.md §10. */
import { expect, test } from 'vitest'
import { pagesOf } from './pages.ts'
import { accountOf } from './small-api.ts'
import { workitem } from './small-list.ts'

const enter = pagesOf('parts')
const patience = { timeout: 30_000 }

const several = [
  workitem(0, { verbs: ['claim'] }),
  workitem(8, { verbs: ['claim'] }),
  workitem(1, { verbs: ['claim'] }),
  workitem(16, { state: 'FINAL', verbs: [] }),
]

async function menuOf(name: string, items = several) {
  const opened = await enter({ ...accountOf('radiologist'), username: 'lina' }, '/list?view=all', {
    'GET /api/workitems': { items, next: null, feed: 1, total: items.length, counts: {} },
    'GET /api/institutions': [],
    'GET /api/account/preferences': {},
    'GET /api/views': { items: [] },
    'GET /api/studies/1.2.840.0/series': [
      { SeriesInstanceUID: '1.2.1', Modality: 'CT', SeriesDescription: '肺', SeriesNumber: 1, instances: [] },
      { SeriesInstanceUID: '1.2.2', Modality: 'CT', SeriesDescription: '腹', SeriesNumber: 2, instances: [] },
    ],
    'POST /api/workitems/0/join': { workitem: items[0] },
    'POST /api/workitems/0/split': { workitem: items[0], made: items[1] },
  })
  await opened.page.locator('tr[data-workitem="0"]').click({ button: 'right', timeout: 30_000 })
  await opened.page.getByRole('menuitem', { name }).click()
  return opened
}

test('only what waits of the same person is offered, and is joined with a reason', { timeout: 120_000 }, async () => {
  const { page, api } = await menuOf('合并检查')
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('radio').first().waitFor()
  expect(await dialog.getByRole('radio').count()).toBe(1)
  await dialog.getByRole('radio').check()
  await dialog.getByLabel('原因').fill('同一检查的另一体位')
  await dialog.getByRole('button', { name: '合并检查' }).click()
  await expect
    .poll(() => api.asked.find(({ path }) => path.endsWith('/0/join'))?.body, patience)
    .toEqual({ generation: 1, other: '8', reason: '同一检查的另一体位' })
})

test('with nothing to join there is nothing to press', { timeout: 120_000 }, async () => {
  const { page } = await menuOf('合并检查', [workitem(0, { verbs: ['claim'] })])
  const dialog = page.getByRole('dialog')
  await dialog.getByText('该患者没有其他待报告的检查').waitFor()
  expect(await dialog.getByRole('button', { name: '合并检查' }).isDisabled()).toBe(true)
  expect(await dialog.getByLabel('原因').count()).toBe(0)
})

test('nothing is split off until it is said what', { timeout: 120_000 }, async () => {
  const { page, api } = await menuOf('拆分检查')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('原因').fill('两个部位')
  await dialog.getByRole('button', { name: '拆分检查' }).click()
  await page.getByText('请选择要拆出的序列').waitFor()
  await dialog.getByRole('checkbox', { name: '腹' }).check()
  await dialog.getByRole('button', { name: '拆分检查' }).click()
  await expect
    .poll(() => api.asked.find(({ path }) => path.endsWith('/0/split'))?.body, patience)
    .toEqual({ generation: 1, reason: '两个部位', SeriesInstanceUIDs: ['1.2.2'] })
})
