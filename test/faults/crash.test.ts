/**
 * Nothing acknowledged is ever lost: the gateway and its database are killed in the middle of arrivals, again and again, and what was answered with
 * Success is there afterwards, byte by byte. What was not answered can be sent again.
 */
import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sweep } from '../../archive/sweeper.ts'
import { openIndex } from '../../storage/index/postgres.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import { examine, keysOf, nothingWrong } from './census.ts'
import { endGateways, type Gateway, startGateway } from './gateway-process.ts'
import {
  associate,
  inPieces,
  type Ledger,
  missing,
  modality,
  newInstance,
  newLedger,
  newStudy,
  pause,
  type Sent,
  storeByDIMSE,
  webSender,
} from './senders.ts'

let folder: string
let objects: ObjectStore
let gateway: Gateway
/** Of all rounds: it has to be there at the end still. */
const acknowledged: Sent[] = []

beforeAll(async () => {
  const parent = await access('/dev/shm').then(
    () => '/dev/shm',
    () => tmpdir(),
  )
  folder = await mkdtemp(join(parent, 'archive-crash-'))
  await chmod(folder, 0o755)
  objects = filesystemStore({ root: join(folder, 'objects') })
  gateway = await start()
})
afterAll(async () => {
  await endGateways()
  await rm(folder, { recursive: true, force: true })
})

const start = (dieAfterObjects?: number) =>
  startGateway({ settings: { DATA_DIR: folder }, ...(dieAfterObjects === undefined ? {} : { dieAfterObjects }) })

async function withPool<T>(work: (pool: pg.Pool) => Promise<T>): Promise<T> {
  const pool = new pg.Pool({ ...gateway.connection, max: 2 })
  pool.on('error', () => undefined)
  try {
    return await work(pool)
  } finally {
    await pool.end()
  }
}

/** Two modalities and two programs at once, until the gateway is gone or `over`. */
const arrivals = (ledger: Ledger, over: () => boolean): Promise<unknown> =>
  Promise.all([modality, modality, webSender, webSender].map((send) => send(gateway, ledger, over)))

/** What nobody answered is sent again, as a modality does, and now it is taken: nothing conflicts with what may have been published already. */
async function sendAgain(sent: readonly Sent[]): Promise<void> {
  const association = await associate(gateway)
  for (const one of sent) expect(await storeByDIMSE(association, one)).toBe(0)
  await association.release()
}

const objectsLeftOver = async () => (await withPool((pool) => examine(pool, objects))).objectsWithoutRow

