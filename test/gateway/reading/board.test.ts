/** The board over HTTP: the idle lock of a session, the self-check, my statistics; the readers for the coordinator. reading.md §6.1, §6.3, §10. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, password, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let east: Browser
let west: Browser
let doctor: Browser
let coordinator: Browser
let uid: string

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  east = await portal.signIn('east', ['technologist'], people.eastTech.institution.id)
  west = await portal.signIn('west', ['technologist'], people.westTech.institution.id)
  doctor = await portal.signIn('doctor', ['radiologist'], people.wang.institution.id)
  coordinator = await portal.signIn('coordinator', ['coordinator'], people.wang.institution.id)
  uid = await portal.county.arrive({ study: 1 })
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

interface Answer {
  readonly items: readonly { readonly patient: { readonly name: string; readonly PatientID: string }; readonly verbs: readonly string[] }[]
  readonly error?: { readonly code: string }
}
const json = ({ body }: { readonly body: unknown }) => body as Answer
const looked = { sideMark: 'good', coverage: 'good', motion: 'good', exposure: 'none' }

describe('the idle lock', () => {
  test('leaves the board without names and closes everything else, until the password is given', async () => {
    expect(json(await east.get('/api/session/lock'))).toEqual({ locked: false, idleMinutes: 10 })
    expect(json(await east.get('/api/board')).items[0]?.patient).toMatchObject({ name: '张三', PatientID: '10001' })
    expect((await east.post('/api/session/lock')).status).toBe(200)

    expect(json(await east.get('/api/session/lock'))).toMatchObject({ locked: true })
    const board = json(await east.get('/api/board?q=zs'))
    expect(board.items[0]).toMatchObject({
      patient: { name: '张**', PatientID: '', PatientName: '', birthDate: '' },
      AccessionNumber: '',
      verbs: [],
    })
    for (const path of ['/api/orders', `/api/studies/${uid}/series`, '/api/unmatched', '/api/ward/studies']) {
      const response = await east.get(path)
      expect([path, response.status, json(response).error?.code]).toEqual([path, 423, 'screen-locked'])
    }
    expect((await east.post(`/api/studies/${uid}/send`)).status).toBe(423)
    // A critical value shows through, and the lists stay live.
    expect((await east.get('/api/critical')).status).toBe(200)
    // Nobody else is locked with it.
    expect((await west.get('/api/orders')).status).toBe(200)

    const wrong = await east.post('/api/session/unlock', { secret: 'not the password' })
    expect([wrong.status, json(wrong).error?.code]).toEqual([401, 'wrong-password'])
    expect((await east.get('/api/orders')).status).toBe(423)
    expect((await east.post('/api/session/unlock', { secret: password })).status).toBe(200)
    expect(json(await east.get('/api/board')).items[0]?.patient.name).toBe('张三')
  })
  test('lets critical values through that wait for an answer, and nothing else of the register', async () => {
    const workitem = String(await portal.county.workitemOf(uid))
    const raise = async (text: string) => (await doctor.post('/api/critical', { workitem, text })).body.critical.id as string
    const [ended, open] = [await raise('纵隔气肿'), await raise('心包积液')]
    expect((await doctor.post(`/api/critical/${ended}/withdraw`, { reason: '误报' })).status).toBe(200)
    expect((await east.get('/api/critical?state=all')).body.items).toHaveLength(2)
    expect((await east.post('/api/session/lock')).status).toBe(200)
    const { items } = (await east.get('/api/critical')).body
    expect(items.map(({ id, state }: { id: string; state: string }) => [id, state])).toEqual([[open, 'NOTIFYING']])
    for (const path of ['/api/critical?state=all', '/api/critical?state=closed', `/api/critical/${ended}`, '/api/critical-contacts']) {
      expect([path, (await east.get(path)).status]).toEqual([path, 423])
    }
    expect((await east.post(`/api/critical/${open}/withdraw`, { reason: '误报' })).status).toBe(423)
    expect((await east.post('/api/critical', { workitem, text: '气胸' })).status).toBe(423)
    // Whoever passes by answers it: a name and the repetition are asked for all the same.
    const answered = await east.post(`/api/critical/${open}/ack`, { name: '陈静', readBack: '张三 心包积液', text: '已通知医师' })
    expect([answered.status, answered.body.critical.state]).toEqual([200, 'ACTED'])
    expect((await east.post('/api/session/unlock', { secret: password })).status).toBe(200)
  })
  test('cannot be asked of nobody', async () => {
    expect((await fetch(`${portal.url}/api/session/lock`)).status).toBe(401)
    expect((await fetch(`${portal.url}/api/session/unlock`, { method: 'POST' })).status).toBe(401)
  })
})

describe('the self-check', () => {
  test('is kept for the owner of the study, and says which field is at fault', async () => {
    expect((await east.post(`/api/studies/${uid}/self-check`, looked)).status).toBe(200)
    const { items } = json(await east.get('/api/board'))
    expect(items[0]).toMatchObject({ selfCheck: { ...looked, exposureIndex: null, note: '' } })
    expect((await west.post(`/api/studies/${uid}/self-check`, looked)).status).toBe(404)
    expect((await doctor.post(`/api/studies/${uid}/self-check`, looked)).status).toBe(403)
    for (const wrong of [{}, { ...looked, motion: 'fine' }, { ...looked, exposureIndex: -1 }, { ...looked, note: 'x'.repeat(501) }]) {
      expect((await east.post(`/api/studies/${uid}/self-check`, wrong)).status).toBe(400)
    }
  })
})

test('my statistics are the own institution’s, and empty where nothing could be read yet', async () => {
  const response = await west.get('/api/board/mine')
  expect(response.status).toBe(200)
  expect(response.body).toMatchObject({
    days: 84,
    arrivalLimitSeconds: 180,
    own: { studies: 0, arrivalP95: null },
    institution: { studies: 0 },
    weeks: [],
    reasons: [],
  })
  expect((await doctor.get('/api/board/mine')).status).toBe(403)
  expect((await west.get('/api/board/mine?days=5000')).status).toBe(400)
})

test('the coordinator sees who reads at the centre and what each has in hand', async () => {
  const id = await portal.county.ready(2)
  expect((await coordinator.post(`/api/workitems/${id}/assign`, { assignee: 'doctor' })).status).toBe(200)
  const readers = json(await coordinator.get('/api/readers')).items
  expect(readers).toContainEqual(
    expect.objectContaining({ username: 'doctor', here: true, reviews: false, writing: 0, reviewing: 0, reserved: 1 }),
  )
  expect(readers).not.toContainEqual(expect.objectContaining({ username: 'east' }))
  expect((await doctor.post(`/api/workitems/${id}/claim`)).status).toBe(200)
  expect(json(await coordinator.get('/api/readers')).items).toContainEqual(
    expect.objectContaining({ username: 'doctor', writing: 1, reserved: 0 }),
  )
  expect((await doctor.get('/api/readers')).status).toBe(403)
  expect((await east.get('/api/readers')).status).toBe(403)
})
