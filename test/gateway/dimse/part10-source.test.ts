/** Part 10 files as what C-STORE sends. PS3.10 §7.1. */
import { expect, test } from 'vitest'
import { fileMeta } from '../../../archive/dicom/part10.ts'
import { ExplicitVRLittleEndian } from '../../../archive/dicom/transfer-syntaxes.ts'
import { openPart10 } from '../../../gateway/dimse/part10-source.ts'
import { CT, ctDataset } from './fixture.ts'

const identity = { SOPClassUID: CT, SOPInstanceUID: '1.2.3.4', TransferSyntaxUID: ExplicitVRLittleEndian }
const dataset = ctDataset('1.2.3.4')
const part10 = Buffer.concat([fileMeta(identity), dataset])

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test.each([1, 13, 1_000_000])('names class, instance and transfer syntax, and gives the data set alone, in pieces of %i', async (size) => {
  const { dataset: rest, ...named } = await openPart10(pieces(part10, size))
  expect(named).toEqual(identity)
  const read: Uint8Array[] = []
  for await (const piece of rest) read.push(piece)
  expect(Buffer.concat(read).equals(dataset)).toBe(true)
})

test('a wrong group length does no harm', async () => {
  const wrong = Buffer.from(part10)
  wrong.writeUInt32LE(4, 140)
  expect(await openPart10(pieces(wrong, 100))).toMatchObject(identity)
})

test.each([
  ['no preamble', dataset],
  ['nothing', Buffer.alloc(0)],
  ['a File Meta that breaks off', part10.subarray(0, 200)],
  ['a File Meta without TransferSyntaxUID', Buffer.concat([part10.subarray(0, 170), dataset])],
])('%s is not understood', async (_, bytes) => {
  await expect(openPart10(pieces(bytes, 64))).rejects.toThrow(/Part 10|File Meta/)
})
