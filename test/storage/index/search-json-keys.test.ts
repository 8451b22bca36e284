/** Attributes without a column, sequences, moments with offsets from UTC, patients, and pages by place: PS3.4 §C.2.2.2, §C.6.1.1. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEpoch } from '../../../storage/index/epochs.ts'
import type { Key, Match } from '../../../storage/index/match.ts'
import { publishInstances } from '../../../storage/index/publish.ts'
import type { InstanceRecord } from '../../../storage/index/records.ts'
import { type Search, searchInstances, searchSeries, searchStudies } from '../../../storage/index/search.ts'
import { countPatients, searchPatients } from '../../../storage/index/search-patients.ts'
import { type County, makeCounty } from '../../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { instanceRecord, type Told, uidOf } from '../../support/records.ts'

let index: TestIndex
let county: County
let epoch: number

type JSONOf = Partial<Record<'study' | 'series' | 'instance', object | string>>

/** An instance whose rows have this DICOM JSON. */
async function published(told: Omit<Told, 'source'> & { from?: 0 | 1 }, json: JSONOf = {}): Promise<void> {
  const record = instanceRecord({ ...told, source: county.sources[told.from ?? 0] })
  const text = (level: keyof JSONOf) => {
    const given = json[level]
    return given === undefined ? record.json[level] : typeof given === 'string' ? given : JSON.stringify(given)
  }
  const whole: InstanceRecord = { ...record, json: { study: text('study'), series: text('series'), instance: text('instance') } }
  await publishInstances(index.pool, epoch, [whole])
}

const request = (step: string, procedure: string) => ({
  '00400009': { vr: 'SH', Value: [step] },
  '00401001': { vr: 'SH', Value: [procedure] },
  '00400008': { vr: 'SQ', Value: [{ '00080100': { vr: 'SH', Value: [`P-${step}`] } }] },
})

beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
  epoch = await openEpoch(index.pool, 'test')
  await published(
    { study: 'a', values: { study_date: '20260301', study_time: '233000', referring_physician_name: 'Zhao^Liu=赵^六' } },
    {
      study: {
        '00101030': { vr: 'DS', Value: [70.5] },
        '00101010': { vr: 'AS', Value: ['045Y'] },
        '00080201': { vr: 'SH', Value: ['+0800'] },
      },
      series: {
        '00400275': { vr: 'SQ', Value: [request('S1', 'R1'), request('S2', 'R2')] },
        '00080021': { vr: 'DA', Value: ['20260301'] },
      },
      instance: { '0008002A': { vr: 'DT', Value: ['20260301233000.5'] }, '00200012': { vr: 'IS', Value: [3] } },
    },
  )
  await published(
    { study: 'b', values: { study_date: '20260302', study_time: '001000', referring_physician_name: 'Müller^Jörg' } },
    {
      study: {
        '00101030': { vr: 'DS', Value: ['heavy'] },
        '00101001': { vr: 'PN', Value: [{ Alphabetic: 'Li^Si', Ideographic: '李^四' }] },
      },
      series: { '00400275': { vr: 'SQ', Value: [request('S1', 'R2')] }, '00081040': { vr: 'LO', Value: ['Radiology', 'Outpatients'] } },
      instance: { '0008002A': { vr: 'DT', Value: ['20260302001000-0500'] }, '00080032': { vr: 'TM', Value: ['10:20:30'] } },
    },
  )
  // Half a surrogate pair, which jsonb refuses: found by its columns, never a failure.
  await published(
    { study: 'c', values: { study_date: '20260303', study_time: '120000', patient_id: '20002', patient_name: '李^四' } },
    { study: '{"00101010":{"vr":"AS","Value":["\\ud800"]}}', series: '{"00400275":{"vr":"SQ"}}', instance: '{"00200012":{"vr":"IS"}}' },
  )
})
afterAll(() => index.close())

