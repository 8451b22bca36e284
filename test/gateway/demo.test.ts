/** The demonstration county on real parts: PostgreSQL, object store, DIMSE, HTTP. Played, broken off, played again. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Middleware } from 'koa'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Accounts } from '../../archive/accounts.ts'
import { Audit } from '../../archive/audit.ts'
import { followChanges } from '../../archive/changes.ts'
import { newUID } from '../../archive/dicom/uid.ts'
import { FieldKey } from '../../archive/field-key.ts'
import { matchArrivals } from '../../archive/orders/matching.ts'
import { openPublisher } from '../../archive/publisher.ts'
import { arrivalsConsumer, handleArrivals } from '../../archive/reading/arrivals.ts'
import { loadFonts } from '../../archive/reading/documents/glyphs.ts'
import { LiveEvents } from '../../archive/reading/live.ts'
import { archiveSigner } from '../../archive/reading/signer.ts'
import { readingDefaults } from '../../archive/reading/tools.ts'
import { Renderer } from '../../archive/rendered/renderer.ts'
import { Sources } from '../../archive/sources.ts'
import { storeInstance } from '../../archive/store.ts'
import { demoPassword } from '../../gateway/demo/county.ts'
import { story } from '../../gateway/demo/story.ts'
import { keepSending, lanes, sendOne } from '../../gateway/demo/traffic.ts'
import { DemoNotPlayed, signIn } from '../../gateway/demo/web.ts'
import { type DemoTools, demoAccounts, playDemoCounty } from '../../gateway/demo.ts'
import { dicomwebRoutes } from '../../gateway/dicomweb/routes.ts'
import { type DIMSEServer, startDIMSE } from '../../gateway/dimse/scp.ts'
import { createMetrics } from '../../gateway/health.ts'
import { type HTTPServer, startHTTP } from '../../gateway/http.ts'
import { portalRoutes } from '../../gateway/reading/routes.ts'
import { recogniseAsker, requireAsker } from '../../gateway/session.ts'
import { readChanges } from '../../storage/index/changes.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import { manifest } from '../../test-images/index.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let index: TestIndex
let root: string
let http: HTTPServer
let dimse: DIMSEServer
let demo: DemoTools
const closers: (() => Promise<unknown>)[] = []
/** So many instances are stored before the store fails, once. */
let failAfter = Number.POSITIVE_INFINITY

const log = pino({ enabled: false })
const loopback = { host: '127.0.0.1', port: 0 }

beforeAll(async () => {
  index = await openTestIndex()
  root = await mkdtemp(join(tmpdir(), 'demo-'))
  const objects = filesystemStore({ root })
  const publisher = await openPublisher({ index, gateway: 'test' })
  const renderer = new Renderer({ workers: 1 })
  const accounts = new Accounts(index, { demo: true })
  const clock = () => new Date()
  const audit = new Audit({ index, clock, log })
  const live = new LiveEvents(index)
  const sources = new Sources(index)
  const fonts = loadFonts()
  const store = { objects, publisher, clock, publicPath: '', maxInstanceBytes: 2 ** 31 }
  const fieldKey = new FieldKey(randomBytes(32))
  const centreTitle = '县域医共体远程影像诊断中心'
  const retention = { years: 30, days: 90 }
  const reading = {
    index,
    clock,
    fieldKey,
    signer: archiveSigner(fieldKey),
    publicURL: 'https://pacs.test',
    newUID,
    ...readingDefaults,
    centreTitle,
    retention,
  }
  const arrivals = followChanges({ index, consumer: arrivalsConsumer, handle: (changes) => handleArrivals(reading, changes) })
  const web = dicomwebRoutes({
    ...store,
    index,
    renderer,
    audit,
    deletion: reading,
    log,
    sourceOf: (asker) => sources.ofInstitution(asker.institution.id, 'stow', asker.account),
  })
  const portal = portalRoutes({
    ...reading,
    accounts,
    audit,
    live,
    fonts: () => fonts,
    echo: () => Promise.reject(new Error('no network here')),
    ourAE: { AETitle: 'ARCHIVE', host: '127.0.0.1', port: null, tlsPort: null },
    demoAccounts: () => demoAccounts,
    quietSeconds: 60,
  })
  const guarded: Middleware = (ctx, next) => (ctx.path.startsWith('/dicomweb') ? requireAsker(ctx as never, next) : next())
  http = await startHTTP({
    ...loopback,
    trustProxy: false,
    health: { checks: {}, metrics: createMetrics() },
    routes: [recogniseAsker({ accounts }), guarded, portal.routes() as unknown as Middleware, web.routes() as unknown as Middleware],
    log,
  })
  dimse = await startDIMSE({
    ...loopback,
    AETitle: 'ARCHIVE',
    archive: {
      store: (source, part10, expected) => {
        if (failAfter-- <= 0) throw new Error('the power went')
        return storeInstance(store, source, part10, { expected })
      },
      findAE: (AETitle, address) => sources.ofAE(AETitle, address),
    },
    log,
  })
  demo = {
    index,
    accounts,
    origin: `http://127.0.0.1:${http.port}`,
    dicom: { host: '127.0.0.1', port: dimse.port, AETitle: 'ARCHIVE' },
    clock,
  }
  closers.push(
    () => dimse.close(),
    () => http.close(0),
    () => arrivals.close(),
    () => live.close(),
    () => audit.close(),
    () => renderer.close(),
    () => publisher.close(),
    () => index.close(),
  )
}, 60_000)

