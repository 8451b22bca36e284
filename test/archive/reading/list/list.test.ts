/** The reading list and what is done from it, on a real database: views, filters, sorts, the next task, batches, reservations, saved views. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { setPreference } from '../../../../archive/reading/list/preference.ts'
import { keepView, listViews, removeView } from '../../../../archive/reading/list/saved-views.ts'
import { type ListRequest, searchWorkitems } from '../../../../archive/reading/list/workitem-search.ts'
import { getWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { claimBatch, claimNext } from '../../../../archive/reading/workflow/claim.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { sortKeys } from '../../../../storage/index/reading/workitem-search.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let coordinator: Asker
let chief: Asker
let studies = 0
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  const centre = county.people.wang.institution.id
  coordinator = await county.asker('coordinator', ['coordinator'], centre)
  chief = await county.asker('chief', ['chief'], centre)
})
afterAll(() => index.close())

const nextStudy = (): number => {
  studies += 1
  return studies
}
const ready = async (values: Record<string, string> = {}): Promise<number> => county.ready(nextStudy(), values)
const list = async (asker: Asker, request: Partial<ListRequest>) =>
  searchWorkitems(county.tools, asker, { view: 'all', limit: 100, ...request })
const ids = async (asker: Asker, request: Partial<ListRequest>) => (await list(asker, request)).items.map(({ id }) => Number(id))
const verb = (asker: Asker, id: number, name: Parameters<typeof perform>[3], request: Parameters<typeof perform>[4] = {}) =>
  perform(county.tools, asker, id, name, { reason: 'because', ...request })
const code = (deed: Promise<unknown>): Promise<string> =>
  deed.then(
    () => 'done',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  )

/** Whatever was taken in a test is let go of, so that the next begins with an empty list. */
const clear = async () => {
  await query(
    index.pool,
    `update workitem set state = 'CANCELED', assignee_id = null, lease_until = null, reserved_for = null, paused_at = null, critical = 0`,
  )
}

test('each view shows its own, and counts what it shows', async () => {
  await clear()
  const { wang, zeng, eastTech } = county.people
  const [waiting, mine, submitted, returned, late] = [await ready(), await ready(), await ready(), await ready(), await ready()]
  await verb(wang, mine, 'claim')
  await verb(wang, submitted, 'claim')
  await writeDraft(county.tools, wang, submitted, { ...completeDraft, rev: 0 })
  await verb(wang, submitted, 'submit')
  await verb(zeng, returned, 'claim')
  await query(index.pool, `update workitem set state = 'RETURNED', assignee_id = null, return_count = 1, paused_at = now() where id = $1`, [
    returned,
  ])
  await query(index.pool, `update workitem set due_at = now() - interval '1 minute' where id = any($1)`, [[late, returned]])
  await query(index.pool, `update workitem set critical = 1 where id = $1`, [mine])
  expect((await ids(wang, { view: 'todo' })).sort()).toEqual([waiting, mine, late].sort())
  expect(await ids(wang, { view: 'mine' })).toEqual([mine, submitted])
  expect(await ids(wang, { view: 'review' })).toEqual([])
  expect(await ids(zeng, { view: 'review' })).toEqual([submitted])
  expect(await ids(wang, { view: 'returned' })).toEqual([returned])
  // The clock of what waits for the township stands.
  expect(await ids(wang, { view: 'overdue' })).toEqual([late])
  expect(await ids(wang, { view: 'critical' })).toEqual([mine])
  const { counts } = await list(wang, {})
  expect(counts).toMatchObject({ todo: 3, mine: 2, review: 0, returned: 1, overdue: 1, critical: 1, all: 5 })
  // Who coordinates sees the list and takes nothing from it; who takes pictures does not see it.
  expect((await list(coordinator, { view: 'todo' })).items.every(({ verbs }) => !verbs.includes('claim'))).toBe(true)
  expect(await code(list(eastTech, {}))).toBe('Forbidden')
})