const asked = (search: Partial<Search>): Search => ({ scope: [county.townships[0]], matches: [], limit: 100, offset: 0, ...search })
const key = (keyword: string, match: Match): Key => ({ keyword, match })
const single = (value: string): Match => ({ kind: 'single', value })
const studiesOf = async (matches: readonly Key[], search: Partial<Search> = {}) =>
  (await searchStudies(index.pool, asked({ matches, ...search }))).rows.map(({ StudyInstanceUID }) => StudyInstanceUID.slice(5))
const seriesOf = async (matches: readonly Key[]) =>
  (await searchSeries(index.pool, asked({ matches }))).rows.map(({ StudyInstanceUID }) => StudyInstanceUID.slice(5))
const instancesOf = async (matches: readonly Key[]) =>
  (await searchInstances(index.pool, asked({ matches }))).rows.map(({ StudyInstanceUID }) => StudyInstanceUID.slice(5))

describe('attributes that only the JSON holds', () => {
  test.each<[string, Key, string[]]>([
    ['a decimal, by its value', key('PatientWeight', single('70.5')), ['a']],
    ['a decimal of another', key('PatientWeight', single('70')), []],
    ['text', key('PatientAge', single('045Y')), ['a']],
    ['text, any of a list', key('PatientAge', { kind: 'list', values: ['044Y', '045Y'] }), ['a']],
    ['a name, in any of its groups', key('OtherPatientNames', single('李^四')), ['b']],
    ['a name, as a whole', key('OtherPatientNames', single('li si=李 四')), ['b']],
    ['a name, by a pattern', key('OtherPatientNames', { kind: 'wildcard', value: 'L*^S?' }), ['b']],
    ['no value', key('PatientWeight', { kind: 'empty' }), ['c']],
  ])('%s', async (_, one, found) => expect((await studiesOf([one])).filter((study) => study !== 'c' || found.includes('c'))).toEqual(found))

  test('of series and instances, any of several values', async () => {
    expect(await seriesOf([key('InstitutionalDepartmentName', single('Outpatients'))])).toEqual(['b'])
    expect(await seriesOf([key('SeriesDate', { kind: 'range', to: '20260301' })])).toEqual(['a'])
    expect(await instancesOf([key('AcquisitionNumber', single('3'))])).toEqual(['a'])
    expect(await instancesOf([key('AcquisitionTime', { kind: 'range', from: '1020', to: '1021' })])).toEqual(['b'])
  })

  test('order too, unknown values last', async () => {
    expect(await studiesOf([], { order: [{ keyword: 'PatientAge', descending: false }] })).toEqual(['a', 'c', 'b'])
  })
})

describe('names of others', () => {
  test.each<[string, Match, string[]]>([
    ['by the group of another script', single('赵^六'), ['a']],
    ['whatever the case and the division', single('zhao liu'), ['a']],
    ['a Chinese one with and without division', { kind: 'wildcard', value: '赵六*' }, ['a']],
    ['any of several', { kind: 'list', values: ['赵六', 'müller jörg'] }, ['b', 'a']],
    ['literally only as a whole', single('zhao'), []],
    ['by a pattern within a group', { kind: 'wildcard', value: '*liu' }, ['a']],
    ['fuzzily, by beginnings of words', { kind: 'name', value: 'jö mü', keys: [], fuzzy: true }, ['b']],
    ['fuzzily, not from the middle of one', { kind: 'name', value: 'ller', keys: [], fuzzy: true }, []],
    ['an asterisk that is asked for is none', { kind: 'list', values: ['zhao*', 'nobody'] }, []],
  ])('%s', async (_, match, found) => expect(await studiesOf([key('ReferringPhysicianName', match)])).toEqual(found))
})

