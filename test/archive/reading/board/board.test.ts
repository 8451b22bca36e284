/** The imaging room's board, 发送, 补充; the ward; what each institution may see of it. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expectationOf, getBoardStudy, searchBoard, sendStudy } from '../../../../archive/reading/board/board.ts'
import { checkStudy } from '../../../../archive/reading/board/self-check.ts'
import { getWorkitem, openWorkitem } from '../../../../archive/reading/list/workitems.ts'
import { Refused } from '../../../../archive/reading/refused.ts'
import { writeDraft } from '../../../../archive/reading/reports/drafts.ts'
import { afterWork, defaultCalendar } from '../../../../archive/reading/turnaround/calendar.ts'
import { lightSeries, searchWard, wardTimeline } from '../../../../archive/reading/ward/ward.ts'
import { perform } from '../../../../archive/reading/workflow/perform.ts'
import { supplementStudy } from '../../../../archive/reading/workflow/supplement.ts'
import { publishInstances } from '../../../../storage/index/publish.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { instanceRecord, uidOf } from '../../../support/records.ts'
import { completeDraft, type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty

beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
})
afterAll(() => index.close())

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error instanceof Refused ? error.code : (error as Error).name),
  )
const stage = async (uid: string) => (await getBoardStudy(county.tools, county.people.eastTech, uid)).stage
const supplement = {
  clinicalInformation: '',
  urgency: null,
  patientName: '',
  pregnancy: null,
  department: '',
  requester: '',
  ward: '',
  bed: '',
}

async function sign(id: number): Promise<void> {
  const { wang, zeng } = county.people
  await perform(county.tools, wang, id, 'claim')
  await writeDraft(county.tools, wang, id, { ...completeDraft, rev: 0 })
  await perform(county.tools, wang, id, 'submit', { reason: '阅片窗口未打开' })
  await perform(county.tools, zeng, id, 'review')
  await perform(county.tools, zeng, id, 'sign', { reason: '阅片窗口未打开' })
}

test('the board follows a study from the first image to the report', async () => {
  const { tools, people } = county
  const uid = await county.arrive({ study: 1 })
  expect(await getBoardStudy(tools, people.eastTech, uid)).toMatchObject({
    stage: 'received',
    readAtCounty: true,
    quietUntil: expect.any(Date),
    verbs: ['send', 'self-check', 'supplement', 'reject'],
    patient: { name: '张三' },
    modality: 'CT',
  })
  await sendStudy(tools, people.eastTech, uid)
  expect(await getBoardStudy(tools, people.eastTech, uid)).toMatchObject({
    stage: 'waiting',
    quietUntil: null,
    verbs: ['self-check', 'supplement', 'reject'],
  })
  const id = await county.workitemOf(uid)
  await sign(id)
  const study = await getBoardStudy(tools, people.eastTech, uid)
  expect(study).toMatchObject({ stage: 'reported', report: { finalAt: expect.any(Date) } })
})

test('发送 pressed before the follower came makes the workitem itself, once', async () => {
  const { tools, people } = county
  await publishInstances(index.pool, 1, [instanceRecord({ study: 2, source: county.east })])
  const uid = uidOf(2)
  await sendStudy(tools, people.eastTech, uid, 'key')
  expect(await code(sendStudy(tools, people.eastTech, uid, 'key'))).toBe('done')
  expect(await code(sendStudy(tools, people.eastTech, uid))).toBe('wrong-state')
  await county.follow()
  const detail = await openWorkitem(tools, people.wang, await county.workitemOf(uid))
  expect(detail.events.map(({ verb }) => verb)).toEqual(['arrive', 'ready'])
  expect(detail.newImages).toBe(false)
})

test('a study that its machine keeps at home is not sent and makes no workitem', async () => {
  const uid = await county.arrive({ study: 3 }, { ...county.east, grants: [] })
  expect(await stage(uid)).toBe('local')
  expect(await code(sendStudy(county.tools, county.people.eastTech, uid))).toBe('not-read-at-county')
})

describe('自查', () => {
  const looked = { sideMark: 'good', coverage: 'poor', motion: 'good', exposure: 'none', exposureIndex: 412, note: '肺尖未全' } as const
  test('stands beside the study with whoever looked, for the owner alone, and the last one counts', async () => {
    const { tools, people } = county
    const uid = await county.arrive({ study: 900 })
    await checkStudy(tools, people.eastTech, uid, { ...looked, coverage: 'good' })
    await checkStudy(tools, people.eastTech, uid, looked)
    const { selfCheck } = await getBoardStudy(tools, people.eastTech, uid)
    expect(selfCheck).toMatchObject({ ...looked, by: { displayName: 'east-tech' }, at: expect.any(Date) })
    expect(await code(checkStudy(tools, people.westTech, uid, looked))).toBe('NotFound')
    expect(await code(checkStudy(tools, people.eastDoctor, uid, looked))).toBe('Forbidden')
    expect(await code(checkStudy(tools, people.wang, uid, looked))).toBe('Forbidden')
  })
})

describe('when it can be read', () => {
  const row = {
    state: 'UPLOADING',
    readAtCounty: true,
    quietSeconds: 60,
    lastReceivedAt: new Date('2026-11-22T06:00:00Z'),
    instances: 10,
    bytes: 5_000_000,
  }
  const expected = (bytesPerSecond: number, expectedInstances: number | null, change: object = {}) =>
    expectationOf({ ...row, ...change }, { bytesPerSecond, expectedInstances }, 30).readableAt?.toISOString() ?? null
  test('follows from what its machine has listed and how fast it comes, else from the quiet timer', () => {
    expect(expected(100_000, 30)).toBe('2026-11-22T06:01:40.000Z')
    expect(expected(0, 30)).toBe('2026-11-22T06:01:00.000Z')
    expect(expected(100_000, null)).toBe('2026-11-22T06:01:00.000Z')
    expect(expected(100_000, 10)).toBe('2026-11-22T06:01:00.000Z')
    expect(expected(100_000, 30, { instances: 0, bytes: 0 })).toBe('2026-11-22T06:01:00.000Z')
    expect(expectationOf({ ...row, state: 'READY' }, undefined, 30).readableAt).toBeNull()
  })
})

describe('补充', () => {
  test('gives the Chinese name and the urgency; the list is found by it and the clock follows', async () => {
    const { tools, people } = county
    const uid = await county.arrive({ study: 4, values: { patient_name: 'LI BINGZHI' } })
    await sendStudy(tools, people.eastTech, uid)
    const id = await county.workitemOf(uid)
    const before = await getWorkitem(tools, people.wang, id)
    // Routine work is due in four hours of those that the centre works, an emergency in one of any.
    expect([before.patient.name, before.urgency, before.dueAt]).toEqual([
      'LI BINGZHI',
      3,
      afterWork(defaultCalendar, before.readyAt!, 4 * 3_600_000),
    ])
    await supplementStudy(tools, people.eastTech, uid, { ...supplement, patientName: '李丙治', urgency: 1, clinicalInformation: '车祸' }, 0)
    const after = await getWorkitem(tools, people.wang, id)
    expect(after).toMatchObject({ patient: { name: '李丙治', PatientName: 'LI BINGZHI' }, urgency: 1, clinicalInformation: '车祸' })
    expect(after.dueAt!.getTime() - after.readyAt!.getTime()).toBe(3_600_000)
    for (const q of ['李丙治', 'lbz', 'li bingzhi']) {
      const found = await searchBoard(tools, people.eastTech, { q, limit: 10 })
      expect([q, found.map(({ StudyInstanceUID }) => StudyInstanceUID)]).toEqual([q, [uid]])
    }
  })

  test('is refused over a version that was not seen', async () => {
    const uid = await county.arrive({ study: 5 })
    const write = (rev: number) => supplementStudy(county.tools, county.people.eastTech, uid, supplement, rev)
    await write(0)
    expect(await code(write(0))).toBe('supplement-conflict')
    expect(await code(write(1))).toBe('done')
  })
})

describe('scope', () => {
  test('a township sees none of another: neither on the board, nor by number, nor the pictures', async () => {
    const { tools, people } = county
    const uid = await county.arrive({ study: 6, values: { accession_number: 'SECRET6' } })
    expect(await searchBoard(tools, people.westTech, { limit: 500 })).toEqual([])
    expect(await searchWard(tools, people.westDoctor, { q: 'SECRET6', limit: 10 })).toEqual([])
    for (const ask of [
      () => getBoardStudy(tools, people.westTech, uid),
      () => sendStudy(tools, people.westTech, uid),
      () => supplementStudy(tools, people.westTech, uid, supplement, undefined),
      () => wardTimeline(tools, people.westDoctor, uid),
      () => lightSeries(tools, people.westDoctor, uid),
    ]) {
      expect(await code(ask())).toBe('NotFound')
    }
  })

  test('the centre reads a study, but does not send or supplement it', async () => {
    const { tools, people } = county
    const uid = await county.arrive({ study: 7 })
    const countyTech = await county.asker('county-tech', ['technologist'], people.wang.institution.id)
    expect(await code(sendStudy(tools, countyTech, uid))).toBe('not-yours')
    expect(await code(supplementStudy(tools, countyTech, uid, supplement, undefined))).toBe('Forbidden')
    expect(await code(sendStudy(tools, people.wang, uid))).toBe('Forbidden')
  })
})

describe('the ward', () => {
  test('finds by pinyin initials, and reads the report first', async () => {
    const { tools, people } = county
    const values = { patient_name: 'Shan^XiaoMin=单^晓敏', patient_id: 'W-1', patient_sex: 'F', patient_birth_date: '19790304' }
    const uid = await county.arrive({ study: 8, values })
    await sendStudy(tools, people.eastTech, uid)
    await sign(await county.workitemOf(uid))
    const older = await county.arrive({ study: 9, values: { ...values, study_date: '20250101' } })
    for (const q of ['sxm', 'shan', '单晓敏', 'W-1']) {
      const found = await searchWard(tools, people.eastDoctor, { q, limit: 10 })
      expect([q, found.map(({ StudyInstanceUID }) => StudyInstanceUID)]).toEqual([q, [older, uid]])
    }
    const timeline = await wardTimeline(tools, people.eastDoctor, older)
    expect(timeline.map(({ StudyInstanceUID, report }) => [StudyInstanceUID, report?.impression])).toEqual([
      [uid, completeDraft.impression],
      [older, undefined],
    ])
    const detail = await openWorkitem(tools, people.wang, await county.workitemOf(older))
    expect(detail.priors).toMatchObject([{ StudyInstanceUID: uid, report: { impression: completeDraft.impression } }])
  })

  test('has the pictures of a study series by series, in order', async () => {
    await county.arrive({ study: 10, series: 2, instance: 1 })
    await county.arrive({ study: 10, series: 1, instance: 2 })
    const uid = await county.arrive({ study: 10, series: 1, instance: 1 })
    expect(await lightSeries(county.tools, county.people.eastDoctor, uid)).toMatchObject([
      {
        SeriesNumber: 1,
        Modality: 'CT',
        instances: [
          { SOPInstanceUID: uidOf(10, 1, 1), frames: 1 },
          { SOPInstanceUID: uidOf(10, 1, 2), frames: 1 },
        ],
      },
      { SeriesNumber: 2, instances: [{ SOPInstanceUID: uidOf(10, 2, 1), frames: 1 }] },
    ])
  })
})
