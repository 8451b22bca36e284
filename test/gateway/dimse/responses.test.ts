/** Responses that go on and on: a service is asked for the next one only when the peer has taken those before. PS3.7 §8.1. */
import { afterEach, expect, test } from 'vitest'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import type { Service } from '../../../gateway/dimse/services.ts'
import { type Archive, startArchive, until } from './fixture.ts'
import { contextOf, keysOf, QueryPeer } from './query-peer.ts'

let archive: Archive | undefined
let peer: QueryPeer | undefined
afterEach(async () => {
  peer?.close()
  await archive?.server.close()
})

const FIND = '1.2.840.10008.5.1.4.1.2.2.1'

/** Yields answers for ever, of 64 KiB each. */
function endless(): { readonly service: Service; yielded: number; left: boolean } {
  const state = { yielded: 0, left: false }
  const service: Service = {
    name: 'Endless',
    provides: (abstractSyntax) => abstractSyntax === FIND,
    allowed: () => true,
    choose: () => ExplicitVRLittleEndian,
    roles: { scu: true, scp: false },
    operations: {
      async *'C-FIND'({ signal }) {
        try {
          while (!signal.aborted) {
            state.yielded += 1
            yield { Status: 0xff00, dataset: Buffer.alloc(65_536) }
          }
          yield { Status: 0xfe00 }
        } finally {
          state.left = true
        }
      },
    },
  }
  return Object.assign(state, { service })
}

async function asking() {
  const source = endless()
  archive = await startArchive({ services: [source.service] })
  peer = await QueryPeer.open(archive.port, { callingAETitle: 'MODALITY' })
  const { raw } = peer
  raw.socket.pause()
  raw.send(peer.request(contextOf.study.FIND, 'C-FIND', keysOf({ QueryRetrieveLevel: 'STUDY' })))
  // What the kernel takes on both sides goes out; then nothing does.
  let before = -1
  await until(() => source.yielded > 0)
  while (before !== source.yielded) {
    before = source.yielded
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  return { source, raw, stuck: before }
}

test('a peer that does not read pauses the service; when it reads on, so does the service', async () => {
  const { source, raw, stuck } = await asking()
  expect(stuck).toBeLessThan(400)
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(source.yielded).toBe(stuck)
  raw.socket.resume()
  await until(() => source.yielded > stuck + 50)
  raw.send(peer!.cancel(contextOf.study.FIND))
  expect((await peer!.responses()).at(-1)?.command.Status).toBe(0xfe00)
})

test('a peer that goes away ends it', async () => {
  const { source, raw } = await asking()
  raw.socket.resetAndDestroy()
  await until(() => source.left)
  expect(archive?.server.associations()).toBe(0)
})
