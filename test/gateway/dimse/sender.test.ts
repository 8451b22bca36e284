/** Sending to equipment that is slow, silent or away; and an object that cannot be read to its end. PS3.4 §C.4.2.3. */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { AssociationLost } from '../../../gateway/dimse/errors.ts'
import { openAssociation } from '../../../gateway/dimse/scu.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { filesystemStore } from '../../../storage/objects/filesystem.ts'
import type { ObjectStore } from '../../../storage/objects/objects.ts'
import { element } from '../../support/dataset.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { type DestinationOptions, startDestination, type TestDestination } from './destination.ts'
import { SR, smallInstance, storeAll } from './fixture-studies.ts'
import { contextOf, keysOf, QueryPeer } from './query-peer.ts'

let program: TestProgram
let folder: string
/** Bytes that the store gave out, and how many of an object it gives before it fails. */
const given = { bytes: 0, failAfter: Number.POSITIVE_INFINITY }
const closers: (() => unknown)[] = []

const large = 24 << 20

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sender-'))
  program = await startTestProgram({ objects: counting(filesystemStore({ root: folder })) })
  const uids = ['1', '2', '3'].map((n) => ['1.1', '1.1.1', `1.1.1.${n}`] as const)
  const instances = uids.map((one) => {
    const small = smallInstance(one, { PatientID: '1001', InstanceNumber: one[2].at(-1)! })
    return {
      ...small,
      dataset: Buffer.concat([small.dataset, element(0x00431010, 'LO', 'TEST'), element(0x00431001, 'OB', Buffer.alloc(large))]),
    }
  })
  await storeAll(program.dicomPort, instances)
}, 60_000)
afterEach(async () => {
  Object.assign(given, { bytes: 0, failAfter: Number.POSITIVE_INFINITY })
  for (const close of closers.splice(0)) await close()
})
afterAll(async () => {
  await program?.close()
  await rm(folder, { recursive: true, force: true })
})

function counting(store: ObjectStore): ObjectStore {
  const counted = (bytes: Readable): Readable => {
    let left = given.failAfter
    const transform = new Transform({
      transform(chunk: Buffer, _, done) {
        given.bytes += chunk.length
        left -= chunk.length
        if (left < 0) done(new Error('the disk has gone'))
        else done(null, chunk)
      },
    })
    bytes.on('error', (error) => transform.destroy(error))
    transform.on('close', () => bytes.destroy())
    return bytes.pipe(transform)
  }
  return new Proxy(store, {
    get(target, name) {
      if (name === 'get') return async (key: string) => counted(await target.get(key))
      if (name === 'getRange') return async (...range: Parameters<ObjectStore['getRange']>) => counted(await target.getRange(...range))
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

async function destination(options?: DestinationOptions): Promise<TestDestination> {
  const target = await startDestination(options)
  closers.push(() => target.close())
  await upsertAE(program.index.pool, { title: 'TARGET', institution: program.county.county, host: '127.0.0.1', port: target.port })
  return target
}

async function move() {
  const peer = await QueryPeer.open(program.dicomPort)
  closers.push(() => peer.close())
  const keys = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.1' })
  peer.raw.send(peer.request(contextOf.study.MOVE, 'C-MOVE', keys, { MoveDestination: 'TARGET' }))
  return (await peer.responses()).at(-1)!
}

test('no faster than the destination takes it: what is under way is a few MB, whatever the length', async () => {
  let taken = 0
  let most = 0
  await destination({
    async pace(bytes) {
      taken += bytes
      most = Math.max(most, given.bytes - taken)
      await new Promise((resolve) => setTimeout(resolve, 1))
    },
  })
  expect((await move()).command.Status).toBe(0)
  expect(taken).toBeGreaterThan(3 * large)
  // The kernel's buffers of one connection on this machine, and the beginning of the instances opened ahead.
  expect(most).toBeLessThan(16 << 20)
}, 60_000)

test('an object that breaks off is not sent as if it were whole: that one failed, the others go over a new association', async () => {
  const target = await destination({
    pace: async () => {
      given.failAfter = Number.POSITIVE_INFINITY
    },
  })
  given.failAfter = 4 << 20
  const last = await move()
  expect(last.command.Status).toBe(0xb000)
  expect(last.command.ErrorComment).toBe('The stored bytes cannot be read')
  const stored = target.arrived.map(({ dataset }) => dataset.length)
  expect(stored.every((length) => length > large)).toBe(true)
  expect(stored.length).toBe(last.command.NumberOfCompletedSuboperations)
}, 60_000)

test('a destination that accepts the connection and says nothing is given up after the time of the limits', async () => {
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  closers.push(() => silent.close())
  const { port } = silent.address() as { port: number }
  const request = {
    ...{ host: '127.0.0.1', port, callingAETitle: 'ARCHIVE', calledAETitle: 'SILENT', limits: { stallTimeout: 100 } },
    contexts: [{ abstractSyntax: SR, transferSyntaxes: [ExplicitVRLittleEndian] }],
  }
  await expect(openAssociation(request)).rejects.toThrow(AssociationLost)
  await expect(openAssociation(request)).rejects.toThrow('no answer to the association request in time')
  const giving = new AbortController()
  const waiting = openAssociation({ ...request, limits: {}, signal: giving.signal })
  setTimeout(() => giving.abort(), 50)
  await expect(waiting).rejects.toThrow(AssociationLost)
})

test('one that never answers a C-STORE ends that association', async () => {
  const target = await destination({ answer: () => new Promise(() => undefined) })
  const association = await openAssociation({
    ...{ host: '127.0.0.1', port: target.port, callingAETitle: 'ARCHIVE', calledAETitle: 'TARGET', limits: { responseTimeout: 100 } },
    contexts: [{ abstractSyntax: SR, transferSyntaxes: [ExplicitVRLittleEndian] }],
  })
  const { dataset, SOPClassUID, SOPInstanceUID } = smallInstance(['1.2', '1.2.1', '1.2.1.1'])
  const store = association.store({
    SOPClassUID,
    SOPInstanceUID,
    TransferSyntaxUID: ExplicitVRLittleEndian,
    dataset: Readable.from([dataset]),
  })
  await expect(store).rejects.toThrow('no response in time')
})
