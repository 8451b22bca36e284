/** The way of a study from its first image to the signed report (reading.md §3.2), on a real database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../../../archive/access.ts'
import { searchWorkitems } from '../../../../archive/reading/list/workitem-search.ts'
import { getWorkitem, openWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { Refused } from '../../../../archive/reading/refused.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { getReport } from '../../../../archive/reading/reports/reports.ts'
import { turnClocks } from '../../../../archive/reading/workflow/clocks.ts'
import type { Verb } from '../../../../archive/reading/workflow/machine.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { query } from '../../../../storage/index/query.ts'
import { brokenEvents } from '../../../../storage/index/reading/workitem-change.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let studies = 0
const newStudy = () => {
  studies += 1
  return county.ready(studies)
}

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

const act = (who: Asker, id: number, verb: Verb, request: Parameters<typeof perform>[4] = {}) =>
  perform(county.tools, who, id, verb, request)
const write = (who: Asker, id: number, rev: number, text: object = {}) =>
  writeDraft(county.tools, who, id, { ...completeDraft, ...text, rev })
const stateOf = async (id: number) => (await getWorkitem(county.tools, county.people.zeng, id)).state
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof Refused ? error.code : (error as Error).name),
  )

async function submitted(): Promise<number> {
  const id = await newStudy()
  await act(county.people.wang, id, 'claim')
  await write(county.people.wang, id, 0)
  await act(county.people.wang, id, 'submit')
  return id
}

test('a study goes from the first image to the signed report, and every step stands in the log', async () => {
  const { people, tools } = county
  const id = await submitted()
  await act(people.zeng, id, 'review')
  await act(people.zeng, id, 'sign')
  const detail = await openWorkitem(tools, people.wang, id)
  expect(detail.state).toBe('FINAL')
  expect(detail.events.map(({ verb, to }) => `${verb} ${to}`)).toEqual([
    'arrive UPLOADING',
    'ready READY',
    'claim CLAIMED',
    'submit SUBMITTED',
    'review REVIEWING',
    'sign FINAL',
  ])
  expect(detail.author?.displayName).toBe('王丽')
  expect(detail.reviewer?.displayName).toBe('曾国强')
  expect(detail.documents).toBe('pending')
  expect(detail.report?.impression).toBe('心肺未见异常。')
  expect(await brokenEvents(index.pool, id)).toEqual([])
  const { view, signed } = await getReport(tools, people.eastDoctor, Number(detail.reportId))
  expect(view.hash).toMatch(/^[0-9a-f]{64}$/)
  expect(signed.content.study.evidence).toHaveLength(1)
})

test('a signed report, its log and its kept drafts refuse every change', async () => {
  const id = await submitted()
  await act(county.people.zeng, id, 'review')
  await act(county.people.zeng, id, 'sign')
  for (const statement of [
    `update report set content = content where workitem_id = ${id}`,
    `delete from report where workitem_id = ${id}`,
    `update workitem_event set reason = 'x' where workitem_id = ${id}`,
    `delete from workitem_event where workitem_id = ${id}`,
    `delete from draft_version where workitem_id = ${id}`,
  ]) {
    await expect(index.pool.query(statement), statement).rejects.toThrow(/append-only/)
  }
  for (const verb of ['claim', 'submit', 'recall', 'review', 'rework', 'sign', 'release', 'cancel'] as const) {
    expect(await code(act(county.people.zeng, id, verb, { reason: 'x' })), verb).toBe('wrong-state')
  }
})

test('two radiologists race for one workitem: exactly one wins', async () => {
  for (let round = 0; round < 5; round += 1) {
    const id = await newStudy()
    const outcomes = await Promise.all([code(act(county.people.wang, id, 'claim')), code(act(county.people.li, id, 'claim'))])
    expect(outcomes.sort()).toEqual(['done', 'held-by-another'])
  }
})

test('a claim repeated under its Idempotency-Key is done once; the key is good for nothing else', async () => {
  const id = await newStudy()
  const key = { idempotencyKey: 'abc' }
  await act(county.people.wang, id, 'claim', key)
  await act(county.people.wang, id, 'release')
  expect(await code(act(county.people.wang, id, 'claim', key))).toBe('done')
  expect(await stateOf(id)).toBe('READY')
  expect(await code(act(county.people.wang, id, 'submit', key))).toBe('key-reused')
  // Somebody else's key of the same text is another key.
  expect(await code(act(county.people.li, id, 'claim', key))).toBe('done')
})

test('a refused verb does not use up its Idempotency-Key', async () => {
  const id = await newStudy()
  await act(county.people.wang, id, 'claim')
  const key = { idempotencyKey: 'later' }
  expect(await code(act(county.people.wang, id, 'submit', key))).toBe('draft-incomplete')
  await write(county.people.wang, id, 0)
  expect(await code(act(county.people.wang, id, 'submit', key))).toBe('done')
  expect(await stateOf(id)).toBe('SUBMITTED')
})

describe('the draft', () => {
  test('is saved against the version that was seen; a conflict answers the one that stands', async () => {
    const { wang } = county.people
    const id = await newStudy()
    await act(wang, id, 'claim')
    expect((await write(wang, id, 0, { findings: 'A' })).rev).toBe(1)
    expect((await write(wang, id, 1, { findings: 'B' })).rev).toBe(2)
    const conflict = await write(wang, id, 1, { findings: 'C' }).catch((error: Refused) => error)
    expect(conflict).toMatchObject({ code: 'draft-conflict', current: { findings: 'B', rev: 2 } })
    // The same text again is the first request repeated.
    expect((await write(wang, id, 1, { findings: 'B' })).rev).toBe(2)
  })

  test('outlives the lease, and shows who wrote it', async () => {
    const { wang, li } = county.people
    const id = await newStudy()
    await act(wang, id, 'claim')
    await write(wang, id, 0, { findings: '写到一半' })
    await query(index.pool, `update workitem set lease_until = now() - interval '1 second' where id = $1`, [id])
    expect(await turnClocks(county.tools, 60)).toBe(1)
    expect(await stateOf(id)).toBe('READY')
    expect(await code(write(wang, id, 1))).toBe('lease-lost')
    await act(li, id, 'claim')
    const { draft } = await openWorkitem(county.tools, li, id)
    expect(draft).toMatchObject({ findings: '写到一半', author: { displayName: '王丽' } })
    await write(li, id, 1, { findings: '接着写' })
    const kept = await query(index.pool, 'select findings from draft_version where workitem_id = $1', [id])
    expect(kept).toEqual([{ findings: '写到一半' }])
  })

  test('is not read outside the reading centre before it is signed', async () => {
    const id = await submitted()
    const detail = await openWorkitem(county.tools, county.people.eastTech, id)
    expect(detail).toMatchObject({ draft: null, report: null })
  })

  test('is submitted only with findings, impression and 阴性/阳性', async () => {
    const { wang } = county.people
    for (const part of [{ findings: ' \n' }, { impression: '' }, { polarity: null }]) {
      const id = await newStudy()
      await act(wang, id, 'claim')
      await write(wang, id, 0, part)
      expect(await code(act(wang, id, 'submit'))).toBe('draft-incomplete')
    }
  })
})

describe('review', () => {
  test('is never done by the author', async () => {
    const { zeng, zhao } = county.people
    const id = await newStudy()
    await act(zeng, id, 'claim')
    await write(zeng, id, 0)
    await act(zeng, id, 'submit')
    expect(await code(act(zeng, id, 'review'))).toBe('same-person')
    expect((await getWorkitem(county.tools, zeng, id)).verbs).not.toContain('review')
    expect(await code(act(zhao, id, 'review'))).toBe('done')
  })

  test('sends back with a comment; the author goes on where they were', async () => {
    const { wang, zeng } = county.people
    const id = await submitted()
    await act(zeng, id, 'review')
    expect(await code(act(zeng, id, 'rework'))).toBe('reason-missing')
    await act(zeng, id, 'rework', { reason: '请描述纵隔' })
    expect(await getWorkitem(county.tools, wang, id)).toMatchObject({ state: 'REWORK', reworked: true, assignee: { displayName: '王丽' } })
    await act(wang, id, 'claim')
    await act(wang, id, 'submit')
    await act(zeng, id, 'review')
    await act(zeng, id, 'sign')
    expect(await stateOf(id)).toBe('FINAL')
  })

  test('asks for the password when it was not given lately', async () => {
    const { zeng } = county.people
    const id = await submitted()
    const yesterday = { ...zeng, pinGivenAt: new Date(Date.now() - 86_400_000) }
    await act(yesterday, id, 'review')
    expect(await code(act(yesterday, id, 'sign'))).toBe('pin-needed')
    expect(await code(act(yesterday, id, 'sign', { pinProved: true }))).toBe('done')
  })

  test('is not open to a radiologist without the second signature', async () => {
    expect(await code(act(county.people.li, await submitted(), 'review'))).toBe('not-yours')
  })

  test('an author takes the text back until somebody has opened it', async () => {
    const { wang, zeng } = county.people
    const id = await submitted()
    await act(wang, id, 'recall')
    expect(await stateOf(id)).toBe('CLAIMED')
    await act(wang, id, 'submit')
    await act(zeng, id, 'review')
    expect(await code(act(wang, id, 'recall'))).toBe('wrong-state')
  })

  test('taking over needs a reason and keeps what was written', async () => {
    const { wang, zeng } = county.people
    const id = await newStudy()
    await act(wang, id, 'claim')
    await write(wang, id, 0, { findings: '王的文字' })
    expect(await code(act(zeng, id, 'takeover'))).toBe('reason-missing')
    await act(zeng, id, 'takeover', { reason: '夜班交接' })
    expect(await code(write(wang, id, 1))).toBe('lease-lost')
    await write(zeng, id, 1, { findings: '曾的文字' })
    expect(await query(index.pool, 'select findings from draft_version where workitem_id = $1', [id])).toEqual([{ findings: '王的文字' }])
  })
})

test('a generation that has passed is refused: the workitem has changed hands', async () => {
  const { wang } = county.people
  const id = await newStudy()
  const { generation } = await getWorkitem(county.tools, wang, id)
  await act(wang, id, 'claim', { generation })
  expect(await code(act(wang, id, 'release', { generation }))).toBe('stale-generation')
})

describe('scope', () => {
  test('another institution has neither the workitem nor the report: not found, never forbidden', async () => {
    const { westTech, westDoctor, zeng } = county.people
    const id = await submitted()
    await act(zeng, id, 'review')
    await act(zeng, id, 'sign')
    const { reportId } = await getWorkitem(county.tools, zeng, id)
    expect(await code(openWorkitem(county.tools, westTech, id))).toBe('NotFound')
    expect(await code(act(westTech, id, 'cancel', { reason: 'x' }))).toBe('NotFound')
    expect(await code(getReport(county.tools, westDoctor, Number(reportId)))).toBe('NotFound')
  })

  test('the reading list holds only what the centre may see', async () => {
    const { wang, eastTech } = county.people
    const local = await county.arrive({ study: 900 }, { ...county.east, grants: [] })
    const { items } = await searchWorkitems(county.tools, wang, { view: 'all', limit: 500 })
    expect(items.map(({ StudyInstanceUID }) => StudyInstanceUID)).not.toContain(local)
    await expect(searchWorkitems(county.tools, eastTech, { view: 'all', limit: 10 })).rejects.toThrow(/no role/)
  })
})

test('images after READY raise the badge; those before it, and documents of our own, do not', async () => {
  const { wang, eastTech } = county.people
  const uid = await county.arrive({ study: 700, instance: 1 })
  await county.arrive({ study: 700, instance: 2 })
  const id = await county.workitemOf(uid)
  await act(eastTech, id, 'ready')
  await county.follow()
  expect((await getWorkitem(county.tools, wang, id)).newImages).toBe(false)
  await county.arrive({ study: 700, series: 9, instance: 3 }, { ...county.east, via: 'authored' })
  expect((await getWorkitem(county.tools, wang, id)).newImages).toBe(false)
  await county.arrive({ study: 700, instance: 4 })
  expect((await getWorkitem(county.tools, wang, id)).newImages).toBe(true)
  await act(wang, id, 'acknowledge')
  expect((await getWorkitem(county.tools, wang, id)).newImages).toBe(false)
})

test('a study that fell quiet for as long as its machine asks becomes READY', async () => {
  const id = await county.workitemOf(await county.arrive({ study: 701 }))
  await turnClocks(county.tools, 1)
  expect(await stateOf(id)).toBe('UPLOADING')
  await query(
    index.pool,
    `update study_totals set last_received_at = now() - interval '61 seconds' where study_pk = (select study_pk from workitem where id = $1)`,
    [id],
  )
  await turnClocks(county.tools, 1)
  expect(await stateOf(id)).toBe('READY')
})

test('the list is found by 汉字, pinyin, initials and number, in order of urgency and due time, page by page', async () => {
  const { wang } = county.people
  await county.ready(800, { patient_name: 'Ouyang^Ming=欧阳^明', patient_id: 'Q-7788', accession_number: 'ACC800' })
  for (const q of ['欧阳', '欧阳明', 'ouyang', 'oym', 'Q-77', 'acc800']) {
    const { items, total } = await searchWorkitems(county.tools, wang, { view: 'todo', q, limit: 10 })
    expect([q, items.map(({ patient }) => patient.name), total]).toEqual([q, ['欧阳明'], 1])
  }
  const all = await searchWorkitems(county.tools, wang, { view: 'all', limit: 500 })
  const paged: string[] = []
  let after: string | undefined
  do {
    const page = await searchWorkitems(county.tools, wang, { view: 'all', limit: 7, after })
    paged.push(...page.items.map(({ id }) => id))
    after = page.next ?? undefined
  } while (after !== undefined)
  expect(paged).toEqual(all.items.map(({ id }) => id))
})
