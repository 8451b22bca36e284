/** Joining and splitting by hand, on a real database: one person only, nothing lost, found again wherever a study is looked up. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { getBoardStudy } from '../../../../archive/reading/board/board.ts'
import { searchWorkitems } from '../../../../archive/reading/list/workitem-search.ts'
import { getWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { eventLog, verifyLogs } from '../../../../archive/reading/workflow/event-log.ts'
import { joinWorkitems, splitWorkitem } from '../../../../archive/reading/workflow/join.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { uidOf } from '../../../support/records.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

const one = { patient_id: 'P1', patient_name: 'Zhang^San=张^三' }
const code = (deed: Promise<unknown>): Promise<string> =>
  deed.then(
    () => 'done',
    (error: { code?: string; name: string }) => error.code ?? error.name,
  )

describe('two views of one exam', () => {
  test('are read in one task; the other says where it went, and comes back when they are taken apart', async () => {
    const { wang, eastTech } = county.people
    const [task, other] = [await county.ready(1, one), await county.ready(2, one)]
    await perform(county.tools, eastTech, other, 'urgency', { urgency: 1 })
    await joinWorkitems(county.tools, wang, task, { other, reason: '同一次检查', idempotencyKey: 'join' })
    await joinWorkitems(county.tools, wang, task, { other, reason: '同一次检查', idempotencyKey: 'join' })
    const joined = await getWorkitem(county.tools, wang, task)
    // The more urgent of the two counts.
    expect(joined).toMatchObject({ urgency: 1, studies: [uidOf(1), uidOf(2)], instances: 2, state: 'READY' })
    const { items } = await searchWorkitems(county.tools, wang, { view: 'all', limit: 10 })
    expect(items.map(({ id }) => Number(id))).toEqual([task])
    // The imaging room sees both studies where their reading stands.
    await perform(county.tools, wang, task, 'claim')
    expect((await getBoardStudy(county.tools, eastTech, uidOf(2))).workitem).toMatchObject({ id: String(task), state: 'CLAIMED' })
    // New images of the second study are news for the task.
    await county.arrive({ study: 2, instance: 9, values: one })
    expect((await getWorkitem(county.tools, wang, task)).newImages).toBe(true)
    expect(await code(splitWorkitem(county.tools, wang, task, { StudyInstanceUID: uidOf(2), reason: '' }))).toBe('reason-missing')
    expect(await splitWorkitem(county.tools, wang, task, { StudyInstanceUID: uidOf(2), reason: '分开' })).toBe(other)
    expect(await getWorkitem(county.tools, wang, other)).toMatchObject({ state: 'READY', studies: [uidOf(2)] })
    expect((await getBoardStudy(county.tools, eastTech, uidOf(2))).workitem).toMatchObject({ id: String(other) })
    for (const id of [task, other]) expect((await eventLog(county.tools, wang, id)).chain).toEqual({ whole: true, broken: [] })
  })

  test('are not joined across people, over a colleague, by a stranger, or over a report', async () => {
    const { wang, li, zeng, eastTech } = county.people
    const [mine, theirs, stranger] = [
      await county.ready(11, one),
      await county.ready(12, one),
      await county.ready(13, { patient_id: 'P9' }),
    ]
    expect(await code(joinWorkitems(county.tools, wang, mine, { other: stranger, reason: 'x' }))).toBe('other-person')
    expect(await code(joinWorkitems(county.tools, eastTech, mine, { other: theirs, reason: 'x' }))).toBe('not-yours')
    await perform(county.tools, li, theirs, 'claim')
    expect(await code(joinWorkitems(county.tools, wang, mine, { other: theirs, reason: 'x' }))).toBe('held-by-another')
    await writeDraft(county.tools, li, theirs, { ...completeDraft, rev: 0 })
    await perform(county.tools, li, theirs, 'submit', { reason: 'x' })
    await perform(county.tools, zeng, theirs, 'review')
    await perform(county.tools, zeng, theirs, 'sign', { reason: 'x', pinProved: true })
    expect(await code(joinWorkitems(county.tools, wang, mine, { other: theirs, reason: 'x' }))).toBe('wrong-state')
    expect(await code(joinWorkitems(county.tools, wang, theirs, { other: mine, reason: 'x' }))).toBe('wrong-state')
  })
})

describe('one study with two procedures', () => {
  test('is read in two tasks that are claimed apart; both end when the study is rejected', async () => {
    const { wang, li } = county.people
    const task = await county.ready(21, one)
    const part = await splitWorkitem(county.tools, wang, task, { procedure: '腹部 CT 平扫', reason: '两个项目', idempotencyKey: 'split' })
    expect(await splitWorkitem(county.tools, wang, task, { procedure: '腹部 CT 平扫', reason: '两个项目', idempotencyKey: 'split' })).toBe(
      part,
    )
    expect(await getWorkitem(county.tools, wang, part)).toMatchObject({
      state: 'READY',
      part: 1,
      procedure: '腹部 CT 平扫',
      StudyInstanceUID: uidOf(21),
    })
    await perform(county.tools, wang, task, 'claim')
    await perform(county.tools, li, part, 'claim')
    expect(await code(splitWorkitem(county.tools, wang, part, { procedure: 'x', reason: 'x' }))).toBe('held-by-another')
    expect(await code(splitWorkitem(county.tools, wang, task, { SeriesInstanceUIDs: ['1.2.3'], reason: 'x' }))).toBe('BadRequest')
    // The board knows one task of the study: its own.
    expect((await getBoardStudy(county.tools, county.people.eastTech, uidOf(21))).workitem).toMatchObject({ id: String(task) })
  })
})

test('a part that is joined again adds no images to its study', async () => {
  const { wang } = county.people
  const task = await county.ready(22, one)
  const before = await getWorkitem(county.tools, wang, task)
  const part = await splitWorkitem(county.tools, wang, task, { procedure: '腹部 CT 平扫', reason: '两个项目' })
  await joinWorkitems(county.tools, wang, task, { other: part, reason: '一个项目' })
  const { series, instances, studies } = await getWorkitem(county.tools, wang, task)
  expect({ series, instances, studies }).toEqual({ series: before.series, instances: before.instances, studies: before.studies })
})

test('a log that was changed behind the archive does not verify', async () => {
  const { wang, admin } = county.people
  const id = await county.ready(31, one)
  expect(await verifyLogs(county.tools, admin, 0)).toMatchObject({ broken: [], next: null })
  await query(index.pool, 'alter table workitem_event disable trigger all')
  await query(index.pool, `update workitem_event set reason = 'another' where workitem_id = $1 and number = 1`, [id])
  expect((await eventLog(county.tools, wang, id)).chain).toEqual({ whole: false, broken: [1] })
  expect((await verifyLogs(county.tools, admin, 0)).broken).toEqual([{ workitem: String(id), number: 1 }])
  await query(index.pool, `update workitem_event set reason = null where workitem_id = $1 and number = 1`, [id])
  // The end of a log is missed too: the task is elsewhere than its last entry says.
  await query(index.pool, `delete from workitem_event where workitem_id = $1 and number = 2`, [id])
  expect((await verifyLogs(county.tools, admin, 0)).broken).toEqual([{ workitem: String(id), number: 1 }])
  await query(index.pool, 'alter table workitem_event enable trigger all')
  expect(await code(verifyLogs(county.tools, wang, 0))).toBe('Forbidden')
})
