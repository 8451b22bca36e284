/** What statistics count is what the tasks, their reports and returns say (storage/index/statistics/facts.ts). */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { derivedModalities } from '../../../archive/reading/modality.ts'
import { writeDraft } from '../../../archive/reading/reports/drafts.ts'
import { perform } from '../../../archive/reading/workflow/perform.ts'
import { countChanges, rebuildFacts } from '../../../archive/statistics/follow.ts'
import { today } from '../../../archive/statistics/period.ts'
import { readChanges } from '../../../storage/index/changes.ts'
import { query } from '../../../storage/index/query.ts'
import { differingFacts } from '../../../storage/index/statistics/facts.ts'
import { type FactSearch, figuresBy, figuresByDay, returnReasons } from '../../../storage/index/statistics/figures.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../reading/county.ts'

let index: TestIndex
let county: ReadingCounty
let search: FactSearch
let followed = 0

const follow = async () => {
  for (;;) {
    const changes = await readChanges(index.pool, followed)
    if (changes.length === 0) return
    await countChanges({ index }, changes)
    followed = changes.at(-1)!.number
  }
}

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  const day = today(new Date())
  search = { scope: { centre: county.people.wang.institution.id, institution: null }, modality: null, from: day, to: day }
})
afterAll(() => index.close())

const figures = async () => (await figuresBy(index.pool, search, []))[0]!

test('without anything counted every count is 0 and every time is unknown', async () => {
  const nothing = await figures()
  expect(nothing).toMatchObject({ studies: 0, reports: 0, criticals: 0, turnaroundP50: null, uploadP95: null })
})

test('each step of a task is counted on its own day by its own clock', async () => {
  const { tools, people } = county
  const id = await county.ready(1, { Modality: 'CT' })
  await follow()
  expect(await figures()).toMatchObject({ studies: 1, reports: 0 })
  await perform(tools, people.wang, id, 'claim')
  await writeDraft(tools, people.wang, id, { ...completeDraft, rev: 0 })
  await perform(tools, people.wang, id, 'submit')
  await perform(tools, people.zeng, id, 'review')
  await perform(tools, people.zeng, id, 'sign')
  await follow()
  expect(await differingFacts(index.pool, derivedModalities)).toBe(0)
  expect(await figures()).toMatchObject({ studies: 1, reports: 1, polar: 1, timed: 1, timely: 1, corrected: 0 })
  const [day] = await figuresByDay(index.pool, search)
  expect(day).toEqual({ day: search.from, studies: 1, reports: 1 })
  // Signed in the last hour of a day in China: the next day begins at 16:00 UTC.
  const [row] = await query<{ day: string }>(
    index.pool,
    `select (timestamptz '2026-11-22T16:00:00Z' at time zone 'Asia/Shanghai')::date::text as day`,
  )
  expect(row!.day).toBe('2026-11-23')
})

test('a return is a retake with its reasons, until it is withdrawn', async () => {
  const id = await county.ready(2, { Modality: 'DX' })
  const [account] = [county.people.wang.account]
  await query(
    index.pool,
    `insert into workitem_return (workitem_id, number, study_pk, institution_id, modalities, reasons, comment, sop_instance_uids, last_instance, account_id)
     select w.id, 1, w.study_pk, s.institution_id, '{DX}', '{111209,111210}', '', '{1.2.3}', 0, $2 from workitem w join study s on s.study_pk = w.study_pk where w.id = $1`,
    [id, account],
  )
  expect(await rebuildFacts({ index })).toBeGreaterThan(0)
  expect(await figures()).toMatchObject({ returned: 1, returns: 1 })
  expect(await returnReasons(index.pool, search)).toEqual([
    { reason: '111209', returns: 1 },
    { reason: '111210', returns: 1 },
  ])
  await query(index.pool, `update workitem_return set state = 'withdrawn', closed_at = now() where workitem_id = $1`, [id])
  await rebuildFacts({ index })
  expect(await figures()).toMatchObject({ returned: 0, returns: 0 })
})

test('a row that went astray is found, and made again from the task', async () => {
  await query(index.pool, `update reading_fact set returns = 9, urgency = 0`)
  expect(await differingFacts(index.pool, derivedModalities)).toBeGreaterThan(0)
  await rebuildFacts({ index })
  expect(await differingFacts(index.pool, derivedModalities)).toBe(0)
})

test('figures of a group add up to those of all, and of another institution are none', async () => {
  const all = await figures()
  const groups = await figuresBy(index.pool, search, ['institution', 'modality'])
  for (const measure of ['studies', 'reports', 'timely', 'returned'] as const) {
    expect(
      groups.reduce((sum, row) => sum + row[measure], 0),
      measure,
    ).toBe(all[measure])
  }
  const west = county.people.westTech.institution.id
  const [nothing] = await figuresBy(index.pool, { ...search, scope: { centre: null, institution: west } }, [])
  expect(nothing).toMatchObject({ studies: 0, reports: 0 })
})
