/** The reading list in a real browser over an `/api` held in memory: ten thousand rows, keys, live changes that move nothing under the hand. reading.md §6.1. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Workitem } from '../../viewer/portal/api/types.ts'
import { columnKeys } from '../../viewer/portal/reading-list/list-settings.ts'
import { type Opened, pagesOf } from './pages.ts'
import { type Asked, accountOf, type SmallAPI } from './small-api.ts'
import { workitem } from './small-list.ts'

let api: SmallAPI
let page: Page
let picture: Opened['picture']
const enter = pagesOf('reading-list')
const patience = { timeout: 15_000 }

/** The list as the server has it: what a test changes here is there for the next question. */
let items: Workitem[] = []

function answered({ path }: Asked) {
  const asked = new URL(path, 'http://localhost').searchParams
  const from = Number(asked.get('after') ?? 0)
  const limit = Number(asked.get('limit') ?? 100)
  const q = asked.get('q') ?? ''
  const found = items.filter((item) => q === '' || item.patient.name.includes(q))
  return {
    items: found.slice(from, from + limit),
    next: from + limit < found.length ? String(from + limit) : null,
    feed: 1,
    total: Math.min(found.length, 1_000),
    counts: { todo: items.length, mine: 1, review: 2, returned: 0, overdue: 3, critical: 1, final: 9, all: items.length },
  }
}

async function open(path = '/list', roles: Parameters<typeof accountOf> = ['radiologist'], answers: Record<string, unknown> = {}) {
  const opened = await enter({ ...accountOf(...roles), username: 'lina', displayName: '李娜' }, path, {
    'GET /api/workitems': answered,
    'GET /api/institutions': [{ id: 2, name: '城东镇中心卫生院' }],
    'GET /api/account/preferences': {},
    'PUT /api/account/preferences': {},
    'GET /api/views': { items: [] },
    ...answers,
  })
  ;({ api, page, picture } = opened)
  await page.locator('tr[data-workitem]').first().waitFor()
}

const scroll = (to: string) => page.evaluate(`{ const element = document.querySelector('.reading-table'); element.scrollTop = ${to} }`)
const row = (id: string) => page.locator(`tr[data-workitem="${id}"]`)
const topOf = async (id: string) => Math.round((await row(id).boundingBox())?.y ?? Number.NaN)
const currentRow = () =>
  page
    .locator('tr.current')
    .getAttribute('data-workitem', { timeout: 2_000 })
    .catch(() => null)

describe('ten thousand rows', () => {
  test('are asked for in pages while they are scrolled to, and only those in the window are in the page', { timeout: 90_000 }, async () => {
    items = Array.from({ length: 10_000 }, (_, at) => workitem(at))
    await open('/list?view=all')
    expect(await page.locator('tr[data-workitem]').count()).toBeLessThan(80)
    await expect
      .poll(
        async () => {
          await scroll('element.scrollHeight')
          return page.locator('tr[data-workitem="9999"]').count()
        },
        { timeout: 60_000 },
      )
      .toBe(1)
    expect(await page.locator('tr[data-workitem]').count()).toBeLessThan(80)
    expect(api.asked.filter(({ path }) => path.startsWith('/api/workitems?')).length).toBeLessThanOrEqual(60)
    await page.getByText('共 10000 条').waitFor()
    await picture('reading-list-end')
  })
})

test('beside the readers the exam keeps its column, and some chosen are not all', { timeout: 60_000 }, async () => {
  items = Array.from({ length: 4 }, (_, at) => workitem(at, { verbs: ['assign'] }))
  await open('/list', ['coordinator'], { 'GET /api/readers': { items: [] } })
  await page.getByRole('button', { name: /^待诊断/ }).waitFor()
  await page.getByRole('button', { name: '分配', exact: true }).click()
  await page.locator('.readers').waitFor()
  await expect.poll(async () => (await page.locator('th.col-exam').boundingBox())?.width ?? 0, patience).toBeGreaterThanOrEqual(149)
  await row('0').getByRole('checkbox').click()
  await page.locator('th.col-choose input:indeterminate').waitFor(patience)
})

