/** Merge, match, person links and their undoing: dicom.md §6. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Asker } from '../../archive/access.ts'
import { correctStudy, undoCorrection } from '../../archive/corrections.ts'
import { BadRequest, Conflict, Forbidden, NotFound } from '../../archive/errors.ts'
import { getPatient, linkPersons, matchStudy, mergePatients, searchPatients, undoLink } from '../../archive/patients.ts'
import { uidOf } from '../support/records.ts'
import { type IdentityCounty, identityCounty } from './identity-county.ts'

let county: IdentityCounty
let technologist: Asker
let administrator: Asker

beforeAll(async () => {
  county = await identityCounty()
  technologist = await county.person('tech', 'technologist', 'east')
  administrator = await county.person('admin', 'administrator', 'county')
})
afterAll(() => county.close())

const store = (study: string, patient_id: string | null, more: Record<string, string | null> = {}, township: 0 | 1 = 0) =>
  county.store({ study, values: { patient_id, ...more } }, township)

const rowOf = async (study: string) => {
  const { rows } = await county.index.pool.query(
    `select s.*, p.person_pk from study s join patient p using (patient_pk) where s.study_instance_uid = $1`,
    [uidOf(study)],
  )
  return rows[0]
}
const patientOf = async (study: string): Promise<number> => (await rowOf(study)).patient_pk
const found = async (q: string) => (await searchPatients(county, technologist, { q, limit: 50 })).map(({ id }) => Number(id))

describe('a merge', () => {
  test('gives the studies of one number to another; both numbers find them; answers carry the surviving one', async () => {
    await store('m1', 'M1')
    await store('m2', 'M2')
    const [from, into] = [await patientOf('m1'), await patientOf('m2')]
    const untouched = await rowOf('m2')
    await mergePatients(county, technologist, from, into, '重复登记')
    const merged = await rowOf('m1')
    expect(merged).toMatchObject({ patient_pk: into, patient_id: 'M2', issuer_of_patient_id: 'EAST', former_patient_ids: '\\M1\\' })
    const { person_pk: _, ...survivor } = await rowOf('m2')
    expect(merged.person_pk).toBe((await rowOf('m2')).person_pk)
    const json = JSON.parse(merged.json)
    expect(json['00100020']).toEqual({ vr: 'LO', Value: ['M2'] })
    expect(json['00100021']).toEqual({ vr: 'LO', Value: ['EAST'] })
    expect(json['00101002'].Value).toEqual([
      { '00100020': { vr: 'LO', Value: ['M1'] }, '00100021': { vr: 'LO', Value: ['EAST'] }, '00100022': { vr: 'CS', Value: ['TEXT'] } },
    ])
    expect(untouched).toMatchObject(survivor)
    expect(await found('M1')).toEqual(expect.arrayContaining([from, into]))
    const [summary] = (await searchPatients(county, technologist, { q: 'M1', limit: 9 })).filter(({ id }) => id === String(from))
    expect(summary).toMatchObject({ PatientID: 'M1', issuer: 'EAST', mergedInto: String(into), studies: 0 })
    expect((await getPatient(county, technologist, into)).studies.map(({ StudyInstanceUID }) => StudyInstanceUID).sort()).toEqual(
      [uidOf('m1'), uidOf('m2')].sort(),
    )
  })

  test('is followed by what arrives later under the old number, and by what is merged on', async () => {
    await store('m3', 'M3')
    await store('m4', 'M4')
    await store('m5', 'M5')
    await mergePatients(county, technologist, await patientOf('m3'), await patientOf('m4'), 'r')
    await mergePatients(county, technologist, await patientOf('m4'), await patientOf('m5'), 'r')
    await store('m6', 'M3')
    expect(await rowOf('m6')).toMatchObject({ patient_id: 'M5', former_patient_ids: '\\M3\\M4\\', patient_pk: await patientOf('m5') })
    expect(await rowOf('m3')).toMatchObject({ patient_id: 'M5', former_patient_ids: '\\M3\\M4\\' })
  })

  test('makes no circles, and is refused where the numbers are those of two institutions or of two owners', async () => {
    await store('m7', 'M7')
    await store('m8', 'M8')
    const [one, other] = [await patientOf('m7'), await patientOf('m8')]
    await mergePatients(county, technologist, one, other, 'r')
    await expect(mergePatients(county, technologist, other, one, 'r')).rejects.toThrow(Conflict)
    await expect(mergePatients(county, technologist, one, other, 'r')).rejects.toThrow(Conflict)
    await expect(mergePatients(county, technologist, other, other, 'r')).rejects.toThrow('themselves')
    await store('m9', 'M8', {}, 1)
    const west = await patientOf('m9')
    await expect(mergePatients(county, technologist, other, west, 'r')).rejects.toThrow('There is no patient')
    await expect(mergePatients(county, administrator, other, west, 'r')).rejects.toThrow('joined as one person')
  })

  test('of two people who decide at once one is told that it is done', async () => {
    await store('m10', 'M10')
    await store('m11', 'M11')
    await store('m12', 'M12')
    const [a, b, c] = [await patientOf('m10'), await patientOf('m11'), await patientOf('m12')]
    const done = await Promise.allSettled([mergePatients(county, technologist, a, b, 'r'), mergePatients(county, administrator, a, c, 'r')])
    expect(done.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect((done.find(({ status }) => status === 'rejected') as PromiseRejectedResult).reason).toBeInstanceOf(Conflict)
  })

  test('reaches a study that is being published under the old number at the same moment', async () => {
    await store('m13', 'M13')
    await store('m14', 'M14')
    const [from, into] = [await patientOf('m13'), await patientOf('m14')]
    await Promise.all([
      mergePatients(county, technologist, from, into, 'r'),
      ...Array.from({ length: 8 }, (_, i) => store(`m15.${i}`, 'M13')),
    ])
    for (let i = 0; i < 8; i++) expect(await rowOf(`m15.${i}`)).toMatchObject({ patient_pk: into, patient_id: 'M14' })
  })
})

describe('a match', () => {
  test('gives one study to another patient, and is undone', async () => {
    await store('t1', 'T1')
    await store('t2', 'T1')
    await store('t3', 'T3', { patient_name: '钱^七', patient_sex: 'F' })
    const before = await rowOf('t1')
    const { link } = await matchStudy(county, technologist, uidOf('t1'), await patientOf('t3'), '选错患者')
    expect(await rowOf('t1')).toMatchObject({ patient_pk: await patientOf('t3'), patient_id: 'T3', patient_name: before.patient_name })
    expect((await rowOf('t2')).patient_pk).toBe(before.patient_pk)
    await undoLink(county, technologist, Number(link), 'r')
    expect({ ...(await rowOf('t1')), overlay_revision: 0 }).toEqual({ ...before, overlay_revision: 0 })
    await expect(undoLink(county, technologist, Number(link), 'r')).rejects.toThrow(Conflict)
  })

  test('of a study without a number gives it one; undone after a correction it does not stand beside whom it contradicts', async () => {
    await store('t4', '0')
    await store('t5', 'T5')
    const { link } = await matchStudy(county, technologist, uidOf('t4'), await patientOf('t5'), 'r')
    expect(await rowOf('t4')).toMatchObject({ patient_id: 'T5', former_patient_ids: null })
    await undoLink(county, technologist, Number(link), 'r')
    expect(await rowOf('t4')).toMatchObject({ patient_id: '0', overlay: null })

    await store('t6', 'T6')
    await store('t7', 'T6')
    await store('t8', 'T8', { patient_name: '钱^七' })
    const away = await matchStudy(county, technologist, uidOf('t6'), await patientOf('t8'), 'r')
    await correctStudy(county, technologist, uidOf('t6'), { attributes: { PatientName: '钱^七' }, reason: 'r' })
    expect((await rowOf('t6')).patient_pk).toBe(await patientOf('t8'))
    await undoLink(county, technologist, Number(away.link), 'r')
    expect((await rowOf('t6')).patient_pk).not.toBe(await patientOf('t7'))
  })

  test('is not for who does not own the study', async () => {
    const west = await county.person('west-tech', 'technologist', 'west')
    await store('t9', 'T9')
    await expect(matchStudy(county, west, uidOf('t9'), 1, 'r')).rejects.toThrow('There is no study')
    const reader = await county.person('reader', 'radiologist', 'county')
    await expect(matchStudy(county, reader, uidOf('t9'), 1, 'r')).rejects.toThrow(Forbidden)
  })
})

describe('a person link', () => {
  test('joins numbers of two institutions for timelines only, in groups, and is undone', async () => {
    await store('p1', 'P1')
    await store('p2', 'P2', {}, 1)
    await store('p3', 'P3', {}, 1)
    const rows = async () => Promise.all(['p1', 'p2', 'p3'].map(rowOf))
    const before = await rows()
    const [one, two, three] = before.map(({ patient_pk }) => patient_pk)
    const first = await linkPersons(county, administrator, one, two, 'r')
    await linkPersons(county, administrator, two, three, 'r')
    const linked = await rows()
    expect(new Set(linked.map(({ person_pk }) => person_pk)).size).toBe(1)
    expect(linked.map(({ person_pk: _, ...row }) => row)).toEqual(before.map(({ person_pk: _, ...row }) => row))
    await expect(linkPersons(county, administrator, three, one, 'r')).rejects.toThrow(Conflict)
    await undoLink(county, administrator, Number(first.link), 'r')
    const apart = await rows()
    expect(apart[0].person_pk).toBe(before[0].person_pk)
    expect(apart[1].person_pk).toBe(apart[2].person_pk)
    await expect(linkPersons(county, technologist, one, two, 'r')).rejects.toThrow('There is no patient')
  })
})

test('many decisions, corrections and publications at once: each is done or refused with a reason, none is lost in a circle of locks', {
  timeout: 60_000,
}, async () => {
  const studies = Array.from({ length: 8 }, (_, i) => `z${i}`)
  for (const [i, study] of studies.entries()) await store(study, `Z${i % 4}`)
  const patients = await Promise.all(studies.slice(0, 4).map(patientOf))
  const done = await Promise.allSettled([
    ...studies.map((study, i) => correctStudy(county, technologist, uidOf(study), { attributes: { PatientName: `钱^${i}` }, reason: 'r' })),
    ...studies.map((study, i) =>
      correctStudy(county, administrator, uidOf(study), { attributes: { PatientID: `Z${(i + 1) % 4}` }, reason: 'r' }),
    ),
    ...patients.map((patient, i) => mergePatients(county, technologist, patient, patients[(i + 1) % 4]!, 'r')),
    ...studies.map((study, i) => matchStudy(county, technologist, uidOf(study), patients[i % 4]!, 'r')),
    ...studies.flatMap((study, i) => [
      store(`${study}.new`, `Z${i % 4}`),
      county.store({ study, series: 2, instance: i, values: { patient_id: `Z${i % 4}` } }),
    ]),
  ])
  for (const result of done)
    if (result.status === 'rejected')
      expect(
        [Conflict, BadRequest, NotFound].some((kind) => result.reason instanceof kind),
        String(result.reason),
      ).toBe(true)
  // Whatever came out of it, it is what the rows say: working it out anew changes nothing.
  const { rows } = await county.index.pool.query(`select * from refresh_studies(array(select study_pk from study))`)
  expect(rows).toEqual([])
  const { rows: circles } = await county.index.pool.query(
    `select from patient_link l where l.kind = 'merge' and l.undone_at is null and survivor(l.into_patient_pk) = l.from_patient_pk`,
  )
  expect(circles).toEqual([])
})

const whatItSays = ({ patient_pk: _, base_patient_pk: __, person_pk: ___, ...row }: Record<string, unknown>) => row

/**
 * Random merges, matches and corrections, undone in any order: everything is as it was received. Whoever was not named never changed, and while it goes
 * on no two studies whose patients nobody has joined stand under one.
 */