test('filters narrow, several values of one are any of them', async () => {
  await clear()
  const { wang, eastTech } = county.people
  const [one, two, three] = [await ready(), await ready(), await ready()]
  await verb(eastTech, two, 'urgency', { urgency: 0 })
  await query(index.pool, `update series set body_part_examined = 'chest' where study_pk = (select study_pk from workitem where id = $1)`, [
    three,
  ])
  await query(index.pool, `update workitem set new_images = true where id = $1`, [one])
  await verb(wang, three, 'claim')
  const open = ['READY', 'CLAIMED']
  expect((await ids(wang, { state: open })).sort()).toEqual([one, two, three].sort())
  expect(await ids(wang, { state: open, urgency: [0, 1] })).toEqual([two])
  expect(await ids(wang, { state: open, bodyPart: ['Chest', 'KNEE'] })).toEqual([three])
  expect(await ids(wang, { state: open, flags: ['new-images', 'question'] })).toEqual([one])
  expect(await ids(wang, { state: open, assignee: ['me'] })).toEqual([three])
  expect((await ids(wang, { state: open, assignee: ['none'] })).sort()).toEqual([one, two].sort())
  expect(await ids(wang, { state: open, institution: [county.east.institution], modality: ['CT', 'XX'] })).toHaveLength(3)
  expect(await ids(wang, { state: open, institution: [county.west.institution] })).toEqual([])
})

test('every sort goes through all pages, forward and back, each row once', async () => {
  await clear()
  for (let i = 0; i < 7; i += 1) await ready({ patient_name: ['Wang^A', 'Li^B', 'Zhao^C'][i % 3]! })
  for (const key of sortKeys) {
    const orders: number[][] = []
    for (const sort of [key, `-${key}`] as const) {
      const seen: number[] = []
      let after: string | undefined
      do {
        const page = await list(county.people.wang, { state: ['READY'], sort, limit: 2, ...(after === undefined ? {} : { after }) })
        seen.push(...page.items.map(({ id }) => Number(id)))
        after = page.next ?? undefined
      } while (after !== undefined)
      expect([...new Set(seen)], `${sort}`).toHaveLength(7)
      orders.push(seen)
    }
    expect(orders[1], key).toEqual([...orders[0]!].reverse())
  }
  expect(await code(list(county.people.wang, { after: 'x' }))).toBe('BadRequest')
})

describe('claim-next', () => {
  test('takes the most urgent, then what has waited; every reader another one; nothing twice', async () => {
    await clear()
    const { wang, li, eastTech } = county.people
    const [first, second, urgent] = [await ready(), await ready(), await ready()]
    await verb(eastTech, urgent, 'urgency', { urgency: 0 })
    await query(
      index.pool,
      `update workitem set ready_at = ready_at - interval '3 hours', due_at = due_at - interval '3 hours' where id = $1`,
      [second],
    )
    expect(await claimNext(county.tools, wang, {})).toBe(urgent)
    const taken = await Promise.all([claimNext(county.tools, wang, {}), claimNext(county.tools, li, {})])
    expect([...taken].sort()).toEqual([first, second].sort())
    expect(await claimNext(county.tools, li, {})).toBeNull()
    expect((await getWorkitem(county.tools, wang, urgent)).assignee?.username).toBe(wang.username)
  })

  test('a repeated request is answered with the same task, also when nothing is left', async () => {
    await clear()
    const one = await ready()
    const { wang } = county.people
    expect(await claimNext(county.tools, wang, { idempotencyKey: 'next-1' })).toBe(one)
    const two = await ready()
    expect(await claimNext(county.tools, wang, { idempotencyKey: 'next-1' })).toBe(one)
    expect(await claimNext(county.tools, wang, { idempotencyKey: 'next-2' })).toBe(two)
    expect(await claimNext(county.tools, wang, { idempotencyKey: 'next-2' })).toBe(two)
    expect(await code(claimNext(county.tools, wang, { idempotencyKey: 'next-2', modality: 'MR' }))).toBe('key-reused')
  })

  test('keeps to the kind that was asked for, prefers what the reader reads best, serves the site that was served least', async () => {
    await clear()
    const { wang, li, westTech } = county.people
    const east = await ready()
    const uid = await county.arrive({ study: nextStudy() }, county.west)
    const west = await county.workitemOf(uid)
    await verb(westTech, west, 'ready')
    await query(
      index.pool,
      `update series set body_part_examined = 'KNEE' where study_pk = (select study_pk from workitem where id = $1)`,
      [east],
    )
    expect(await claimNext(county.tools, wang, { modality: 'US' })).toBeNull()
    // The east was served in the tests before; the west comes first for whoever has no preference.
    expect(await claimNext(county.tools, li, {})).toBe(west)
    await verb(li, west, 'release')
    await setPreference(county.tools, wang, { modalities: [], bodyParts: ['knee'] })
    expect(await claimNext(county.tools, wang, {})).toBe(east)
  })
})

