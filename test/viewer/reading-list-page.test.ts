/** The reading list in a real browser over an `/api` held in memory: ten thousand rows, keys, live changes that move nothing under the hand. reading.md §6.1. */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import type { Workitem } from '../../viewer/portal/api/types.ts'
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
    const frame = page.locator('.reading-table')
    await expect
      .poll(
        async () => {
          await frame.evaluate((element) => {
            element.scrollTop = element.scrollHeight
          })
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
