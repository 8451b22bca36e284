import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEpoch } from '../../../storage/index/epochs.ts'
import { publishInstances } from '../../../storage/index/publish.ts'
import type { InstanceRecord } from '../../../storage/index/records.ts'
import { type County, makeCounty } from '../../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { instanceRecord, type Told, uidOf } from '../../support/records.ts'

let index: TestIndex
let county: County
let epoch: number
beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
  epoch = await openEpoch(index.pool, 'test')
})
afterAll(() => index.close())

const publish = (...batch: InstanceRecord[]) => publishInstances(index.pool, epoch, batch)
const east = (told: Omit<Told, 'source'>) => instanceRecord({ ...told, source: county.sources[0] })
const west = (told: Omit<Told, 'source'>) => instanceRecord({ ...told, source: county.sources[1] })
const rowsOf = async (text: string, ...values: unknown[]) => (await index.pool.query(text, values)).rows
const totalsOf = async (study: number | string) =>
  (await rowsOf('select t.* from study_totals t join study using (study_pk) where study_instance_uid = $1', uidOf(study)))[0]

describe('a batch', () => {
  test('makes patient, study, series, instances and dense change numbers, and counts them', async () => {
    const published = await publish(
      east({ study: 'a', series: 1, instance: 2 }),
      east({ study: 'a', series: 1, instance: 1 }),
      east({ study: 'a', series: 2, instance: 1, values: { modality: 'SR' } }),
    )
    expect(published.map(({ outcome }) => outcome)).toEqual(['stored', 'stored', 'stored'])
    const first = published[0]!.change!
    expect(published.map(({ change }) => change)).toEqual([first, first + 1, first + 2])
    expect(await totalsOf('a')).toMatchObject({ series: 2, instances: 3, bytes: 3000, modalities: ['CT', 'SR'], revision: 1 })
    expect(await rowsOf('select number, kind, ref from change where number >= $1 order by number', first)).toEqual([
      { number: first, kind: 'instance', ref: uidOf('a', 1, 2) },
      { number: first + 1, kind: 'instance', ref: uidOf('a', 1, 1) },
      { number: first + 2, kind: 'instance', ref: uidOf('a', 2, 1) },
    ])
  })

  test('keeps text that PostgreSQL cannot hold out of the way of its neighbours', async () => {
    const strange = east({ study: 'nul', instance: 1, values: { study_description: 'a\0b\ud800' } })
    expect((await publish(strange, east({ study: 'nul', instance: 2 }))).map(({ outcome }) => outcome)).toEqual(['stored', 'stored'])
    expect(await rowsOf('select study_description from study where study_instance_uid = $1', uidOf('nul'))).toEqual([
      { study_description: 'ab\uFFFD' },
    ])
  })

  test('fails as a whole under an epoch that is closed', async () => {
    const closed = await openEpoch(index.pool, 'gone')
    await index.pool.query('update epoch set closed_at = now() where epoch_id = $1', [closed])
    await expect(publishInstances(index.pool, closed, [east({ study: 'closed' })])).rejects.toThrow(/is closed/)
    expect(await totalsOf('closed')).toBeUndefined()
  })
})

