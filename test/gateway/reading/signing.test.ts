/** Signing over HTTP: PIN, signing session, versions and their pages, prints and notices. Scenarios F and H of reading.md §9. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { query } from '../../../storage/index/query.ts'
import { writePolicy } from '../../../storage/index/reading/policies.ts'
import { completeDraft } from '../../archive/reading/county.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'
import { type Browser, type Portal, password, startPortal, testPIN } from './portal.ts'

let index: TestIndex
let portal: Portal
let radiologist: Browser
let reviewer: Browser
let chief: Browser
let clinician: Browser
let technologist: Browser
let studies = 0

beforeAll(async () => {
  index = await openTestIndex()
  portal = await startPortal(index)
  const { wang, eastDoctor } = portal.county.people
  radiologist = await portal.signIn('radiologist', ['radiologist'], wang.institution.id)
  reviewer = await portal.signIn('reviewer', ['reviewer'], wang.institution.id)
  chief = await portal.signIn('chief', ['chief'], wang.institution.id)
  clinician = await portal.signIn('clinician', ['clinician'], eastDoctor.institution.id)
  technologist = await portal.signIn('technologist', ['technologist'], eastDoctor.institution.id)
})
afterAll(async () => {
  await portal.close()
  await index.close()
})

const verb = (who: Browser, id: number, name: string, body: object = {}) => who.post(`/api/workitems/${id}/${name}`, body)
async function submitted(by: Browser = radiologist): Promise<number> {
  studies += 1
  const id = await portal.county.ready(studies)
  await verb(by, id, 'claim')
  await by.put(`/api/workitems/${id}/draft`, completeDraft)
  expect((await verb(by, id, 'submit')).status).toBe(200)
  return id
}
async function signed(): Promise<{ id: number; report: string }> {
  const id = await submitted()
  await verb(reviewer, id, 'review')
  const { body } = await verb(reviewer, id, 'sign')
  return { id, report: body.workitem.reportId }
}

describe('the PIN', () => {
  test('is set with the password, is no plain sequence, and is asked for where no signing session is open', async () => {
    const { wang } = portal.county.people
    const other = await portal.signIn('other-reviewer', ['reviewer'], wang.institution.id)
    expect((await other.put('/api/account/pin', { password: 'wrong', pin: '864213' })).body.error.code).toBe('wrong-password')
    for (const pin of ['123456', '111111', '8642', 'abcdef']) {
      expect((await other.put('/api/account/pin', { password, pin })).body.error.code).toBe('pin-weak')
    }
    expect((await other.get('/api/account')).body).toMatchObject({ pinSet: true, signingUntil: expect.any(String) })
    expect((await other.send('DELETE', '/api/signing-session')).status).toBe(204)
    const id = await submitted()
    await verb(other, id, 'review')
    expect((await verb(other, id, 'sign')).body.error.code).toBe('pin-needed')
    expect((await verb(other, id, 'sign', { pin: '864213' })).body.error.code).toBe('wrong-pin')
    expect((await verb(other, id, 'sign', { pin: testPIN })).body.workitem.state).toBe('FINAL')
  })

  test('is locked after five wrong ones, however many come at once; the right one does not help then', async () => {
    const { wang } = portal.county.people
    const guesser = await portal.signIn('guesser', ['reviewer'], wang.institution.id)
    const tries = await Promise.all(Array.from({ length: 12 }, () => guesser.post('/api/signing-session', { pin: '998877' })))
    const codes = tries.map(({ body }) => body.error.code)
    expect(codes.filter((code) => code === 'wrong-pin')).toHaveLength(5)
    expect(codes.filter((code) => code === 'pin-locked')).toHaveLength(7)
    expect((await guesser.post('/api/signing-session', { pin: testPIN })).status).toBe(429)
  })

  test('of the sign-in is no signature: a fresh sign-in has no signing session', async () => {
    const again = new (reviewer.constructor as new (url: string) => Browser)(portal.url)
    await again.post('/api/session', { username: 'reviewer', password })
    expect((await again.get('/api/account')).body.signingUntil).toBeNull()
  })
})

test('one person does not write and review (scenario F), unless the policy of the night is on, and then the report says so', async () => {
  const id = await submitted(reviewer)
  const refused = await verb(reviewer, id, 'review')
  expect([refused.status, refused.body.error.code]).toEqual([409, 'same-person'])
  await writePolicy(index.pool, 'sameSigner', { from: '00:00', to: '23:59' }, null)
  try {
    await verb(reviewer, id, 'review')
    const { body } = await verb(reviewer, id, 'sign')
    const report = (await clinician.get(`/api/reports/${body.workitem.reportId}`)).body
    expect(report).toMatchObject({ samePerson: true, author: 'reviewer', reviewer: 'reviewer' })
    expect((await clinician.get(`/api/reports/${report.id}/txt`)).body.toString()).toContain('同一人签')
  } finally {
    await writePolicy(index.pool, 'sameSigner', null, null)
  }
})

test('a correction after two prints: notices, recalls and a struck version (scenario H)', async () => {
  const { id, report } = await signed()
  await clinician.get(`/api/reports/${report}`)
  expect((await clinician.post(`/api/reports/${report}/printed`, { copies: 1 })).body).toMatchObject({ number: 1 })
  expect((await technologist.post(`/api/reports/${report}/printed`, { copies: 1 })).body).toMatchObject({ number: 2 })
  const amend = await verb(reviewer, id, 'amend', { amending: 'correction', amendingClass: 'typo', reason: '错字' })
  expect(amend.body.workitem).toMatchObject({ state: 'CLAIMED', amending: 'correction' })
  // The old one stands until the new one is signed.
  expect((await clinician.get(`/api/reports/${report}`)).body.standing).toBe(true)
  await verb(reviewer, id, 'submit')
  await verb(chief, id, 'review')
  const { body } = await verb(chief, id, 'sign')
  expect(body.workitem.state).toBe('AMENDED')
  const old = (await clinician.get(`/api/reports/${report}`)).body
  expect(old).toMatchObject({ standing: false, fate: 'superseded', standingId: body.workitem.reportId })
  expect((await clinician.post(`/api/reports/${report}/printed`)).status).toBe(409)
  const [notice] = (await clinician.get('/api/notices')).body.items
  expect(notice).toMatchObject({ kind: 'correction', report, successor: body.workitem.reportId, printed: 1, seenAt: null })
  expect((await technologist.post(`/api/notices/${notice.id}/seen`)).status).toBe(404)
  expect((await clinician.post(`/api/notices/${notice.id}/seen`)).status).toBe(204)
  expect((await clinician.get('/api/notices')).body.items[0].seenAt).not.toBeNull()
  const recalls = (await reviewer.get('/api/recalls?open=true')).body.items.filter((item: { report: string }) => item.report === report)
  expect(recalls).toHaveLength(2)
  expect((await technologist.post(`/api/recalls/${recalls[0].id}/done`, { note: '已销毁' })).status).toBe(204)
  const readers = (await reviewer.get(`/api/reports/${report}/readers`)).body.items
  expect(readers.map(({ channel, printNumber }: { channel: string; printNumber: number }) => [channel, printNumber])).toEqual(
    expect.arrayContaining([
      ['web', null],
      ['print', 1],
      ['print', 2],
    ]),
  )
  expect((await clinician.get(`/api/reports/${report}/readers`)).status).toBe(403)
})

test('every form of a version says what kind it is, and has what was signed', async () => {
  const { report } = await signed()
  const text = (await clinician.get(`/api/reports/${report}/txt`)).body.toString('utf8') as string
  for (const words of ['检查所见', completeDraft.findings, '审核医师：reviewer', 'https://pacs.test/verify/']) expect(text).toContain(words)
  const html = await clinician.get(`/api/reports/${report}/html`)
  expect(html.body.toString('utf8')).toContain(completeDraft.impression)
  expect(html.headers.get('content-security-policy')).toContain("default-src 'none'")
  expect((await clinician.get(`/api/reports/${report}/qr`)).body.toString()).toContain('<svg')
  const { number } = (await clinician.post(`/api/reports/${report}/printed`, { copies: 2 })).body
  expect((await clinician.get(`/api/reports/${report}/pdf?print=${number}`)).body.subarray(0, 5).toString()).toBe('%PDF-')
  expect((await clinician.get(`/api/reports/${report}/pdf?print=9`)).status).toBe(404)
  const { keys } = (await clinician.get('/api/signing-keys')).body
  expect(keys[0].pem).toContain('BEGIN PUBLIC KEY')
  expect(JSON.stringify(keys)).not.toContain('PRIVATE')
})

test('a signature picture is a small PNG or JPEG, printed with the version that was signed with it', async () => {
  const png = `data:image/png;base64,${Buffer.from('89504e470d0a1a0a', 'hex').toString('base64')}`
  expect((await chief.put('/api/account/signature-picture', { picture: 'data:text/html;base64,PGI+' })).status).toBe(400)
  expect((await chief.put('/api/account/signature-picture', { picture: `data:image/png;base64,${btoa('<svg>')}` })).status).toBe(400)
  expect((await chief.put('/api/account/signature-picture', { picture: png })).body.picture).toBe(png)
  expect((await chief.put('/api/account/signature-picture', { picture: null })).body.picture).toBeNull()
  expect((await chief.put('/api/account/title', { title: '主任医师' })).body.title).toBe('主任医师')
  expect((await chief.put('/api/account/title', { title: '院长' })).status).toBe(400)
})

test('normal health checks are listed and signed together', async () => {
  const id = await submitted()
  await query(index.pool, 'update workitem set urgency = 4 where id = $1', [id])
  const { items } = (await reviewer.get('/api/workitems/sign-batch')).body
  expect(items.map((item: { id: string }) => item.id)).toEqual([String(id)])
  expect((await radiologist.get('/api/workitems/sign-batch')).status).toBe(403)
  expect((await reviewer.post('/api/workitems/sign-batch', { ids: [String(id)] })).body).toEqual({ signed: [String(id)], refused: [] })
})
