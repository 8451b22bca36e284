/** C-MOVE against the whole archive, to destinations that behave and to others. PS3.4 §C.4.2, PS3.7 §9.1.4. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readDataset } from '../../../archive/dicom/dataset-reader.ts'
import { ExplicitVRLittleEndian, ImplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import type { InstanceRow } from '../../../archive/retrieve.ts'
import { roots } from '../../../gateway/dimse/query-retrieve.ts'
import { batchesOf } from '../../../gateway/dimse/sender.ts'
import { Turns } from '../../../gateway/dimse/turns.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { freePort } from '../../support/dicom-programs.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { type DestinationOptions, startDestination, type TestDestination } from './destination.ts'
import { until } from './fixture.ts'
import { KO, SR, smallInstance, storeAll } from './fixture-studies.ts'
import { contextOf, type Keys, keysOf, type PeerOptions, QueryPeer, type Told, valuesOf } from './query-peer.ts'

let program: TestProgram
const closers: (() => unknown)[] = []
const patient = { PatientName: '张^三', PatientID: '1001' }
const instances = [
  smallInstance(['1.1', '1.1.1', '1.1.1.1'], { ...patient, InstanceNumber: '1' }),
  smallInstance(['1.1', '1.1.1', '1.1.1.2'], { ...patient, InstanceNumber: '2' }),
  smallInstance(['1.1', '1.1.1', '1.1.1.3'], { ...patient, InstanceNumber: '3' }),
  smallInstance(['1.1', '1.1.2', '1.1.2.1'], { ...patient, SeriesNumber: '9' }, KO),
  smallInstance(['1.2', '1.2.1', '1.2.1.1'], patient),
]

beforeAll(async () => {
  program = await startTestProgram()
  await storeAll(program.dicomPort, instances)
  await storeAll(
    program.dicomPort,
    [smallInstance(['2.1', '2.1.1', '2.1.1.1'], { PatientID: '1001', PatientName: 'Other^Person' })],
    'WEST_CT',
  )
})
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(() => program?.close())

async function destination(options?: DestinationOptions): Promise<TestDestination> {
  const started = await startDestination(options)
  closers.push(() => started.close())
  await register({ port: started.port })
  return started
}

const register = (changes: Partial<Parameters<typeof upsertAE>[1]> = {}) =>
  upsertAE(program.index.pool, { title: 'TARGET', institution: program.county.county, host: '127.0.0.1', ...changes })

async function open(options?: PeerOptions): Promise<QueryPeer> {
  const peer = await QueryPeer.open(program.dicomPort, options)
  closers.push(() => peer.close())
  return peer
}

const { MOVE } = contextOf.study
async function move(keys: Keys, options: PeerOptions & { context?: number } = {}): Promise<Told[]> {
  const peer = await open(options)
  peer.raw.send(peer.request(options.context ?? MOVE, 'C-MOVE', keysOf(keys), { MoveDestination: 'TARGET' }))
  return peer.responses()
}

const wholeStudy = { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.1' }
const counts = ({ command }: Told) => [
  command.NumberOfRemainingSuboperations,
  command.NumberOfCompletedSuboperations,
  command.NumberOfFailedSuboperations,
  command.NumberOfWarningSuboperations,
]
const failed = async ({ dataset }: Told) =>
  dataset && valuesOf((await readDataset([dataset], ExplicitVRLittleEndian)).dataset, 'FailedSOPInstanceUIDList')

describe('a study to a destination', () => {
  test('every instance as it was stored, a response for each with the counts, then Success', async () => {
    const target = await destination()
    const told = await move(wholeStudy)
    expect(told.map(({ command }) => command.Status)).toEqual([0xff00, 0xff00, 0xff00, 0x0000])
    expect(told.map(counts)).toEqual([
      [3, 1, 0, 0],
      [2, 2, 0, 0],
      [1, 3, 0, 0],
      [undefined, 4, 0, 0],
    ])
    expect(told.at(-1)!.dataset).toBeUndefined()
    for (const { SOPInstanceUID, dataset } of instances.slice(0, 4)) {
      const arrived = target.arrived.find(({ command }) => command.AffectedSOPInstanceUID === SOPInstanceUID)
      expect(arrived?.dataset.equals(dataset)).toBe(true)
      expect(arrived?.command).toMatchObject({ MoveOriginatorApplicationEntityTitle: 'EAST_CT', MoveOriginatorMessageID: 1, Priority: 0 })
    }
    await until(() => target.released() === 1)
    expect(target.requests).toHaveLength(1)
    expect(target.requests[0]).toMatchObject({ callingAETitle: 'ARCHIVE', calledAETitle: 'TARGET' })
  })

  test('the priority goes on with it', async () => {
    const target = await destination()
    const peer = await open()
    peer.raw.send(peer.request(MOVE, 'C-MOVE', keysOf(wholeStudy), { MoveDestination: 'TARGET', Priority: 1 }))
    await peer.responses()
    expect(target.arrived.map(({ command }) => command.Priority)).toEqual([1, 1, 1, 1])
  })

  test('in another transfer syntax where the destination takes no other', async () => {
    const target = await destination({ choose: ({ transferSyntaxes }) => transferSyntaxes.find((uid) => uid === ImplicitVRLittleEndian) })
    expect((await move(wholeStudy)).at(-1)!.command.Status).toBe(0)
    for (const { context, dataset, command } of target.arrived) {
      expect(context.transferSyntax).toBe(ImplicitVRLittleEndian)
      const original = instances.find(({ SOPInstanceUID }) => SOPInstanceUID === command.AffectedSOPInstanceUID)!
      const [sent, stored] = await Promise.all([
        readDataset([dataset], ImplicitVRLittleEndian),
        readDataset([original.dataset], ExplicitVRLittleEndian),
      ])
      expect(sent.dataset).toEqual(stored.dataset)
    }
  })

  test('it leaves a line in the audit: who, which study, where to', async () => {
    await destination()
    await move({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.2' })
    const found = async () => {
      const { rows } = await program.index.pool.query(`select * from audit_event where action = 'retrieve' and study_instance_uid = '1.2'`)
      return rows[0]
    }
    await expect
      .poll(found, { timeout: 5_000 })
      .toMatchObject({ username: 'EAST_CT', object: 'TARGET', detail: { by: 'C-MOVE', instances: 1 } })
  })
})

describe('what is asked for', () => {
  const moved = async (keys: Keys, options?: PeerOptions & { context?: number }) => {
    const target = await destination()
    const told = await move(keys, options)
    return { sent: target.arrived.map(({ command }) => command.AffectedSOPInstanceUID).sort(), last: told.at(-1)! }
  }
  const relational: PeerOptions = { user: { extended: roots.map((root) => ({ SOPClassUID: root.MOVE, information: Buffer.from([1]) })) } }

  test.each<[string, Keys, string[]]>([
    ['a series', { QueryRetrieveLevel: 'SERIES', StudyInstanceUID: '1.1', SeriesInstanceUID: '1.1.2' }, ['1.1.2.1']],
    ['several studies', { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: ['1.2', '9.9'] }, ['1.2.1.1']],
    [
      'several images',
      { QueryRetrieveLevel: 'IMAGE', StudyInstanceUID: '1.1', SeriesInstanceUID: '1.1.1', SOPInstanceUID: ['1.1.1.1', '1.1.1.3'] },
      ['1.1.1.1', '1.1.1.3'],
    ],
    [
      'an image of another series: nothing',
      { QueryRetrieveLevel: 'IMAGE', StudyInstanceUID: '1.1', SeriesInstanceUID: '1.1.2', SOPInstanceUID: '1.1.1.1' },
      [],
    ],
    ["another township's study: nothing", { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '2.1' }, []],
  ])('%s', async (_, keys, expected) => {
    const { sent, last } = await moved(keys)
    expect(sent).toEqual(expected)
    expect(last.command.Status).toBe(0)
    expect(counts(last)).toEqual([undefined, expected.length, 0, 0])
  })

  test('a patient', async () => {
    const { sent } = await moved({ QueryRetrieveLevel: 'PATIENT', PatientID: '1001' }, { context: contextOf.patient.MOVE })
    expect(sent).toEqual(['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.2.1', '1.2.1.1'])
  })

  test('a PatientID that two people have, seen from the county, is refused: nobody wants both', async () => {
    await upsertAE(program.index.pool, { title: 'COUNTY_WS', institution: program.county.county })
    const { last, sent } = await moved(
      { QueryRetrieveLevel: 'PATIENT', PatientID: '1001' },
      { context: contextOf.patient.MOVE, callingAETitle: 'COUNTY_WS' },
    )
    expect(sent).toEqual([])
    expect(last.command).toMatchObject({ Status: 0xa900, OffendingElement: [0x00100020] })
  })

  test('images by their UIDs alone, where relational retrieval was negotiated; else 0xA900', async () => {
    const keys = { QueryRetrieveLevel: 'IMAGE', SOPInstanceUID: ['1.1.1.2', '1.2.1.1'] }
    expect((await moved(keys, relational)).sent).toEqual(['1.1.1.2', '1.2.1.1'])
    expect((await moved(keys)).last.command).toMatchObject({ Status: 0xa900, OffendingElement: [0x0020000d] })
  })

  test.each<[string, Keys, number]>([
    ['no level', { StudyInstanceUID: '1.1' }, 0x00080052],
    ['no UID', { QueryRetrieveLevel: 'STUDY' }, 0x0020000d],
    ['a wildcard', { QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.*' }, 0x0020000d],
  ])('%s: 0xA900', async (_, keys, tag) => {
    expect((await moved(keys)).last.command).toMatchObject({ Status: 0xa900, OffendingElement: [tag] })
  })
})

describe('a destination that', () => {
  test('nobody registered, that is switched off, may not retrieve or has no port: 0xA801', async () => {
    const port = 104
    for (const changes of [{ port: null }, { enabled: false, port }, { mayRetrieve: false, port }, { host: null, port }]) {
      await register(changes)
      expect((await move(wholeStudy)).map(({ command }) => command.Status)).toEqual([0xa801])
    }
    await register({ enabled: true, port: null })
  })

  test('does not answer: 0xA702, every instance on the list, and why', async () => {
    await register({ port: await freePort() })
    const last = (await move(wholeStudy)).at(-1)!
    expect(last.command.Status).toBe(0xa702)
    expect(last.command.ErrorComment).toContain('cannot be reached')
    expect(counts(last)).toEqual([undefined, 0, 4, 0])
    expect((await failed(last))?.sort()).toEqual(['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.2.1'])
  })

  test('refuses the association: 0xA702 in its words', async () => {
    await destination({ refuse: true })
    const { command } = (await move(wholeStudy)).at(-1)!
    expect(command).toMatchObject({
      Status: 0xa702,
      ErrorComment: expect.stringContaining('the association was refused, rejected-permanent'),
    })
  })

  test('takes only some SOP classes: 0xB000, and the others on the list', async () => {
    const target = await destination({
      choose: ({ abstractSyntax, transferSyntaxes }) => (abstractSyntax === SR ? transferSyntaxes[0] : undefined),
    })
    const last = (await move(wholeStudy)).at(-1)!
    expect(last.command.Status).toBe(0xb000)
    expect(counts(last)).toEqual([undefined, 3, 1, 0])
    expect(await failed(last)).toEqual(['1.1.2.1'])
    expect(target.arrived).toHaveLength(3)
  })

  test('takes none: 0xA702', async () => {
    await destination({ choose: () => undefined })
    expect((await move(wholeStudy)).at(-1)!.command).toMatchObject({ Status: 0xa702, NumberOfFailedSuboperations: 4 })
  })

  test('warns: 0xB000, counted as warnings, nothing on a list', async () => {
    await destination({ answer: ({ command }) => (command.AffectedSOPInstanceUID === '1.1.1.2' ? 0xb007 : 0) })
    const last = (await move(wholeStudy)).at(-1)!
    expect(last.command.Status).toBe(0xb000)
    expect(counts(last)).toEqual([undefined, 3, 0, 1])
    expect(last.dataset).toBeUndefined()
  })

  test('is full for one of them: that one failed', async () => {
    await destination({ answer: ({ command }) => (command.AffectedSOPInstanceUID === '1.1.1.2' ? 0xa700 : 0) })
    const last = (await move(wholeStudy)).at(-1)!
    expect(last.command).toMatchObject({ Status: 0xb000, ErrorComment: 'The peer answered A700' })
    expect(await failed(last)).toEqual(['1.1.1.2'])
  })

  test('aborts over one of them: that one failed, the others go over another association', async () => {
    const target = await destination({ answer: ({ command }) => (command.AffectedSOPInstanceUID === '1.1.1.2' ? 'abort' : 0) })
    const last = (await move(wholeStudy)).at(-1)!
    expect(counts(last)).toEqual([undefined, 3, 1, 0])
    expect(await failed(last)).toEqual(['1.1.1.2'])
    expect(target.requests).toHaveLength(2)
  })

  test('aborts over every one: it is given up after the second', async () => {
    const target = await destination({ answer: () => 'abort' })
    const last = (await move(wholeStudy)).at(-1)!
    expect(last.command.Status).toBe(0xa702)
    expect(counts(last)).toEqual([undefined, 0, 4, 0])
    expect(target.requests).toHaveLength(2)
  })

  test('answers with no association free is waited for: no more at once than it takes', async () => {
    let now = 0
    let most = 0
    const target = await destination({
      async answer() {
        now += 1
        most = Math.max(most, now)
        await new Promise((resolve) => setTimeout(resolve, 20))
        now -= 1
        return 0
      },
    })
    await register({ port: target.port, maxAssociations: 1 })
    const all = await Promise.all([move(wholeStudy), move(wholeStudy), move(wholeStudy)])
    expect(all.map((told) => told.at(-1)!.command.Status)).toEqual([0, 0, 0])
    expect(most).toBe(1)
    expect(target.requests).toHaveLength(3)
  })
})

function pendingAnswer(): { readonly promise: Promise<number>; resolve(status: number): void } {
  let resolve: (status: number) => void = () => undefined
  const promise = new Promise<number>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

describe('C-CANCEL', () => {
  test('between sub-operations ends it with 0xFE00; what was not begun remains', async () => {
    const held = pendingAnswer()
    const target = await destination({ answer: () => held.promise })
    const peer = await open()
    peer.raw.send(peer.request(MOVE, 'C-MOVE', keysOf(wholeStudy), { MoveDestination: 'TARGET' }))
    await until(() => target.arrived.length === 1)
    peer.raw.send(peer.cancel(MOVE))
    await new Promise((resolve) => setTimeout(resolve, 50))
    held.resolve(0)
    const told = await peer.responses()
    expect(told.map(({ command }) => command.Status)).toEqual([0xfe00])
    expect(counts(told[0]!)).toEqual([3, 1, 0, 0])
    await until(() => target.released() === 1)
    expect(target.arrived).toHaveLength(1)
  })

  test('an asker that goes away: the destination is released, nothing more is begun', async () => {
    const held = pendingAnswer()
    const target = await destination({ answer: () => held.promise })
    const peer = await open()
    peer.raw.send(peer.request(MOVE, 'C-MOVE', keysOf(wholeStudy), { MoveDestination: 'TARGET' }))
    await until(() => target.arrived.length === 1)
    peer.raw.socket.resetAndDestroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    held.resolve(0)
    await until(() => target.released() === 1)
    expect(target.arrived).toHaveLength(1)
  })
})

describe('associations of a transfer', () => {
  const row = (SOPClassUID: string, TransferSyntaxUID: string) => ({ SOPClassUID, TransferSyntaxUID }) as InstanceRow

  test('for each class a context for each stored transfer syntax, and one to fall back on', () => {
    const jpeg = '1.2.840.10008.1.2.4.50'
    const [batch] = batchesOf([row('1', jpeg), row('1', ExplicitVRLittleEndian), row('2', jpeg), row('1', jpeg)])
    expect(batch!.contexts).toEqual([
      { abstractSyntax: '1', transferSyntaxes: [jpeg] },
      { abstractSyntax: '1', transferSyntaxes: [ExplicitVRLittleEndian] },
      { abstractSyntax: '1', transferSyntaxes: [ImplicitVRLittleEndian] },
      { abstractSyntax: '2', transferSyntaxes: [jpeg] },
      { abstractSyntax: '2', transferSyntaxes: [ExplicitVRLittleEndian, ImplicitVRLittleEndian] },
    ])
  })

  test('more than 128 contexts: several associations, every instance on one of them', () => {
    const rows = Array.from({ length: 150 }, (_, i) => row(`1.${i}`, ExplicitVRLittleEndian))
    const batches = batchesOf(rows)
    expect(batches.map(({ contexts }) => contexts.length)).toEqual([128, 128, 44])
    expect(batches.flatMap((batch) => batch.rows)).toEqual(rows)
  })

  test('turns: the next one comes when one is given back; who gives up leaves the line', async () => {
    const turns = new Turns()
    const { signal } = new AbortController()
    const first = await turns.take('A', 1, signal)
    const leaving = new AbortController()
    const left = turns.take('A', 1, leaving.signal)
    const second = turns.take('A', 1, signal)
    leaving.abort(new Error('given up'))
    await expect(left).rejects.toThrow('given up')
    await turns.take('B', 1, signal)
    first()
    first()
    await second
    await expect(Promise.race([turns.take('A', 1, signal), Promise.resolve('waits')])).resolves.toBe('waits')
  })
})
