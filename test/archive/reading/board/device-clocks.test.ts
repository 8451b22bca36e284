/** How far the clocks of machines are from ours, and the end of an exam by them: reading.md §10, T0 of §3.3. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { acquiredAt, clocksOf, handleClocks, heedStep, isWrong } from '../../../../archive/reading/board/device-clocks.ts'
import { readChanges } from '../../../../storage/index/changes.ts'
import { publishInstances } from '../../../../storage/index/publish.ts'
import { query } from '../../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../../support/postgres.ts'
import { instanceRecord } from '../../../support/records.ts'
import { type ReadingCounty, readingCounty } from '../county.ts'

let index: TestIndex
let county: ReadingCounty
let epoch: number
beforeAll(async () => {
  index = await openTestIndex()
  county = await readingCounty(index)
  const [row] = await query<{ id: number }>(index.pool, `insert into epoch (gateway) values ('clocks') returning epoch_id as id`)
  epoch = row!.id
})
afterAll(() => index.close())

const said = {
  AETitle: 'EAST_CT',
  studyPk: 1,
  receivedAt: new Date(),
  AcquisitionDateTime: null,
  AcquisitionDate: null,
  AcquisitionTime: null,
  ContentDate: null,
  ContentTime: null,
  TimezoneOffsetFromUTC: null,
}
const two = (number: number) => String(number).padStart(2, '0')
/** DT of a moment, as a machine in China writes it. */
function written(at: Date): string {
  const local = new Date(at.getTime() + 8 * 3_600_000)
  const date = `${local.getUTCFullYear()}${two(local.getUTCMonth() + 1)}${two(local.getUTCDate())}`
  return `${date}${two(local.getUTCHours())}${two(local.getUTCMinutes())}${two(local.getUTCSeconds())}`
}

describe('when a picture was taken', () => {
  test('is its acquisition, else its content, on a wall in China where it names no time zone', () => {
    const at = '2026-11-22T00:05:12.250Z'
    expect(acquiredAt({ ...said, AcquisitionDateTime: '20261122080512.250000' })?.toISOString()).toBe(at)
    expect(acquiredAt({ ...said, AcquisitionDateTime: '20261122010512.25+0100' })?.toISOString()).toBe(at)
    expect(acquiredAt({ ...said, AcquisitionDate: '20261122', AcquisitionTime: '080512.250' })?.toISOString()).toBe(at)
    expect(acquiredAt({ ...said, ContentDate: '20261122', ContentTime: '0805' })?.toISOString()).toBe('2026-11-22T00:05:00.000Z')
    expect(acquiredAt({ ...said, ContentDate: '20261122', ContentTime: '000512.250', TimezoneOffsetFromUTC: '+0000' })?.toISOString()).toBe(
      at,
    )
  })
  test('is not known where it says nothing that can be read', () => {
    for (const AcquisitionDateTime of [null, '', '2026', '20261322080512', 'yesterday', '20261122']) {
      expect(acquiredAt({ ...said, AcquisitionDateTime })).toBeUndefined()
    }
  })
})

test('a clock that is ahead is wrong at once; one that seems behind only when nothing ever comes sooner', () => {
  const of = (source: 'images' | 'performed-step', seconds: number, samples = 1) => isWrong({ source, seconds, samples })
  expect([of('images', -61), of('images', 300, 10), of('images', 700, 4), of('images', 700, 5)]).toEqual([true, false, false, true])
  expect([of('performed-step', 59), of('performed-step', 61), of('performed-step', -61)]).toEqual([false, true, true])
})

/** A study of one image, taken so many seconds before it was received by the clock of its machine. */
async function take(study: number, secondsBefore: number): Promise<void> {
  const record = instanceRecord({ study, source: county.east, epoch })
  const taken = written(new Date(record.receivedAt.getTime() - secondsBefore * 1000))
  const json = JSON.stringify({ ...JSON.parse(record.json.instance), '0008002A': { vr: 'DT', Value: [taken] } })
  await publishInstances(index.pool, epoch, [{ ...record, json: { ...record.json, instance: json } }])
  await county.follow()
  await handleClocks(county.tools, await readChanges(index.pool, 0))
}
const examEnd = async (study: number) => {
  const [row] = await query<{ before: number | null }>(
    index.pool,
    `select round(extract(epoch from t.last_received_at - w.study_end_at))::int as before from workitem w join study_totals t using (study_pk)
     where w.id = $1`,
    [await county.workitemOf(`2.25.${study}`)],
  )
  return row?.before ?? null
}
const east = async () => (await clocksOf(county.tools, county.people.eastTech))[0]

describe('the clock of a machine', () => {
  test('is told to its own institution, from the picture that waited least', async () => {
    expect(await east()).toBeUndefined()
    await take(1, 40)
    await take(2, 20)
    await take(3, 90)
    expect(await east()).toMatchObject({ AETitle: 'EAST_CT', source: 'images', samples: 3, warn: false })
    expect(Math.round((await east())!.seconds)).toBeGreaterThanOrEqual(20)
    expect(Math.round((await east())!.seconds)).toBeLessThanOrEqual(21)
    expect(await clocksOf(county.tools, county.people.westTech)).toEqual([])
    expect(await examEnd(3)).toBeGreaterThanOrEqual(89)
  })
  test('that is seven minutes ahead is warned of, and no exam ends after its last byte', async () => {
    await take(4, -432)
    expect(await east()).toMatchObject({ warn: true })
    expect(Math.round((await east())!.seconds)).toBeLessThan(-430)
    expect(await examEnd(4)).toBeGreaterThanOrEqual(0)
    expect(await examEnd(4)).toBeLessThanOrEqual(1)
  })
  test('is not told by pictures that are sent again after days', async () => {
    await take(5, 3 * 86_400)
    expect(await east()).toMatchObject({ samples: 4 })
    expect(await examEnd(5)).toBeNull()
  })
  test('is told best by the beginning of a performed procedure step', async () => {
    const at = written(new Date(Date.now() - 130_000))
    await heedStep(index.pool, 'EAST_CT', 1, {
      '00400244': { vr: 'DA', Value: [at.slice(0, 8)] },
      '00400245': { vr: 'TM', Value: [at.slice(8)] },
    })
    expect(await east()).toMatchObject({ source: 'performed-step', samples: 1, warn: true })
    expect(Math.round((await east())!.seconds / 10)).toBe(13)
  })
})
