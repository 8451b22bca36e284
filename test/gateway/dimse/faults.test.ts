/** Peers that stall, break off, lie about lengths or talk out of turn: the association ends, nothing is kept, the others go on. */
import { pino } from 'pino'
import { afterEach, describe, expect, test } from 'vitest'
import { BadRequest } from '../../../archive/errors.ts'
import { encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import { decodeCommandSet } from '../../../gateway/dimse/command-set.ts'
import { AssociationLost } from '../../../gateway/dimse/errors.ts'
import type { DIMSEOptions } from '../../../gateway/dimse/scp.ts'
import {
  type Archive,
  associateRQ,
  CT,
  commandFragment,
  ctDataset,
  echoRQ,
  fragment,
  modality,
  RawPeer,
  startArchive,
  storeRQ,
  until,
} from './fixture.ts'

let archive: Archive | undefined
const peers: RawPeer[] = []
afterEach(async () => {
  for (const peer of peers.splice(0)) peer.close()
  await archive?.server.close()
  archive = undefined
})

const quick = { artimTimeout: 150, idleTimeout: 150, stallTimeout: 150 }

async function associated(options: Partial<DIMSEOptions> = {}): Promise<RawPeer> {
  archive = await startArchive(options)
  const peer = await RawPeer.associate(archive.port)
  peers.push(peer)
  return peer
}

async function connected(options: Partial<DIMSEOptions> = {}): Promise<RawPeer> {
  archive = await startArchive(options)
  const peer = await RawPeer.connect(archive.port)
  peers.push(peer)
  return peer
}

const abort = (source: number, reason: number) => ({ type: 0x07, body: Buffer.from([0, 0, source, reason]) })
const status = async (peer: RawPeer) => {
  const pdu = await peer.pdu()
  expect(pdu?.type).toBe(0x04)
  return decodeCommandSet(pdu!.body.subarray(6)).Status
}

describe('ARTIM and the idle timers', () => {
  test('a connection that never asks for an association is closed', async () => {
    const peer = await connected({ limits: quick })
    expect(await peer.pdu()).toBeUndefined()
  })

  test('also one that sends its request byte by byte for ever', async () => {
    const peer = await connected({ limits: quick })
    const bytes = encodeAssociateRQ(associateRQ())
    let at = 0
    const drip = setInterval(() => peer.send(bytes.subarray(at, ++at)), 20)
    expect(await peer.pdu()).toBeUndefined()
    clearInterval(drip)
    expect(at).toBeLessThan(20)
  })

  test('an idle association is aborted by the service user; then ARTIM closes the connection of a peer that does not', async () => {
    const peer = await associated({ limits: quick })
    expect(await peer.pdu()).toEqual(abort(0, 0))
    expect(archive?.server.associations()).toBe(0)
    await peer.closed()
  })

  test('one that stalls in the middle of a data set is aborted, and the store is told', async () => {
    const peer = await associated({ limits: { ...quick, idleTimeout: 60_000 } })
    peer.send(commandFragment(3, storeRQ()))
    peer.send(fragment(3, 0, ctDataset('1.2.3.4').subarray(0, 100)))
    expect(await peer.pdu()).toEqual(abort(0, 0))
    await until(() => archive?.failed.length === 1)
    expect(archive?.failed[0]).toBeInstanceOf(AssociationLost)
    expect(archive?.received).toEqual([])
  })

  test('one that stalls in the middle of a PDU header too', async () => {
    const peer = await associated({ limits: { ...quick, idleTimeout: 60_000 } })
    peer.send(Buffer.from([0x04, 0]))
    expect(await peer.pdu()).toEqual(abort(0, 0))
  })

  test('one that sends a byte now and then has stalled too', async () => {
    const peer = await associated({ limits: { ...quick, stallTimeout: 300, idleTimeout: 60_000, minimumProgress: 1_000 } })
    peer.send(commandFragment(3, storeRQ()))
    const dataset = ctDataset('1.2.3.4')
    let at = 0
    const drip = setInterval(() => peer.send(fragment(3, 0, dataset.subarray(at, ++at))), 20)
    expect(await peer.pdu()).toEqual(abort(0, 0))
    clearInterval(drip)
    expect(at).toBeLessThan(dataset.length)
    await until(() => archive?.failed.length === 1)
  })

  test('but not one that is slow and goes on', async () => {
    const peer = await associated({ limits: { ...quick, stallTimeout: 300, idleTimeout: 60_000, minimumProgress: 40 } })
    peer.send(commandFragment(3, storeRQ()))
    const dataset = ctDataset('1.2.3.4')
    for (let at = 0; at < dataset.length; at += 50) {
      peer.send(fragment(3, at + 50 >= dataset.length ? 2 : 0, dataset.subarray(at, at + 50)))
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    expect(await status(peer)).toBe(0x0000)
  })

  test('a slow store is not the fault of the peer: no timer runs', async () => {
    const store = async (_source: unknown, part10: AsyncIterable<Buffer>) => {
      for await (const _ of part10) await new Promise((resolve) => setTimeout(resolve, 100))
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    const peer = await associated({ limits: quick, archive: { store, findAE: async () => modality } })
    peer.send(commandFragment(3, storeRQ()))
    peer.send(fragment(3, 2, ctDataset('1.2.3.4')))
    expect(await status(peer)).toBe(0x0000)
  })
})

describe('a connection cut in the middle', () => {
  test('of a data set: the store is told, nothing is kept', async () => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ()))
    peer.send(fragment(3, 0, ctDataset('1.2.3.4').subarray(0, 100)))
    await new Promise((resolve) => setTimeout(resolve, 50))
    peer.socket.resetAndDestroy()
    await until(() => archive?.failed.length === 1)
    expect(archive?.received).toEqual([])
    expect(archive?.server.associations()).toBe(0)
  })

  test('behind the data set: it is kept, since it was whole', async () => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ()))
    peer.send(fragment(3, 2, ctDataset('1.2.3.4')))
    peer.socket.end()
    await until(() => archive?.received.length === 1)
    expect(archive?.failed).toEqual([])
  })

  test('by A-ABORT in a data set: the store is told', async () => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ()))
    peer.send(fragment(3, 0, ctDataset('1.2.3.4').subarray(0, 100)))
    peer.send(Buffer.from([7, 0, 0, 0, 0, 4, 0, 0, 0, 0]))
    await until(() => archive?.failed.length === 1)
    await peer.closed()
  })
})