test('undoing everything, in any order, gives back every row as it was received', { timeout: 120_000 }, async () => {
  const kinds = fc.constantFrom('merge', 'match', 'correct-name', 'correct-number')
  const deeds = fc.array(fc.record({ kind: kinds, a: fc.nat(5), b: fc.nat(5), undo: fc.double({ min: 0, max: 1, noNaN: true }) }), {
    minLength: 2,
    maxLength: 10,
  })
  let run = 0
  await fc.assert(
    fc.asyncProperty(deeds, async (list) => {
      run += 1
      const studies = Array.from({ length: 6 }, (_, i) => `x${run}.${i}`)
      // Three numbers, two studies each; all men of one name, so that only people part or join them.
      for (const [i, study] of studies.entries()) await store(study, `X${run}.${Math.floor(i / 2)}`)
      const bystander = `y${run}`
      await store(bystander, `Y${run}`)
      const stateOf = async (study: string) => {
        const { overlay_revision: _, ...row } = await rowOf(study)
        return row
      }
      const before = await Promise.all(studies.map(stateOf))
      const aside = await rowOf(bystander)
      const undoings: { at: number; undo: () => Promise<unknown> }[] = []
      for (const { kind, a, b, undo } of list) {
        const [study, other] = [studies[a]!, studies[b]!]
        try {
          if (kind === 'merge') {
            const { link } = await mergePatients(county, technologist, await patientOf(study), await patientOf(other), 'r')
            undoings.push({ at: undo, undo: () => undoLink(county, technologist, Number(link), 'r') })
          } else if (kind === 'match') {
            const { link } = await matchStudy(county, technologist, uidOf(study), await patientOf(other), 'r')
            undoings.push({ at: undo, undo: () => undoLink(county, technologist, Number(link), 'r') })
          } else {
            const attributes = kind === 'correct-name' ? { PatientName: b % 2 ? '孙^八' : '张^三^^' } : { PatientID: `X${run}.${b % 4}` }
            const { revision } = await correctStudy(county, technologist, uidOf(study), { attributes, reason: 'r' })
            undoings.push({ at: undo, undo: () => undoCorrection(county, technologist, uidOf(study), revision, 'r') })
          }
        } catch (error) {
          if (!(error instanceof Conflict || error instanceof BadRequest)) throw error
        }
        expect(await rowOf(bystander)).toEqual(aside)
      }
      for (const { undo } of undoings.sort((one, two) => one.at - two.at)) await undo()
      const after = await Promise.all(studies.map(stateOf))
      // Who shares a patient with whom may only be finer than at first: never two together that were apart.
      for (const [i, row] of after.entries()) {
        expect(whatItSays(row)).toEqual(whatItSays(before[i]!))
        for (const [j, other] of after.entries())
          if (before[i]!.patient_pk !== before[j]!.patient_pk) expect(row.patient_pk).not.toBe(other.patient_pk)
      }
      expect(await rowOf(bystander)).toEqual(aside)
    }),
    { numRuns: 25 },
  )
})
