import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openEpoch } from '../../../storage/index/epochs.ts'
import { publishInstances } from '../../../storage/index/publish.ts'
import { type County, makeCounty } from '../../support/institutions.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { instanceRecord, uidOf } from '../../support/records.ts'

let index: TestIndex
let county: County
let epoch: number
let studies = 0
beforeAll(async () => {
  index = await openTestIndex()
  county = await makeCounty(index.pool)
  epoch = await openEpoch(index.pool, 'test')
})
afterAll(() => index.close())

/** Publishes a study that says this of its patient; returns the patient it was filed under. */
async function file(values: Record<string, string | null>, { township = 0, study = `p${++studies}`, instance = 1 } = {}) {
  await publishInstances(index.pool, epoch, [instanceRecord({ study, instance, values, source: county.sources[township]! })])
  const { rows } = await index.pool.query(
    `select p.*, q.kind as question from study s join patient p using (patient_pk)
     left join identity_question q on q.study_pk = s.study_pk where study_instance_uid = $1`,
    [uidOf(study)],
  )
  return rows[0]
}

describe('a patient is (issuer, PatientID)', () => {
  test('the same number at the same institution is the same patient', async () => {
    const first = await file({ patient_id: '1' })
    expect((await file({ patient_id: ' 1 ' })).patient_pk).toBe(first.patient_pk)
  })

  test('the same number at two institutions is two patients and two persons', async () => {
    const east = await file({ patient_id: '2001' })
    const west = await file({ patient_id: '2001' }, { township: 1 })
    expect(west.patient_pk).not.toBe(east.patient_pk)
    expect(west.person_pk).not.toBe(east.person_pk)
  })

  test('an IssuerOfPatientID counts only where the institution believes it', async () => {
    await index.pool.query(`update institution set issuers_of_patient_id = '{COUNTY-MPI}'`)
    const named = { patient_id: '2002', issuer_of_patient_id: 'COUNTY-MPI' }
    expect((await file(named)).patient_pk).toBe((await file(named, { township: 1 })).patient_pk)
    const unknown = { patient_id: '2003', issuer_of_patient_id: 'SOME RIS' }
    expect((await file(unknown)).patient_pk).not.toBe((await file(unknown, { township: 1 })).patient_pk)
  })

  test.each([null, '', '0', 'unknown', ' 123456 ', '无名氏'])(
    'PatientID %j identifies nobody: each study has a patient of its own',
    async (patient_id) => {
      const one = await file({ patient_id })
      const other = await file({ patient_id })
      expect(one).toMatchObject({ issuer: null, patient_id: null, provisional: false })
      expect(other.patient_pk).not.toBe(one.patient_pk)
      expect(other.person_pk).not.toBe(one.person_pk)
    },
  )
})

describe('a study that contradicts is filed under a provisional patient and queued', () => {
  test.each([
    ['another sex', { patient_sex: 'F' }],
    ['another birth date', { patient_birth_date: '19700102' }],
    ['a name that shares nothing', { patient_name: '李^四' }],
    ['a name that shares only the surname', { patient_name: '张^四' }],
  ])('%s', async (what, values) => {
    const patient_id = `contradicts ${what}`
    const first = await file({ patient_id })
    const second = await file({ patient_id, ...values })
    expect(second).toMatchObject({ provisional: true, suspected_patient_pk: first.patient_pk, patient_id, question: 'patient' })
    expect(second.person_pk).not.toBe(first.person_pk)
    // The next study of each goes to its own.
    expect((await file({ patient_id })).patient_pk).toBe(first.patient_pk)
    expect((await file({ patient_id, ...values })).patient_pk).toBe(second.patient_pk)
  })

  test.each([
    ['the pinyin of the same name', { patient_name: 'ZHANG^SAN' }],
    ['the same name in one word', { patient_name: 'ZhangSan' }],
    ['no name, sex or birth date', { patient_name: null, patient_sex: null, patient_birth_date: null }],
    ['sex O, which says nothing', { patient_sex: 'O' }],
  ])('but not %s', async (what, values) => {
    const patient_id = `agrees ${what}`
    const first = await file({ patient_id })
    expect(await file({ patient_id, ...values })).toMatchObject({ patient_pk: first.patient_pk, question: null })
  })

  test('what was not known at first is known from then on', async () => {
    const first = await file({ patient_id: '3000', patient_sex: null })
    expect((await file({ patient_id: '3000', patient_sex: 'F' })).patient_pk).toBe(first.patient_pk)
    expect((await file({ patient_id: '3000', patient_sex: 'M' })).provisional).toBe(true)
  })
})

test('instances of one study that disagree: the first stands, the rest is queued once', async () => {
  const study = 'disagrees'
  const first = await file({ patient_id: '4000' }, { study })
  expect(await file({ patient_id: '4000' }, { study, instance: 2 })).toMatchObject({ question: null })
  for (const instance of [3, 4]) {
    expect(await file({ patient_id: '4001', patient_name: '王^五' }, { study, instance })).toMatchObject({
      patient_pk: first.patient_pk,
      question: 'study',
    })
  }
  const { rows } = await index.pool.query(`select patient_id, patient_name from study where study_instance_uid = $1`, [uidOf(study)])
  expect(rows).toEqual([{ patient_id: '4000', patient_name: 'Zhang^San=张^三' }])
})