afterAll(async () => {
  for (const close of closers) await close()
  await rm(root, { recursive: true, force: true })
})

interface Seen {
  readonly StudyInstanceUID: string
  readonly state: string
  readonly patient: { readonly name: string }
  readonly clinicalInformation: string
  readonly instances: number
}

const stateOf = async (): Promise<Map<string, Seen>> => {
  const reviewer = await signIn(demo.origin, 'wangmin', demoPassword)
  const { items } = await reviewer.get<{ items: readonly Seen[] }>('/api/workitems?view=all&limit=500')
  return new Map(items.map((item) => [manifest.find(({ expected }) => expected.StudyInstanceUID === item.StudyInstanceUID)!.name, item]))
}

test('breaks off with one sentence when an instance is refused', async () => {
  failAfter = 30
  await expect(playDemoCounty(demo)).rejects.toThrow(DemoNotPlayed)
  failAfter = Number.POSITIVE_INFINITY
}, 60_000)

test('played again, also a day later, it goes on with the same bytes and ends where the story says', async () => {
  await playDemoCounty({ ...demo, clock: () => new Date(Date.now() + 86_400_000) })
  const seen = await stateOf()
  for (const { study, until } of story) expect(seen.get(study)?.state, study).toBe(until === 'none' ? undefined : until)
  const conflicts = await index.pool.query(`select count(*)::int as conflicts from instance_version`).catch(() => undefined)
  if (conflicts !== undefined) expect(conflicts.rows[0].conflicts).toBe(0)
}, 90_000)

test('orders are on the worklists, one is matched; the emergency waits in the tray, its own order first', async () => {
  await matchArrivals({ index }, await readChanges(index.pool, 0, 5_000))
  const [atXQ, atQS] = await Promise.all(['wuhao', 'zhaolei'].map((name) => signIn(demo.origin, name, demoPassword)))
  type Listed = { items: readonly { patient: { PatientName: string }; state: string; studies: readonly object[] }[] }
  const listed = async (by: typeof atXQ) =>
    (await by!.get<Listed>('/api/orders')).items.map(({ patient, state, studies }) => [patient.PatientName, state, studies.length])
  expect((await listed(atXQ)).sort()).toEqual([
    ['吕绿华', 'in-progress', 1],
    ['朴哲洙', 'scheduled', 0],
    ['朴哲珠', 'scheduled', 0],
  ])
  expect((await listed(atQS)).map(([, state]) => state)).toEqual(['scheduled', 'scheduled'])
  type Tray = { items: readonly { patient: { name: string }; candidates: readonly { order: { patient: { PatientName: string } } }[] }[] }
  const { items } = await atXQ!.get<Tray>('/api/unmatched')
  expect(items.map(({ patient, candidates }) => [patient.name, ...candidates.map(({ order }) => order.patient.PatientName)])).toEqual([
    ['朴哲洙', '朴哲洙', '朴哲珠'],
  ])
  expect((await atQS!.get<Tray>('/api/unmatched')).items).toEqual([])
})

test('every study has all its instances and the name that people read', async () => {
  const seen = await stateOf()
  for (const { name, expected } of manifest) {
    const item = seen.get(name)
    if (item === undefined) continue
    expect(item.instances, name).toBeGreaterThanOrEqual(expected.instances)
    if (name !== 'chest-latin') expect(item.patient.name, name).toBe(expected.name)
  }
  expect(seen.get('chest-latin')?.patient.name).toBe('覃秀兰')
  expect(seen.get('head-bleeding')?.clinicalInformation).toContain('头痛')
})

test('a third time nothing changes', async () => {
  const before = JSON.stringify([...(await stateOf())])
  await playDemoCounty(demo)
  expect(JSON.stringify([...(await stateOf())])).toBe(before)
}, 30_000)

test('every account that is printed can sign in', async () => {
  for (const { username, password } of demoAccounts) await expect(signIn(demo.origin, username, password)).resolves.toBeDefined()
  expect(new Set(demoAccounts.map(({ role }) => role))).toEqual(
    new Set(['radiologist', 'reviewer', 'technologist', 'clinician', 'administrator']),
  )
})

test('three townships keep sending: a turn is one study with its reason, however often it is sent; the next turn is another person', async () => {
  const known = new Set(manifest.map(({ expected }) => expected.StudyInstanceUID))
  const reviewer = await signIn(demo.origin, 'wangmin', demoPassword)
  const arrived = async () =>
    (await reviewer.get<{ items: readonly Seen[] }>('/api/workitems?view=all&limit=500')).items.filter(
      ({ StudyInstanceUID }) => !known.has(StudyInstanceUID),
    )
  for (const lane of lanes) for (const turn of [1_000_000, 1_000_000, 1_000_001]) await sendOne(demo, lane, turn)
  await expect.poll(async () => (await arrived()).length, { timeout: 20_000 }).toBe(2 * lanes.length)
  const items = await arrived()
  expect(new Set(items.map(({ patient }) => patient.name)).size).toBe(items.length)
  for (const { patient, clinicalInformation } of items) {
    expect(patient.name).toMatch(/^\p{Script=Han}{2,4}$/u)
    expect(clinicalInformation).not.toBe('')
  }
}, 60_000)

test('sending ends at once when the program does', async () => {
  const sending = keepSending({ ...demo, log })
  await sending.close()
})
