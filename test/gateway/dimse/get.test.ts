/** C-GET against the whole archive. PS3.4 §C.4.3, PS3.7 §9.1.3. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { readDataset } from '../../../archive/dicom/dataset-reader.ts'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { upsertAE } from '../../../storage/index/ae.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { commandFragment, fragment, storeRQ } from './fixture.ts'
import { KO, SR, smallInstance, storeAll } from './fixture-studies.ts'
import { contextOf, keysOf, type PeerOptions, QueryPeer, type Told, valuesOf } from './query-peer.ts'

let program: TestProgram
const peers: QueryPeer[] = []
const patient = { PatientName: '张^三', PatientID: '1001' }
const instances = [
  smallInstance(['1.1', '1.1.1', '1.1.1.1'], { ...patient, InstanceNumber: '1' }),
  smallInstance(['1.1', '1.1.1', '1.1.1.2'], { ...patient, InstanceNumber: '2' }),
  smallInstance(['1.1', '1.1.2', '1.1.2.1'], { ...patient, SeriesNumber: '9' }, KO),
]

beforeAll(async () => {
  program = await startTestProgram()
  await storeAll(program.dicomPort, instances)
})
afterEach(() => {
  for (const peer of peers.splice(0)) peer.close()
})
afterAll(() => program?.close())

async function open(options?: PeerOptions): Promise<QueryPeer> {
  const peer = await QueryPeer.open(program.dicomPort, options)
  peers.push(peer)
  return peer
}

const { GET } = contextOf.study
const study = keysOf({ QueryRetrieveLevel: 'STUDY', StudyInstanceUID: '1.1' })
const counts = ({ command }: Told) => [
  command.NumberOfRemainingSuboperations,
  command.NumberOfCompletedSuboperations,
  command.NumberOfFailedSuboperations,
  command.NumberOfWarningSuboperations,
]
const failed = async ({ dataset }: Told) =>
  dataset && valuesOf((await readDataset([dataset], ExplicitVRLittleEndian)).dataset, 'FailedSOPInstanceUIDList')

test('every instance as it was stored on the same association, and the counts', async () => {
  const peer = await open({ takes: [SR, KO] })
  expect(peer.ac.userInformation.roles).toEqual([SR, KO].map((SOPClassUID) => ({ SOPClassUID, scu: false, scp: true })))
  peer.raw.send(peer.request(GET, 'C-GET', study))
  const stored: Told[] = []
  const told = await peer.responses((one) => {
    stored.push(one)
    return 0
  })
  expect(told.map(counts)).toEqual([
    [2, 1, 0, 0],
    [1, 2, 0, 0],
    [undefined, 3, 0, 0],
  ])
  expect(told.at(-1)!.command.Status).toBe(0)
  for (const { SOPInstanceUID, dataset } of instances)
    expect(stored.find(({ command }) => command.AffectedSOPInstanceUID === SOPInstanceUID)?.dataset?.equals(dataset)).toBe(true)
  // Not a C-MOVE: there is no originator.
  expect(stored[0]!.command.MoveOriginatorApplicationEntityTitle).toBeUndefined()
})

test('an instance without a presentation context has failed: 0xB000 with the list', async () => {
  const peer = await open({ takes: [SR] })
  peer.raw.send(peer.request(GET, 'C-GET', study))
  const last = (await peer.responses()).at(-1)!
  expect(last.command).toMatchObject({ Status: 0xb000, ErrorComment: 'No presentation context as SCP for its SOP class' })
  expect(counts(last)).toEqual([undefined, 2, 1, 0])
  expect(await failed(last)).toEqual(['1.1.2.1'])
})

test('without any: 0xA702, all of them on the list', async () => {
  const peer = await open()
  peer.raw.send(peer.request(GET, 'C-GET', study))
  const last = (await peer.responses()).at(-1)!
  expect(last.command.Status).toBe(0xa702)
  expect(counts(last)).toEqual([undefined, 0, 3, 0])
})

test('what the asker answers to each is counted', async () => {
  const peer = await open({ takes: [SR, KO] })
  peer.raw.send(peer.request(GET, 'C-GET', study))
  const told = await peer.responses(({ command }) => (command.AffectedSOPInstanceUID === '1.1.1.1' ? 0xa700 : 0xb000))
  expect(counts(told.at(-1)!)).toEqual([undefined, 0, 1, 2])
  expect(told.at(-1)!.command.Status).toBe(0xb000)
})

test('C-CANCEL between sub-operations ends it with 0xFE00', async () => {
  const peer = await open({ takes: [SR, KO] })
  peer.raw.send(peer.request(GET, 'C-GET', study))
  const told = await peer.responses(() => {
    peer.raw.send(peer.cancel(GET))
    return 0
  })
  expect(told.map(({ command }) => command.Status)).toEqual([0xfe00])
  expect(counts(told[0]!)).toEqual([2, 1, 0, 0])
})

test('a request sent ahead waits; the responses to ours are heard all the same', async () => {
  const peer = await open({ takes: [SR, KO] })
  peer.raw.send(Buffer.concat([peer.request(GET, 'C-GET', study), peer.request(contextOf.study.FIND, 'C-FIND', study)]))
  expect(counts((await peer.responses()).at(-1)!)).toEqual([undefined, 3, 0, 0])
  expect((await peer.responses()).map(({ command }) => command.Status)).toEqual([0xff00, 0x0000])
})

test('an asker that goes away in the middle ends it; the archive goes on', async () => {
  const peer = await open({ takes: [SR, KO] })
  peer.raw.send(peer.request(GET, 'C-GET', study))
  await peer.message()
  peer.raw.socket.resetAndDestroy()
  const other = await open({ takes: [SR, KO] })
  other.raw.send(other.request(GET, 'C-GET', study))
  expect((await other.responses()).at(-1)!.command.Status).toBe(0)
})

test('who may only retrieve retrieves, and does not store in the contexts that it has for it', async () => {
  await upsertAE(program.index.pool, { title: 'EAST_VIEWER', institution: program.county.townships[0], mayStore: false })
  const peer = await open({ callingAETitle: 'EAST_VIEWER', takes: [SR, KO] })
  peer.raw.send(Buffer.concat([commandFragment(13, storeRQ({ AffectedSOPClassUID: SR })), fragment(13, 2, instances[0]!.dataset)]))
  expect((await peer.message())?.command.Status).toBe(0x0124)
  peer.raw.send(peer.request(GET, 'C-GET', study))
  expect((await peer.responses()).at(-1)!.command.Status).toBe(0)
})

test('who may not retrieve has the contexts refused by the user', async () => {
  await upsertAE(program.index.pool, {
    title: 'EAST_SENDER',
    institution: program.county.townships[0],
    mayStore: false,
    mayRetrieve: false,
  })
  const { ac } = await open({ callingAETitle: 'EAST_SENDER', takes: [SR] })
  const refused = ac.contexts.filter(({ result }) => result === 1).map(({ id }) => id)
  expect(refused).toEqual([3, 5, 9, 11, 13])
})
