import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nameMatches, nameQueryKeys } from '../../../archive/dicom/person-name.ts'
import { IndexTimeout } from '../../../storage/errors.ts'
import { openEpoch } from '../../../storage/index/epochs.ts'
import type { Match } from '../../../storage/index/match.ts'
import { publishInstances } from '../../../storage/index/publish.ts'
import {
  countInstances,
  countSeries,
  countStudies,
  type Search,
  searchInstances,
  searchSeries,
  searchStudies,
} from '../../../storage/index/search.ts'
import { type County, makeCounty } from '../../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { instanceRecord, type Told, uidOf } from '../../support/records.ts'

let index: TestIndex
let county: County
beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
  const epoch = await openEpoch(index.pool, 'test')
  const told: (Omit<Told, 'source'> & { from?: 0 | 1 })[] = [
    { study: 'san', values: { patient_name: '张^三', study_date: '20260301', study_time: '080000', accession_number: 'CT2026030001' } },
    { study: 'san', instance: 2, values: { patient_name: '张^三', instance_number: '02' } },
    { study: 'san', series: 2, values: { patient_name: '张^三', modality: 'SR' } },
    {
      study: 'shan',
      values: { patient_name: 'Shan^Xin=单^信', patient_id: '20002', study_date: '20260302', study_time: '2359', modality: 'MR' },
    },
    {
      study: 'ouyang',
      values: { patient_name: '欧阳^娜娜', patient_id: 'P%_x', study_date: '20260303', study_time: '000100', patient_sex: 'F' },
    },
    {
      study: 'smith',
      values: { patient_name: 'Smith^John', patient_id: '20004', study_date: '20260304', study_time: null, study_description: null },
    },
    { study: 'nobody', values: { patient_name: null, patient_id: null, study_date: null, study_time: null, accession_number: null } },
    { study: 'west', from: 1, values: { patient_name: '张^伟', patient_id: '30001', study_date: '20260305' } },
  ]
  for (const { from = 0, ...rest } of told)
    await publishInstances(index.pool, epoch, [instanceRecord({ ...rest, source: county.sources[from] })])
})
afterAll(() => index.close())

const asked = (search: Partial<Search>): Search => ({ scope: [county.townships[0]], matches: [], limit: 100, offset: 0, ...search })
const key = (keyword: string, match: Match) => ({ keyword, match })
const studiesOf = async (search: Partial<Search>) =>
  (await searchStudies(index.pool, asked(search))).rows.map(({ StudyInstanceUID }) => StudyInstanceUID.replace('2.25.', ''))
const byName = (value: string, scope = [county.townships[0]]) =>
  studiesOf({
    scope,
    matches: [key('PatientName', { kind: 'name', value, keys: nameQueryKeys(value), fuzzy: true })],
    recheck: (name) => nameMatches(name, value),
  })

describe('scope', () => {
  test('a township sees its own studies, newest first', async () => {
    expect(await studiesOf({})).toEqual(['smith', 'ouyang', 'shan', 'san', 'nobody'])
    expect(await studiesOf({ scope: [county.townships[1]] })).toEqual(['west'])
  })

  test('the county sees what is granted to it, and no study twice for one who sees through several institutions', async () => {
    const all = ['west', 'smith', 'ouyang', 'shan', 'san', 'nobody']
    expect(await studiesOf({ scope: [county.county] })).toEqual(all)
    expect(await studiesOf({ scope: [county.county, ...county.townships] })).toEqual(all)
    expect(await studiesOf({ scope: [county.county, ...county.townships], limit: 2, offset: 1 })).toEqual(['smith', 'ouyang'])
  })

  test('an empty scope sees nothing, whatever it asks', async () => {
    expect(await studiesOf({ scope: [] })).toEqual([])
    expect(await studiesOf({ scope: [], StudyInstanceUID: uidOf('san') })).toEqual([])
    expect(await countStudies(index.pool, asked({ scope: [] }))).toBe(0)
  })
})

