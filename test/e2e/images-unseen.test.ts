/** Nobody signs what nobody looked at without saying why (reading.md §3.2): the page asks for the reason, and the log keeps it. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { drStudy } from '../../test-images/index.ts'
import { givePIN, patience, type ReadingDay, sent, startReadingDay, write } from '../support/reading-day.ts'

let day: ReadingDay

beforeAll(async () => {
  day = await startReadingDay()
}, 300_000)

afterAll(() => day?.close())

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await day.pictures('failed-images-unseen')
})

test('submitted without the images having been opened: asked for a reason, nothing typed is lost', { timeout: 240_000 }, async () => {
  const { workitem } = await sent(day, drStudy({ scale: 1, seed: 'unseen' }))
  await day.api('radiologist', 'POST', `/workitems/${workitem}/claim`)
  const page = await day.enter('radiologist', '/list', { still: true })
  // The viewer shows the study, but the server never hears of it.
  await page
    .context()
    .route('**/api/workitems/*/opened', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()))
  await page.goto(`${day.program.origin}/reading/${workitem}`)
  await write(page, { findings: '双肺纹理增多，右下肺见斑片状影。', impression: '右下肺炎症。' })
  await page.getByRole('button', { name: '提交审核' }).click()
  const asked = page.getByRole('dialog').filter({ hasText: '请说明在何处看过影像' })
  await asked.getByRole('textbox').fill('在设备工作站看过')
  await day.picture(page, 'images-unseen')
  await asked.getByRole('button', { name: '提交审核' }).click()
  await givePIN(page)
  await expect.poll(async () => (await day.api('radiologist', 'GET', `/workitems/${workitem}`)).state, patience).toBe('SUBMITTED')
  const { events } = await day.api('radiologist', 'GET', `/workitems/${workitem}/events`)
  expect(events).toContainEqual(expect.objectContaining({ verb: 'submit', reason: '在设备工作站看过' }))
})
