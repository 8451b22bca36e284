/** 统计, 大屏 and 质控 in a real browser. */
import { expect, test } from 'vitest'
import type { Account } from '../../viewer/portal/api/types.ts'
import { pagesOf } from './pages.ts'
import { accountOf } from './small-api.ts'

const open = pagesOf('statistics')
const county: Account['institution'] = { id: 1, code: 'county', name: '云岭县人民医院', readingCentre: true }
const chief: Account = { ...accountOf('chief'), institution: county }
const coordinator: Account = { ...accountOf('coordinator'), institution: county }

const definitions = [
  { key: 'timely', name: '报告及时率', numerator: '在时限前签发的报告数', denominator: '有时限的报告数', clock: '按签发日期' },
]
const overview = {
  section: 'overview',
  title: '总览',
  period: { from: '2026-10-01', to: '2026-10-31' },
  of: '云岭县人民医院',
  at: '2026-11-01T00:00:00Z',
  definitions,
  tables: [
    {
      key: 'sites',
      title: '各单位',
      empty: '没有数据',
      columns: [
        { key: 'site', title: '检查单位', kind: 'text' },
        { key: 'timely', title: '及时率', kind: 'share', definition: 'timely' },
        { key: 'p90', title: 'TAT P90', kind: 'duration' },
      ],
      rows: [
        { site: '青石', timely: 0.975, p90: 4_980 },
        { site: '柳溪', timely: null, p90: null },
      ],
      total: { site: '合计', timely: 0.975, p90: 4_980 },
      charts: [
        {
          title: '及时率图',
          height: 160,
          option: {
            animation: false,
            xAxis: { type: 'value' },
            yAxis: { type: 'category', data: ['青石', '柳溪'] },
            series: [{ type: 'bar', data: [97.5, null] }],
          },
        },
      ],
    },
  ],
}

test('figures stand in a table beside their chart, nothing counted is a dash, and each says what it means', async () => {
  const { page } = await open(chief, '/statistics?from=2026-10-01&to=2026-10-31', {
    'GET /api/statistics/overview': overview,
    'GET /api/institutions': [],
  })
  await page.locator('[data-table="sites"] figure svg').first().waitFor()
  const cells = await page.locator('[data-table="sites"] tbody tr').allInnerTexts()
  const rows = cells.map((row) => row.split(/\s+/).filter((text) => text !== ''))
  expect(rows).toContainEqual(['青石', '97.5%', '1时23分'])
  expect(rows).toContainEqual(['柳溪', '—', '—'])
  expect(await page.locator('.definitions').innerText()).toContain('有时限的报告数')
  const links = await page.locator('a[href*="/api/statistics/monthly"]').all()
  const pack = await Promise.all(links.map((link) => link.getAttribute('href')))
  expect(pack.map((href) => new URLSearchParams(href!.split('?')[1]).get('format'))).toEqual(['xlsx', 'pdf'])
  expect(new URLSearchParams(pack[0]!.split('?')[1]).get('month')).toBe('2026-10')
}, 90_000)

