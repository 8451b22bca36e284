/** What waits for a person is seen and decided by those who can see to it, each within their own view of the archive. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { uidOf } from '../../support/records.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let chief: Browser
let east: Browser
let west: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  chief = await portal.signIn('chief', ['administrator'], people.wang.institution.id)
  east = await portal.signIn('east', ['technologist'], people.eastTech.institution.id)
  west = await portal.signIn('west', ['technologist'], people.westTech.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const listed = async (browser: Browser, study: number, state = 'open') =>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  (await browser.get(`/api/conflicts?state=${state}`)).body.items.filter((item: any) => item.StudyInstanceUID === uidOf(study))
const decide = (browser: Browser, id: string, decision: string, reason = '核对过申请单') =>
  browser.post(`/api/conflicts/${id}/decision`, { decision, reason })
const stands = async (study: number) => {
  const { rows } = await index.pool.query(
    `select s.patient_pk, s.patient_id, s.patient_name, t.instances, t.revision, i.object_key, i.dataset_sha256
     from study s join study_totals t using (study_pk) left join instance i on i.study_pk = s.study_pk and i.sop_instance_uid = $2
     where s.study_instance_uid = $1`,
    [uidOf(study), uidOf(study, 1, 1)],
  )
  return rows[0]
}

describe('an instance with other content', () => {
  test('is listed at the sender and at the centre with what differs; a version is made current, and that is taken back', async () => {
    await portal.county.arrive({ study: 1 })
    expect(await listed(east, 1)).toEqual([])
    const first = await stands(1)
    await portal.county.arrive({ study: 1, content: 'other' })
    const [conflict] = await listed(east, 1)
    expect(conflict).toMatchObject({
      kind: 'content',
      SeriesInstanceUID: uidOf(1, 1),
      SOPInstanceUID: uidOf(1, 1, 1),
      institution: { name: 'EAST 卫生院' },
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      decisions: [{ code: 'keep-current' }, { code: 'use-version-2', destructive: false }],
      decided: null,
    })
    expect(await listed(chief, 1)).toEqual([conflict])
    expect(await listed(west, 1)).toEqual([])

    expect((await decide(west, conflict.id, 'keep-current')).status).toBe(404)
    expect((await decide(east, conflict.id, 'use-version-2', ' ')).status).toBe(400)
    expect((await decide(east, conflict.id, 'accept')).status).toBe(400)
    expect(await decide(east, conflict.id, 'use-version-2')).toMatchObject({ status: 200 })
    const used = await stands(1)
    expect(used.object_key).not.toBe(first.object_key)
    expect(used.revision).toBeGreaterThan(first.revision)
    expect((await decide(chief, conflict.id, 'keep-current')).status).toBe(409)
    expect(await listed(east, 1)).toEqual([])
    const [decided] = await listed(east, 1, 'decided')
    expect(decided).toMatchObject({
      decided: { decision: 'use-version-2', by: 'east', reason: '核对过申请单' },
      decisions: [{ code: 'reopen' }],
    })

    expect((await decide(east, conflict.id, 'reopen')).status).toBe(200)
    expect((await stands(1)).object_key).toBe(first.object_key)
    expect((await listed(east, 1)).length).toBe(1)
    const { rows } = await index.pool.query('select object_key from version where sop_instance_uid = $1', [uidOf(1, 1, 1)])
    expect(rows).toEqual([{ object_key: used.object_key }])
    expect((await decide(east, conflict.id, 'keep-current')).status).toBe(200)
  })
})

test('images that name another patient: what came first stands, or the study is corrected, and that is taken back', async () => {
  await portal.county.arrive({ study: 2 })
  const first = await stands(2)
  await portal.county.arrive({ study: 2, instance: 2, values: { patient_id: '20002', patient_name: 'Li^Si=李^四' } })
  const [conflict] = await listed(east, 2)
  expect(conflict).toMatchObject({
    kind: 'disagreement',
    current: { PatientID: '10001' },
    other: { PatientID: '20002', PatientName: 'Li^Si=李^四' },
    decisions: [{ code: 'keep-first' }, { code: 'correct' }],
  })
  await decide(east, conflict.id, 'correct')
  expect(await stands(2)).toMatchObject({ patient_id: '20002', patient_name: 'Li^Si=李^四' })
  await decide(east, conflict.id, 'reopen')
  expect(await stands(2)).toMatchObject({ patient_id: '10001', patient_name: first.patient_name, patient_pk: first.patient_pk })
  expect((await listed(east, 2)).length).toBe(1)
})

test('a number that two people seem to share: the same person, or two; either is taken back', async () => {
  await portal.county.arrive({ study: 3, values: { patient_id: '30003', patient_sex: 'M' } })
  await portal.county.arrive({ study: 4, values: { patient_id: '30003', patient_sex: 'F' } })
  const [conflict] = await listed(east, 4)
  expect(conflict).toMatchObject({ kind: 'identity', current: { PatientSex: 'M' }, other: { PatientSex: 'F' } })
  const apart = await stands(4)
  await decide(east, conflict.id, 'same-person')
  expect((await stands(4)).patient_pk).toBe((await stands(3)).patient_pk)
  // Everything else is as it came: nobody's number has changed.
  expect((await stands(4)).patient_id).toBe('30003')
  const [{ id }] = (await east.get('/api/patients?q=30003')).body.items
  const [link] = (await east.get(`/api/patients/${id}`)).body.links
  expect((await east.post(`/api/patient-links/${link.id}/undo`, { reason: '不是同一人' })).status).toBe(200)
  expect((await stands(4)).patient_pk).toBe(apart.patient_pk)
  const [again] = await listed(east, 4)
  await decide(east, again.id, 'other-person')
  expect(await listed(east, 4)).toEqual([])
  await portal.county.arrive({ study: 14, values: { patient_id: '30003', patient_sex: 'F' } })
  expect((await stands(14)).patient_pk).toBe(apart.patient_pk)
})

describe('what is held', () => {
  test('is in no list of either side, only at the centre; accepted it is part of the study, and the sender sees it', async () => {
    await portal.county.arrive({ study: 5 })
    await portal.county.arrive({ study: 5, series: 7, instance: 9 }, portal.county.west)
    expect([await listed(east, 5), await listed(west, 5)]).toEqual([[], []])
    const [conflict] = await listed(chief, 5)
    expect(conflict).toMatchObject({
      kind: 'held',
      institution: { name: 'EAST 卫生院' },
      decisions: [{ code: 'accept', destructive: true }, { code: 'refuse' }],
    })
    expect((await decide(east, conflict.id, 'accept')).status).toBe(404)
    expect((await decide(chief, conflict.id, 'refuse')).status).toBe(200)
    expect(await stands(5)).toMatchObject({ instances: 1 })
    expect((await decide(chief, conflict.id, 'reopen')).status).toBe(200)
    expect((await decide(chief, conflict.id, 'accept')).status).toBe(200)
    expect(await stands(5)).toMatchObject({ instances: 2 })
    const { rows } = await index.pool.query(
      `select i.institution_id, e.series_instance_uid, et.instances from instance i join series e using (series_pk) join series_totals et using (series_pk)
       where i.sop_instance_uid = $1`,
      [uidOf(5, 7, 9)],
    )
    expect(rows).toEqual([{ institution_id: portal.county.west.institution, series_instance_uid: uidOf(5, 7), instances: 1 }])
    expect((await decide(chief, conflict.id, 'reopen')).status).toBe(400)
    // From now on the sender is no stranger to the study.
    await portal.county.arrive({ study: 5, series: 7, instance: 10 }, portal.county.west)
    expect(await stands(5)).toMatchObject({ instances: 3 })
  })
})

test('two people who decide at once: one decides, the other is told', async () => {
  await portal.county.arrive({ study: 6, values: { patient_id: '60006', patient_sex: 'M' } })
  await portal.county.arrive({ study: 7, values: { patient_id: '60006', patient_sex: 'F' } })
  const [conflict] = await listed(east, 7)
  const answers = await Promise.all([decide(east, conflict.id, 'same-person'), decide(chief, conflict.id, 'other-person')])
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
})

test('every decision is in the audit and in the change feed', async () => {
  const { rows } = await index.pool.query(
    `select action, username, detail from audit_event where action = 'decide-conflict' and study_instance_uid = $1 order by id`,
    [uidOf(2)],
  )
  expect(rows).toMatchObject([
    { username: 'east', detail: { kind: 'study', decision: 'correct', reason: '核对过申请单' } },
    { username: 'east', detail: { decision: 'reopen' } },
  ])
  const { rows: changes } = await index.pool.query(
    `select c.ref from change c join study s using (study_pk) where s.study_instance_uid = $1 and kind = 'correction'`,
    [uidOf(2)],
  )
  expect(changes.length).toBe(4)
})

test('a doctor has no part in it, and nobody who has not signed in', async () => {
  const doctor = await portal.signIn('doctor', ['radiologist'], portal.county.people.wang.institution.id)
  expect((await doctor.get('/api/conflicts')).status).toBe(403)
  expect((await fetch(`${portal.url}/api/conflicts`)).status).toBe(401)
})
