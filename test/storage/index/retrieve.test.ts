import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openEpoch } from '../../../storage/index/epochs.ts'
import { publishInstances } from '../../../storage/index/publish.ts'
import { bulkOf, findStudy, frameOf, instancesOf, metadataOf, personOf } from '../../../storage/index/retrieve.ts'
import { type County, makeCounty } from '../../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { instanceRecord, uidOf } from '../../support/records.ts'

let index: TestIndex
let county: County
let epoch: number
const uids = { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 1), SOPInstanceUID: uidOf('s', 1, 3) }
const frameTable = new Uint8Array(100_000).map((_, at) => at % 251)
beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
  epoch = await openEpoch(index.pool, 'test')
  const records = Array.from({ length: 700 }, (_, at) =>
    instanceRecord({
      study: 's',
      series: at < 650 ? 1 : 2,
      instance: 700 - at,
      source: county.sources[0],
      ...(at === 697 ? { frameTable } : {}),
    }),
  )
  await publishInstances(index.pool, epoch, records)
})
afterAll(() => index.close())

const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('instances', () => {
  test('of a study come in the order of series and instance numbers, over all pages', async () => {
    const rows = await all(instancesOf(index.pool, [county.county], { StudyInstanceUID: uidOf('s') }))
    expect(rows).toHaveLength(700)
    expect(rows[0]).toMatchObject({
      SOPInstanceUID: uidOf('s', 1, 51),
      objectSize: 1000,
      datasetOffset: 300,
      pixels: { offset: 400, frameTable: null },
    })
    expect(rows[0]!.fileSHA256).toHaveLength(32)
    expect(rows[649]!.SOPInstanceUID).toBe(uidOf('s', 1, 700))
    expect(rows[650]!.SOPInstanceUID).toBe(uidOf('s', 2, 1))
  })

  test('of a series, or one', async () => {
    expect(
      await all(instancesOf(index.pool, [county.county], { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 2) })),
    ).toHaveLength(50)
    const one = { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 2), SOPInstanceUID: uidOf('s', 2, 3) }
    expect(await all(instancesOf(index.pool, [county.county], one))).toHaveLength(1)
  })

  test('a reader who stops leaves no connection behind', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      for await (const _ of instancesOf(index.pool, [county.county], { StudyInstanceUID: uidOf('s') })) break
    }
    await vi.waitFor(() => expect(index.pool.idleCount).toBe(index.pool.totalCount))
  })
})

test('metadata comes as it was published, with a revision that changes with the content', async () => {
  const series = { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 2) }
  const before = (await metadataOf(index.pool, [county.county], series))!
  const fragments = await all(before.fragments)
  expect(fragments).toHaveLength(50)
  expect(JSON.parse(inflateRawSync(fragments[0]!.deflated).toString())).toEqual({ '00080018': { vr: 'UI', Value: [uidOf('s', 2, 1)] } })
  await publishInstances(index.pool, epoch, [instanceRecord({ study: 's', series: 2, instance: 999, source: county.sources[0] })])
  const after = (await metadataOf(index.pool, [county.county], series))!
  expect(after.revision).not.toBe(before.revision)
  expect(await all(after.fragments)).toHaveLength(51)
  const other = await metadataOf(index.pool, [county.county], { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 1) })
  expect(other!.revision).not.toBe(after.revision)
})

test('frames come with their table, bulk values with their place', async () => {
  const encapsulated = { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 2), SOPInstanceUID: uidOf('s', 2, 3) }
  const instance = (await frameOf(index.pool, [county.county], encapsulated))!
  expect(Buffer.compare(instance.pixels!.frameTable!, frameTable)).toBe(0)
  const sliced = (await frameOf(index.pool, [county.county], encapsulated, 3))!
  expect([...sliced.pixels!.frameTable!]).toEqual([...frameTable.subarray(32, 48)])
  const native = { ...encapsulated, SOPInstanceUID: uidOf('s', 2, 4) }
  expect((await frameOf(index.pool, [county.county], native))!.pixels!.frameTable).toBeNull()
  expect(await bulkOf(index.pool, [county.county], native, '7FE00010')).toMatchObject({
    value: { path: '7FE00010', vr: 'OW', offset: 400, length: 600 },
    instance: { SOPInstanceUID: uidOf('s', 2, 4) },
  })
  expect(await bulkOf(index.pool, [county.county], native, '00081030')).toBeUndefined()
})

describe('outside the scope', () => {
  const one = { StudyInstanceUID: uidOf('s'), SeriesInstanceUID: uidOf('s', 2), SOPInstanceUID: uidOf('s', 2, 3) }
  const statements: Record<string, (scope: number[]) => Promise<unknown>> = {
    findStudy: (scope) => findStudy(index.pool, scope, uidOf('s')),
    personOf: (scope) => personOf(index.pool, scope, uidOf('s')),
    instancesOf: async (scope) => (await all(instancesOf(index.pool, scope, one)))[0],
    metadataOf: (scope) => metadataOf(index.pool, scope, one),
    'metadataOf a study': (scope) => metadataOf(index.pool, scope, { StudyInstanceUID: uidOf('s') }),
    frameOf: (scope) => frameOf(index.pool, scope, one),
    bulkOf: (scope) => bulkOf(index.pool, scope, one, '7FE00010'),
  }
  test.each(Object.entries(statements))('%s finds nothing', async (_, find) => {
    expect(await find([county.townships[1]])).toBeUndefined()
    expect(await find([])).toBeUndefined()
    expect(await find([county.townships[0]])).toBeDefined()
    expect(await find([county.townships[1], county.county])).toBeDefined()
  })

  test('a right instance under a wrong study or series is not found', async () => {
    expect(await frameOf(index.pool, [county.county], { ...uids, SeriesInstanceUID: uidOf('s', 2) })).toBeUndefined()
    expect(await metadataOf(index.pool, [county.county], { ...one, SOPInstanceUID: uidOf('s', 1, 60) })).toBeUndefined()
  })
})
