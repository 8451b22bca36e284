/** The acceptor and our own requestor, over loopback. */
import { afterEach, describe, expect, test } from 'vitest'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { ObjectStoreFull } from '../../../archive/errors.ts'
import { openAssociation } from '../../../gateway/dimse/scu.ts'
import { type Archive, CT, ctDataset, modality, RawPeer, startArchive, until } from './fixture.ts'

let archive: Archive | undefined
afterEach(async () => {
  await archive?.server.close()
  archive = undefined
})

const contexts = [
  { abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: [ExplicitVRLittleEndian] },
  { abstractSyntax: CT, transferSyntaxes: [ExplicitVRLittleEndian] },
]
const open = (port: number) => openAssociation({ host: '127.0.0.1', port, callingAETitle: 'MODALITY', calledAETitle: 'ARCHIVE', contexts })

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

describe('C-ECHO', () => {
  test('answers Success, as often as asked', async () => {
    archive = await startArchive()
    const association = await open(archive.port)
    expect(await association.echo()).toBe(0x0000)
    expect(await association.echo()).toBe(0x0000)
    await association.release()
  })
})

describe('C-STORE', () => {
  test.each([1, 7, 4096, 1_000_000])('gives the data set as it was sent, behind a File Meta, from pieces of %i bytes', async (size) => {
    archive = await startArchive()
    const association = await open(archive.port)
    const dataset = ctDataset('1.2.3.4', size === 1 ? 512 : 300_000)
    const request = { SOPClassUID: CT, SOPInstanceUID: '1.2.3.4', TransferSyntaxUID: ExplicitVRLittleEndian }
    expect(await association.store({ ...request, dataset: pieces(dataset, size) })).toEqual({ Status: 0x0000 })
    await association.release()
    const [received] = archive.received
    expect(received?.expected).toEqual({ SOPClassUID: CT, SOPInstanceUID: '1.2.3.4' })
    expect(received?.source).toMatchObject({ institution: 1, via: 'c-store', AETitle: 'MODALITY' })
    expect(received?.part10.subarray(-dataset.length).equals(dataset)).toBe(true)
    expect(received?.part10.toString('latin1', 128, 132)).toBe('DICM')
  })

  test('answers 0xA700 when the object store is full, and takes the next instance', async () => {
    let full = true
    archive = await startArchive({
      archive: {
        findAE: async () => modality,
        async store(_source, part10) {
          let count = 0
          for await (const piece of part10) {
            count += piece.length
            if (full && count > 100_000) throw new ObjectStoreFull('The disk is full')
          }
        },
      },
    })
    const association = await open(archive.port)
    const store = () =>
      association.store({
        SOPClassUID: CT,
        SOPInstanceUID: '1.2.3.4',
        TransferSyntaxUID: ExplicitVRLittleEndian,
        dataset: pieces(ctDataset('1.2.3.4', 4_000_000), 65_536),
      })
    expect(await store()).toEqual({ Status: 0xa700, ErrorComment: 'The object store is full; nothing was kept, send again later' })
    full = false
    expect(await store()).toEqual({ Status: 0x0000 })
    await association.release()
  })

  test('a data set whose source fails is not sent as if it were whole', async () => {
    archive = await startArchive()
    const association = await open(archive.port)
    const dataset = async function* () {
      yield ctDataset('1.2.3.4')
      throw new Error('the disk is broken')
    }
    const request = { SOPClassUID: CT, SOPInstanceUID: '1.2.3.4', TransferSyntaxUID: ExplicitVRLittleEndian, dataset: dataset() }
    await expect(association.store(request)).rejects.toThrow(/broke/)
    await until(() => archive?.failed.length === 1)
    expect(archive.received).toEqual([])
  })
})

test('closing does not wait for a TLS handshake that never comes', async () => {
  archive = await startArchive({ port: undefined, tls: { port: 0 } })
  const peer = await RawPeer.connect(archive.port)
  await new Promise((resolve) => setTimeout(resolve, 20))
  await archive.server.close()
  await peer.closed()
})