describe('invalid PDUs end in A-ABORT by the service provider', () => {
  test.each([
    ['an unknown type', Buffer.from([0x09, 0, 0, 0, 0, 4, 0, 0, 0, 0]), abort(2, 1)],
    ['a P-DATA-TF longer than was announced', Buffer.from([0x04, 0, 0x7f, 0xff, 0xff, 0xff]), abort(2, 6)],
    ['a P-DATA-TF too short for a fragment', Buffer.from([0x04, 0, 0, 0, 0, 3, 0, 0, 0]), abort(2, 6)],
    ['a fragment longer than its P-DATA-TF', Buffer.from([0x04, 0, 0, 0, 0, 8, 0, 0, 0, 200, 3, 3, 0, 0]), abort(2, 6)],
    ['a fragment without its two bytes', Buffer.from([0x04, 0, 0, 0, 0, 6, 0, 0, 0, 1, 3, 3]), abort(2, 6)],
    ['bytes behind the last fragment', Buffer.from([0x04, 0, 0, 0, 0, 9, 0, 0, 0, 2, 3, 1, 0, 0, 0]), abort(2, 6)],
    ['an A-RELEASE-RQ of another length', Buffer.from([0x05, 0, 0, 0, 0, 5, 0, 0, 0, 0, 0]), abort(2, 6)],
    ['a second A-ASSOCIATE-RQ', encodeAssociateRQ(associateRQ()), abort(2, 2)],
    ['an A-RELEASE-RP to no request', Buffer.from([0x06, 0, 0, 0, 0, 4, 0, 0, 0, 0]), abort(2, 2)],
  ])('%s', async (_, bytes, answer) => {
    const peer = await associated()
    peer.send(bytes)
    expect(await peer.pdu()).toEqual(answer)
    peer.send(bytes) // whatever still comes is ignored
    peer.socket.end()
    await peer.closed()
  })

  test('before the association, as the table says, by the service user', async () => {
    const peer = await connected()
    peer.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    expect(await peer.pdu()).toEqual(abort(0, 0))
  })

  test('an A-ASSOCIATE-RQ of more than the limit is not gathered', async () => {
    const peer = await connected()
    peer.send(Buffer.from([0x01, 0, 0x10, 0, 0, 0]))
    expect(await peer.pdu()).toEqual(abort(0, 0))
  })

  const context = { abstractSyntax: CT, transferSyntaxes: ['1.2.840.10008.1.2'] }
  const tooLong = encodeAssociateRQ(associateRQ())
  tooLong.writeUInt16BE(0xffff, 6 + 68 + 2)
  test.each([
    ['an item longer than the PDU', tooLong],
    [
      'a presentation context ID used twice',
      encodeAssociateRQ(associateRQ({ contexts: [context, context].map((one) => ({ id: 1, ...one })) })),
    ],
    ['an even presentation context ID', encodeAssociateRQ(associateRQ({ contexts: [{ id: 2, ...context }] }))],
  ])('an A-ASSOCIATE-RQ with %s', async (_, pdu) => {
    const peer = await connected()
    peer.send(pdu)
    expect(await peer.pdu()).toEqual(abort(0, 0))
  })
})

