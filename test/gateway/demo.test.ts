/** The demonstration county on the whole program: PostgreSQL, object store, DIMSE, HTTP. Played, broken off, played again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ObjectStoreUnavailable } from '../../archive/errors.ts'
import { readConfig } from '../../gateway/config.ts'
import { demoPassword } from '../../gateway/demo/county.ts'
import { story } from '../../gateway/demo/story.ts'
import { keepSending, lanes, sendOne } from '../../gateway/demo/traffic.ts'
import { DemoNotPlayed, signIn } from '../../gateway/demo/web.ts'
import { type DemoTools, demoAccounts, playDemoCounty } from '../../gateway/demo.ts'
import { type Program, startProgram } from '../../gateway/program.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import { manifest } from '../../test-images/index.ts'
import { openTestIndex, type TestIndex } from '../support/postgres.ts'

let database: TestIndex
let program: Program
let root: string
let demo: DemoTools
/** So many instances are stored before the store fails. */
let failAfter = Number.POSITIVE_INFINITY
const log = pino({ enabled: false })

beforeAll(async () => {
  database = await openTestIndex({ max: 1 })
  root = await mkdtemp(join(tmpdir(), 'demo-'))
  const objects = filesystemStore({ root: join(root, 'objects') })
  const put: typeof objects.put = (key, bytes, options) => {
    if (failAfter-- <= 0) return Promise.reject(new ObjectStoreUnavailable('the power went'))
    return objects.put(key, bytes, options)
  }
  const failing = new Proxy(objects, { get: (_, name) => (name === 'put' ? put : Reflect.get(objects, name).bind(objects)) })
  program = await startProgram(readConfig({ DATA_DIR: root, HTTP_PORT: '0', DICOM_PORT: '0', DEMO: 'off' }), {
    log,
    connection: database.connection,
    objects: failing,
    demoAccounts: () => demoAccounts,
  })
  demo = {
    index: program.index,
    accounts: program.accounts,
    origin: `http://127.0.0.1:${program.httpPort}`,
    dicom: { host: '127.0.0.1', port: program.dicomPort, AETitle: 'ARCHIVE' },
    clock: () => new Date(),
  }
}, 120_000)

afterAll(async () => {
  await program.close()
  await database.close()
  await rm(root, { recursive: true, force: true })
})

interface Seen {
  readonly StudyInstanceUID: string
  readonly state: string
  readonly generation: number
  readonly patient: { readonly name: string }
  readonly clinicalInformation: string
  readonly instances: number
}

const named = (study: string): string => manifest.find(({ name }) => name === study)!.expected.name

const stateOf = async (): Promise<Map<string, Seen>> => {
  const reviewer = await signIn(demo.origin, 'wangmin', demoPassword)
  const { items } = await reviewer.get<{ items: readonly Seen[] }>('/api/workitems?view=all&limit=500')
  return new Map(items.map((item) => [manifest.find(({ expected }) => expected.StudyInstanceUID === item.StudyInstanceUID)!.name, item]))
}

test('breaks off with one sentence when an instance is refused', async () => {
  failAfter = 30
  await expect(playDemoCounty(demo)).rejects.toThrow(DemoNotPlayed)
  failAfter = Number.POSITIVE_INFINITY
}, 120_000)

test('played again, also a day later, it goes on with the same bytes and ends where the story says', async () => {
  await playDemoCounty({ ...demo, clock: () => new Date(Date.now() + 86_400_000) })
  const seen = await stateOf()
  for (const { study, until } of story) expect(seen.get(study)?.state, study).toBe(until === 'none' ? undefined : until)
  const conflicts = await demo.index.pool.query(`select count(*)::int as conflicts from instance_version`).catch(() => undefined)
  if (conflicts !== undefined) expect(conflicts.rows[0].conflicts).toBe(0)
}, 180_000)

test('orders are on the worklists, one is matched; the emergency waits in the tray, its own order first', async () => {
  const [atXQ, atQS] = await Promise.all(['wuhao', 'zhaolei'].map((name) => signIn(demo.origin, name, demoPassword)))
  type Listed = { items: readonly { patient: { PatientName: string }; state: string; studies: readonly object[] }[] }
  const listed = async (by: typeof atXQ) =>
    (await by!.get<Listed>('/api/orders')).items.map(({ patient, state, studies }) => [patient.PatientName, state, studies.length])
  expect((await listed(atXQ)).sort()).toEqual([
    // On a slow machine its minute of quiet has passed by now.
    ['吕绿华', expect.stringMatching(/^(in-progress|completed)$/), 1],
    ['朴哲洙', 'scheduled', 0],
    ['朴哲珠', 'scheduled', 0],
  ])
  expect((await listed(atQS)).map(([, state]) => state)).toEqual(['scheduled', 'scheduled'])
  type Tray = { items: readonly { patient: { name: string }; candidates: readonly { order: { patient: { PatientName: string } } }[] }[] }
  const tray = async () =>
    (await atXQ!.get<Tray>('/api/unmatched')).items.map(({ patient, candidates }) => [
      patient.name,
      ...candidates.map(({ order }) => order.patient.PatientName),
    ])
  await expect.poll(tray, { timeout: 20_000 }).toEqual([['朴哲洙', '朴哲洙', '朴哲珠']])
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

test('a critical value waits for an answer, a return for its retake, and one study is overdue', async () => {
  const [reviewer, ward, technologist] = await Promise.all(
    ['wangmin', 'chenjing', 'zhouping'].map((name) => signIn(demo.origin, name, demoPassword)),
  )
  type Listed = {
    items: readonly { StudyInstanceUID: string; state: string; reasons?: readonly { code: string }[]; patient: { name: string } }[]
  }
  const criticals = await ward!.get<Listed>('/api/critical?state=open')
  expect(criticals.items.map(({ state, patient }) => [state, patient.name])).toEqual([['NOTIFYING', named('head-bleeding')]])
  const returns = await technologist!.get<Listed>('/api/returns?state=open')
  expect(returns.items.map(({ reasons, patient }) => [reasons!.map(({ code }) => code), patient.name])).toEqual([
    [['111209'], named('chest-same-number')],
  ])
  const overdue = await reviewer!.get<Listed>('/api/workitems?view=overdue')
  expect(overdue.items.map(({ patient }) => patient.name)).toContain('覃秀兰')
})

test('a third time nothing changes', async () => {
  const stands = async () =>
    [...(await stateOf())].map(([study, { state, generation, patient, instances }]) => [study, state, generation, patient.name, instances])
  const before = await stands()
  await playDemoCounty(demo)
  expect(await stands()).toEqual(before)
}, 90_000)

test('every account that is printed can sign in', async () => {
  for (const { username, password } of demoAccounts) await expect(signIn(demo.origin, username, password)).resolves.toBeDefined()
  expect(new Set(demoAccounts.map(({ role }) => role))).toEqual(
    new Set(['radiologist', 'reviewer', 'technologist', 'clinician', 'chief', 'coordinator', 'quality', 'administrator']),
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
}, 120_000)

test('sending ends at once when the program does', async () => {
  const sending = keepSending({ ...demo, log })
  await sending.close()
})
