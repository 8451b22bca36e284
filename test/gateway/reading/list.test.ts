/** The reading list over HTTP: two readers race for one workitem, the next task, batches, joins, views, settings, the log. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let wang: Browser
let li: Browser
let chief: Browser
let coordinator: Browser
let technologist: Browser
let admin: Browser
let studies = 0
const ready = (): Promise<number> => {
  studies += 1
  return portal.county.ready(studies, { patient_id: 'P1' })
}
beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { wang: someone, eastTech } = portal.county.people
  const centre = someone.institution.id
  wang = await portal.signIn('wang-http', ['radiologist'], centre)
  li = await portal.signIn('li-http', ['radiologist'], centre)
  chief = await portal.signIn('chief-http', ['chief'], centre)
  coordinator = await portal.signIn('coordinator-http', ['coordinator'], centre)
  admin = await portal.signIn('admin-http', ['administrator'], centre)
  technologist = await portal.signIn('tech-http', ['technologist'], eastTech.institution.id)
}, 60_000)
afterAll(async () => {
  await portal.close()
  await index.close()
})

test('two readers race for one workitem: exactly one wins, and the other is told who has it', async () => {
  for (let round = 0; round < 5; round += 1) {
    const id = await ready()
    const answers = await Promise.all([wang.post(`/api/workitems/${id}/claim`), li.post(`/api/workitems/${id}/claim`)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409])
    const [winner, loser] = answers[0]!.status === 200 ? answers : [answers[1]!, answers[0]!]
    expect(winner!.body.workitem).toMatchObject({ state: 'CLAIMED' })
    expect(winner!.body.workitem.verbs).toContain('submit')
    expect(loser!.body.error).toMatchObject({ code: 'held-by-another' })
    const { body } = await chief.get(`/api/workitems/${id}/events`)
    expect(body.events.map(({ verb }: { verb: string }) => verb)).toEqual(['arrive', 'ready', 'claim'])
    expect(body.chain).toEqual({ whole: true, broken: [] })
  }
})

test('many readers ask for the next task at once: nobody gets one twice', async () => {
  await index.pool.query(`update workitem set state = 'CANCELED', assignee_id = null, lease_until = null`)
  const ids = [await ready(), await ready(), await ready(), await ready()]
  const answers = await Promise.all([wang, li, chief, wang, li, chief].map((browser) => browser.post('/api/workitems/claim-next')))
  const taken = answers.map(({ body }) => body.workitem?.id ?? null)
  expect(taken.filter((id) => id !== null).sort()).toEqual(ids.map(String).sort())
  const again = await wang.post('/api/workitems/claim-next', {}, { 'Idempotency-Key': 'next' })
  expect(again.body).toEqual({ workitem: null })
  expect((await coordinator.post('/api/workitems/claim-next')).status).toBe(403)
})

test('a batch, a reservation and an urgency go through the door as the page sends them', async () => {
  const [one, two] = [await ready(), await ready()]
  const batch = await wang.post('/api/workitems/claim-batch', { ids: [String(one), '999999'] })
  expect(batch.body).toEqual({ claimed: [String(one)], refused: [{ id: '999999', code: 'not-found' }] })
  expect((await wang.post('/api/workitems/claim-batch', { ids: [] })).status).toBe(400)
  const kept = await coordinator.post(`/api/workitems/${two}/assign`, { assignee: 'li-http' })
  expect(kept.body.workitem).toMatchObject({ state: 'READY', reservedFor: { username: 'li-http' } })
  expect((await wang.post(`/api/workitems/${two}/claim`)).body.error.code).toBe('reserved')
  expect((await coordinator.post(`/api/workitems/${two}/assign`, { assignee: 'tech-http' })).status).toBe(422)
  const urgent = await technologist.post(`/api/workitems/${two}/urgency`, { urgency: 0 })
  expect(urgent.body.workitem).toMatchObject({ urgency: 0 })
  expect((await technologist.post(`/api/workitems/${two}/urgency`, { urgency: 7 })).status).toBe(400)
  const { body } = await chief.get('/api/workitems?view=todo&urgency=0,1&assignee=li-http&sort=-arrived')
  expect(body.items.map(({ id }: { id: string }) => id)).toEqual([String(two)])
  expect(body.items[0]).toMatchObject({
    tat: { limitMs: 1_800_000 },
    paused: false,
    score: expect.any(Number),
    studies: [expect.any(String)],
  })
  expect((await chief.get('/api/workitems?sort=colour')).status).toBe(400)
  expect((await technologist.get('/api/workitems')).status).toBe(403)
})

test('views are joined to the centre, studies to one task, and taken apart', async () => {
  const [task, other] = [await ready(), await ready()]
  const joined = await wang.post(`/api/workitems/${task}/join`, { other: String(other), reason: '一次检查两个体位' })
  expect(joined.body.workitem.studies).toHaveLength(2)
  const split = await wang.post(`/api/workitems/${task}/split`, { StudyInstanceUID: joined.body.workitem.studies[1], reason: '分开' })
  expect(split.body.made).toMatchObject({ id: String(other), state: 'READY' })
  expect((await technologist.post(`/api/workitems/${task}/join`, { other: String(other), reason: 'x' })).status).toBe(403)

  const { body } = await wang.put('/api/views', {
    name: '急诊 CT',
    shared: true,
    query: { view: 'todo', urgency: '0,1', nonsense: 'x' },
    columns: ['state'],
  })
  const found = (await li.get('/api/views')).body.items.find(({ id }: { id: string }) => id === body.id)
  expect(found).toMatchObject({
    name: '急诊 CT',
    shared: true,
    query: { view: 'todo', urgency: '0,1' },
    columns: ['state'],
    owner: { username: 'wang-http' },
  })
  expect((await wang.put('/api/views', { name: 'x', query: { view: 'nowhere' } })).status).toBe(400)
  expect((await li.send('DELETE', `/api/views/${body.id}`)).status).toBe(404)
  expect((await wang.send('DELETE', `/api/views/${body.id}`)).status).toBe(204)
})

describe('settings', () => {
  test('times, hours and policies are set by the chief, and nonsense is refused at the door', async () => {
    const rule = { urgency: 1, kind: 'ct', minutes: 45, workingHours: false }
    expect((await chief.put('/api/settings/turnaround', { rules: [rule] })).body.rules['1'].ct).toEqual({
      minutes: 45,
      workingHours: false,
    })
    expect((await chief.put('/api/settings/turnaround', { rules: [{ ...rule, minutes: 0 }] })).status).toBe(400)
    expect((await wang.put('/api/settings/turnaround', { rules: [rule] })).status).toBe(403)
    const institution = portal.county.people.wang.institution.id
    const weekly = Array.from({ length: 7 }, () => [{ from: '08:00', to: '20:00' }])
    const calendar = { weekly, holidays: ['2026-10-01'], extraDays: [] }
    expect((await chief.put('/api/settings/calendars', { institution, calendar })).status).toBe(200)
    expect((await chief.put('/api/settings/calendars', { institution, calendar: { ...calendar, holidays: ['2026-02-30'] } })).status).toBe(
      400,
    )
    expect((await technologist.get('/api/settings/policies')).body).toMatchObject({ policies: { careDays: 30 }, mayChange: false })
    expect((await chief.put('/api/settings/policies', { undoSeconds: 90 })).body.policies.undoSeconds).toBe(90)
    expect((await chief.put('/api/settings/policies', { undoSecond: 90 })).status).toBe(400)
  })

  test('the administrator holds all logs against their hashes', async () => {
    expect((await admin.post('/api/audit/verify-workitems', { after: '0' })).body).toMatchObject({ next: null, workitems: studies })
    expect((await wang.post('/api/audit/verify-workitems', {})).status).toBe(403)
  })
})