test('a task is kept for one reader for a while, and then for everybody', async () => {
  await clear()
  const { wang, li } = county.people
  const id = await ready()
  expect(await code(verb(coordinator, id, 'assign', { assignee: 'east-tech' }))).toBe('assignee-unfit')
  expect(await code(verb(coordinator, id, 'assign', { assignee: 'nobody' }))).toBe('assignee-unfit')
  await verb(coordinator, id, 'assign', { assignee: li.username })
  expect((await getWorkitem(county.tools, wang, id)).reservedFor).toMatchObject({ username: li.username })
  expect(await code(verb(wang, id, 'claim'))).toBe('reserved')
  expect(await claimNext(county.tools, wang, {})).toBeNull()
  expect(await ids(li, { view: 'mine' })).toEqual([id])
  await query(index.pool, `update workitem set reserved_until = now() - interval '1 second' where id = $1`, [id])
  expect(await claimNext(county.tools, wang, {})).toBe(id)
  expect(await code(verb(coordinator, id, 'assign', { assignee: null }))).toBe('wrong-state')
})

test('many are taken at once; what a colleague has keeps nothing back', async () => {
  await clear()
  const { wang, li } = county.people
  const [one, two, taken] = [await ready(), await ready(), await ready()]
  await verb(li, taken, 'claim')
  const answer = {
    claimed: [String(one), String(two)],
    refused: [
      { id: String(taken), code: 'held-by-another' },
      { id: '987654', code: 'not-found' },
    ],
  }
  expect(await claimBatch(county.tools, wang, [one, taken, two, 987_654, one], 'batch')).toEqual(answer)
  expect(await claimBatch(county.tools, wang, [one, taken, two, 987_654, one], 'batch')).toEqual(answer)
})

test('views are kept by their name, shared with the centre, counted as the list counts', async () => {
  await clear()
  const { wang, li, eastTech } = county.people
  await ready()
  // As the door of the list reads it.
  const conditions = ({ view, assignee }: Readonly<Record<string, unknown>>) =>
    view === 'broken' ? undefined : { view: view as ListRequest['view'], assignee: assignee === undefined ? undefined : [String(assignee)] }
  const { id } = await keepView(county.tools, wang, { name: '急诊', shared: false, query: { view: 'todo', urgency: [3] }, columns: null })
  expect(await keepView(county.tools, wang, { name: '急诊', shared: true, query: { view: 'todo' }, columns: ['state'] })).toEqual({ id })
  await keepView(county.tools, li, { name: 'old', shared: false, query: { view: 'broken' }, columns: null })
  const ofWang = await listViews(county.tools, wang, conditions)
  expect(ofWang.map(({ name, count }) => [name, count])).toEqual([
    ['待我写', 1],
    // A radiologist does not sign: no review waits for them.
    ['待审核', 0],
    ['我的退回', 0],
    ['超时', 0],
    ['今日危急值', 0],
    ['急诊', 1],
  ])
  const coordinator = await county.asker('dispatcher', ['coordinator'], wang.institution.id)
  const ofCoordinator = (await listViews(county.tools, coordinator, conditions)).map(({ name }) => name)
  expect(ofCoordinator.slice(0, 3)).toEqual(['待诊断', '待审核', '退回'])
  expect((await listViews(county.tools, li, conditions)).map(({ name }) => name)).toContain('急诊')
  expect(await code(removeView(county.tools, li, Number(id)))).toBe('NotFound')
  await removeView(county.tools, chief, Number(id))
  expect((await listViews(county.tools, wang, conditions)).map(({ name }) => name)).not.toContain('急诊')
  expect(await code(listViews(county.tools, eastTech, conditions))).toBe('Forbidden')
})