describe('sequence matching', () => {
  const items = (...keys: [tag: string, vr: string, match: Match][]): Key =>
    key('RequestAttributesSequence', { kind: 'items', keys: keys.map(([tag, vr, match]) => ({ tag, vr, match })) })
  test.each<[string, Key, string[]]>([
    ['by one attribute', items(['00400009', 'SH', single('S1')]), ['b', 'a']],
    ['one item must match all keys', items(['00400009', 'SH', single('S1')], ['00401001', 'SH', single('R2')]), ['b']],
    ['by a pattern', items(['00401001', 'SH', { kind: 'wildcard', value: 'r?' }]), ['b', 'a']],
    ['by a list', items(['00400009', 'SH', { kind: 'list', values: ['S2', 'S9'] }]), ['a']],
    [
      'an item within an item',
      items(['00400008', 'SQ', { kind: 'items', keys: [{ tag: '00080100', vr: 'SH', match: single('P-S2') }] }]),
      ['a'],
    ],
    ['by what no item has', items(['00401002', 'LO', single('x')]), []],
    ['by what some item lacks', items(['00401002', 'LO', { kind: 'empty' }]), ['b', 'a']],
    ['without items', key('RequestAttributesSequence', { kind: 'empty' }), ['c']],
  ])('%s', async (_, one, found) => {
    expect(await seriesOf([one])).toEqual(found)
    expect(await instancesOf([one])).toEqual(found)
  })
})

describe('moments', () => {
  const moment = (from?: string, to?: string): Key =>
    key('AcquisitionDateTime', { kind: 'range', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })
  test.each<[string, Key, string[]]>([
    ['a day', key('AcquisitionDateTime', single('20260301')), ['a']],
    ['a year', key('AcquisitionDateTime', single('2026')), ['b', 'a']],
    ['a part of a second', key('AcquisitionDateTime', single('20260301233000.5')), ['a']],
    ['another part of it', key('AcquisitionDateTime', single('20260301233000.51')), []],
    ['without an offset: as the clocks showed it', moment('20260302'), ['b']],
    // 20260302001000-0500 is 05:10 UTC; 20260301233000 in the +0800 of its study is 15:30 UTC.
    ['with an offset: as what they are', moment('20260302051000+0000', '20260302051000+0000'), ['b']],
    ['an instance without an offset has that of its study', moment('20260301153000+0000', '20260301153059+0000'), ['a']],
    ['until', moment(undefined, '20260302+0000'), ['b', 'a']],
    ['until, to its own precision', moment(undefined, '202603020009-0500'), ['a']],
  ])('%s', async (_, one, found) => expect(await instancesOf([one])).toEqual(found))

  test('study dates in the zone of the query', async () => {
    const day: Key[] = [key('StudyDate', { kind: 'range', from: '20260301', to: '20260301' })]
    expect(await studiesOf(day)).toEqual(['a'])
    expect(await studiesOf(day, { zone: '+0800' })).toEqual(['a'])
    // 23:30 in China is after midnight in Tokyo; b, which names no zone, is taken to be in that of the query.
    expect(await studiesOf(day, { zone: '+0900' })).toEqual([])
    expect(await studiesOf([key('StudyDate', single('20260302'))], { zone: '+0900' })).toEqual(['b', 'a'])
    expect(await studiesOf([key('StudyDate', { kind: 'range', from: '20261399' })], { zone: '+0800' })).toEqual([])
    const hour: Key[] = [...day, key('StudyTime', { kind: 'range', from: '1500', to: '16' })]
    expect(await studiesOf(hour, { zone: '+0000' })).toEqual(['a'])
  })

  test('ranges of date and time each on its own, where combined matching was not agreed on', async () => {
    const keys = [
      key('StudyDate', { kind: 'range', from: '20260301', to: '20260303' }),
      key('StudyTime', { kind: 'range', from: '1000', to: '1300' }),
    ]
    expect(await studiesOf(keys)).toEqual(['c', 'b', 'a'])
    expect(await studiesOf(keys, { separateDateTime: true })).toEqual(['c'])
  })
})

test('several values, some of them patterns', async () => {
  const any: Match = { kind: 'any', of: [{ kind: 'wildcard', value: '2000?' }, single('nobody')] }
  expect(await studiesOf([key('PatientID', any)])).toEqual(['c'])
})

test('the index of request identifiers can serve a step by its identifier', async () => {
  const client = await index.pool.connect()
  await client.query('begin; set local enable_seqscan = off')
  const plan = await client.query(`explain select series_pk from series e where request_identifiers(e.json) @> array['S1']`)
  await client.query('rollback')
  client.release()
  expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toContain('series_request_identifiers')
})

