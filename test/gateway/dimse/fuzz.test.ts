/**
 * Hostile peers: valid conversations with bytes changed, cut, doubled and swapped, on one server after another. However a peer behaves, the archive
 * answers with whole PDUs, keeps nothing that is not whole, and serves the next one. `FUZZ_RUNS` and `FUZZ_SEED` make it longer and another.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import { encodeAbort, encodeReleaseRQ } from '../../../gateway/dimse/pdu.ts'
import {
  type Archive,
  associateRQ,
  commandFragment,
  ctDataset,
  echoRQ,
  fragment,
  RawPeer,
  startArchive,
  storeRQ,
  until,
} from './fixture.ts'

const runs = Number(process.env.FUZZ_RUNS ?? 400)
const seed = Number(process.env.FUZZ_SEED ?? 20240501)

let archive: Archive
beforeAll(async () => {
  archive = await startArchive({ limits: { artimTimeout: 300, idleTimeout: 300, stallTimeout: 300 } })
})
afterAll(() => archive.server.close())

const dataset = ctDataset('1.2.3.4', 4000)
const conversation = [
  encodeAssociateRQ(associateRQ()),
  commandFragment(1, echoRQ),
  commandFragment(3, storeRQ()),
  fragment(3, 0, dataset.subarray(0, 2000)),
  fragment(3, 2, dataset.subarray(2000)),
  commandFragment(3, { CommandField: 0x0fff, MessageIDBeingRespondedTo: 1, CommandDataSetType: 0x0101 }),
  encodeReleaseRQ(),
  encodeAbort({ source: 0, reason: 0 }),
]

/** A byte anywhere, most often where headers and lengths stand. */
const change = fc.record({
  pdu: fc.nat(7),
  at: fc.oneof(fc.nat(24), fc.nat(4000)),
  value: fc.oneof(fc.constantFrom(0, 1, 2, 3, 4, 0x7f, 0x80, 0xff), fc.nat(255)),
})
const hostile = fc.record({
  order: fc.oneof(
    { weight: 3, arbitrary: fc.constant<number[]>([0, 1, 2, 3, 4, 6]) },
    { weight: 1, arbitrary: fc.array(fc.nat(7), { maxLength: 10 }) },
    { weight: 1, arbitrary: fc.array(fc.nat(7), { maxLength: 10 }).map((order) => [0, ...order]) },
  ),
  changes: fc.array(change, { maxLength: 3 }),
  cut: fc.option(fc.nat(5000), { freq: 4 }),
  size: fc.oneof(fc.constant(100_000), fc.integer({ min: 1, max: 64 })),
})

test('no peer takes the archive down, hangs it or leaves half an instance', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async ({ order, changes, cut, size }) => {
      const before = archive.received.length
      const pdus = conversation.map((pdu) => Buffer.from(pdu))
      for (const { pdu, at, value } of changes) pdus[pdu]![at % pdus[pdu]!.length] = value
      const bytes = Buffer.concat(order.map((i) => pdus[i]!)).subarray(0, cut ?? undefined)
      const peer = await RawPeer.connect(archive.port)
      for (let at = 0; at < bytes.length; at += Math.max(size, bytes.length / 50)) {
        peer.send(bytes.subarray(at, at + Math.max(size, bytes.length / 50)))
      }
      peer.socket.end()
      // Whatever is answered is whole PDUs of known types, and then the connection closes.
      for (let pdu = await peer.pdu(); pdu; pdu = await peer.pdu()) expect(pdu.type >= 2 && pdu.type <= 7).toBe(true)
      await until(() => archive.server.associations() === 0)
      for (const { part10 } of archive.received.slice(before)) expect(part10.subarray(0, 128).equals(Buffer.alloc(128))).toBe(true)
      archive.received.length = 0
    }),
    { numRuns: runs, seed },
  )
  const peer = await RawPeer.associate(archive.port)
  peer.send(commandFragment(1, echoRQ))
  expect((await peer.pdu())?.type).toBe(0x04)
  peer.close()
}, 600_000)