test('looks like a list of the reading room', { timeout: 60_000 }, async () => {
  const now = Date.now()
  const at = (minutes: number) => new Date(now + minutes * 60_000).toISOString()
  items = [
    workitem(0, {
      urgency: 0,
      criticals: { open: 1, id: '1' },
      readyAt: at(-25),
      dueAt: at(5),
      modality: 'CT',
      StudyDescription: '颅脑平扫',
      clinicalInformation: '突发头痛、呕吐 2 小时，左侧肢体无力',
    }),
    workitem(1, { urgency: 1, readyAt: at(-70), dueAt: at(-10), newImages: true }),
    workitem(2, {
      urgency: 1,
      state: 'QUERIED',
      questions: { open: 1 },
      paused: true,
      tat: { ms: 600_000, limitMs: 1_800_000 },
      assignee: { username: 'zhang', displayName: '张伟' },
    }),
    workitem(3, { urgency: 2, returnCount: 1, reservedFor: { username: 'zhang', displayName: '张伟' } }),
    workitem(4, {
      state: 'REWORK',
      reworked: true,
      assignee: { username: 'lina', displayName: '李娜' },
      claimedAt: at(-20),
      verbs: ['claim', 'release'],
    }),
    workitem(5, { state: 'UPLOADING', readyAt: null, dueAt: null, instances: 124, series: 2, verbs: [] }),
    workitem(6, {
      patient: { ...workitem(6).patient, name: '买买提·阿不都热合曼·艾则孜', PatientName: 'X' },
      StudyDescription: '胸部正侧位 + 左膝关节正侧位',
    }),
    workitem(7, { state: 'FINAL', finalAt: at(-1), amending: null, verbs: [] }),
    ...Array.from({ length: 12 }, (_, n) => workitem(8 + n)),
  ]
  await open()
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await picture('reading-list')
  await page.keyboard.press('?')
  await page.getByText('下一个待填处').waitFor()
  await picture('reading-list-keys')
})

describe('rows that live', () => {
  const pointer = async (id: string) => {
    const box = (await row(id).boundingBox())!
    await page.mouse.move(box.x + 300, box.y + box.height / 2)
  }
  test('stay under the pointer while others come above; the selection and what is read stay too', { timeout: 90_000 }, async () => {
    items = Array.from({ length: 400 }, (_, at) => workitem(at + 100))
    await open('/list?view=all')
    await scroll('40 * 32')
    await row('150').waitFor()
    await row('150').click({ position: { x: 300, y: 10 } })
    const before = await topOf('150')
    items = [...Array.from({ length: 3 }, (_, at) => workitem(at)), ...items]
    api.tell('workitem', { id: '0', state: 'READY' })
    // While the pointer aims nothing moves; the new ones are counted.
    await page.getByText('有 3 条新检查').waitFor()
    expect(await topOf('150')).toBe(before)
    await page.getByText('↑ 上方有 3 条新检查').waitFor({ timeout: 15_000 })
    expect(await topOf('150')).toBe(before)
    expect(await currentRow()).toBe('150')
    await page.getByText('↑ 上方有 3 条新检查').click()
    await row('0').waitFor()
  })
  test('stay where the keyboard is without a pointer, and the keyboard goes on when its row has left', { timeout: 90_000 }, async () => {
    items = Array.from({ length: 60 }, (_, at) => workitem(at + 100))
    await open('/list')
    for (let turn = 0; turn < 4; turn += 1) await page.keyboard.press('j')
    expect(await currentRow()).toBe('103')
    const before = await topOf('103')
    items = [workitem(1, { urgency: 0 }), ...items]
    api.tell('workitem', { id: '1', state: 'READY' })
    await page.getByText('↑ 上方有 1 条新检查').waitFor({ timeout: 15_000 })
    expect(await topOf('103')).toBe(before)
    items = items.filter(({ id }) => id !== '103')
    api.tell('workitem', { id: '103', state: 'CLAIMED' })
    await expect.poll(() => row('103').count(), patience).toBe(0)
    await page.keyboard.press('j')
    expect(await currentRow()).toBe('104')
  })
  test('show the other contents at once while the pointer aims', { timeout: 60_000 }, async () => {
    items = Array.from({ length: 5 }, (_, at) => workitem(at))
    await open('/list?view=all')
    await pointer('2')
    items = items.map((item) =>
      item.id === '2' ? { ...item, state: 'CLAIMED', assignee: { username: 'zhang', displayName: '张伟' } } : item,
    )
    api.tell('workitem', { id: '2', state: 'CLAIMED' })
    await row('2').getByText('张伟').waitFor()
  })
  test('stand when the server does not answer, and say how old they are', { timeout: 60_000 }, async () => {
    items = Array.from({ length: 5 }, (_, at) => workitem(at))
    await open('/list')
    api.answers.delete('GET /api/workitems')
    api.tell('workitem', { id: '2', state: 'CLAIMED' })
    await page.getByText('列表没有刷新').waitFor()
    expect(await page.locator('tr[data-workitem]').count()).toBe(5)
  })
})

