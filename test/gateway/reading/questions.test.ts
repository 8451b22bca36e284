/** Questions between reader and township, over the API: pausing or not, answers of either, unread marks, scope. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let reader: Browser
let colleague: Browser
let technologist: Browser
let clinician: Browser
let stranger: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  const county = people.wang.institution.id
  const east = people.eastTech.institution.id
  reader = await portal.signIn('reader', ['radiologist'], county)
  colleague = await portal.signIn('colleague', ['radiologist'], county)
  technologist = await portal.signIn('technologist', ['technologist'], east)
  clinician = await portal.signIn('clinician', ['clinician'], east)
  stranger = await portal.signIn('stranger', ['technologist'], people.westTech.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const thread = async (who: Browser, id: number) => (await who.get(`/api/workitems/${id}/questions`)).body
const said = (who: Browser, id: number, text: string, kind: string, more: object = {}) =>
  who.post(`/api/workitems/${id}/questions`, { text, kind, ...more })
const state = async (id: number) => (await reader.get(`/api/workitems/${id}`)).body

describe('a question that lets the task wait', () => {
  let id: number

  test('takes the task out of the reader’s hands, who keeps it', async () => {
    id = await portal.county.ready(11)
    await reader.post(`/api/workitems/${id}/claim`)
    const answer = await said(reader, id, ' 有外伤史吗？ ', 'question', { pause: true })
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(answer.body).toMatchObject({ open: true, waitingFor: 'owner', unread: 0, mayWrite: true })
    expect(answer.body.items).toMatchObject([{ text: '有外伤史吗？', kind: 'question', side: 'centre', mine: true, seenAt: null }])
    expect(await state(id)).toMatchObject({
      state: 'QUERIED',
      paused: true,
      questions: { open: 1 },
      assignee: { username: 'reader' },
      leaseUntil: null,
    })
  })

  test('is unread at the township until somebody has it on the screen', async () => {
    expect((await technologist.get('/api/questions')).body.items).toMatchObject([{ workitem: String(id), unread: 1, awaitsUs: true }])
    const before = await thread(technologist, id)
    expect(before).toMatchObject({ unread: 1, items: [{ mine: false, seenAt: null }] })
    expect((await technologist.post(`/api/workitems/${id}/questions/seen`, { upTo: before.items[0].id })).status).toBe(204)
    expect(await thread(reader, id)).toMatchObject({ items: [{ seenAt: expect.any(String), seenBy: 'technologist' }] })
    expect((await technologist.get('/api/questions')).body.items).toMatchObject([{ unread: 0, awaitsUs: true }])
  })

  test('is answered by the ward as well, and comes back to the same reader with a fresh lease', async () => {
    const answer = await said(clinician, id, '三天前摔倒，右手撑地', 'answer')
    expect(answer.status, JSON.stringify(answer.body)).toBe(200)
    expect(await state(id)).toMatchObject({
      state: 'CLAIMED',
      paused: false,
      questions: { open: 0 },
      assignee: { username: 'reader' },
      leaseUntil: expect.any(String),
    })
    expect((await reader.get('/api/questions')).body.items).toMatchObject([
      { workitem: String(id), unread: 1, held: true, awaitsUs: false },
    ])
    expect((await colleague.get('/api/questions')).body.items).toMatchObject([{ held: false }])
  })

  test('stands in the log with its words', async () => {
    const { events } = await state(id)
    expect(events.map(({ verb, reason }: { verb: string; reason: string }) => [verb, reason])).toEqual(
      expect.arrayContaining([
        ['query', '有外伤史吗？'],
        ['answer', '三天前摔倒，右手撑地'],
      ]),
    )
  })
})

test('a question without a pause leaves the task where it is, and may be taken back by nobody', async () => {
  const id = await portal.county.ready(12)
  await reader.post(`/api/workitems/${id}/claim`)
  expect((await said(reader, id, '标记是左还是右？', 'question')).status).toBe(200)
  expect(await state(id)).toMatchObject({ state: 'CLAIMED', paused: false, questions: { open: 1 } })
  await expect(index.pool.query("update workitem_message set text = 'x'")).rejects.toThrow()
  await expect(index.pool.query('delete from workitem_message')).rejects.toThrow()
})

test('the township asks the centre, and the centre answers', async () => {
  const id = await portal.county.ready(13)
  expect((await said(clinician, id, '报告什么时候能出？', 'question')).status).toBe(200)
  expect((await reader.get('/api/questions')).body.items).toEqual(
    expect.arrayContaining([expect.objectContaining({ workitem: String(id), awaitsUs: true })]),
  )
  expect(await said(reader, id, '十分钟内', 'answer')).toMatchObject({ status: 200, body: { open: false, waitingFor: null } })
})

test('only the holder pauses, only the two sides talk, and nothing is empty or endless', async () => {
  const id = await portal.county.ready(14)
  await reader.post(`/api/workitems/${id}/claim`)
  expect((await said(colleague, id, '我来问', 'question', { pause: true })).status).toBe(409)
  expect((await said(technologist, id, '先等等', 'question', { pause: true })).status).toBe(400)
  expect((await said(stranger, id, '?', 'question')).status).toBe(404)
  expect((await stranger.get(`/api/workitems/${id}/questions`)).status).toBe(404)
  expect((await said(reader, id, '  ', 'question')).status).toBe(400)
  expect((await said(reader, id, '长'.repeat(1_001), 'question')).status).toBe(400)
})

test('the same request twice says it once', async () => {
  const id = await portal.county.ready(15)
  const key = { 'idempotency-key': 'once-only' }
  for (let n = 0; n < 2; n += 1)
    expect((await technologist.post(`/api/workitems/${id}/questions`, { text: '请看病史', kind: 'remark' }, key)).status).toBe(200)
  expect((await thread(technologist, id)).items).toHaveLength(1)
})

test('a generic verb says its reason, and needs one', async () => {
  const id = await portal.county.ready(16)
  await reader.post(`/api/workitems/${id}/claim`)
  expect((await reader.post(`/api/workitems/${id}/query`)).status).toBe(400)
  expect((await reader.post(`/api/workitems/${id}/query`, { reason: '要看旧片' })).body.workitem).toMatchObject({ state: 'QUERIED' })
  expect((await reader.post(`/api/workitems/${id}/withdraw-query`)).body.workitem).toMatchObject({ state: 'CLAIMED' })
  expect((await thread(technologist, id)).items).toMatchObject([{ text: '要看旧片' }])
})

test('the answers of one tap are in both languages', async () => {
  const { body } = await technologist.get('/api/answer-presets')
  for (const preset of body.items) expect([preset.zh.length, preset.en.length].every((length) => length > 0)).toBe(true)
})
