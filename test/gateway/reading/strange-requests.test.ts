/** What no page of ours sends: days that there are not, half characters, returns of another institution, the register behind a locked screen. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, startPortal, testPIN } from './portal.ts'

let index: TestIndex
let portal: Portal
let doctor: Browser
let east: Browser
let west: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  doctor = await portal.signIn('doctor', ['radiologist', 'reviewer', 'quality'], people.wang.institution.id)
  east = await portal.signIn('east', ['technologist'], people.eastTech.institution.id)
  west = await portal.signIn('west', ['technologist'], people.westTech.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

test.each([
  '/api/quality-events?to=0000-00-00',
  '/api/statistics/overview?to=0000-00-00',
  '/api/statistics/turnaround?from=2026-02-30',
  '/api/statistics/overview?to=0000-01-05',
  '/api/roster?from=0000-00-00',
])('%s is no request, and no fault of ours', async (path) => {
  expect((await doctor.get(path)).status).toBe(400)
})

test('half a character, as a text cut in the middle of one leaves it, is kept as the sign for what cannot be read', async () => {
  const id = await portal.county.ready(1)
  const key = { 'idempotency-key': 'half a character' }
  expect((await doctor.post(`/api/workitems/${id}/claim`, { reason: 'a\ud800b' }, key)).status).toBe(200)
  const saved = await doctor.put(`/api/workitems/${id}/draft`, { findings: '骨质\ud83d未见异常' })
  expect(saved.status).toBe(200)
  expect((await doctor.get(`/api/workitems/${id}`)).body.draft.findings).toBe('骨质\ufffd未见异常')
})

test('whoever broke the glass reads a return, and answers it not', async () => {
  const id = await portal.county.ready(2)
  expect((await doctor.post(`/api/workitems/${id}/return`, { reasons: ['111209'] })).status).toBe(200)
  const [card] = (await doctor.get('/api/returns')).body.items
  expect((await west.get(`/api/returns/${card.id}`)).status).toBe(404)
  expect((await west.post('/api/ward/break-glass', { StudyInstanceUID: '2.25.2', reason: '昏迷患者急诊抢救' })).status).toBe(201)
  expect((await west.get(`/api/returns/${card.id}`)).status).toBe(200)
  // Neither with the returned study itself, nor with one of their own.
  await portal.county.arrive({ study: 3, values: { patient_id: 'W3' } }, portal.county.west)
  for (const StudyInstanceUID of ['2.25.2', '2.25.3']) {
    expect((await west.post(`/api/returns/${card.id}/retake`, { StudyInstanceUID })).status).toBe(403)
  }
  expect((await west.get(`/api/returns/${card.id}/candidates`)).status).toBe(403)
  expect((await doctor.get(`/api/workitems/${id}`)).body).toMatchObject({ state: 'RETURNED', StudyInstanceUID: '2.25.2' })
  expect((await east.get(`/api/returns/${card.id}/candidates`)).status).toBe(200)
})

test('a program without a page has no returns', async () => {
  const { token } = await portal.accounts.create({
    username: 'pipe',
    displayName: 'pipe',
    kind: 'program',
    roles: ['sender'],
    institution: portal.county.people.eastTech.institution.id,
  })
  const [card] = (await east.get('/api/returns')).body.items
  const answer = await fetch(`${portal.url}/api/returns/${card.id}`, { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(403)
})

test('behind a locked screen a critical value that waits is read and answered, but the register is shut and none is raised', async () => {
  const id = await portal.county.ready(5)
  await doctor.post(`/api/workitems/${id}/claim`)
  const raise = async () => (await doctor.post('/api/critical', { workitem: String(id), text: '张力性气胸' })).body.critical.id
  const over = await raise()
  expect((await doctor.post(`/api/critical/${over}/withdraw`, { reason: '看错了' })).status).toBe(200)
  const open = await raise()
  expect((await east.post('/api/session/lock')).status).toBe(200)
  expect((await east.get('/api/critical?state=open')).body.items).toMatchObject([{ id: open }])
  expect((await east.get(`/api/critical/${open}`)).status).toBe(200)
  const shut = ['/api/critical?state=all', '/api/critical?state=closed', `/api/critical/${over}`, `/api/reports/1`]
  for (const path of shut) expect([path, (await east.get(path)).status]).toEqual([path, 423])
  expect((await east.post('/api/critical', { workitem: String(id), text: '另一个' })).status).toBe(423)
  expect((await east.post('/api/notices/1/seen')).status).toBe(423)
  expect((await east.get('/api/notices')).body).toEqual({ items: [] })
  expect((await east.post(`/api/critical/${open}/ack`, { name: '赵磊', readBack: '张三，张力性气胸' })).status).toBe(200)
})

test('wrong PINs, one after the other or all at once, lock it after five; the right one does not open it then', async () => {
  const guesses = Array.from({ length: 20 }, (_, n) => String(246_801 + n))
  const answers = await Promise.all(guesses.map((pin) => doctor.post('/api/account/pin/check', { pin })))
  const count = (status: number) => answers.filter((answer) => answer.status === status).length
  expect([count(403), count(429)]).toEqual([5, 15])
  expect((await doctor.post('/api/account/pin/check', { pin: testPIN })).status).toBe(429)
})
