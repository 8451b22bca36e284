/** Corrections as an overlay: what stands is a function of what was received and what is not undone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../archive/access.ts'
import { correctionsOf, correctStudy, undoCorrection } from '../../archive/corrections.ts'
import { search } from '../../archive/search.ts'
import { type Told, uidOf } from '../support/records.ts'
import { type IdentityCounty, identityCounty } from './identity-county.ts'

let county: IdentityCounty
let technologist: Asker

beforeAll(async () => {
  county = await identityCounty()
  technologist = await county.person('tech', 'technologist', 'east')
})
afterAll(() => county.close())

const store = (told: Omit<Told, 'source'>) => county.store(told)

const rowOf = async (study: string) => {
  const { rows } = await county.index.pool.query(
    `select s.*, t.revision, p.patient_id as number, p.provisional,
       (select kind from identity_question q where q.study_pk = s.study_pk and q.decided_at is null limit 1) as question
     from study s join study_totals t using (study_pk) join patient p using (patient_pk) where s.study_instance_uid = $1`,
    [uidOf(study)],
  )
  return rows[0]
}

describe('a correction', () => {
  test('is what searches find and show; what was received is kept; undoing gives it back', async () => {
    await store({ study: 'c1', values: { patient_id: 'C1', accession_number: 'WRONG' } })
    const before = await rowOf('c1')
    const { revision } = await correctStudy(county, technologist, uidOf('c1'), {
      attributes: { PatientName: 'Li^Si=李^四', AccessionNumber: 'RIGHT' },
      reason: '登记时选错',
    })
    const after = await rowOf('c1')
    expect(after).toMatchObject({ patient_name: 'Li^Si=李^四', accession_number: 'RIGHT', patient_id: 'C1', patient_sex: 'M' })
    expect(after.revision).toBeGreaterThan(before.revision)
    expect(after.name_keys).toContain('李四')
    expect(JSON.parse(after.json)['00100010']).toEqual({ vr: 'PN', Value: [{ Alphabetic: 'Li^Si', Ideographic: '李^四' }] })
    const view = await correctionsOf(county, technologist, uidOf('c1'))
    expect(view.now).toMatchObject({ PatientName: 'Li^Si=李^四', AccessionNumber: 'RIGHT' })
    expect(view.corrections).toMatchObject([{ revision, by: 'tech', reason: '登记时选错', undone: null }])

    await undoCorrection(county, technologist, uidOf('c1'), revision, '选对了')
    const { overlay_revision: _, revision: newest, ...undone } = await rowOf('c1')
    const { overlay_revision: __, revision: oldest, ...original } = before
    expect(undone).toEqual(original)
    expect(newest).toBeGreaterThan(oldest)
  })

  test.each([
    ['张三', 'Zhang^San=张^三'],
    ['欧阳娜娜 ', 'Ouyang^Nana=欧阳^娜娜'],
    ['Li^Si=李^四', 'Li^Si=李^四'],
    ['赵^六', '赵^六'],
    ['John Smith', 'John Smith'],
  ])('of the name typed as %s is the PN %s', async (typed, PatientName) => {
    const study = `name-${typed}`
    await store({ study, values: { patient_id: study } })
    await correctStudy(county, technologist, uidOf(study), { attributes: { PatientName: typed }, reason: 'r' })
    expect(await rowOf(study)).toMatchObject({ patient_name: PatientName })
    expect((await correctionsOf(county, technologist, uidOf(study))).now.PatientName).toBe(PatientName)
    await expect(correctStudy(county, technologist, uidOf(study), { attributes: { PatientName: typed }, reason: 'r' })).rejects.toThrow(
      'Nothing would be changed',
    )
  })

  test('of the PatientID files the study with that number, never beside somebody who contradicts', async () => {
    await store({ study: 'c2', values: { patient_id: 'C2' } })
    await store({ study: 'c3', values: { patient_id: 'C3', patient_name: 'Wang^Wu=王^五', patient_sex: 'F' } })
    const owner = await rowOf('c3')
    await correctStudy(county, technologist, uidOf('c2'), { attributes: { PatientID: 'C3' }, reason: 'r' })
    const contradicting = await rowOf('c2')
    expect(contradicting).toMatchObject({ patient_id: 'C3', number: 'C3', provisional: true, question: 'patient' })
    expect(contradicting.patient_pk).not.toBe(owner.patient_pk)

    await correctStudy(county, technologist, uidOf('c2'), {
      attributes: { PatientID: 'C4', PatientName: 'Wang^Wu=王^五', PatientSex: 'F' },
      reason: 'r',
    })
    await correctStudy(county, technologist, uidOf('c2'), { attributes: { PatientID: 'C3' }, reason: 'r' })
    expect((await rowOf('c2')).patient_pk).toBe(owner.patient_pk)
  })

  test('of the name parts the study from the other studies of that number when it now contradicts them', async () => {
    await store({ study: 'c5', values: { patient_id: 'C5' } })
    await store({ study: 'c6', values: { patient_id: 'C5' } })
    const [one, other] = [await rowOf('c5'), await rowOf('c6')]
    expect(one.patient_pk).toBe(other.patient_pk)
    const { revision } = await correctStudy(county, technologist, uidOf('c5'), { attributes: { PatientName: '赵^六' }, reason: 'r' })
    expect(await rowOf('c5')).toMatchObject({ provisional: true, question: 'patient' })
    expect((await rowOf('c6')).patient_pk).toBe(other.patient_pk)
    await undoCorrection(county, technologist, uidOf('c5'), revision, 'r')
    expect((await rowOf('c5')).patient_pk).toBe(one.patient_pk)
  })

  test('of the only study of a number changes what is known of the patient', async () => {
    await store({ study: 'c7', values: { patient_id: 'C7', patient_sex: 'F' } })
    const { patient_pk } = await rowOf('c7')
    await correctStudy(county, technologist, uidOf('c7'), { attributes: { PatientSex: 'M' }, reason: 'r' })
    await store({ study: 'c8', values: { patient_id: 'C7', patient_sex: 'M' } })
    expect(await rowOf('c8')).toMatchObject({ patient_pk, question: null })
  })

  test('does not make later instances of the same study a disagreement, as they came or as they stand', async () => {
    await store({ study: 'c9', values: { patient_id: 'C9' } })
    await correctStudy(county, technologist, uidOf('c9'), { attributes: { PatientID: 'C10', PatientSex: 'F' }, reason: 'r' })
    await store({ study: 'c9', instance: 2, values: { patient_id: 'C9' } })
    await store({ study: 'c9', instance: 3, values: { patient_id: 'C10', patient_sex: 'F' } })
    expect((await rowOf('c9')).question).toBeNull()
    await store({ study: 'c9', instance: 4, values: { patient_id: 'C11' } })
    expect((await rowOf('c9')).question).toBe('study')
  })

  test('of the study date moves the study in every list', async () => {
    await store({ study: 'c12', values: { patient_id: 'C12', study_date: '20200101' } })
    await correctStudy(county, technologist, uidOf('c12'), { attributes: { StudyDate: '20260901' }, reason: 'r' })
    const found = async (from: string, to: string) =>
      (
        await search(county, technologist.scope, 'study', {
          matches: [
            { keyword: 'StudyDate', match: { kind: 'range', from, to } },
            { keyword: 'PatientID', match: { kind: 'single', value: 'C12' } },
          ],
          limit: 10,
          offset: 0,
          order: [],
          include: 'all',
        })
      ).results.length
    expect([await found('20200101', '20200101'), await found('20260901', '20260901')]).toEqual([0, 1])
  })

  test('is refused without a reason, for what cannot be corrected, what is no value, and when nothing would change', async () => {
    await store({ study: 'c13', values: { patient_id: 'C13' } })
    const correct = (attributes: Record<string, string>, reason = 'r') =>
      correctStudy(county, technologist, uidOf('c13'), { attributes, reason })
    await expect(correct({ PatientSex: 'F' }, ' ')).rejects.toThrow('reason')
    await expect(correct({ SOPInstanceUID: '1.2' })).rejects.toThrow('cannot be corrected')
    await expect(correct({ PatientSex: 'X' })).rejects.toThrow('PatientSex is one of')
    await expect(correct({ PatientBirthDate: '20260231' })).rejects.toThrow('PatientBirthDate')
    await expect(correct({ PatientName: 'a\\b' })).rejects.toThrow('PatientName')
    await expect(correct({ PatientName: 'Li\u0000' })).rejects.toThrow('character')
    await expect(correct({ PatientSex: '' })).rejects.toThrow('Nothing would be changed')
  })

  test("is its owner's alone, and the reading centre's administrator's", async () => {
    await store({ study: 'c14', values: { patient_id: 'C14' } })
    const request = { attributes: { PatientSex: 'F' }, reason: 'r' }
    for (const [role, at] of [
      ['technologist', 'west'],
      ['technologist', 'county'],
      ['radiologist', 'county'],
      ['clinician', 'east'],
    ] as const) {
      const asker = await county.person(`${role}-${at}`, role, at)
      await expect(correctStudy(county, asker, uidOf('c14'), request)).rejects.toThrow()
    }
    const administrator = await county.person('admin', 'administrator', 'county')
    await expect(correctStudy(county, administrator, uidOf('c14'), request)).resolves.toMatchObject({ revision: 1 })
  })
})
