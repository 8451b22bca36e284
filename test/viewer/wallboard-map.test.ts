/** The map of the wall in a real browser: thirty sites around the demonstration county, at the size of the wall and of a desk. */
import { expect, test } from 'vitest'
import { centre } from '../../gateway/demo/county.ts'
import { sites as thirty } from '../../gateway/demo/history/sites.ts'
import { outline, places } from '../../gateway/demo/land.ts'
import type { Wallboard, WallSite } from '../../viewer/portal/api/statistics-types.ts'
import type { Account } from '../../viewer/portal/api/types.ts'
import { pagesOf } from './pages.ts'
import { accountOf } from './small-api.ts'

const open = pagesOf('wallboard-map')
const coordinator: Account = { ...accountOf('coordinator'), institution: { id: 1, code: 'COUNTY', name: centre.name, readingCentre: true } }

const ago = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
const placeOf = (code: string) => ({ longitude: places[code]![0], latitude: places[code]![1] })
const quietSite = (id: number, name: string): WallSite => ({
  id,
  name,
  place: null,
  link: 'live',
  lastArrivalAt: ago(7),
  today: 4,
  arriving: 0,
  bytesPerSecond: 0,
  stalledSince: null,
  waiting: 0,
  ready: 0,
  urgent: 0,
  oldestReadyAt: null,
  overdue: 0,
  returned: 0,
  criticals: 0,
})
const waiting = (n: number, minutes: number) => ({ waiting: n, ready: n, oldestReadyAt: ago(minutes) })
const busy: Readonly<Record<string, Partial<WallSite>>> = {
  QS: { ...waiting(12, 47), overdue: 3, urgent: 1, bytesPerSecond: 1_240_000, arriving: 1 },
  DH: { ...waiting(9, 31), criticals: 1, overdue: 1 },
  LX: { ...waiting(4, 22), urgent: 2 },
  BS: { ...waiting(2, 12), stalledSince: ago(8), arriving: 1 },
  XQ: { link: 'silent', lastArrivalAt: ago(600) },
  SL: waiting(6, 18),
  HJ: { ...waiting(3, 66), overdue: 2 },
  TM: { link: 'quiet' },
  GS: { link: 'never', lastArrivalAt: null },
  YX: waiting(1, 3),
}
const sites = thirty.map(
  ({ institution: { code, shortName } }, at): WallSite => ({
    ...quietSite(at + 2, shortName),
    place: placeOf(code),
    ...busy[code],
  }),
)
const idOf = (name: string): number => sites.find((site) => site.name === name)!.id
const wall = (change: Partial<Wallboard> = {}): Wallboard => ({
  at: new Date().toISOString(),
  centre: centre.name,
  place: placeOf(centre.code),
  alarms: { criticalsOpen: 1, criticalsEscalated: 0, returnsOpen: 2, questionsOpen: 1, arrivedToday: 131, signedToday: 104 },
  sites,
  queue: [
    { urgency: 1, waiting: 3, reading: 1, review: 2, late1: 1, late2: 0, late3: 0, soon: 2, oldestReadyAt: ago(20) },
    { urgency: 3, waiting: 30, reading: 4, review: 6, late1: 3, late2: 2, late3: 1, soon: 5, oldestReadyAt: ago(66) },
  ],
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
  roster: [],
  verbs: ['roster', 'assign'],
  ...change,
})
const answers = {
  'GET /api/wallboard': wall(),
  'GET /api/map-outline': { rings: [outline] },
  'GET /api/account/preferences': {},
  'PUT /api/account/preferences': ({ body }: { body: object }) => body,
}

interface Box {
  readonly name: string
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}
/** As the browser has drawn them, with its own font. */
const drawn = `[...document.querySelectorAll('.map-label, .map-site circle')].map((element) => {
  const { left, top, right, bottom } = element.getBoundingClientRect()
  return { name: element.textContent || 'dot', left, top, right, bottom }
})`
const sheet = `(() => { const { left, top, right, bottom } = document.querySelector('.map').getBoundingClientRect(); return { name: 'map', left, top, right, bottom } })()`

