/** Settings: accounts, Application Entities, institutions, audit; who may, and over whom. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { Browser, type Portal, password, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let chief: Browser
let local: Browser
let doctor: Browser
let centre: number
let township: number

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  centre = portal.county.people.wang.institution.id
  township = portal.county.people.eastTech.institution.id
  chief = await portal.signIn('chief', ['administrator'], centre)
  local = await portal.signIn('local-admin', ['administrator'], township)
  doctor = await portal.signIn('doctor', ['radiologist'], centre)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const nurse = () => ({ username: 'nurse', displayName: '护士', roles: ['clinician'], institution: township, password: 'a good long one' })

describe('accounts', () => {
  test('are made, changed and signed out by an administrator; a changed password ends every session', async () => {
    expect((await chief.post('/api/accounts', nurse())).status).toBe(201)
    expect((await chief.post('/api/accounts', nurse())).body.error.code).toBe('conflict')
    const browser = new Browser(portal.url)
    expect((await browser.post('/api/session', { username: 'nurse', password: 'a good long one' })).status).toBe(201)
    const { password: _, ...changes } = nurse()
    expect((await chief.put('/api/accounts/nurse', { ...changes, password: 'another long one' })).status).toBe(200)
    expect((await browser.get('/api/session')).status).toBe(401)
    expect((await browser.post('/api/session', { username: 'nurse', password: 'another long one' })).status).toBe(201)
    expect((await chief.put('/api/accounts/nurse', { ...changes, enabled: false })).status).toBe(200)
    expect((await browser.post('/api/session', { username: 'nurse', password: 'another long one' })).status).toBe(401)
    const { body } = await chief.get('/api/accounts')
    const row = body.find(({ username }: { username: string }) => username === 'nurse')
    expect(row).toMatchObject({ enabled: false, lastSignIn: expect.any(String), institution: { id: township } })
    expect(JSON.stringify(body)).not.toMatch(/argon2|hash|token/)
  })

  test('a short password, or one that holds the username, is refused with the reason', async () => {
    for (const bad of ['short', 'night-nurse-2026']) {
      const { status, body } = await chief.post('/api/accounts', { ...nurse(), username: 'night-nurse', password: bad })
      expect([status, body.error.code]).toEqual([400, 'bad-request'])
    }
  })

  test('are kept by the centre for all, by a township for its own, by nobody else', async () => {
    expect((await doctor.get('/api/accounts')).status).toBe(403)
    const usernames = (await local.get('/api/accounts')).body.map(({ username }: { username: string }) => username)
    expect(usernames).toContain('local-admin')
    expect(usernames).not.toContain('chief')
    expect((await local.post('/api/accounts', { ...nurse(), username: 'x', institution: centre })).status).toBe(403)
    // Nor by taking somebody over.
    const theft = { ...nurse(), username: 'chief', institution: township, roles: ['administrator'] }
    expect((await local.put('/api/accounts/chief', theft)).status).toBe(403)
    expect((await new Browser(portal.url).post('/api/session', { username: 'chief', password })).status).toBe(201)
  })

  test('nobody locks themselves out of the administration', async () => {
    const self = { displayName: 'chief', roles: ['radiologist'], institution: centre }
    expect((await chief.put('/api/accounts/chief', self)).status).toBe(400)
  })
})

test('an Application Entity is made and changed under its title', async () => {
  const ae = { institution: township, host: '10.0.0.9', port: 104, readAtCounty: false, quietSeconds: 90, fallbackCharacterSet: 'GB18030' }
  expect((await chief.put('/api/ae/DR_ROOM_1', ae)).status).toBe(200)
  expect((await chief.put('/api/ae/DR_ROOM_1', { ...ae, readAtCounty: true })).status).toBe(200)
  const { body } = await chief.get('/api/ae')
  const row = body.find(({ title }: { title: string }) => title === 'DR_ROOM_1')
  expect(row).toMatchObject({
    institution: { id: township, name: 'EAST 卫生院' },
    readAtCounty: true,
    quietSeconds: 90,
    description: '',
    lastSeen: null,
  })
  expect(row).toMatchObject({ mayRetrieve: true, mayWorklist: true, tls: false, worklistCharacterSet: 'ISO_IR 192', maxAssociations: null })
  const pinyin = { ...ae, tls: true, worklistCharacterSet: 'ISO_IR 6', maxAssociations: 2, mayQuery: false, mayWorklist: false }
  expect((await chief.put('/api/ae/DR_ROOM_1', pinyin)).body).toMatchObject({ ...pinyin, mayRetrieve: false })
  for (const wrong of ['a-title-that-is-too-long', encodeURIComponent('BACK\\SLASH'), encodeURIComponent('放射科'), '%20']) {
    expect((await chief.put(`/api/ae/${wrong}`, ae)).status).toBe(400)
  }
  const refused = {
    host: ['300.1.1.1', 'two words', 'a..b', '-x'],
    port: [0, 65_536, 1.5],
    worklistCharacterSet: ['UTF-8'],
    maxAssociations: [0],
  }
  for (const [name, values] of Object.entries(refused)) {
    for (const value of values) expect((await chief.put('/api/ae/DR_ROOM_1', { ...ae, [name]: value })).status).toBe(400)
  }
  expect((await chief.put('/api/ae/DR_ROOM_1', { ...ae, host: 'ct-room.hospital.example' })).status).toBe(200)
  expect((await doctor.put('/api/ae/DR_ROOM_1', ae)).status).toBe(403)
  expect((await chief.get('/api/ae/self')).body).toEqual({ AETitle: 'ARCHIVE', host: '0.0.0.0', port: 11112, tlsPort: null })
  expect((await doctor.get('/api/ae/self')).status).toBe(403)
})

test('institutions are known to all and kept by the centre', async () => {
  expect((await chief.put('/api/institutions/NORTH', { name: '北山镇卫生院', parent: centre })).status).toBe(200)
  expect((await doctor.get('/api/institutions')).body).toContainEqual(
    expect.objectContaining({ code: 'NORTH', name: '北山镇卫生院', readingCentre: false }),
  )
  expect((await local.put('/api/institutions/NORTH', { name: 'x' })).status).toBe(403)
})

test('an institution has the beginning of its AccessionNumbers to itself, and keeps it when it is not given', async () => {
  const put = async (code: string, changes: object) => chief.put(`/api/institutions/${code}`, { name: code, parent: centre, ...changes })
  expect((await put('HILL', { accessionPrefix: 'HILL' })).body).toMatchObject({ accessionPrefix: 'HILL' })
  expect((await put('HILL', { address: '山路 1 号' })).body).toMatchObject({ accessionPrefix: 'HILL' })
  expect((await put('DALE', { accessionPrefix: 'HILL' })).status).toBe(400)
  expect((await put('DALE', {})).body).toMatchObject({ accessionPrefix: null })
  // Taken away, it is free again; what is not said stays.
  expect((await put('HILL', { accessionPrefix: null })).body).toMatchObject({ accessionPrefix: null })
  expect((await put('DALE', { accessionPrefix: 'HILL' })).body).toMatchObject({ accessionPrefix: 'HILL' })
  for (const wrong of ['hill', 'TOOLONG', '', 'A-B']) expect((await put('DALE', { accessionPrefix: wrong })).status).toBe(400)
})

test('an institution cannot stand above itself', async () => {
  const { id } = (await chief.put('/api/institutions/SOUTH', { name: '南河镇卫生院', parent: centre })).body
  const { id: village } = (await chief.put('/api/institutions/SOUTH-1', { name: '南河一村卫生室', parent: id })).body
  expect((await chief.put('/api/institutions/SOUTH', { name: '南河镇卫生院', parent: id })).status).toBe(400)
  expect((await chief.put('/api/institutions/SOUTH', { name: '南河镇卫生院', parent: village })).status).toBe(400)
  expect((await chief.put('/api/institutions/SOUTH', { name: '南河镇卫生院', parent: null })).status).toBe(200)
})

describe('the audit', () => {
  test('has who did what, newest first, page by page, and no name of a patient', async () => {
    const id = await portal.county.ready(1)
    await doctor.get(`/api/workitems/${id}`)
    await doctor.get(`/api/workitems/${id}`)
    await portal.audit.flush()
    const { body } = await chief.get('/api/audit?limit=500')
    const views = body.items.filter(({ action, object }: { action: string; object: string }) => action === 'view' && object === '2.25.1')
    expect(views).toHaveLength(1)
    expect(views[0]).toMatchObject({ actor: 'doctor', outcome: 'done', address: expect.stringContaining('127.0.0.1') })
    expect(JSON.stringify(body)).not.toContain('张')
    const page = (await chief.get('/api/audit?limit=2')).body
    expect(page.items).toHaveLength(2)
    const next = (await chief.get(`/api/audit?limit=2&before=${page.before}`)).body
    expect(next.items[0]).not.toEqual(page.items[1])
    expect((await doctor.get('/api/audit')).status).toBe(403)
  })

  test('is sealed in one chain; what is changed afterwards shows', async () => {
    await portal.audit.flush()
    while ((await portal.audit.seal()) > 0);
    expect((await chief.post('/api/audit/verify')).body).toEqual({ broken: null })
    await expect(index.pool.query(`update audit_event set username = 'x'`)).rejects.toThrow(/append-only/)
    await expect(index.pool.query(`delete from audit_event`)).rejects.toThrow(/append-only/)
    // Somebody with the rights of the database's owner.
    await index.pool.query(`alter table audit_event disable trigger all`)
    await index.pool.query(`update audit_event set username = 'x' where seal = 3`)
    expect((await chief.post('/api/audit/verify')).body).toEqual({ broken: 3 })
  })
})
