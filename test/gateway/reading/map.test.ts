/** The wallboard's map through the door: places of institutions, the county's outline, what each site's line says, and tasks handed over. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rebuildFacts } from '../../../archive/statistics/follow.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let administrator: Browser
let coordinator: Browser
let doctor: Browser
let township: Browser
let centre: { readonly id: number; readonly code: string; readonly name: string }
let east: { readonly id: number; readonly code: string; readonly name: string }

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  centre = people.wang.institution
  east = people.eastTech.institution
  ;[administrator, coordinator, doctor, township] = (await Promise.all([
    portal.signIn('administrator', ['administrator'], centre.id),
    portal.signIn('coordinator', ['coordinator'], centre.id),
    portal.signIn('doctor', ['radiologist'], centre.id),
    portal.signIn('east-director', ['administrator'], east.id),
  ])) as [Browser, Browser, Browser, Browser]
}, 120_000)
afterAll(async () => {
  await portal.close()
  await index.close()
})

const place = { longitude: 107.52, latitude: 27.61 }
const save = (code: string, change: object) => administrator.put(`/api/institutions/${code}`, { name: code, ...change })
const siteOf = async () => {
  await rebuildFacts({ index })
  const { body } = await coordinator.get('/api/wallboard')
  return { wall: body, site: body.sites.find(({ id }: { id: number }) => id === east.id) }
}

test('an institution has a place when the administrator says so, keeps it when nothing is said of it, and loses it', async () => {
  expect((await save('NORTH', { place })).body).toMatchObject({ code: 'NORTH', place })
  expect((await save('NORTH', { address: '北街 1 号' })).body).toMatchObject({ place })
  expect((await doctor.get('/api/institutions')).body).toContainEqual(expect.objectContaining({ code: 'NORTH', place }))
  expect((await save('NORTH', { place: null })).body).toMatchObject({ place: null })
  const wrong = [
    { longitude: 181, latitude: 0 },
    { longitude: 0, latitude: -90.5 },
    { longitude: '107', latitude: 27 },
    { longitude: 107 },
    [107, 27],
  ]
  for (const no of wrong) expect((await save('NORTH', { place: no })).status).toBe(400)
  expect((await township.put('/api/institutions/NORTH', { name: 'x', place })).status).toBe(403)
})

test('the wall has the places, and of each site what waits, what is urgent, late or critical, and how its line does', async () => {
  await save(centre.code, { readingCentre: true, name: centre.name, place: { longitude: 107.5, latitude: 27.5 } })
  await save(east.code, { name: 'EAST', place })
  const id = await portal.county.ready(1, { Modality: 'CT' })
  await portal.county.arrive({ study: 2, values: { Modality: 'DX' } })
  const first = await siteOf()
  expect(first.wall.place).toEqual({ longitude: 107.5, latitude: 27.5 })
  expect(first.site).toMatchObject({ place, arriving: 1, ready: 1, urgent: 0, overdue: 0, criticals: 0, stalledSince: null })
  // What came a moment ago is on its way; ten minutes later it stands still.
  await index.pool.query(`update instance set received_at = now(), object_size = 60 * 125000`)
  await index.pool.query(`update study_totals set last_received_at = now()`)
  expect((await siteOf()).site.bytesPerSecond).toBe(125_000)
  await index.pool.query(`update study_totals set last_received_at = now() - interval '10 minutes'`)
  expect((await doctor.post(`/api/workitems/${id}/claim`)).status).toBe(200)
  expect((await doctor.post('/api/critical', { workitem: String(id), text: '张力性气胸' })).status).toBe(201)
  expect((await doctor.post(`/api/workitems/${id}/release`)).status).toBe(200)
  await index.pool.query(`update workitem set due_at = now() - interval '1 minute' where id = $1`, [id])
  const { site } = await siteOf()
  expect(site).toMatchObject({ bytesPerSecond: 0, ready: 1, urgent: 1, overdue: 1, criticals: 1 })
  expect(Date.now() - Date.parse(site.stalledSince)).toBeGreaterThan(9 * 60_000)
})

test('the outline is the centre’s, taken as GeoJSON from its administrator, shown to whoever sees the wall', async () => {
  const ring = [
    [107, 27],
    [108, 27],
    [108, 28],
    [107, 27],
  ]
  expect((await coordinator.get('/api/map-outline')).body).toEqual({ rings: [] })
  expect((await administrator.put('/api/map-outline', { type: 'Polygon', coordinates: [ring] })).body).toEqual({ rings: [ring] })
  expect((await doctor.get('/api/map-outline')).body).toEqual({ rings: [ring] })
  expect((await administrator.put('/api/map-outline', { type: 'Topology' })).status).toBe(400)
  const large = { type: 'Polygon', coordinates: [ring], note: 'x'.repeat(1024 * 1024) }
  expect((await administrator.put('/api/map-outline', large)).status).toBe(413)
  expect((await coordinator.put('/api/map-outline', { type: 'Polygon', coordinates: [ring] })).status).toBe(403)
  expect((await township.get('/api/map-outline')).status).toBe(403)
  expect((await coordinator.send('DELETE', '/api/map-outline')).status).toBe(403)
  expect((await doctor.get('/api/map-outline')).body).toEqual({ rings: [ring] })
  expect((await administrator.send('DELETE', '/api/map-outline')).status).toBe(204)
  expect((await doctor.get('/api/map-outline')).body).toEqual({ rings: [] })
  await portal.audit.flush()
  const { body } = await administrator.get('/api/audit?action=map-outline')
  expect(body.items ?? body).toHaveLength(2)
})

test('tasks are handed to a reader of the centre, each on its own, once, and it is told in their logs', async () => {
  const ids = [await portal.county.ready(11), await portal.county.ready(12), await portal.county.ready(13)].map(String)
  expect((await doctor.post(`/api/workitems/${ids[2]}/claim`)).status).toBe(200)
  const body = { ids: [...ids, '999999'], assignee: 'doctor', reason: '改派' }
  const assign = () => coordinator.post('/api/workitems/assign-batch', body, { 'idempotency-key': '0123456789abcdef0123456789abcdef' })
  const answer = {
    assigned: ids.slice(0, 2),
    refused: [
      { id: ids[2], code: 'wrong-state' },
      { id: '999999', code: 'not-found' },
    ],
  }
  expect((await assign()).body).toEqual(answer)
  expect((await assign()).body).toEqual(answer)
  const { events } = (await coordinator.get(`/api/workitems/${ids[0]}/events`)).body
  const told = events.filter(({ verb }: { verb: string }) => verb === 'assign')
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ reason: '改派' })
  expect((await coordinator.get(`/api/workitems/${ids[0]}`)).body.reservedFor).toMatchObject({ username: 'doctor' })

  expect((await doctor.post('/api/workitems/assign-batch', body)).status).toBe(403)
  const unfit = await coordinator.post('/api/workitems/assign-batch', { ids: [ids[0]], assignee: 'east-director' })
  expect(unfit.body).toEqual({ assigned: [], refused: [{ id: ids[0], code: 'assignee-unfit' }] })
  const many = Array.from({ length: 51 }, (_, at) => String(at + 1))
  expect((await coordinator.post('/api/workitems/assign-batch', { ids: many, assignee: 'doctor' })).status).toBe(400)
})