describe('an instance that is there already', () => {
  test('with the same data set and transfer syntax is a duplicate: nothing is kept, counted or told', async () => {
    await publish(east({ study: 'dup' }))
    const [again] = await publish(east({ study: 'dup' }))
    expect(again).toMatchObject({ outcome: 'duplicate', change: null })
    expect(await totalsOf('dup')).toMatchObject({ instances: 1, revision: 1 })
    expect(await rowsOf('select from version where sop_instance_uid = $1', uidOf('dup', 1, 1))).toEqual([])
  })

  test('twice in one batch is stored once', async () => {
    const published = await publish(east({ study: 'twice' }), east({ study: 'twice' }))
    expect(published.map(({ outcome }) => outcome)).toEqual(['stored', 'duplicate'])
  })

  test('under the same object key is the same publication repeated, and answers as the first did', async () => {
    const record = east({ study: 'repeat' })
    const conflicting = east({ study: 'repeat', content: 'other' })
    await publish(record)
    expect((await publish(record))[0]).toMatchObject({ outcome: 'stored', change: null })
    expect((await publish(conflicting))[0]!.outcome).toBe('conflict')
    expect((await publish(conflicting))[0]!.outcome).toBe('conflict')
    expect(await totalsOf('repeat')).toMatchObject({ instances: 1, revision: 1 })
  })

  test('in another transfer syntax is kept as another encoding, and asks nobody', async () => {
    await publish(east({ study: 'ts' }))
    const other = () => east({ study: 'ts', TransferSyntaxUID: '1.2.840.10008.1.2.4.70', content: 'compressed' })
    expect((await publish(other()))[0]!.outcome).toBe('other-encoding')
    expect((await publish(other()))[0]!.outcome).toBe('duplicate')
    expect(await rowsOf(`select from identity_question where detail = $1`, uidOf('ts', 1, 1))).toEqual([])
  })

  test('with other content is kept as a version, the first stays current, and a person is asked once', async () => {
    const first = east({ study: 'conflict' })
    await publish(first)
    const other = () => east({ study: 'conflict', content: 'other' })
    const [published] = await publish(other())
    expect(published).toMatchObject({ outcome: 'conflict', change: expect.any(Number) })
    expect((await publish(other()))[0]).toMatchObject({ outcome: 'duplicate', change: null })
    expect(await rowsOf('select object_key from instance where sop_instance_uid = $1', uidOf('conflict', 1, 1))).toEqual([
      { object_key: first.objectKey },
    ])
    expect(await rowsOf(`select kind from identity_question where detail = $1`, uidOf('conflict', 1, 1))).toEqual([{ kind: 'conflict' }])
    const [version] = await rowsOf('select kind, record, deflated from version where sop_instance_uid = $1', uidOf('conflict', 1, 1))
    expect(version).toMatchObject({
      kind: 'conflict',
      record: { instance: { sop_instance_uid: uidOf('conflict', 1, 1) }, study: { name_keys: expect.any(Array) } },
    })
    expect(version.deflated).toEqual(Buffer.from(first.metadata.deflated))
  })

  test('and now claims another study leaves no empty study, series or patient behind', async () => {
    await publish(east({ study: 'home' }))
    const [{ patients }] = await rowsOf('select count(*) as patients from patient')
    const stray = { ...east({ study: 'stray', content: 'other', values: { patient_id: '77' } }), SOPInstanceUID: uidOf('home', 1, 1) }
    expect((await publish(stray))[0]!.outcome).toBe('conflict')
    expect(await totalsOf('stray')).toBeUndefined()
    expect(await rowsOf('select from series where series_instance_uid = $1', uidOf('stray', 1))).toEqual([])
    expect((await rowsOf('select count(*) as patients from patient'))[0].patients).toBe(patients)
  })
})

describe('a study of another institution', () => {
  test('holds the instances back, in no count and for nobody, and asks', async () => {
    await publish(east({ study: 'theirs' }))
    const intruder = () => west({ study: 'theirs', series: 9, instance: 9 })
    expect((await publish(intruder()))[0]).toMatchObject({ outcome: 'held', change: expect.any(Number) })
    expect((await publish(intruder()))[0]!.outcome).toBe('duplicate')
    expect(await totalsOf('theirs')).toMatchObject({ instances: 1, series: 1, revision: 1 })
    const access = await rowsOf(
      'select a.institution_id from study_access a join study using (study_pk) where study_instance_uid = $1',
      uidOf('theirs'),
    )
    expect(access.map(({ institution_id }) => institution_id).sort()).toEqual([county.county, county.townships[0]].sort())
    expect(
      await rowsOf(
        `select q.detail from identity_question q join study using (study_pk) where kind = 'held' and study_instance_uid = $1`,
        uidOf('theirs'),
      ),
    ).toEqual([{ detail: `institution/${county.townships[1]}` }])
  })

  test('holds even the very same instance, so that the sender’s own is not lost with the other’s', async () => {
    await publish(east({ study: 'same' }))
    expect((await publish(west({ study: 'same' })))[0]!.outcome).toBe('held')
  })

  test('takes what comes from an institution it is granted to (the county’s report)', async () => {
    await publish(east({ study: 'report' }))
    const source = { institution: county.county, institutionCode: 'COUNTY', grants: [], via: 'authored' as const }
    expect((await publish(instanceRecord({ study: 'report', series: 'sr', source })))[0]!.outcome).toBe('stored')
    expect(await totalsOf('report')).toMatchObject({ instances: 2, series: 2 })
  })

  test('two townships in one batch with one UID: the first has it, the other is held', async () => {
    const published = await publish(east({ study: 'race', instance: 1 }), west({ study: 'race', instance: 2 }))
    expect(published.map(({ outcome }) => outcome)).toEqual(['stored', 'held'])
  })
})