describe('keys', () => {
  test('claim, take the next, open, choose, search and explain', { timeout: 90_000 }, async () => {
    items = Array.from({ length: 5 }, (_, at) => workitem(at))
    await open('/list', ['radiologist'], {
      'POST /api/workitems/1/claim': { workitem: workitem(1, { state: 'CLAIMED' }) },
      'POST /api/workitems/claim-next': { workitem: workitem(3) },
    })
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('c')
    await expect
      .poll(() => api.asked.some(({ path, method }) => method === 'POST' && path === '/api/workitems/1/claim'), patience)
      .toBe(true)
    await page.keyboard.press('x')
    await page.getByText('已选 1 份').waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    expect(await page.evaluate(`document.activeElement.getAttribute('type')`)).toBe('search')
    // In the box a letter is a letter.
    await page.keyboard.type('n李')
    expect(api.asked.some(({ path }) => path.endsWith('claim-next'))).toBe(false)
    await page.keyboard.press('Escape')
    await page.keyboard.press('End')
    expect(await currentRow()).toBe('4')
    await page.keyboard.press('n')
    await expect.poll(() => page.url(), patience).toContain('/reading/3')
  })
  test('open the talk, the priors and the return over the list, and only what may be done', { timeout: 90_000 }, async () => {
    items = [workitem(0, { verbs: ['claim', 'return'] }), workitem(1, { verbs: [] })]
    const prior = {
      StudyInstanceUID: '1.9',
      StudyDate: '20260901',
      modality: 'CT',
      StudyDescription: '胸部平扫',
      institution: '城西卫生院',
      report: { id: '7', impression: '右肺上叶结节。' },
    }
    await open('/list', ['radiologist'], {
      'GET /api/workitems/0': { ...workitem(0), priors: [prior], events: [], draft: null, report: null, supplement: null },
      'GET /api/reports/7': { id: '7', findings: '右肺上叶见 8 mm 结节。', impression: '右肺上叶结节，建议复查。', polarity: 'positive' },
      'GET /api/return-reasons': { items: [{ code: '111209', scheme: 'DCM', zh: '体位不正', en: 'Positioning' }] },
      'GET /api/studies/1.2.840.0/series': [],
    })
    await page.keyboard.press('j')
    await page.keyboard.press('p')
    await page.getByText('右肺上叶结节，建议复查。').waitFor()
    await page.getByText('城西卫生院').waitFor()
    await picture('reading-list-priors')
    await page.keyboard.press('Escape')
    await page.getByText('右肺上叶结节，建议复查。').waitFor({ state: 'hidden' })
    await page.keyboard.press('r')
    await page.getByText('体位不正').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('体位不正').waitFor({ state: 'hidden' })
    await page.keyboard.press('j')
    await page.keyboard.press('r')
    await page.getByText('这份检查现在不能退回（待诊断）').waitFor()
  })
})

describe('columns', () => {
  test('are chosen, ordered and made dense or not; the account keeps it', { timeout: 60_000 }, async () => {
    items = Array.from({ length: 3 }, (_, at) => workitem(at))
    const order = [...new Set(['patient', 'accession', ...columnKeys])]
    const kept = order.map((key) => ({ key, shown: key !== 'clock' }))
    await open('/list', ['radiologist'], {
      'GET /api/account/preferences': { list: { columns: kept } },
      'PUT /api/account/preferences': ({ body }: Asked) => body,
    })
    await page.locator('td[data-column="accession"]').first().waitFor()
    const head = () => page.locator('.reading-table thead th').allInnerTexts()
    expect((await head()).filter((text) => text !== '').slice(0, 2)).toEqual(['患者', '检查号'])
    expect(await head()).not.toContain('倒计时')
    await page.getByRole('button', { name: '列与行高' }).click()
    await page.locator('.column-chooser').waitFor()
    await picture('reading-list-columns')
    await page.getByRole('button', { name: '检查号 上移' }).click()
    await page.locator('.column-chooser [data-column="priors"]').getByRole('checkbox').uncheck()
    await page.getByText('宽松').click()
    expect((await head()).filter((text) => text !== '').slice(0, 2)).toEqual(['检查号', '患者'])
    expect(await head()).not.toContain('既往')
    expect(Math.round((await row('1').boundingBox())!.height)).toBe(44)
    const saved = () =>
      api.asked.filter(({ method, path }) => method === 'PUT' && path === '/api/account/preferences').at(-1)?.body.list as
        | { density: string; columns: { key: string; shown: boolean }[] }
        | undefined
    await expect.poll(() => saved()?.density, patience).toBe('comfortable')
    expect(
      saved()
        ?.columns.slice(0, 2)
        .map(({ key }) => key),
    ).toEqual(['accession', 'patient'])
    expect(saved()?.columns.find(({ key }) => key === 'priors')?.shown).toBe(false)
  })
})

