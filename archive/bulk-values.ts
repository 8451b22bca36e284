/**
 * A value that was left out of the metadata, from its place in the object: PS3.18 §10.4.1.1.5. Leaves little endian, whatever it is stored as
 * (PS3.18 §8.7.3.3.1).
 */
import { Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import type { BulkValue } from '../storage/index/records.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { transferSyntaxOf } from './dicom/transfer-syntaxes.ts'
import { vrOf } from './dicom/value-representations.ts'
import { NotUnderstood } from './errors.ts'
import type { ByteRange, InstanceRow } from './retrieve.ts'

export async function openBulkValue(
  objects: ObjectStore,
  instance: InstanceRow,
  { vr, offset, length }: BulkValue,
  { start, end }: ByteRange,
): Promise<Readable> {
  const { bigEndian, deflated } = transferSyntaxOf(instance.TransferSyntaxUID)!
  const { unit } = vrOf(vr)
  // The offsets of a deflated data set count what comes out of it.
  if (deflated) {
    const from = instance.datasetOffset
    const compressed = await objects.getRange(instance.objectKey, from, instance.objectSize - from)
    return Readable.from(section(inflated(compressed), offset + start, end - start + 1), { objectMode: false })
  }
  if (!bigEndian || unit === 1) return objects.getRange(instance.objectKey, offset + start, end - start + 1)
  // Whole words around the range.
  const first = start - (start % unit)
  const last = Math.min(length, end + unit - (end % unit))
  const stored = await objects.getRange(instance.objectKey, offset + first, last - first)
  return Readable.from(section(swapped(stored, unit), start - first, end - start + 1), { objectMode: false })
}

async function* inflated(compressed: Readable): AsyncGenerator<Buffer> {
  const inflate = createInflateRaw()
  compressed.on('error', (error) => inflate.destroy(error))
  try {
    for await (const chunk of compressed.pipe(inflate)) yield chunk
  } finally {
    compressed.destroy()
  }
}

/** `length` bytes from `skip` on; the source is left as soon as they are there. */
async function* section(chunks: AsyncIterable<Buffer>, skip: number, length: number): AsyncGenerator<Buffer> {
  let before = skip
  let left = length
  for await (const chunk of chunks) {
    const rest = chunk.subarray(Math.min(before, chunk.length))
    before -= chunk.length - rest.length
    const taken = rest.subarray(0, left)
    left -= taken.length
    if (taken.length > 0) yield taken
    if (left === 0) return
  }
  throw new NotUnderstood('The object ends within the value')
}

/** Words of `unit` bytes turned round, across chunks. */
async function* swapped(chunks: AsyncIterable<Buffer>, unit: number): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of chunks) {
    const bytes = Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % unit)
    rest = bytes.subarray(whole)
    const words = bytes.subarray(0, whole)
    if (unit === 2) words.swap16()
    else if (unit === 4) words.swap32()
    else words.swap64()
    yield words
  }
  if (rest.length > 0) yield rest
}
