/** What no page of ours sends: days that there are not, half characters, returns of another institution, the register behind a locked screen. */
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
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

test('wrong passwords all at once: five are looked at, then the name is locked; a right one tried many times at once counts as one', async () => {
  const account = {
    displayName: 'guessed',
    roles: ['clinician' as const],
    institution: portal.county.east.institution,
    password: 'the right password',
  }
  await portal.accounts.create({ ...account, username: 'guessed' })
  await portal.accounts.create({ ...account, username: 'eager' })
  const signIn = (username: string, secret: string) => doctor.post('/api/session', { username, password: secret })
  const statuses = (answers: readonly { status: number }[]) => answers.map(({ status }) => status).sort()
  const guesses = await Promise.all(Array.from({ length: 20 }, (_, n) => signIn('guessed', `guess number ${n}`)))
  expect(statuses(guesses)).toEqual([...Array(5).fill(401), ...Array(15).fill(429)])
  expect((await signIn('guessed', 'the right password')).status).toBe(429)
  const eager = await Promise.all(Array.from({ length: 20 }, () => signIn('eager', 'the right password')))
  expect(statuses(eager)).toEqual(Array(20).fill(201))
})

test('whoever signs in ends the session that the browser brought', async () => {
  await portal.accounts.create({
    username: 'next',
    displayName: 'next',
    roles: ['clinician'],
    institution: portal.county.east.institution,
    password: 'word for the second',
  })
  const browser = await portal.signIn('first', ['clinician'], portal.county.east.institution)
  const before = browser.cookie
  expect((await browser.post('/api/session', { username: 'next', password: 'word for the second' })).status).toBe(201)
  expect(browser.cookie).not.toBe(before)
  expect((await browser.get('/api/session', { cookie: before })).status).toBe(401)
  expect((await browser.get('/api/session')).body.account.username).toBe('next')
})

test('a username that is cut in the middle of a character keeps no other row out of the audit', async () => {
  const address = { action: 'sign-in', username: null, institution: null, StudyInstanceUID: null, before: null, limit: 10 }
  const username = `${' '.repeat(63)}😀`
  expect((await doctor.post('/api/session', { username, password: 'whatever' })).status).toBe(401)
  await portal.audit.flush()
  expect(portal.logged.filter((line) => /cannot be (written|stored)/.test(line))).toEqual([])
  expect((await portal.audit.search(address)).length).toBeGreaterThan(0)
})

test('one account holds fifty live lists, and leaves room for the others', async () => {
  const ends = new AbortController()
  const open = (browser: Browser) => fetch(`${portal.url}/api/events`, { headers: { cookie: browser.cookie }, signal: ends.signal })
  const lines = await Promise.all(Array.from({ length: 100 }, () => open(west)))
  expect(lines.filter(({ status }) => status === 200)).toHaveLength(50)
  expect(lines.filter(({ status }) => status === 503)).toHaveLength(50)
  expect((await open(doctor)).status).toBe(200)
  ends.abort()
  // Whoever closes them may open them again.
  await vi.waitFor(
    async () => {
      const again = await fetch(`${portal.url}/api/events`, { headers: { cookie: west.cookie } })
      await again.body?.cancel()
      expect(again.status).toBe(200)
    },
    { timeout: 20_000 },
  )
})

test('a Host that is none is refused, and so is a change that another site sends', async () => {
  const raw = await new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(portal.url).port), '127.0.0.1', () =>
      socket.end('GET /api/session HTTP/1.1\r\nHost: [\r\nConnection: close\r\n\r\n'),
    )
    socket.once('data', (chunk) => resolve(String(chunk)))
  })
  expect(raw).toMatch(/^HTTP\/1\.1 400 /)
  const changing = portal.routes.filter(({ method, path }) => method !== 'GET' && method !== 'OPTIONS' && path !== '/api/setup')
  for (const { method, path } of changing) {
    const { status, body } = await doctor.send(
      method,
      path.replace(/:\w+/g, '1'),
      {},
      { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' },
    )
    expect([path, status, body.error.code]).toEqual([path, 403, 'cross-site'])
  }
})
