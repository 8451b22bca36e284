/** Scenario F of reading.md §9: who wrote a report does not review it; in the hours of the night policy it is allowed, and the report says so. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { query } from '../../storage/index/query.ts'
import { drStudy } from '../../test-images/index.ts'
import { testPIN } from '../support/program.ts'
import { givePIN, patience, type ReadingDay, seen, sent, sign, startReadingDay, write } from '../support/reading-day.ts'

let day: ReadingDay

beforeAll(async () => {
  day = await startReadingDay()
}, 300_000)

afterAll(() => day?.close())

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') await day.pictures('failed-same-signer')
})

test('F: one person writes and wants to review: refused with a sentence; with the night policy signed, and marked 同一人签', {
  timeout: 240_000,
}, async () => {
  const { workitem, StudyInstanceUID } = await sent(day, drStudy({ scale: 1, seed: 'same signer' }))
  await day.api('reviewer', 'POST', `/workitems/${workitem}/claim`)
  const page = await day.enter('reviewer', `/reading/${workitem}`, { still: true })
  await write(page, { findings: '双肺纹理增多，右下肺见斑片状影。', impression: '右下肺炎症。' })
  await seen(day, 'reviewer', workitem, StudyInstanceUID)
  await page.getByRole('button', { name: '提交审核' }).click()
  await givePIN(page)
  await page
    .getByText(/等待其他医师审核/)
    .first()
    .waitFor()

  // The page does not offer it; who asks all the same is answered by a sentence, and the audit has it.
  expect(await page.getByRole('button', { name: '开始审核' }).count()).toBe(0)
  const refused = await day.program.request('reviewer', `/api/workitems/${workitem}/review`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ pin: testPIN }),
  })
  expect(refused.status).toBe(409)
  expect(await refused.json()).toMatchObject({ error: { code: 'same-person', zh: '报告医师与审核医师不能为同一人' } })
  await expect
    .poll(
      () =>
        query(day.program.index.pool, `select detail from audit_event where outcome = 'refused' and object = $1`, [`workitem/${workitem}`]),
      patience,
    )
    .toMatchObject([{ detail: { code: 'same-person' } }])
  await day.picture(page, 'same-signer-refused')

  // Night is the whole day but for one minute, twelve hours from now: what time it is here says nothing about the rule.
  const far = String((new Date().getUTCHours() + 20) % 24).padStart(2, '0')
  const settings = await day.enter('administrator', '/settings/turnaround')
  await settings.getByRole('checkbox', { name: /夜间允许同一人/ }).check()
  const from = settings.getByLabel('从', { exact: true })
  await from.fill(`${far}:01`)
  await settings.getByLabel('到', { exact: true }).fill(`${far}:00`)
  await day.picture(settings, 'settings-night')
  await settings
    .locator('form', { has: from })
    .getByRole('button', { name: /保\s*存/ })
    .click()
  await expect
    .poll(async () => (await day.api('administrator', 'GET', '/settings/policies')).policies.sameSigner, patience)
    .toEqual({ from: `${far}:01`, to: `${far}:00` })

  await page.reload()
  await page.getByRole('button', { name: '开始审核' }).click()
  await sign(page, { pin: false })
  await page.getByText('【同一人签】').waitFor()
  await day.picture(page, 'same-signer-marked')
  const { state, samePerson } = await day.api('reviewer', 'GET', `/workitems/${workitem}`)
  expect({ state, samePerson }).toEqual({ state: 'FINAL', samePerson: true })
  const events = (await day.api('reviewer', 'GET', `/workitems/${workitem}/events`)).events as { verb: string }[]
  expect(events.map(({ verb }) => verb)).toEqual(expect.arrayContaining(['submit', 'review', 'sign']))
})