describe('a name is found by', () => {
  test.each([
    ['张', ['san']],
    ['张三', ['san']],
    ['三', ['san']],
    ['zhang', ['san']],
    ['ZhangSan', ['san']],
    ['zs', ['san']],
    ['单', ['shan']],
    ['单信', ['shan']],
    ['dan', ['shan']],
    ['shanxin', ['shan']],
    ['sx', ['shan']],
    ['欧阳娜', ['ouyang']],
    ['阳娜娜', ['ouyang']],
    ['ouyang nana', ['ouyang']],
    ['oynn', ['ouyang']],
    ['smi', ['smith']],
    ['john smith', ['smith']],
    ['s', ['smith', 'shan', 'san']],
    ['李', []],
    ['zhangwei', []],
  ])('%s → %j', async (value, found) => {
    expect(await byName(value)).toEqual(found)
  })

  test('and the county finds those of all its townships', async () => {
    expect(await byName('张', [county.county])).toEqual(['west', 'san'])
  })

  test('what the recheck refuses is neither listed nor counted, and pages are full without it', async () => {
    const notSan = (name: string) => !name.includes('三')
    const matches = [key('PatientName', { kind: 'name' as const, value: 's', keys: ['s'], fuzzy: true })]
    expect(await studiesOf({ matches, recheck: notSan })).toEqual(['smith', 'shan'])
    const page = await searchStudies(index.pool, asked({ matches, recheck: notSan, limit: 1, offset: 1 }))
    expect(page).toMatchObject({ rows: [{ StudyInstanceUID: uidOf('shan') }], more: false })
    expect(await countStudies(index.pool, asked({ matches, recheck: notSan }))).toBe(2)
  })
})

describe('matching', () => {
  const single = (value: string): Match => ({ kind: 'single', value })
  const wildcard = (value: string): Match => ({ kind: 'wildcard', value })
  test.each<[string, { keyword: string; match: Match }[], string[]]>([
    ['single value', [key('PatientID', single('20002'))], ['shan']],
    ['single value is the whole value', [key('PatientID', single('2000'))], []],
    ['wildcards, in any case', [key('AccessionNumber', wildcard('ct20260300?1'))], ['san']],
    ['leading and trailing wildcard', [key('StudyDescription', wildcard('*胸部*'))], ['ouyang', 'shan', 'san', 'nobody']],
    ['% and _ are plain characters', [key('PatientID', wildcard('P%_*'))], ['ouyang']],
    ['% in a pattern is no wildcard', [key('PatientID', wildcard('%0%*'))], []],
    [
      '* alone matches every study, also without a value',
      [key('StudyDescription', wildcard('*'))],
      ['smith', 'ouyang', 'shan', 'san', 'nobody'],
    ],
    ['list of UIDs', [key('StudyInstanceUID', { kind: 'list', values: [uidOf('san'), uidOf('west'), uidOf('shan')] })], ['shan', 'san']],
    ['date', [key('StudyDate', single('20260303'))], ['ouyang']],
    ['date range, ends included', [key('StudyDate', { kind: 'range', from: '20260302', to: '20260303' })], ['ouyang', 'shan']],
    ['date range without beginning leaves out unknown dates', [key('StudyDate', { kind: 'range', to: '20260301' })], ['san']],
    ['date range without end', [key('StudyDate', { kind: 'range', from: '20260304' })], ['smith']],
    ['time of less precision', [key('StudyTime', single('08'))], ['san']],
    ['time range by itself, every day', [key('StudyTime', { kind: 'range', from: '0000', to: '0801' })], ['ouyang', 'san']],
    [
      'date and time ranges together are one stretch of time',
      [
        key('StudyDate', { kind: 'range', from: '20260302', to: '20260303' }),
        key('StudyTime', { kind: 'range', from: '2350', to: '0001' }),
      ],
      ['ouyang', 'shan'],
    ],
    ['ModalitiesInStudy', [key('ModalitiesInStudy', single('SR'))], ['san']],
    ['ModalitiesInStudy, one of several', [key('ModalitiesInStudy', { kind: 'list', values: ['MR', 'SR'] })], ['shan', 'san']],
    ['ModalitiesInStudy, wildcard', [key('ModalitiesInStudy', wildcard('M*'))], ['shan']],
    ['empty value', [key('PatientName', { kind: 'empty' })], ['nobody']],
    ['several keys at once', [key('PatientSex', single('M')), key('StudyDate', { kind: 'range', from: '20260302' })], ['smith', 'shan']],
  ])('%s', async (_, matches, found) => {
    expect(await studiesOf({ matches })).toEqual(found)
    expect(await countStudies(index.pool, asked({ matches }))).toBe(found.length)
    expect((await studiesOf({ matches, scope: [county.townships[0], county.townships[1]] })).filter((study) => study !== 'west')).toEqual(
      found,
    )
  })

  test('an attribute that is not indexed is refused by name', async () => {
    await expect(studiesOf({ matches: [key('PatientHat', single('70'))] })).rejects.toThrow('PatientHat is not indexed')
  })
})

