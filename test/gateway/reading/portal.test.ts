/** The portal's JSON API: signing in, the list, the verbs, the draft, the report. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { completeDraft } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { Browser, type Portal, password, startPortal } from './portal.ts'

let index: TestIndex
let portal: Portal
let radiologist: Browser
let reviewer: Browser
let stranger: Browser

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { people } = portal.county
  radiologist = await portal.signIn('radiologist', ['radiologist'], people.wang.institution.id)
  reviewer = await portal.signIn('reviewer', ['reviewer'], people.wang.institution.id)
  stranger = await portal.signIn('stranger', ['technologist'], people.westTech.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

describe('POST /api/session', () => {
  test('sets an HttpOnly SameSite cookie, and GET says who is signed in', async () => {
    const browser = new Browser(portal.url)
    const answer = await browser.post('/api/session', { username: 'Radiologist ', password })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('set-cookie')).toMatch(/^session=[\w-]{43}; path=\/; samesite=lax; httponly$/i)
    const { body } = await browser.get('/api/session')
    expect(body.account).toEqual({
      username: 'radiologist',
      displayName: 'radiologist',
      roles: ['radiologist'],
      institution: { id: expect.any(Number), code: 'COUNTY', name: '县人民医院', readingCentre: true },
    })
  })

  test('keeps only a digest of the token', async () => {
    const { rows } = await index.pool.query('select token_sha256 from session')
    expect(rows.every(({ token_sha256 }) => token_sha256.length === 32)).toBe(true)
  })

  test('answers a wrong name as a wrong password, and locks either after five', async () => {
    for (const username of ['nobody-here', 'radiologist2']) {
      if (username === 'radiologist2') await portal.signIn(username, ['radiologist'], portal.county.people.wang.institution.id)
      const browser = new Browser(portal.url)
      const answers: string[] = []
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const { status, body } = await browser.post('/api/session', { username, password: 'wrong' })
        answers.push(`${status} ${body.error.code}`)
      }
      expect(answers).toEqual([...Array(5).fill('401 wrong-password'), '429 locked'])
      expect((await browser.post('/api/session', { username, password })).status).toBe(429)
    }
  })

  test('is refused from another site', async () => {
    const browser = new Browser(portal.url)
    const credentials = { username: 'reviewer', password }
    expect((await browser.post('/api/session', credentials, { origin: 'http://evil.example' })).body.error.code).toBe('cross-site')
    expect((await browser.post('/api/session', credentials, { origin: portal.url })).status).toBe(201)
  })
})

test('nothing but the session is answered to whoever is not signed in', async () => {
  const browser = new Browser(portal.url)
  for (const path of ['/api/session', '/api/workitems', '/api/workitems/1', '/api/reports/1']) {
    expect((await browser.get(path)).status, path).toBe(401)
  }
  expect((await browser.get('/api/demo-accounts')).body).toEqual([])
})

test('a cookie alone changes nothing when another site sends it', async () => {
  const id = await portal.county.ready(1)
  const { status, body } = await radiologist.post(`/api/workitems/${id}/claim`, {}, { 'sec-fetch-site': 'cross-site' })
  expect([status, body.error.code]).toEqual([403, 'cross-site'])
})

test('a signed-out session is over at once', async () => {
  const browser = await portal.signIn('leaver', ['radiologist'], portal.county.people.wang.institution.id)
  expect((await browser.get('/api/session')).status).toBe(200)
  const { cookie } = browser
  expect((await browser.send('DELETE', '/api/session')).status).toBe(204)
  browser.cookie = cookie
  expect((await browser.get('/api/session')).status).toBe(401)
})

test('programs use HTTP Basic or a bearer token', async () => {
  const institution = portal.county.people.eastTech.institution.id
  const { token } = await portal.accounts.create({ username: 'ris', displayName: 'RIS', kind: 'program', roles: ['receiver'], institution })
  const nobody = new Browser(portal.url)
  expect((await nobody.get('/api/session', { authorization: `Bearer ${token}` })).body.account.username).toBe('ris')
  expect((await nobody.get('/api/session', { authorization: 'Bearer nonsense' })).status).toBe(401)
  const basic = (user: string, pass: string) => ({ authorization: `Basic ${Buffer.from(`${user}:${pass}`).toString('base64')}` })
  expect((await nobody.get('/api/session', basic('radiologist', password))).status).toBe(200)
  expect((await nobody.get('/api/session', basic('radiologist', `${password}!`))).status).toBe(401)
})

test('a study is claimed, written, submitted, reviewed and signed; the report is there as JSON and PDF', async () => {
  const id = await portal.county.ready(2)
  const { body: list } = await radiologist.get('/api/workitems?view=todo&q=zs')
  expect(list.items.map((item: { id: string }) => item.id)).toContain(String(id))
  expect(list.counts.todo).toBeGreaterThan(0)

  const claimed = await radiologist.post(`/api/workitems/${id}/claim`, {}, { 'idempotency-key': 'k1' })
  expect(claimed.body.workitem).toMatchObject({ state: 'CLAIMED', patient: { name: '张三' }, assignee: { username: 'radiologist' } })
  expect(claimed.body.workitem.verbs).toEqual(['claim', 'heartbeat', 'release', 'return', 'query', 'submit', 'urgency'])

  const saved = await radiologist.put(`/api/workitems/${id}/draft`, completeDraft, { 'if-match': '"0"' })
  expect([saved.status, saved.headers.get('etag')]).toEqual([200, '"1"'])
  expect(saved.body.unprintable).toEqual([])
  const conflict = await radiologist.put(`/api/workitems/${id}/draft`, { ...completeDraft, findings: 'x' }, { 'if-match': '"0"' })
  expect([conflict.status, conflict.body.error.code, conflict.body.error.current.rev]).toEqual([409, 'draft-conflict', 1])

  expect((await radiologist.post(`/api/workitems/${id}/submit`)).body.workitem.state).toBe('SUBMITTED')
  expect((await radiologist.post(`/api/workitems/${id}/review`)).status).toBe(403)
  expect((await reviewer.post(`/api/workitems/${id}/review`)).body.workitem.state).toBe('REVIEWING')
  const signed = await reviewer.post(`/api/workitems/${id}/sign`)
  expect(signed.body.workitem).toMatchObject({ state: 'FINAL', documents: 'pending' })

  const report = await reviewer.get(`/api/reports/${signed.body.workitem.reportId}`)
  expect(report.body).toMatchObject({ impression: completeDraft.impression, author: 'radiologist', reviewer: 'reviewer', status: 'final' })
  const pdf = await reviewer.get(`/api/reports/${signed.body.workitem.reportId}/pdf`)
  expect([pdf.status, pdf.headers.get('content-type'), pdf.body.subarray(0, 5).toString()]).toEqual([200, 'application/pdf', '%PDF-'])
})

test('the signed text is given as it was hashed; a character that cannot be printed is told to the author', async () => {
  const id = await portal.county.ready(20, { patient_name: 'Wu^Ji=吴^𠮷' })
  await radiologist.post(`/api/workitems/${id}/claim`)
  expect((await radiologist.get(`/api/workitems/${id}`)).body.unprintable).toEqual(['𠮷'])
  const draft = { ...completeDraft, findings: '见𠮷字' }
  expect((await radiologist.put(`/api/workitems/${id}/draft`, draft)).body.unprintable).toEqual(['𠮷'])
  await radiologist.post(`/api/workitems/${id}/submit`)
  await reviewer.post(`/api/workitems/${id}/review`)
  const { workitem } = (await reviewer.post(`/api/workitems/${id}/sign`)).body
  const { hash } = (await reviewer.get(`/api/reports/${workitem.reportId}`)).body
  const response = await fetch(`${portal.url}/api/reports/${workitem.reportId}/json`, { headers: { cookie: reviewer.cookie } })
  expect(
    createHash('sha256')
      .update(Buffer.from(await response.arrayBuffer()))
      .digest('hex'),
  ).toBe(hash)
})

test('what another institution owns is not found, whatever is asked', async () => {
  const id = await portal.county.ready(3)
  expect((await stranger.get(`/api/workitems/${id}`)).status).toBe(404)
  expect((await stranger.post(`/api/workitems/${id}/cancel`, { reason: 'x' })).status).toBe(404)
  expect((await stranger.put(`/api/workitems/${id}/draft`, completeDraft)).status).toBe(404)
  expect((await stranger.get('/api/workitems')).status).toBe(403)
})

test('a request that is not understood is answered 400 and names the field', async () => {
  const id = await portal.county.ready(4)
  expect((await radiologist.get('/api/workitems?view=everything')).body.error.detail).toMatch(/view/)
  expect((await radiologist.get('/api/workitems?after=nonsense')).status).toBe(400)
  expect((await radiologist.put(`/api/workitems/${id}/draft`, completeDraft, { 'if-match': 'x' })).status).toBe(400)
  expect((await radiologist.get('/api/workitems/abc')).status).toBe(404)
  expect((await radiologist.post(`/api/workitems/${id}/expire`)).status).toBe(404)
})