describe('pages by place', () => {
  test.each<[string, Search['order']]>([
    ['newest first', []],
    ['by date', [{ keyword: 'StudyDate', descending: false }]],
    ['by a value that some lack', [{ keyword: 'PatientAge', descending: true }]],
    ['by a value that some lack, ascending', [{ keyword: 'PatientAge', descending: false }]],
    [
      'by name, then by what is counted',
      [
        { keyword: 'PatientName', descending: false },
        { keyword: 'NumberOfStudyRelatedInstances', descending: true },
      ],
    ],
  ])('%s: all, once, and nothing twice that is stored in between', async (_, order = []) => {
    for (const scope of [[county.townships[0]], [county.county, county.townships[0]]]) {
      const all = (await searchInstances(index.pool, asked({ scope, order }))).rows.map(({ SOPInstanceUID }) => SOPInstanceUID)
      const seen: (string | undefined)[] = []
      let next: Search['after']
      do {
        const page = await searchInstances(index.pool, asked({ scope, order, limit: 1, ...(next === undefined ? {} : { after: next }) }))
        seen.push(...page.rows.map(({ SOPInstanceUID }) => SOPInstanceUID))
        next = page.next
        expect(page.more).toBe(next !== undefined)
      } while (next !== undefined)
      expect(seen).toEqual(all)
    }
  })

  test('what arrives in between moves nothing', async () => {
    const first = await searchStudies(index.pool, asked({ limit: 1 }))
    await published({ study: 'new', values: { study_date: '20270101', patient_id: '77' } })
    const rest = await searchStudies(index.pool, asked({ after: first.next! }))
    expect(rest.rows.map(({ StudyInstanceUID }) => StudyInstanceUID)).toEqual([uidOf('b'), uidOf('a')])
  })
})

describe('patients', () => {
  const patients = (search: Partial<Search>) => searchPatients(index.pool, asked(search))
  test('one for each, counted by all their studies, as the newest says', async () => {
    const { rows, more } = await patients({ matches: [key('PatientID', single('10001'))] })
    expect(more).toBe(false)
    expect(rows).toMatchObject([{ NumberOfPatientRelatedStudies: 2, NumberOfPatientRelatedSeries: 2, NumberOfPatientRelatedInstances: 2 }])
    expect(rows[0]!.json).toContain('00101001')
    expect(await countPatients(index.pool, asked({ matches: [key('PatientID', single('10001'))] }))).toBe(1)
  })

  test('by name, rechecked', async () => {
    const search: Partial<Search> = {
      matches: [key('PatientName', { kind: 'name', value: '李四', keys: ['李四'], fuzzy: true })],
      recheck: (name) => name.startsWith('李'),
    }
    expect((await patients(search)).rows).toHaveLength(1)
    expect(await countPatients(index.pool, asked(search))).toBe(1)
    expect(await countPatients(index.pool, asked({ ...search, recheck: () => false }))).toBe(0)
  })

  test('in pages; outside the scope nobody', async () => {
    const all = (await patients({})).rows.map(({ patientPk }) => patientPk)
    expect(all.length).toBeGreaterThan(1)
    expect(all).toEqual([...all].sort((a, b) => b - a))
    const first = await patients({ limit: 1 })
    expect(first).toMatchObject({ more: true, next: [String(all[0])] })
    expect((await patients({ after: first.next! })).rows.map(({ patientPk }) => patientPk)).toEqual(all.slice(1))
    expect((await patients({ scope: [county.townships[1]] })).rows).toEqual([])
    expect((await patients({ scope: [] })).rows).toEqual([])
    const several = await patients({ scope: [county.county, county.townships[0]] })
    expect(several.rows.map(({ patientPk }) => patientPk)).toEqual(all)
    expect(several.rows.find(({ NumberOfPatientRelatedStudies }) => NumberOfPatientRelatedStudies > 2)).toBeUndefined()
  })
})