describe('views', () => {
  const views = [
    { id: 'starter-todo', name: '待我写', owner: null, shared: true, query: { view: 'todo' }, columns: null, count: 12 },
    {
      id: '4',
      name: '上月胸部CT',
      owner: { username: 'lina', displayName: '李娜' },
      shared: false,
      query: { view: 'all', modality: 'CT', q: '张' },
      columns: ['patient', 'exam'],
      count: 31,
    },
    {
      id: '5',
      name: '东片急诊',
      owner: { username: 'zhang', displayName: '张伟' },
      shared: true,
      query: { view: 'todo', urgency: '0,1' },
      columns: null,
      count: 2,
    },
  ]
  test("are opened with their conditions and columns, kept under a name, and one's own are removed", { timeout: 90_000 }, async () => {
    items = Array.from({ length: 9 }, (_, at) => workitem(at))
    await open('/list', ['radiologist'], { 'GET /api/views': { items: views }, 'PUT /api/views': { id: '9' }, 'DELETE /api/views/4': {} })
    await page.getByRole('button', { name: '待我写' }).click()
    await page.locator('[data-view="5"]').getByText('张伟 共享').waitFor()
    await picture('reading-list-views')
    expect(await page.locator('[data-view="5"] button').count()).toBe(0)
    await page.locator('[data-view="4"]').click()
    await expect.poll(() => page.url(), patience).toContain('modality=CT')
    expect(await page.getByRole('searchbox').first().inputValue()).toBe('张')
    await expect
      .poll(
        () =>
          page
            .locator('.reading-table thead th')
            .allInnerTexts()
            .then((texts) => texts.filter((text) => text !== '')),
        patience,
      )
      .toEqual(['患者', '检查'])
    await page.locator('button.ant-btn', { hasText: '上月胸部CT' }).click()
    await page.getByText('把当前条件存为视图').click()
    await page.getByLabel('名称').fill('我的 CT')
    await page.getByText('与中心所有医师共享').click()
    await page.getByRole('button', { name: '保存' }).click()
    await page.getByText('已保存视图「我的 CT」').waitFor()
    expect(api.asked.find(({ method, path }) => method === 'PUT' && path === '/api/views')?.body).toEqual({
      name: '我的 CT',
      shared: true,
      query: { view: 'all', modality: 'CT', q: '张' },
      columns: null,
    })
    await page.locator('button.ant-btn', { hasText: '上月胸部CT' }).click()
    await page.getByRole('button', { name: '删除视图 上月胸部CT' }).click()
    await page.getByRole('button', { name: '删除', exact: true }).click()
    await page.getByText('已删除视图「上月胸部CT」').waitFor()
  })
})

describe('several at once', () => {
  test('are claimed together; those that others have are told', { timeout: 60_000 }, async () => {
    items = Array.from({ length: 6 }, (_, at) => workitem(at, { urgency: 4, verbs: at === 5 ? [] : ['claim'] }))
    await open('/list', ['radiologist'], {
      'POST /api/workitems/claim-batch': { claimed: ['0', '1', '2', '3'], refused: [{ id: '4', code: 'held-by-another' }] },
    })
    await page.getByLabel('选择所有可领取的').check()
    await page.getByText('已选 5 份').waitFor()
    await page.getByRole('button', { name: '批量领取' }).click()
    await page.getByText('已领取 4 份').waitFor()
    await page.getByText('1 份没有领到').waitFor()
    expect(api.asked.find(({ path }) => path.endsWith('claim-batch'))?.body).toEqual({ ids: ['0', '1', '2', '3', '4'] })
  })
})