describe('pages', () => {
  test('say whether there is more', async () => {
    expect(await searchStudies(index.pool, asked({ limit: 4 }))).toMatchObject({ more: true, rows: { length: 4 } })
    expect(await searchStudies(index.pool, asked({ limit: 5 }))).toMatchObject({ more: false, rows: { length: 5 } })
    expect(await searchStudies(index.pool, asked({ limit: 5, offset: 4 }))).toMatchObject({ more: false, rows: { length: 1 } })
    expect(await searchStudies(index.pool, asked({ limit: 0 }))).toEqual({ rows: [], more: false })
  })

  test('come in the order asked for, unknown values last', async () => {
    expect(await studiesOf({ order: [{ keyword: 'PatientID', descending: false }] })).toEqual(['san', 'shan', 'smith', 'ouyang', 'nobody'])
    expect((await studiesOf({ order: [{ keyword: 'NumberOfStudyRelatedInstances', descending: true }] }))[0]).toBe('san')
  })
})

describe('series and instances', () => {
  test('of one study, in the order of their numbers, with what is computed', async () => {
    const { rows } = await searchSeries(index.pool, asked({ StudyInstanceUID: uidOf('san') }))
    expect(rows.map(({ SeriesInstanceUID, computed }) => [SeriesInstanceUID, computed.NumberOfSeriesRelatedInstances])).toEqual([
      [uidOf('san', 1), 2],
      [uidOf('san', 2), 1],
    ])
    expect(rows[0]!.computed).toMatchObject({
      ModalitiesInStudy: ['CT', 'SR'],
      NumberOfStudyRelatedSeries: 2,
      NumberOfStudyRelatedInstances: 3,
    })
    expect(rows[0]!.json.series).toContain(uidOf('san', 1))
    expect(rows[0]!.json.instance).toBeUndefined()
    const instances = await searchInstances(index.pool, asked({ StudyInstanceUID: uidOf('san'), SeriesInstanceUID: uidOf('san', 1) }))
    expect(instances.rows.map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([uidOf('san', 1, 1), uidOf('san', 1, 2)])
  })

  test('without a study in the path, driven from the scope', async () => {
    const modality = [key('Modality', { kind: 'single', value: 'CT' } as const)]
    expect((await searchSeries(index.pool, asked({ matches: modality }))).rows).toHaveLength(4)
    expect((await searchInstances(index.pool, asked({ matches: modality, limit: 2 }))).more).toBe(true)
    const theirs = [key('SOPInstanceUID', { kind: 'single', value: uidOf('west', 1, 1) } as const)]
    expect((await searchInstances(index.pool, asked({ matches: theirs }))).rows).toEqual([])
    expect((await searchInstances(index.pool, asked({ matches: theirs, scope: [county.county] }))).rows).toHaveLength(1)
  })

  test('a number matches with and without leading zeros', async () => {
    const { rows } = await searchInstances(index.pool, asked({ matches: [key('InstanceNumber', { kind: 'single', value: '2' })] }))
    expect(rows.map(({ SOPInstanceUID }) => SOPInstanceUID)).toEqual([uidOf('san', 1, 2)])
  })

  test('are counted, from the counters where the keys allow', async () => {
    const counts = (matches: Search['matches']) =>
      Promise.all([countStudies, countSeries, countInstances].map((count) => count(index.pool, asked({ matches }))))
    expect(await counts([])).toEqual([5, 6, 7])
    expect(await counts([key('StudyDate', { kind: 'single', value: '20260301' })])).toEqual([1, 2, 3])
    const scope = [county.county, ...county.townships]
    expect(await countInstances(index.pool, asked({ scope }))).toBe(8)
    expect(await countInstances(index.pool, asked({ matches: [key('Modality', { kind: 'single', value: 'CT' })] }))).toBe(5)
    expect(await countSeries(index.pool, asked({ matches: [key('Modality', { kind: 'single', value: 'SR' })] }))).toBe(1)
    expect(await countInstances(index.pool, asked({ matches: [key('InstanceNumber', { kind: 'single', value: '1' })] }))).toBe(6)
  })
})

test('around a study: only studies of the same person', async () => {
  const { rows } = await index.pool.query(`select person_pk from study join patient using (patient_pk) where study_instance_uid = $1`, [
    uidOf('san'),
  ])
  expect(await studiesOf({ person: rows[0].person_pk, scope: [county.county] })).toEqual(['san'])
})

test('a search past its time is ended by the server and named', async () => {
  const lock = await index.pool.connect()
  await lock.query('begin; lock table study in access exclusive mode')
  await expect(searchStudies(index.pool, asked({ timeoutMs: 50 }))).rejects.toBeInstanceOf(IndexTimeout)
  await lock.query('rollback')
  lock.release()
  expect(await studiesOf({ limit: 1 })).toEqual(['smith'])
})
