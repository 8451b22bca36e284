/** The ward in a real browser over an `/api` held in memory: the list by keyboard, the line that is lost, the session that ends under a notice. reading.md §6.4. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { WardStudy } from '../../viewer/portal/api/ward-types.ts'
import { type Opened, pagesOf, townshipPC } from './pages.ts'
import { accountOf, criticalNotice, type SmallAPI, signedOut } from './small-api.ts'

let api: SmallAPI
let page: Page
let picture: Opened['picture']
const enter = pagesOf('ward')
const patience = { timeout: 15_000 }
const now = () => new Date().toISOString()
const patient = { name: '单文远', PatientName: 'SHAN^WENYUAN=单^文远', PatientID: 'E1', sex: 'M', birthDate: '19580314', age: '068Y' }
const account = { ...accountOf('clinician'), username: 'chenjing', displayName: '陈静' }

const study = (n: number, change: Partial<WardStudy> = {}): WardStudy => ({
  StudyInstanceUID: `2.25.${n}`,
  patient,
  modality: 'CT',
  StudyDescription: '胸部平扫',
  AccessionNumber: `E261122000${n}`,
  StudyDate: `2026112${n}`,
  receivedAt: now(),
  instances: 24,
  stage: 'reported',
  institution: '城东镇中心卫生院',
  workitem: String(n),
  department: '内科',
  ward: '内科病区',
  bed: '3',
  access: 'owner',
  until: null,
  report: {
    id: String(n),
    finalAt: now(),
    status: 'final',
    version: 1,
    positive: true,
    impression: '右肺下叶炎症。',
    unread: false,
    amended: false,
  },
  ...change,
})
const studies = [study(1), study(2, { StudyDescription: '胸部正侧位', modality: 'DX' })]

const report = (id: string) => ({
  id,
  version: 1,
  status: 'final',
  fate: 'standing',
  workitem: id,
  findings: '右肺下叶背段见斑片状高密度影。',
  impression: '右肺下叶炎症。',
  polarity: 'positive',
  patient,
  patientNow: null,
  institution: '城东镇中心卫生院',
  centre: '县域医共体远程影像诊断中心',
  modality: 'CT',
  StudyDescription: '胸部平扫',
  StudyDate: '20261121',
  AccessionNumber: 'E2611220001',
  author: '李娜',
  authoredAt: now(),
  reviewer: '王敏',
  signedAt: now(),
  hash: 'ab'.repeat(32),
  verifyURL: null,
})

async function open(path: string, changed: Record<string, unknown> = {}) {
  const opened = await enter(account, path, {
    'GET /api/ward/inbox': { items: studies, unread: 0 },
    'GET /api/ward/studies': { items: studies },
    'GET /api/critical': { items: [], next: null, now: now() },
    'GET /api/demo-accounts': [],
    ...Object.fromEntries(
      studies.flatMap(({ StudyInstanceUID, report: told }) => [
        [`GET /api/ward/timeline/${StudyInstanceUID}`, { items: studies }],
        [`GET /api/ward/studies/${StudyInstanceUID}/report`, { report: report(told!.id), amended: null }],
      ]),
    ),
    ...changed,
  })
  ;({ api, page, picture } = opened)
  await page.setViewportSize(townshipPC)
}

describe('the list', () => {
  test('is reached and walked by keyboard from the search', { timeout: 60_000 }, async () => {
    await open('/ward')
    await page.locator('[data-study="2.25.1"]').waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await page.locator(':focus').getAttribute('data-study')).toBe('2.25.2')
    await page.keyboard.press('Enter')
    await expect.poll(() => new URL(page.url()).searchParams.get('study'), patience).toBe('2.25.2')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('ArrowUp')
    expect(await page.locator('input:focus').count()).toBe(1)
  })
  test('is the inbox again at one press, whatever stood in the search', { timeout: 60_000 }, async () => {
    await open('/ward')
    await page.getByRole('searchbox').fill('swy')
    await expect.poll(() => new URL(page.url()).searchParams.get('q'), patience).toBe('swy')
    await page.getByRole('button', { name: '收件箱' }).click()
    await expect.poll(() => page.getByRole('searchbox').inputValue(), patience).toBe('')
    await page.getByText('没有未读报告').waitFor()
    expect(new URL(page.url()).searchParams.get('q')).toBeNull()
  })
  test('says how old it is while the line is lost, and no longer once it is back', { timeout: 90_000 }, async () => {
    await open('/ward')
    await page.locator('[data-study="2.25.1"]').waitFor()
    await page.route('**/api/ward/inbox', (route) => route.abort())
    await page.evaluate("dispatchEvent(new Event('online'))")
    await page.getByText(/连不上服务器，所示内容截至 \d\d:\d\d/).waitFor()
    await page.unroute('**/api/ward/inbox')
    await page.evaluate("dispatchEvent(new Event('online'))")
    await expect.poll(() => page.getByText('连不上服务器').count(), patience).toBe(0)
  })
})

test('two reports stand beside each other on a township PC, and no value is broken into single signs', { timeout: 60_000 }, async () => {
  await open('/ward?study=2.25.1&beside=2.25.2')
  await expect.poll(() => page.locator('.report-sheet').count(), patience).toBe(2)
  await picture('ward-beside')
  const [own, prior] = await page.locator('.paper').evaluateAll((papers) => papers.map((paper) => paper.getBoundingClientRect().toJSON()))
  expect(own.right).toBeLessThanOrEqual(prior.left)
  expect(prior.right).toBeLessThanOrEqual(townshipPC.width)
  const tallest = await page.locator('.report-patient dd').evaluateAll((all) => Math.max(...all.map((each) => each.clientHeight)))
  const line = await page
    .locator('.report-patient dt')
    .first()
    .evaluate((each) => each.clientHeight)
  expect(tallest).toBeLessThanOrEqual(2 * line)
})

test('fits on a township PC enlarged to 150 %', { timeout: 60_000 }, async () => {
  await open('/ward?study=2.25.1')
  await page.setViewportSize({ width: 683, height: 512 })
  await page.locator('.report-sheet').waitFor()
  await picture('ward-683')
  const edges = await page
    .locator('.pane-bar > *, .paper, .ward-bar > *, .found button')
    .evaluateAll((all) => all.map((each) => each.getBoundingClientRect().right))
  expect(Math.max(...edges)).toBeLessThanOrEqual(683)
})

test('emergency access is left by Escape, back where it was asked for', { timeout: 60_000 }, async () => {
  await open('/ward?q=wang', { 'GET /api/ward/studies': { items: [] } })
  await page.getByRole('button', { name: '其他单位的患者：紧急调阅……' }).click()
  await page.getByLabel('完整姓名').waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('dialog').count(), patience).toBe(0)
  expect(await page.locator('.elsewhere:focus').count()).toBe(1)
})

test('whoever is signed out under the notice of a critical value can sign in above it, and what was typed still stands', {
  timeout: 90_000,
}, async () => {
  await open('/ward', { 'GET /api/critical': { items: [criticalNotice], next: null, now: now() }, 'POST /api/session': { account } })
  await page.getByLabel('复述').fill('单文远 基底节区出血')
  api.answers.set('GET /api/ward/inbox', signedOut)
  api.tell('workitem')
  await page.getByLabel('密码').fill('right')
  await picture('ward-signed-out')
  api.answers.set('GET /api/ward/inbox', { items: studies, unread: 0 })
  await page.getByRole('button', { name: '登录' }).click()
  await expect.poll(() => page.locator('.ward-sign-in').count(), patience).toBe(0)
  expect(await page.getByLabel('复述').inputValue()).toBe('单文远 基底节区出血')
})