describe('a gateway that is killed while instances arrive', () => {
  let orphansBefore = new Set<string>()

  test.each([1, 2])('at a random moment (%i): every acknowledged instance is there, no study is half published', async (round) => {
    const ledger = newLedger()
    const senders = arrivals(ledger, () => false)
    await expect.poll(() => ledger.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(5)
    await pause(Math.random() * 700)
    await gateway.kill()
    await senders
    expect(ledger.refused).toEqual([])
    acknowledged.push(...ledger.acknowledged)

    // The last of them dies by itself in the next test.
    gateway = await start(round === 2 ? ledger.unanswered.length + 4 : undefined)
    expect(await missing(gateway, ledger.acknowledged)).toEqual([])
    const found = await withPool((pool) => examine(pool, objects))
    expect(found).toEqual({ ...nothingWrong, objectsWithoutRow: expect.any(Array) })
    // At most what was under way at four senders, two of them with three instances at once.
    expect(found.objectsWithoutRow.filter((key) => !orphansBefore.has(key)).length).toBeLessThanOrEqual(2 + 2 * 3)
    orphansBefore = new Set(found.objectsWithoutRow)
    await sendAgain(ledger.unanswered)
    acknowledged.push(...ledger.unanswered)
    expect(await missing(gateway, ledger.unanswered)).toEqual([])
    expect(await withPool((pool) => examine(pool, objects))).toMatchObject({ rowsWithoutObject: [], contradictions: [] })
  })

  test('between the object and its row: the object stays where it is until its epoch is closed, then it is put aside, not deleted', async () => {
    const ledger = newLedger()
    await arrivals(ledger, () => false)
    expect(await gateway.ended).toBe('SIGKILL')
    acknowledged.push(...ledger.acknowledged)
    gateway = await start()
    const orphans = await objectsLeftOver()
    expect(orphans.filter((key) => !orphansBefore.has(key)).length).toBeGreaterThan(0)

    const index = openIndex({ connection: gateway.connection, max: 2 })
    try {
      // The dead have been silent for a moment only: they may be slow, not dead.
      expect(await sweep({ index, objects })).toEqual([])
      expect(await objectsLeftOver()).toEqual(orphans)
      await index.pool.query(
        `update epoch set heartbeat_at = now() - interval '2 hours' where epoch_id < (select max(epoch_id) from epoch)`,
      )
      const moved = await sweep({ index, objects })
      expect(moved.sort()).toEqual(orphans.sort())
    } finally {
      await index.close()
    }
    for (const key of orphans) expect(await objects.stat(`quarantine/${key}`)).toBeDefined()
    expect(await withPool((pool) => examine(pool, objects))).toEqual(nothingWrong)
    await sendAgain(ledger.unanswered)
    expect(await missing(gateway, acknowledged)).toEqual([])
  })
})

describe('PostgreSQL that is killed while instances arrive', () => {
  test.each([1, 2])('is started again (%i); meanwhile stores are answered with 0xA700 or 503, or with a Success that holds', async () => {
    const ledger = newLedger()
    let over = false
    const senders = arrivals(ledger, () => over)
    await expect.poll(() => ledger.acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(5)
    process.kill(Number.parseInt(await readFile(join(folder, 'postgres', 'postmaster.pid'), 'utf8'), 10), 'SIGKILL')
    await pause(700)
    const atDeath = ledger.acknowledged.length
    // By itself, within seconds.
    await expect.poll(() => ledger.acknowledged.length, { timeout: 20_000, interval: 50 }).toBeGreaterThan(atDeath + 5)
    over = true
    await senders
    expect(ledger.unanswered).toEqual([])
    // 202: of the three instances of a request some were stored.
    expect(ledger.refused.filter(({ status }) => ![0xa700, 503, 202].includes(status))).toEqual([])
    acknowledged.push(...ledger.acknowledged)
    expect(await missing(gateway, ledger.acknowledged)).toEqual([])
    expect(await withPool((pool) => examine(pool, objects))).toMatchObject({ rowsWithoutObject: [], contradictions: [] })
    await sendAgain(ledger.refused.map(({ sent }) => sent))
  })
})

describe('SIGTERM while instances are being received', () => {
  test('what is under way is finished and acknowledged, nothing new is taken, the process and its database end', async () => {
    const study = newStudy()
    const [byDIMSE, bySTOW] = [newInstance(study, 400_000), newInstance(study, 400_000)]
    const association = await associate(gateway)
    let begun = 0
    let goOn: () => void = () => undefined
    const may = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const halting = (bytes: Buffer) => inPieces(bytes, () => (++begun > 4 ? may : undefined))
    const stored = storeByDIMSE(association, byDIMSE, halting(byDIMSE.dataset))
    const body = halting(Buffer.concat([Buffer.from('\r\n--b\r\n\r\n'), bySTOW.part10, Buffer.from('\r\n--b--\r\n')]))
    const posted = fetch(`${gateway.origin}/dicomweb/studies`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' },
      body: body as unknown as ReadableStream,
      duplex: 'half',
    } as RequestInit)
    await expect.poll(() => begun).toBeGreaterThan(4)
    await pause(100)
    gateway.terminate()
    await pause(200)
    await expect(fetch(`${gateway.origin}/healthz`)).rejects.toThrow()
    goOn()
    expect((await posted).status).toBe(200)
    expect(await stored).toBe(0)
    expect(await gateway.ended).toBe(0)
    await expect(access(join(folder, 'postgres', 'postmaster.pid'))).rejects.toThrow()
    expect((await keysOf(objects)).length).toBeGreaterThan(0)

    gateway = await start()
    acknowledged.push(byDIMSE)
    expect(await missing(gateway, acknowledged)).toEqual([])
    expect(await withPool((pool) => examine(pool, objects))).toMatchObject({ rowsWithoutObject: [], contradictions: [] })
  })
})
