/** The township's board in a real browser over an `/api` held in memory: the flow of the day, what arrives, the self-check, the chime, the lock. reading.md §6.3, §10. */
import type { Context } from 'koa'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Board, BoardStudy } from '../../viewer/portal/api/types.ts'
import { type Opened, pagesOf, townshipPC } from './pages.ts'
import { type Asked, accountOf, criticalNotice, order, type SmallAPI, signedOut } from './small-api.ts'

let api: SmallAPI
let page: Page
let picture: Opened['picture']
const enter = pagesOf('board')
const patience = { timeout: 15_000 }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

function study(n: number, change: Partial<BoardStudy> = {}): BoardStudy {
  return {
    StudyInstanceUID: `1.2.840.${n}`,
    patient: { name: '张三', PatientName: 'ZHANG^SAN=张^三', PatientID: `E${n}`, sex: 'M', birthDate: '19800314', age: '046Y' },
    modality: 'DX',
    StudyDescription: '胸部正侧位',
    AccessionNumber: `E26112200${n}`,
    receivedAt: ago(600),
    lastReceivedAt: ago(590),
    instances: 2,
    bytes: 29_000_000,
    stage: 'waiting',
    readAtCounty: true,
    quietUntil: null,
    workitem: { id: String(n), state: 'READY', assignee: null },
    report: null,
    supplement: null,
    urgency: 3,
    readyAt: ago(580),
    dueAt: ago(-5400),
    bytesPerSecond: 0,
    expectedInstances: null,
    readableAt: null,
    selfCheck: null,
    verbs: ['self-check', 'supplement', 'reject'],
    ...change,
  }
}

const arriving = study(1, {
  patient: { ...study(1).patient, name: '单文远' },
  modality: 'CT',
  StudyDescription: '颅脑平扫',
  stage: 'received',
  instances: 124,
  expectedInstances: 300,
  bytes: 64_000_000,
  bytesPerSecond: 212_000,
  readableAt: ago(-90),
  quietUntil: ago(-55),
  lastReceivedAt: ago(2),
  urgency: 0,
  dueAt: null,
  workitem: { id: '1', state: 'UPLOADING', assignee: null },
  verbs: ['send', 'self-check', 'supplement', 'reject'],
})
const selfCheck = {
  sideMark: 'good',
  coverage: 'poor',
  motion: 'good',
  exposure: 'good',
  exposureIndex: 412,
  note: '',
  by: { username: 'zhaolei', displayName: '赵磊' },
  at: ago(500),
} as const
const whole: Board = {
  items: [
    arriving,
    study(2, {
      patient: { ...study(2).patient, name: '李秀英', sex: 'F' },
      stage: 'received',
      expectedInstances: null,
      quietUntil: ago(-20),
      readableAt: ago(-20),
      verbs: ['send', 'self-check', 'supplement'],
    }),
    study(3, { selfCheck }),
    study(4, {
      stage: 'reading',
      workitem: { id: '4', state: 'CLAIMED', assignee: { username: 'lina', displayName: '李娜' } },
      dueAt: ago(300),
    }),
    study(5, {
      patient: { ...study(5).patient, name: '买买提·阿不都热合曼·艾则孜' },
      stage: 'reported',
      report: { id: '9', finalAt: ago(60) },
    }),
    study(6, { stage: 'returned' }),
    study(7, { stage: 'local', workitem: null }),
  ],
  clocks: [
    { AETitle: 'EAST_DR', description: '东软 DR', seconds: -432, source: 'images', samples: 8, at: ago(60), warn: true },
    { AETitle: 'EAST_CT', description: null, seconds: 12, source: 'images', samples: 8, at: ago(60), warn: false },
  ],
}