describe('the coordinator', () => {
  const readers = [
    { username: 'lina', displayName: '李娜', reviews: false, here: true, writing: 2, reviewing: 0, reserved: 1 },
    { username: 'wang', displayName: '王敏', reviews: true, here: false, writing: 0, reviewing: 3, reserved: 0 },
  ]
  const answers = {
    'GET /api/readers': { items: readers },
    'POST /api/workitems/1/assign': { workitem: workitem(1) },
    'POST /api/workitems/2/urgency': { workitem: workitem(2) },
    'POST /api/workitems/2/cancel': { workitem: workitem(2) },
  }
  test('drags a study onto a reader, changes urgency and cancels with a reason', { timeout: 90_000 }, async () => {
    items = Array.from({ length: 4 }, (_, at) => workitem(at, { verbs: ['assign', 'urgency', 'cancel'] }))
    await open('/list', ['coordinator'], answers)
    expect(await page.getByRole('button', { name: '领取下一份' }).count()).toBe(0)
    // Nothing waits for them in person.
    const views = await page.locator('.views button').allInnerTexts()
    expect(views.map((view) => view.replace(/[\d\s]+$/, ''))).toEqual(['待诊断', '待审核', '退回', '超时', '危急值', '已发布', '全部'])
    await page.keyboard.press('?')
    expect(await page.locator('.key-help kbd').allInnerTexts()).not.toContain('C')
    await page.keyboard.press('Escape')
    await page.locator('.key-help').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: '分配', exact: true }).click()
    await page.getByText('书写 2 · 待审 0 · 预留 1').waitFor()
    await row('1').dragTo(page.locator('[data-reader="wang"]'), { sourcePosition: { x: 300, y: 12 } })
    await page.getByText('已把 1 份检查留给 王敏').waitFor()
    expect(api.asked.find(({ path }) => path.endsWith('/1/assign'))?.body).toEqual({ generation: 1, assignee: 'wang' })
    await row('2').click({ button: 'right', position: { x: 300, y: 12 } })
    await page.getByText('改紧急程度').hover()
    await page.getByRole('menuitem', { name: '绿色通道' }).click()
    await page.getByText('改为「绿色通道」').waitFor()
    await page.getByLabel('为什么改').fill('卒中')
    await page.keyboard.press('Control+Enter')
    await expect
      .poll(() => api.asked.find(({ path }) => path.endsWith('/2/urgency'))?.body, patience)
      .toEqual({ generation: 1, urgency: 0, reason: '卒中' })
    await picture('reading-list-coordinator')
  })
})

test('a reviewer takes over with a reason, and the one who writes is named', { timeout: 60_000 }, async () => {
  items = [workitem(0, { state: 'CLAIMED', assignee: { username: 'zhang', displayName: '张伟' }, verbs: ['takeover'] })]
  await open('/list?view=all', ['reviewer'], { 'POST /api/workitems/0/takeover': { workitem: workitem(0) } })
  await page.keyboard.press('j')
  await page.keyboard.press('m')
  await page.getByRole('menuitem', { name: '接管' }).click()
  await page.getByText('张伟 正在书写').waitFor()
  await page.getByRole('button', { name: '接管…' }).click()
  await page.getByText('请填写').waitFor()
  await page.getByLabel('接管原因').fill('下班')
  await page.getByRole('button', { name: '接管…' }).click()
  await expect
    .poll(() => api.asked.find(({ path }) => path.endsWith('/0/takeover'))?.body, patience)
    .toEqual({ generation: 1, reason: '下班' })
})

test('an empty list says what would fill it; one that cannot be loaded says what to do', { timeout: 60_000 }, async () => {
  items = []
  const opened = await enter({ ...accountOf('radiologist'), username: 'lina' }, '/list?view=overdue', {
    'GET /api/workitems': answered,
    'GET /api/views': { items: [] },
  })
  await opened.page.getByText('没有超时的检查。').waitFor()
  await opened.picture('reading-list-empty')
  opened.api.answers.delete('GET /api/workitems')
  await opened.page.goto(`${opened.api.origin}/list`)
  await opened.page.getByText('没有读到内容').waitFor({ timeout: 30_000 })
  await opened.page.getByRole('button', { name: '重试' }).waitFor()
})