test.each([
  ['the wall', { width: 1920, height: 1080 }, 28],
  ['a desk', { width: 1440, height: 900 }, 19],
])(
  'on %s every site has its dot and its name, none hides another, all by word and sign',
  async (what, size, nameSize) => {
    const { page, picture } = await open(coordinator, '/wallboard', answers)
    await page.setViewportSize(size)
    await expect.poll(() => page.locator('.map-site .map-label').count(), { timeout: 30_000 }).toBe(30)
    const fontSize = `Number.parseFloat(getComputedStyle(document.querySelector('.map-label .map-name')).fontSize)`
    await expect.poll(() => page.evaluate<number>(fontSize), { timeout: 15_000 }).toBe(nameSize)
    await picture(`wallboard-map-${size.width}`)
    const boxes = await page.evaluate<readonly Box[]>(drawn)
    const edge = await page.evaluate<Box>(sheet)
    expect(boxes).toHaveLength(61)
    for (const [at, one] of boxes.entries()) {
      expect(one.left >= edge.left && one.right <= edge.right && one.top >= edge.top && one.bottom <= edge.bottom, one.name).toBe(true)
      for (const other of boxes.slice(at + 1)) {
        const over = Math.min(one.right, other.right) - Math.max(one.left, other.left)
        const under = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
        // The corners of a dot's square are empty.
        if (one.name !== 'dot' && other.name !== 'dot') expect(over > 1 && under > 1, `${what}: ${one.name} and ${other.name}`).toBe(false)
      }
    }
    const text = async (name: string) => page.locator(`.map-site[data-site="${idOf(name)}"]`).textContent()
    expect(await text('青石')).toMatch(/12.*⚠ 超时 3 · 4\d分 · ↓ 1\.2 MB\/s/)
    expect(await text('大河')).toContain('‼ 危急值 1')
    expect(await text('柳溪')).toContain('! 急 2')
    expect(await text('白沙')).toMatch(/✕ 停滞 \d+分/)
    expect(await text('塔木')).toMatch(/✓.*◐ 安静/)
    // Nothing is heard of it: nobody can say that all is done.
    expect(await text('新桥')).toMatch(/^(?!.*✓).*○ 无信号/)
    expect(await text('高山')).toMatch(/^(?!.*✓).*– 未接入/)
    expect(await page.locator('.map-line.line-stalled, .map-line.line-silent').count()).toBeGreaterThanOrEqual(2)
  },
  90_000,
)

test('a site opens by a click or by a key, its waiting tasks are handed to another reader, the most pressing first', async () => {
  const tasks = Array.from({ length: 4 }, (_, at) => ({ id: String(at + 1), reservedFor: at === 1 ? { username: 'lina' } : null }))
  const { page, api, picture } = await open(coordinator, '/wallboard', {
    ...answers,
    'GET /api/readers': {
      items: [{ username: 'lina', displayName: '李娜', reviews: false, here: true, writing: 1, reviewing: 0, reserved: 1 }],
    },
    'GET /api/workitems': { items: tasks, next: null, feed: '0', total: 4, counts: {} },
    'POST /api/workitems/assign-batch': { assigned: ['1', '3'], refused: [{ id: '4', code: 'wrong-state' }] },
  })
  await page.locator(`.map-site[data-site="${idOf('大河')}"] circle`).click()
  await page.locator('.site-panel').getByText('‼ 危急值 1').waitFor()
  expect(new URL(page.url()).search).toBe(`?site=${idOf('大河')}`)
  await page.keyboard.press('Escape')
  await page.locator('.site-panel').waitFor({ state: 'detached' })

  await page.locator(`.map-site[data-site="${idOf('柳溪')}"]`).focus()
  await page.keyboard.press('Enter')
  const panel = page.locator('.site-panel')
  await panel.getByText('! 急 2').waitFor()
  await panel.locator('.ant-select').click()
  await page.locator('.ant-select-item-option', { hasText: '李娜' }).click()
  await picture('wallboard-site')
  await panel.getByRole('button', { name: /改\s*派/ }).click()
  await page.getByText('已改派 2 份给 李娜').waitFor()
  await page.getByText('1 份没有改派').waitFor()
  const asked = api.asked.find(({ path }) => path === '/api/workitems/assign-batch')!
  expect(asked.body).toEqual({ ids: ['1', '3', '4'], assignee: 'lina', reason: '改派待诊断' })
  expect(asked.headers['idempotency-key']).toMatch(/^[0-9a-f]{32}$/)
  const list = new URL(api.asked.find(({ path }) => path.startsWith('/api/workitems?'))!.path, 'http://x').searchParams
  expect(Object.fromEntries(list)).toMatchObject({ state: 'READY', institution: String(idOf('柳溪')), sort: 'due' })
}, 90_000)

