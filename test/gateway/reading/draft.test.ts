/** The draft over HTTP: every section of a report, and what each side leaves out stays. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { uidOf } from '../../support/records.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let radiologist: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  radiologist = await portal.signIn('radiologist', ['radiologist'], portal.county.people.wang.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const everything = {
  technique: '胸部CT平扫',
  comparison: '与 2026-01-03 胸部CT 比较',
  findings: '右肺上叶见结节，约 6mm。',
  impression: '右肺上叶小结节。',
  advice: '6 个月复查。',
  remark: '患者屏气欠佳。',
  polarity: 'positive',
  wording: 'possible',
  grade: { grade: 1, dims: { position: true, artifact: 'motion' } },
}

test('what is saved is what is read again; a field that is absent stays', async () => {
  const id = await portal.county.ready(1)
  await radiologist.post(`/api/workitems/${id}/claim`)
  const image = { SeriesInstanceUID: uidOf(1, 1), SOPInstanceUID: uidOf(1, 1, 1), frame: 1, caption: '结节', window: null, shapes: [] }
  expect((await radiologist.put(`/api/workitems/${id}/draft`, { ...everything, keyImages: [] })).body.rev).toBe(1)
  // The viewer adds a picture and knows nothing of the text.
  expect((await radiologist.put(`/api/workitems/${id}/draft`, { keyImages: [image] }, { 'if-match': '"1"' })).body.rev).toBe(2)
  const { draft } = (await radiologist.get(`/api/workitems/${id}`)).body
  expect(draft).toEqual({ ...everything, keyImages: [image], rev: 2, savedAt: expect.any(String), author: expect.any(Object) })
  // Taken back is not the same as left out.
  await radiologist.put(`/api/workitems/${id}/draft`, { grade: null, wording: null }, { 'if-match': '"2"' })
  expect((await radiologist.get(`/api/workitems/${id}`)).body.draft).toMatchObject({ grade: null, wording: null, keyImages: [image] })
})

test('the same draft again is no conflict, another one is, and is told what stands', async () => {
  const id = await portal.county.ready(2)
  await radiologist.post(`/api/workitems/${id}/claim`)
  await radiologist.put(`/api/workitems/${id}/draft`, everything)
  expect((await radiologist.put(`/api/workitems/${id}/draft`, everything)).body.rev).toBe(1)
  const conflict = await radiologist.put(`/api/workitems/${id}/draft`, { ...everything, remark: '' })
  expect([conflict.status, conflict.body.error.code, conflict.body.error.current.remark]).toEqual([
    409,
    'draft-conflict',
    everything.remark,
  ])
})

test('a picture of another study is not taken into the report', async () => {
  const id = await portal.county.ready(3)
  await portal.county.ready(4)
  await radiologist.post(`/api/workitems/${id}/claim`)
  const put = (image: object) => radiologist.put(`/api/workitems/${id}/draft`, { keyImages: [image] }, { 'if-match': '"0"' })
  expect((await put({ SeriesInstanceUID: uidOf(4, 1), SOPInstanceUID: uidOf(4, 1, 1) })).status).toBe(400)
  expect((await put({ SeriesInstanceUID: uidOf(3, 1), SOPInstanceUID: uidOf(3, 1, 1), frame: 2 })).status).toBe(400)
  expect((await put({ SeriesInstanceUID: uidOf(3, 1), SOPInstanceUID: uidOf(3, 1, 1) })).status).toBe(200)
})

test.each([
  [{ wording: 'sure' }],
  [{ grade: { grade: '戊' } }],
  [{ grade: { grade: 4 } }],
  [{ grade: { grade: 1, dims: { colour: true } } }],
  [{ keyImages: Array.from({ length: 9 }, () => ({ SeriesInstanceUID: '1', SOPInstanceUID: '2' })) }],
  [{ technique: 'x'.repeat(4_001) }],
])('%o is refused', async (body) => {
  const id = await portal.county.workitemOf(uidOf(3))
  expect((await radiologist.put(`/api/workitems/${id}/draft`, body, { 'if-match': '"1"' })).status).toBe(400)
})