const lateTable = {
  ...overview.tables[0],
  columns: [
    { key: 'site', title: '检查单位', kind: 'text' },
    { key: 'late', title: '超时', kind: 'count', definition: 'timely', cases: 'late' },
    { key: 'mr', title: 'MR', kind: 'count', cases: 'studies', only: 'modality=MR' },
  ],
  rows: [
    { site: '青石', late: 3, mr: 0, only: 'institution=2' },
    { site: '柳溪', late: 0, mr: 5, only: 'institution=3' },
  ],
  total: { site: '合计', late: 3, mr: 5, only: '' },
  charts: [],
}
const oneCase = {
  key: '9.1',
  kind: 'case',
  institution: '青石',
  modality: 'CT',
  urgency: '急诊',
  studyEndAt: null,
  readyAt: '2026-10-05T01:00:00Z',
  finalAt: '2026-10-05T03:20:00Z',
  author: '李娜',
  reviewer: '王敏',
  value: '超时 80 分',
  patient: { name: '周桂英', PatientName: 'Zhou', PatientID: 'QS-8', sex: 'F', birthDate: '', age: '61岁' },
  StudyInstanceUID: '2.25.8',
  StudyDescription: '头颅CT平扫',
  AccessionNumber: 'A8',
  workitem: '8',
  state: 'FINAL',
  report: '44',
}
const without = {
  patient: null,
  StudyInstanceUID: null,
  StudyDescription: '',
  AccessionNumber: '',
  workitem: null,
  state: null,
  report: null,
}
const lateCases = {
  title: '超时签发的报告',
  narrowed: ['青石'],
  value: { title: '与时限相差', kind: 'text' },
  ofCentre: true,
  total: 120,
  figures: 1,
  page: 1,
  limit: 50,
  items: [oneCase, { ...oneCase, ...without, key: '10.1', kind: 'figure' }, { ...oneCase, ...without, key: '11.1', kind: 'closed' }],
}

test('a number leads to its cases by the keyboard too, a figure without a case has no link, and the way back has the same filters', async () => {
  const { page, api } = await open(coordinator, '/statistics/turnaround?from=2026-10-01&to=2026-10-31', {
    'GET /api/statistics/turnaround': { ...overview, section: 'turnaround', tables: [lateTable] },
    'GET /api/statistics/cases': lateCases,
    'GET /api/institutions': [],
  })
  const links = page.locator('a.figure-link')
  await links.first().waitFor()
  // Those that count nothing lead nowhere.
  expect(await links.allInnerTexts()).toEqual(['3', '5', '3', '5'])
  await links.first().focus()
  await page.keyboard.press('Enter')
  await page.getByText('周桂英').waitFor()
  const asked = () =>
    new URLSearchParams(
      api.asked
        .filter(({ path }) => path.startsWith('/api/statistics/cases'))
        .at(-1)!
        .path.split('?')[1],
    )
  expect(Object.fromEntries(asked())).toMatchObject({ figure: 'late', institution: '2', from: '2026-10-01', to: '2026-10-31', page: '1' })
  const rows = page.locator('.case-list tbody tr[data-row-key]')
  expect(await rows.nth(0).innerText()).toContain('超时 80 分')
  const ways = await Promise.all((await rows.nth(0).locator('a').all()).map((link) => link.getAttribute('href')))
  expect(ways).toEqual(['/reports/44', '/list?view=all&q=A8'])
  expect(await rows.nth(1).innerText()).toContain('仅汇总数据，无病例')
  expect(await rows.nth(2).innerText()).toContain('不在您的查看范围内')
  expect([await rows.nth(1).locator('a').count(), await rows.nth(2).locator('a').count()]).toEqual([0, 0])
  await page.locator('.ant-pagination-item-2').click()
  await expect.poll(() => asked().get('page')).toBe('2')
  await page.getByText('返回时效').click()
  await links.first().waitFor()
  expect(new URL(page.url()).search).toBe('?from=2026-10-01&to=2026-10-31')
}, 90_000)