test('whoever does not coordinate sees the figures and hands nothing over', async () => {
  const { page } = await open({ ...coordinator, roles: ['quality'] }, `/wallboard?site=${idOf('柳溪')}`, {
    ...answers,
    'GET /api/wallboard': wall({ verbs: [] }),
  })
  await page.locator('.site-panel dl').waitFor()
  expect(await page.locator('.hand-over').count()).toBe(0)
  expect(await page.getByRole('button', { name: '打开阅片列表' }).count()).toBe(0)
}, 90_000)

test('what has no place stands beside the map; without any place there are tiles, and the map says what to do', async () => {
  const lost = sites.map((site) => (site.name === '青石' ? { ...site, place: null } : site))
  const { page, api } = await open(coordinator, '/wallboard', { ...answers, 'GET /api/wallboard': wall({ sites: lost, place: null }) })
  await expect.poll(() => page.locator('.map-site').count(), { timeout: 30_000 }).toBe(29)
  expect(await page.locator('.map-unplaced').innerText()).toMatch(/未定位[\s\S]*青石[\s\S]*12[\s\S]*超时 3/)
  expect(await page.locator('.map-sheet .map-line').count()).toBe(0)
  await page.getByText('阅片中心未定位').waitFor()
  await page.locator('.map-unplaced button').click()
  await page.locator('.site-panel').waitFor()

  api.answers.set('GET /api/wallboard', wall({ sites: sites.map((site) => ({ ...site, place: null })) }))
  await page.goto(`${api.origin}/wallboard`)
  await page.locator('.wall-tile').first().waitFor()
  await page.locator('.wall-show').getByText('地图').click()
  await page.getByText('还没有机构定位').waitFor()
}, 90_000)

test('map or tiles is remembered with the account', async () => {
  const { page, api } = await open(coordinator, '/wallboard', answers)
  await page.locator('.map-site').first().waitFor()
  await page.locator('.wall-show').getByText('列表').click()
  await page.locator('.wall-tile').first().waitFor()
  const kept = () => api.asked.find(({ method, path }) => method === 'PUT' && path === '/api/account/preferences')?.body
  await expect.poll(kept, { timeout: 15_000 }).toEqual({ wallboard: { show: 'tiles' } })
  api.answers.set('GET /api/account/preferences', { wallboard: { show: 'tiles' } })
  await page.reload()
  await page.locator('.wall-tile').first().waitFor()
  expect(await page.locator('.map').count()).toBe(0)
}, 90_000)

test('when the server does not answer any more, the wall keeps what it had and says since when', async () => {
  const { page, api, picture } = await open(coordinator, '/wallboard', answers)
  await page.locator('.map-site').first().waitFor()
  api.answers.delete('GET /api/wallboard')
  api.tell('workitem', { id: '1', state: 'READY' })
  await page.locator('.wall-stale').waitFor({ timeout: 60_000 })
  expect(await page.locator('.wall-stale').innerText()).toMatch(/连接中断：数据停在 \d{4}-\d\d-\d\d \d\d:\d\d/)
  expect(await page.locator('.map-site').count()).toBe(30)
  await picture('wallboard-stale')
  api.answers.set('GET /api/wallboard', wall())
  api.tell('workitem', { id: '1', state: 'READY' })
  await page.locator('.wall-stale').waitFor({ state: 'detached', timeout: 60_000 })
}, 120_000)
