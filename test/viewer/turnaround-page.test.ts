/** The settings of a reading centre in a real browser: times allowed, working hours, policies. */
import { expect, test } from 'vitest'
import { defaultPolicies } from '../../archive/reading/policies.ts'
import { defaultCalendar } from '../../archive/reading/turnaround/calendar.ts'
import { defaultRules } from '../../archive/reading/turnaround/turnaround.ts'
import { dateFrom, hoursFrom, linesOf } from '../../viewer/portal/settings/hours-text.ts'
import { pagesOf } from './pages.ts'
import { accountOf } from './small-api.ts'

const enter = pagesOf('turnaround')

const centre = { id: 1, name: '清河县医共体远程影像诊断中心' }
const answers = {
  'GET /api/unmatched': { items: [] },
  'GET /api/conflicts': { items: [] },
  'GET /api/institutions': [],
  'GET /api/critical': { items: [] },
  'GET /api/settings/turnaround': { rules: defaultRules, defaults: defaultRules, mayChange: true },
  'GET /api/settings/calendars': {
    items: [
      { institution: centre, calendar: { ...defaultCalendar, holidays: ['2026-10-01', '2026-10-02'] }, mayChange: true },
      { institution: { id: 2, name: '城东镇中心卫生院' }, calendar: null, mayChange: true },
    ],
    default: defaultCalendar,
  },
  'GET /api/settings/policies': { policies: defaultPolicies, mayChange: true },
}

test('times, hours and policies are changed where they stand; only what was changed is sent', { timeout: 60_000 }, async () => {
  const sent: unknown[] = []
  const account = { ...accountOf('administrator'), institution: { id: 1, code: 'county', name: centre.name, readingCentre: true } }
  const { page, picture } = await enter(account, '/settings/turnaround', {
    ...answers,
    'PUT /api/settings/turnaround': ({ body }: { body: unknown }) => {
      sent.push(body)
      return answers['GET /api/settings/turnaround']
    },
    'PUT /api/settings/calendars': ({ body }: { body: unknown }) => {
      sent.push(body)
      return answers['GET /api/settings/calendars']
    },
    'PUT /api/settings/policies': ({ body }: { body: unknown }) => {
      sent.push(body)
      return answers['GET /api/settings/policies']
    },
  })
  const cell = page.locator('[data-rule="1 ct"]')
  await cell.locator('input').first().fill('45')
  await picture('settings-turnaround')
  await page
    .locator('.turnaround section')
    .nth(0)
    .getByRole('button', { name: /保\s*存/ })
    .click()
  await expect.poll(() => sent[0], { timeout: 15_000 }).toEqual({ rules: [{ urgency: 1, kind: 'ct', minutes: 45, workingHours: false }] })

  const calendar = page.locator('.turnaround section').nth(1)
  await calendar.locator('#day-5').fill('9:00至12:00')
  await calendar.locator('#holidays').fill('2026年10月1日\n昨天')
  await calendar.getByRole('alert').getByText('昨天').waitFor()
  expect(await calendar.getByRole('button', { name: /保\s*存/ }).isDisabled()).toBe(true)
  await calendar.locator('#holidays').fill('2026年10月1日')
  await calendar.getByRole('button', { name: /保\s*存/ }).click()
  await expect
    .poll(() => sent[1], { timeout: 15_000 })
    .toMatchObject({
      institution: 1,
      calendar: { weekly: { 5: [{ from: '09:00', to: '12:00' }], 6: [] }, holidays: ['2026-10-01'], extraDays: [] },
    })

  const policies = page.locator('.turnaround section').nth(2)
  await policies.getByRole('checkbox').first().check()
  await policies.scrollIntoViewIfNeeded()
  await picture('settings-policies')
  await policies.getByRole('button', { name: /保\s*存/ }).click()
  await expect.poll(() => sent[2], { timeout: 15_000 }).toEqual({ ...defaultPolicies, sameSigner: { from: '22:00', to: '06:00' } })
})

test('the chief finds the times and nothing else', { timeout: 60_000 }, async () => {
  const account = { ...accountOf('chief'), institution: { id: 1, code: 'county', name: centre.name, readingCentre: true } }
  const { page } = await enter(account, '/settings/ae', answers)
  await page.locator('[data-rule="0 ct"]').waitFor()
  expect(await page.getByRole('tab').allTextContents()).toEqual(['诊断时限与班次'])
})

test('hours and days are understood as people type them', () => {
  expect(hoursFrom('8:00-12:00，14：00～17:30')).toEqual([
    { from: '08:00', to: '12:00' },
    { from: '14:00', to: '17:30' },
  ])
  expect(hoursFrom('22:00-24:00')).toEqual([{ from: '22:00', to: '24:00' }])
  expect(hoursFrom('')).toEqual([])
  for (const text of ['八点', '12:00-8:00', '8-12', '08:00', '25:00-26:00']) expect(hoursFrom(text), text).toBeUndefined()
  expect([dateFrom('2026/10/1'), dateFrom('20261001'), dateFrom('2026-02-30'), dateFrom('明天')]).toEqual([
    '2026-10-01',
    '2026-10-01',
    undefined,
    undefined,
  ])
  expect(linesOf(' a \n\n b')).toEqual(['a', 'b'])
})