describe('messages that make no sense end in A-ABORT by the service user', () => {
  const command = Buffer.from(commandFragment(3, storeRQ()).subarray(12))
  test.each([
    ['a presentation context that was not accepted', commandFragment(77, echoRQ)],
    ['a data set without a command set', fragment(3, 2, Buffer.alloc(8))],
    [
      'a command set where the data set goes on',
      Buffer.concat([commandFragment(3, storeRQ()), fragment(3, 0, Buffer.alloc(8)), commandFragment(3, echoRQ)]),
    ],
    ['a data set in another presentation context', Buffer.concat([commandFragment(3, storeRQ()), fragment(1, 2, Buffer.alloc(8))])],
    ['a command set that breaks off', fragment(3, 3, command.subarray(0, 30))],
    ['a command set that never ends', Buffer.concat(Array.from({ length: 6 }, () => fragment(3, 1, Buffer.alloc(12_000))))],
    ['a command set without Command Field', fragment(3, 3, Buffer.alloc(0))],
    ['a command set of another group', fragment(3, 3, Buffer.from([8, 0, 0x18, 0, 0, 0, 0, 0]))],
    ['a request without Message ID', fragment(1, 3, Buffer.from('000000010200000030000000000802000000' + '0101', 'hex'))],
    ['a response to no request', commandFragment(1, { ...echoRQ, CommandField: 0x8030, MessageIDBeingRespondedTo: 3, Status: 0 })],
  ])('%s', async (_, bytes) => {
    const peer = await associated()
    peer.send(bytes)
    expect(await peer.pdu()).toEqual(abort(0, 0))
    expect(archive?.received).toEqual([])
  })
})

describe('C-STORE is answered', () => {
  test('0x0211 to an operation that the service does not have', async () => {
    const peer = await associated()
    peer.send(commandFragment(1, { ...echoRQ, CommandField: 0x0020 }))
    expect(await status(peer)).toBe(0x0211)
  })

  test('0xC000 without a data set', async () => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ({ CommandDataSetType: 0x0101 })))
    expect(await status(peer)).toBe(0xc000)
  })

  test.each(['', '1.2.x', `1.${'2'.repeat(70)}`])('0x0117 to Affected SOP Instance UID "%s", after the data set has come', async (uid) => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ({ AffectedSOPInstanceUID: uid })))
    peer.send(fragment(3, 0, Buffer.alloc(1000)))
    await new Promise((resolve) => setTimeout(resolve, 20))
    peer.send(fragment(3, 2, Buffer.alloc(1000)))
    expect(await status(peer)).toBe(0x0117)
  })

  test('0x0122 to a SOP class that is not stored', async () => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ({ AffectedSOPClassUID: '1.2.840.10008.1.3.10' })))
    peer.send(fragment(3, 2, Buffer.alloc(1000)))
    expect(await status(peer)).toBe(0x0122)
  })

  test('0x0110 for a fault of ours, of which the peer is told nothing, and the association goes on', async () => {
    const store = () => Promise.reject(new TypeError('secret'))
    const peer = await associated({ archive: { store, findAE: async () => modality } })
    peer.send(Buffer.concat([commandFragment(3, storeRQ()), fragment(3, 2, ctDataset('1.2.3.4'))]))
    const pdu = await peer.pdu()
    expect(decodeCommandSet(pdu!.body.subarray(6))).toMatchObject({ Status: 0x0110, AffectedSOPInstanceUID: '1.2.3.4' })
    expect(pdu?.body.includes('secret')).toBe(false)
    peer.send(commandFragment(1, echoRQ))
    expect(await status(peer)).toBe(0x0000)
  })

  test('with a sentence for the peer alone where it may quote what was sent: the log has its code', async () => {
    const lines: string[] = []
    const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) })
    const store = () => Promise.reject(new BadRequest('PatientBirthDate must be a date, not "1950-03-07"'))
    const peer = await associated({ log, archive: { store, findAE: async () => modality } })
    peer.send(Buffer.concat([commandFragment(3, storeRQ()), fragment(3, 2, ctDataset('1.2.3.4'))]))
    const pdu = await peer.pdu()
    expect(decodeCommandSet(pdu!.body.subarray(6)).ErrorComment).toContain('1950-03-07')
    expect(lines.join('')).toContain('"code":"bad-request"')
    expect(lines.join('')).not.toContain('1950')
  })

  test('with padded UIDs of odd length, and fragments of one byte', async () => {
    const peer = await associated()
    peer.send(commandFragment(3, storeRQ({ AffectedSOPInstanceUID: '1.2.3.4\0\0', AffectedSOPClassUID: `${CT} ` })))
    const dataset = ctDataset('1.2.3.4')
    for (const byte of dataset.subarray(0, -1)) peer.send(fragment(3, 0, Buffer.of(byte)))
    peer.send(fragment(3, 0, Buffer.alloc(0)))
    peer.send(fragment(3, 2, dataset.subarray(-1)))
    expect(await status(peer)).toBe(0x0000)
    expect(archive?.received[0]?.expected).toEqual({ SOPClassUID: CT, SOPInstanceUID: '1.2.3.4' })
    expect(archive?.received[0]?.part10.subarray(-dataset.length).equals(dataset)).toBe(true)
  })
})