const wall = {
  at: '2026-11-22T02:00:00Z',
  centre: '云岭县人民医院',
  place: null,
  alarms: { criticalsOpen: 1, criticalsEscalated: 1, returnsOpen: 0, questionsOpen: 0, arrivedToday: 31, signedToday: 24 },
  sites: [
    {
      id: 2,
      name: '青石',
      link: 'live',
      lastArrivalAt: '2026-11-22T01:59:00Z',
      today: 6,
      arriving: 1,
      bytesPerSecond: 0,
      stalledSince: null,
      place: null,
      waiting: 3,
      ready: 2,
      urgent: 0,
      criticals: 0,
      oldestReadyAt: '2026-11-22T01:20:00Z',
      overdue: 1,
      returned: 0,
    },
    {
      id: 3,
      name: '高山',
      link: 'silent',
      lastArrivalAt: '2026-11-21T08:00:00Z',
      today: 0,
      arriving: 0,
      bytesPerSecond: 0,
      stalledSince: null,
      place: null,
      waiting: 0,
      ready: 0,
      urgent: 0,
      criticals: 0,
      oldestReadyAt: null,
      overdue: 0,
      returned: 0,
    },
  ],
  queue: [{ urgency: 1, waiting: 3, reading: 1, review: 2, late1: 1, late2: 0, late3: 0, soon: 2, oldestReadyAt: '2026-11-22T01:20:00Z' }],
  readers: [
    {
      username: 'lina',
      displayName: '李娜',
      presence: 'idle',
      reading: 0,
      reviewing: 0,
      since: null,
      writtenToday: 9,
      signedToday: 0,
      lastSignedAt: null,
    },
  ],
  roster: [{ day: '2026-11-22', shift: 'day', username: 'lina', displayName: '李娜' }],
  verbs: ['roster'],
}

test('the wall shows sites, queue, readers and roster, large enough for three metres, and follows events', async () => {
  const { page, api, picture } = await open(coordinator, '/wallboard', { 'GET /api/wallboard': wall, 'GET /api/account/preferences': {} })
  await page.locator('[data-site="2"]').waitFor()
  expect(await page.locator('[data-site="2"]').innerText()).toMatch(/青石[\s\S]*在线[\s\S]*3[\s\S]*1 超时/)
  expect(await page.locator('[data-site="3"]').innerText()).toContain('无信号')
  expect(await page.locator('.presence-idle').innerText()).toContain('空闲')
  expect(await page.locator('.wall-roster').innerText()).toContain('李娜')
  const size = await page.evaluate<number>(`Number.parseFloat(getComputedStyle(document.querySelector('.wall-alarm b')).fontSize)`)
  expect(size).toBeGreaterThanOrEqual(32)
  await picture('wallboard')
  api.answers.set('GET /api/wallboard', { ...wall, alarms: { ...wall.alarms, criticalsOpen: 7 } })
  api.tell('workitem', { id: '1', state: 'READY' })
  await page.locator('.wall-alarm b', { hasText: '7' }).waitFor()
}, 90_000)

test('a blind review shows text and no author; a difference needs a kind and a comment before it is sent', async () => {
  const review = {
    id: '5',
    workitem: '1',
    report: null,
    StudyInstanceUID: '2.25.1',
    month: '2026-10',
    blind: true,
    modality: 'CT',
    institution: null,
    signedAt: null,
    author: null,
    signer: null,
    reviewer: null,
    state: 'open',
    score: null,
    category: null,
    comment: null,
    scoredAt: null,
    answer: null,
    answerText: null,
    answeredAt: null,
    finalScore: null,
    finalText: null,
    settledBy: null,
    settledAt: null,
    verbs: ['score'],
  }
  const detail = {
    ...review,
    patient: { sex: 'M', age: '61岁' },
    study: { StudyDate: '20261012', StudyDescription: '胸部CT平扫', bodyPart: 'CHEST' },
    clinicalInformation: '咳嗽',
    findings: '右上肺结节。',
    impression: '右上肺结节。',
    advice: '',
    polarity: 'positive',
  }
  const { page, api } = await open({ ...accountOf('quality'), institution: county }, '/quality/peers', {
    'GET /api/peer-reviews': { items: [review] },
    'GET /api/peer-reviews/5': detail,
    'GET /api/studies/2.25.1/series': [],
    'POST /api/peer-reviews/5/score': { ...detail, state: 'scored', verbs: [] },
  })
  await page.locator('[data-review="5"] button').click()
  await page.getByText('右上肺结节。').first().waitFor()
  await page.getByText('3 多数情况应发现').click()
  await page.getByRole('button', { name: '提交评分' }).click()
  await page.getByText('2 至 4 分须写明差异').waitFor()
  expect(api.asked.filter(({ method }) => method === 'POST')).toEqual([])
}, 90_000)
