/** What waits for a person's decision is seen by those who can see to it, each within their own view of the archive. */
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

const listed = async (browser: Browser, study: number) =>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever came
  (await browser.get('/api/conflicts')).body.items.filter((item: any) => item.StudyInstanceUID === uidOf(study))

describe('an instance with other content', () => {
  test('is listed with its study, its UID, when, and how many versions there are, at the sender and at the centre', async () => {
    await portal.county.arrive({ study: 1 })
    expect(await listed(east, 1)).toEqual([])
    await portal.county.arrive({ study: 1, content: 'other' })
    const [conflict] = await listed(east, 1)
    expect(conflict).toMatchObject({
      kind: 'conflict',
      SeriesInstanceUID: uidOf(1, 1),
      SOPInstanceUID: uidOf(1, 1, 1),
      versions: 2,
      PatientID: '10001',
      institution: { name: 'EAST 卫生院' },
      raisedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    })
    expect(await listed(chief, 1)).toEqual([conflict])
    expect(await listed(west, 1)).toEqual([])
  })

  test('until it is decided', async () => {
    await index.pool.query(`update identity_question set decided_at = now() where detail = $1`, [uidOf(1, 1, 1)])
    expect(await listed(east, 1)).toEqual([])
  })
})

test('images that name another patient are listed with what they say', async () => {
  await portal.county.arrive({ study: 2 })
  await portal.county.arrive({ study: 2, instance: 2, values: { patient_id: '20002', patient_name: 'Li^Si=李^四' } })
  expect(await listed(east, 2)).toMatchObject([
    { kind: 'study', said: expect.stringContaining('20002'), SOPInstanceUID: null, versions: null },
  ])
})

test('a number that two people seem to share is listed with the second study', async () => {
  await portal.county.arrive({ study: 3, values: { patient_id: '30003', patient_sex: 'M' } })
  await portal.county.arrive({ study: 4, values: { patient_id: '30003', patient_sex: 'F' } })
  expect(await listed(east, 4)).toMatchObject([{ kind: 'patient' }])
})

test('what is held is in no list of either side, only at the centre, with its sender', async () => {
  await portal.county.arrive({ study: 5 })
  await portal.county.arrive({ study: 5, instance: 9 }, portal.county.west)
  expect([await listed(east, 5), await listed(west, 5)]).toEqual([[], []])
  expect(await listed(chief, 5)).toMatchObject([{ kind: 'held', sender: { name: 'WEST 卫生院' }, institution: { name: 'EAST 卫生院' } }])
})

test('a doctor has no part in it, and nobody who has not signed in', async () => {
  const doctor = await portal.signIn('doctor', ['radiologist'], portal.county.people.wang.institution.id)
  expect((await doctor.get('/api/conflicts')).status).toBe(403)
  expect((await fetch(`${portal.url}/api/conflicts`)).status).toBe(401)
})