describe('one association and the others', () => {
  test('requests sent ahead are answered in their order', async () => {
    const peer = await associated()
    const message = (id: number) => [commandFragment(3, storeRQ({ MessageID: id })), fragment(3, 2, ctDataset('1.2.3.4'))]
    peer.send(Buffer.concat([...message(1), ...message(2), commandFragment(1, { ...echoRQ, MessageID: 3 }), ...message(4)]))
    const answered: (number | undefined)[] = []
    for (let i = 0; i < 4; i += 1) answered.push(decodeCommandSet((await peer.pdu())!.body.subarray(6)).MessageIDBeingRespondedTo)
    expect(answered).toEqual([1, 2, 3, 4])
    expect(archive?.received.length).toBe(3)
  })

  test('while one is held by a slow store, another is served', async () => {
    let go = () => {}
    const gate = new Promise<void>((resolve) => {
      go = resolve
    })
    const peer = await associated({ archive: { store: () => gate, findAE: async () => modality } })
    peer.send(Buffer.concat([commandFragment(3, storeRQ()), fragment(3, 2, ctDataset('1.2.3.4'))]))
    const other = await RawPeer.associate(archive!.port)
    peers.push(other)
    other.send(commandFragment(1, echoRQ))
    expect(await status(other)).toBe(0x0000)
    go()
    expect(await status(peer)).toBe(0x0000)
  })

  test('connections without an association are limited, and many silent ones keep nobody out', async () => {
    archive = await startArchive({ limits: { maximumUnassociated: 2 } })
    const silent = [await RawPeer.connect(archive.port), await RawPeer.connect(archive.port), await RawPeer.connect(archive.port)]
    peers.push(...silent)
    expect(await silent[0]!.pdu()).toBeUndefined()
    const modality = await RawPeer.associate(archive.port)
    peers.push(modality, await RawPeer.connect(archive.port), await RawPeer.connect(archive.port), await RawPeer.connect(archive.port))
    modality.send(commandFragment(1, echoRQ))
    expect(await status(modality)).toBe(0x0000)
  })

  test('closing lets the instance that is being received come to its end, and takes no more', async () => {
    const peer = await associated()
    const idle = await RawPeer.associate(archive!.port)
    peers.push(idle)
    peer.send(Buffer.concat([commandFragment(3, storeRQ()), fragment(3, 0, ctDataset('1.2.3.4').subarray(0, 100))]))
    await new Promise((resolve) => setTimeout(resolve, 30))
    const closed = archive!.server.close()
    expect(await idle.pdu()).toEqual(abort(0, 0))
    peer.send(fragment(3, 2, ctDataset('1.2.3.4').subarray(100)))
    expect(await status(peer)).toBe(0x0000)
    expect(await peer.pdu()).toEqual(abort(0, 0))
    await closed
    expect(archive?.received.length).toBe(1)
    await expect(RawPeer.connect(archive!.port)).rejects.toThrow('ECONNREFUSED')
    archive = undefined
  })
})
