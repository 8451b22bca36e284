/** The administrator's C-ECHO button: whether a peer answers, and if not why, in words. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type DIMSEServer, startDIMSE } from '../../../gateway/dimse/scp.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { freePort } from '../../support/dicom-programs.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { modality } from './fixture.ts'

let program: TestProgram
let peer: DIMSEServer | undefined
let silent: Server | undefined

beforeAll(async () => {
  program = await startTestProgram()
})
afterEach(async () => {
  await peer?.close()
  silent?.close()
  peer = undefined
  silent = undefined
})
afterAll(() => program?.close())

const register = (changes: { host?: string | null; port?: number | null; tls?: boolean }) =>
  upsertAE(program.index.pool, { title: 'PEER', institution: program.county.townships[0], host: '127.0.0.1', ...changes })

async function echo(username = 'administrator', title = 'PEER') {
  const response = await program.request(username, `/api/ae/${title}/echo`, { method: 'POST' })
  return { status: response.status, body: (await response.json()) as { ok: boolean; milliseconds: number; zh: string; en: string } }
}

const startPeer = (AETitle: string, knows: (title: string) => boolean) =>
  startDIMSE({
    host: '127.0.0.1',
    port: 0,
    AETitle,
    log: pino({ level: 'silent' }),
    archive: { store: async () => undefined, findAE: async (title) => (knows(title) ? modality : undefined) },
  })

test('a peer that answers is well, and it is said how fast', async () => {
  peer = await startPeer('PEER', (title) => title === 'ARCHIVE')
  await register({ port: peer.port! })
  const { status, body } = await echo()
  expect(status).toBe(200)
  expect(body).toMatchObject({ ok: true, zh: expect.stringContaining('正常') })
  expect(body.milliseconds).toBeGreaterThanOrEqual(0)
})

test('one that does not know us, or is called by another name, refuses with the reason', async () => {
  peer = await startPeer('PEER', () => false)
  await register({ port: peer.port! })
  expect((await echo()).body).toMatchObject({
    ok: false,
    zh: expect.stringContaining('不接受本系统'),
    en: expect.stringContaining('calling-AE-title'),
  })
  await peer.close()
  peer = await startPeer('OTHER', () => true)
  await register({ port: peer.port! })
  expect((await echo()).body).toMatchObject({
    ok: false,
    zh: expect.stringContaining('不认识被叫'),
    en: expect.stringContaining('called-AE-title'),
  })
})

test('where nothing listens, or there is no such host, it is said', async () => {
  await register({ port: await freePort() })
  expect((await echo()).body).toMatchObject({ ok: false, zh: expect.stringContaining('没有程序监听') })
  await register({ host: 'no-such-host.invalid', port: 104 })
  expect((await echo()).body).toMatchObject({ ok: false, zh: expect.stringMatching(/主机名/) })
  await register({ host: null, port: 104 })
  expect((await echo()).body).toMatchObject({ ok: false, zh: expect.stringContaining('没有登记') })
})

test('TLS with a peer that has none ends with a sentence', async () => {
  peer = await startPeer('PEER', () => true)
  await register({ port: peer.port!, tls: true })
  expect((await echo()).body).toMatchObject({ ok: false, zh: expect.stringContaining('TLS') })
})

test('one that takes the connection and says nothing is given up after ten seconds', async () => {
  silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  await register({ port: (silent.address() as AddressInfo).port })
  const { body } = await echo()
  expect(body).toMatchObject({ ok: false, zh: expect.stringContaining('超时') })
  expect(body.milliseconds).toBeLessThan(30_000)
}, 60_000)

test('is for administrators, and for what there is', async () => {
  expect((await echo('east-technologist')).status).toBe(403)
  expect((await echo('administrator', 'NOBODY')).status).toBe(404)
})