const answers: Record<string, unknown> = {
  'GET /api/board': whole,
  'GET /api/orders': {
    items: [order({ id: '11', scheduledAt: ago(3600) }), order({ id: '12', state: 'in-progress', startedAt: ago(240) })],
  },
  'GET /api/unmatched': { items: [] },
  'GET /api/conflicts': { items: [] },
  'GET /api/critical': { items: [] },
  'GET /api/returns': { items: [] },
  'GET /api/notices': { items: [] },
  'GET /api/session/lock': { locked: false, idleMinutes: 10 },
  'POST /api/session/lock': {},
  'POST /api/session/unlock': {},
}
async function open(path = '/board', changed: Record<string, unknown> = {}) {
  const opened = await enter(accountOf('technologist'), path, { ...answers, ...changed })
  ;({ api, page, picture } = opened)
}
const asked = (method: string, path: string) => api.asked.filter((each) => each.method === method && each.path.startsWith(path))

describe('the day', () => {
  test('stands as a flow from the order to the report; a press shows one step of it', { timeout: 60_000 }, async () => {
    await open()
    await page.locator('[data-study="1.2.840.1"]').waitFor()
    const steps = await page.locator('.flow-step').allInnerTexts()
    expect(steps.map((text) => text.replace(/\s+/g, ' '))).toEqual(['1 预约', '1 检查中', '2 上传', '2 待诊断', '1 退回重拍', '1 已出报告'])
    await picture('board')
    await page.setViewportSize({ width: 1366, height: 768 })
    await picture('board-1366')
    await page.locator('[data-step="uploading"]').click()
    await expect.poll(() => page.locator('[data-study]').count(), patience).toBe(2)
    expect(await page.locator('[data-order]').count()).toBe(0)
  })
  test('puts what waits for a hand above those who are only expected', { timeout: 60_000 }, async () => {
    await open()
    await page.locator('[data-order="12"]').waitFor()
    const rows = await page.locator('.board-rows > li').evaluateAll((rows) => rows.map(({ dataset }) => dataset.study ?? dataset.order))
    expect(rows.slice(0, 5)).toEqual(['1.2.840.1', '1.2.840.2', '11', '12', '1.2.840.3'])
  })
  test.each([
    ['a township PC', townshipPC],
    ['a township PC enlarged to 150 %', { width: 683, height: 512 }],
  ])('fits on %s', { timeout: 60_000 }, async (name, size) => {
    await open()
    await page.setViewportSize(size)
    await page.locator('[data-study="1.2.840.1"]').waitFor()
    await picture(`board-${name === 'a township PC' ? '1024' : '683'}`)
    const past = await page
      .locator('.board *')
      .evaluateAll((all, width) => all.filter((each) => each.getBoundingClientRect().right > width).length, size.width)
    expect(past).toBe(0)
    const lowest = await page
      .locator('[data-study] .board-verbs .ant-btn')
      .evaluateAll((all) => Math.min(...all.map((each) => each.getBoundingClientRect().height)))
    expect(lowest).toBeGreaterThanOrEqual(44)
  })
  test('a search of today that finds nobody goes on in the month with one press', { timeout: 60_000 }, async () => {
    await open('/board?q=wang', { 'GET /api/board': { items: [], clocks: [] }, 'GET /api/orders': { items: [] } })
    await page.getByRole('button', { name: '在近 30 天中查找' }).click()
    await expect.poll(() => new URL(page.url()).searchParams.get('span'), patience).toBe('month')
    expect(await page.getByRole('button', { name: '在近 30 天中查找' }).count()).toBe(0)
  })
  test('shows how much is here, how fast, and when it can be read', { timeout: 60_000 }, async () => {
    const items = whole.items.map((each) => (each === arriving ? { ...arriving, readableAt: ago(-600) } : each))
    await open('/board', { 'GET /api/board': { items, clocks: [] } })
    const row = page.locator('[data-study="1.2.840.1"]')
    await row.getByText('124 / 300 幅 · 64 MB · 212 kB/秒').waitFor()
    await row.getByText(/预计 \d\d:\d\d 可阅/).waitFor()
    expect(await row.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('41')
    await page.locator('[data-study="1.2.840.2"]').getByText('没有新图像').waitFor()
    await page
      .locator('[data-study="1.2.840.4"]')
      .getByText(/⚠ 已超时 \d+分/)
      .waitFor()
  })
  test('warns of a clock that misleads, by how much', { timeout: 60_000 }, async () => {
    await open()
    await page.getByText('东软 DR (EAST_DR) 的时钟比服务器快 7 分 12 秒。请在设备上校时').waitFor()
    expect(await page.locator('[data-clock]').count()).toBe(1)
  })
})

describe('the self-check', () => {
  test('presets nothing, is one press where all is good, and is kept before the study is sent', { timeout: 60_000 }, async () => {
    await open('/board', { 'POST /api/studies/1.2.840.2/self-check': {}, 'POST /api/studies/1.2.840.2/send': { study: {} } })
    await page.locator('[data-study="1.2.840.2"]').getByRole('button', { name: '自查' }).click()
    await page.getByText('还有 4 项没有看').waitFor()
    const send = page.getByRole('button', { name: '保存并发送' })
    expect(await send.isDisabled()).toBe(true)
    await page.locator('[data-look="coverage"]').getByText('不合格', { exact: true }).click()
    await page.getByRole('button', { name: '全部合格' }).click()
    await page.getByText('有不合格项').waitFor()
    await picture('board-self-check')
    await page.locator('[data-look="coverage"]').getByText('合格', { exact: true }).click()
    await send.click()
    await expect
      .poll(() => asked('POST', '/api/studies/').map(({ path }) => path.split('/').at(-1)), patience)
      .toEqual(['self-check', 'send'])
    expect(asked('POST', '/api/studies/')[0]?.body).toMatchObject({
      sideMark: 'good',
      coverage: 'good',
      motion: 'good',
      exposure: 'good',
      exposureIndex: null,
    })
  })
  test('takes the exposure index from the images', { timeout: 60_000 }, async () => {
    await open('/board', {})
    await page.route('**/dicomweb/studies/*/metadata', (route) =>
      route.fulfill({
        json: [
          { '00181411': { vr: 'DS', Value: ['250'] }, '00181413': { vr: 'DS', Value: ['-3.2'] } },
          { '00181411': { vr: 'DS', Value: ['400'] }, '00181413': { vr: 'DS', Value: ['0.1'] } },
        ],
      }),
    )
    await page.locator('[data-study="1.2.840.2"]').getByRole('button', { name: '自查' }).click()
    await page.getByText('偏差指数 DI -3.2：偏低').waitFor()
    expect(await page.getByLabel(/曝光指数 EI/).inputValue()).toBe('250')
  })
})

describe('a report that has come', () => {
  test('is told once, and printed where this PC prints them', { timeout: 60_000 }, async () => {
    let items = whole.items.map((each) => ({ ...each, stage: 'waiting' as const, report: null }))
    await open('/board', {
      'GET /api/board': () => ({ items, clocks: [] }),
      'GET /api/reports/9/pdf': (_: Asked, ctx: Context) => {
        ctx.type = 'text/html'
        return '<!doctype html><title>report</title>'
      },
      'POST /api/reports/9/printed': {},
    })
    await page.locator('[data-study="1.2.840.5"]').waitFor()
    expect(await page.getByText('报告提示音未启用').first().isVisible()).toBe(true)
    await page.getByLabel('报告到达自动打印').check()
    items = items.map((each) =>
      each.StudyInstanceUID === '1.2.840.5' ? { ...each, stage: 'reported' as never, report: { id: '9', finalAt: ago(0) } as never } : each,
    )
    api.tell('workitem', { id: '5', state: 'FINAL', StudyInstanceUID: '1.2.840.5' })
    await page.getByText('报告已出：买买提·阿不都热合曼·艾则孜').waitFor()
    await expect.poll(() => asked('POST', '/api/reports/9/printed').map(({ body }) => body), patience).toEqual([{ copies: 1 }])
  })
})

describe('the lock', () => {
  const masked = {
    items: whole.items.map((each) => ({
      ...each,
      patient: { ...each.patient, name: `${each.patient.name[0]}**`, PatientName: '', PatientID: '' },
      verbs: [],
    })),
    clocks: [],
  }
  test('keeps the board without names until the password is given', { timeout: 60_000 }, async () => {
    let locked = false
    await open('/board', {
      'GET /api/board': () => (locked ? masked : whole),
      'GET /api/session/lock': () => ({ locked, idleMinutes: 10 }),
      'POST /api/session/lock': () => {
        locked = true
        return {}
      },
      'POST /api/session/unlock': ({ body }: Asked, ctx: Context) => {
        if (body.secret !== 'right') {
          ctx.status = 401
          return { error: { code: 'wrong-password', zh: '密码不对', en: 'wrong' } }
        }
        locked = false
        return {}
      },
    })
    await page.getByRole('button', { name: '锁屏' }).click()
    await page.locator('[data-locked]').waitFor()
    await page.getByText('单**').waitFor()
    await picture('board-locked')
    expect(await page.locator('body').innerText()).not.toMatch(/单文远|李秀英|买买提·/)
    // Orders are not told while it is locked: no step claims that there are none.
    expect(await page.locator('[data-locked] .flow-step').evaluateAll((steps) => steps.map(({ dataset }) => dataset.step))).toEqual([
      'uploading',
      'waiting',
      'returned',
      'reported',
    ])
    await page.getByLabel('密码或 PIN').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('密码或 PIN 不对').waitFor()
    await page.getByLabel('密码或 PIN').fill('right')
    await page.keyboard.press('Enter')
    await page.getByText('单文远').first().waitFor()
    expect(await page.locator('[data-locked]').count()).toBe(0)
  })
  test('stands after a reload, for it is the session that is locked', { timeout: 60_000 }, async () => {
    await open('/board', { 'GET /api/session/lock': { locked: true, idleMinutes: 10 }, 'GET /api/board': masked })
    await page.locator('[data-locked]').waitFor()
    expect(await page.locator('body').innerText()).not.toContain('单文远')
  })
})

test('whoever is signed out under the notice of a critical value signs in above it', { timeout: 60_000 }, async () => {
  await open('/board', {
    'GET /api/critical': { items: [criticalNotice], next: null, now: ago(0) },
    'POST /api/session': { account: accountOf('technologist') },
  })
  await page.getByLabel('复述').fill('单文远 基底节区出血')
  api.answers.set('GET /api/session/lock', signedOut)
  await page.getByText('登录已过期').first().waitFor({ timeout: 30_000 })
  await page.locator('input[type=password]').click()
  await page.keyboard.type('right')
  api.answers.set('GET /api/session/lock', { locked: false, idleMinutes: 10 })
  await page.keyboard.press('Enter')
  await expect.poll(() => page.locator('input[type=password]').count(), patience).toBe(0)
  expect(await page.getByLabel('复述').inputValue()).toBe('单文远 基底节区出血')
})

test('my statistics say where the room stands, and why exams came back', { timeout: 60_000 }, async () => {
  const figures = {
    studies: 120,
    checked: 90,
    arrivals: 118,
    arrivedInTime: 110,
    arrivalP50: 84,
    arrivalP95: 205,
    graded: 100,
    excellent: 71,
    returned: 4,
  }
  const weeks = Array.from({ length: 12 }, (_, n) => ({
    ...figures,
    week: `2026-0${(n % 9) + 1}-01`,
    studies: 10,
    returned: n % 3,
    graded: 9,
    excellent: 5 + (n % 4),
    arrivals: 10,
    arrivedInTime: 6 + (n % 5),
  }))
  await open('/board', {
    'GET /api/board/mine': {
      days: 84,
      arrivalLimitSeconds: 180,
      own: { ...figures, arrivalP95: 150 },
      institution: figures,
      weeks,
      reasons: [
        { code: '111209', week: weeks[3]!.week, count: 3 },
        { code: '111210', week: weeks[5]!.week, count: 1 },
      ],
    },
    'GET /api/return-reasons': {
      items: [
        { code: '111209', zh: '体位不正 / 范围不全', en: 'Positioning' },
        { code: '111210', zh: '运动模糊', en: 'Motion' },
      ],
    },
  })
  await page.getByRole('button', { name: '我的统计' }).click()
  await page.getByText('71.0% (71/100)').first().waitFor()
  await page.getByText('⚠ 3 分 25 秒').waitFor()
  await page.getByText('体位不正 / 范围不全').waitFor()
  await picture('board-figures')
})
