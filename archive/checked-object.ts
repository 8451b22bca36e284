/**
 * Bytes of an object that are believed: their SHA-256 is that of what was stored. Some decoders make a wrong picture of damaged bytes without a word,
 * so pixels are decoded from such bytes only, in the same read.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import type { InstanceRow } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import type { ReadsRanges } from './frame-ranges.ts'
import { PixelsNotDecoded } from './rendered/errors.ts'

type Stored = Pick<InstanceRow, 'objectKey' | 'objectSize' | 'fileSHA256'>

/** Objects up to here are read and checked whole. */
export const wholeObject = 16 * 1024 * 1024

const changed = ({ objectKey }: Stored) => new PixelsNotDecoded(`Object ${objectKey} is not what was stored: its SHA-256 has changed`)

/** @throws PixelsNotDecoded */
export async function checkedObject(objects: ObjectStore, stored: Stored): Promise<Buffer> {
  const { objectKey, objectSize, fileSHA256 } = stored
  const digest = createHash('sha256')
  const bytes = Buffer.allocUnsafeSlow(objectSize)
  let size = 0
  for await (const chunk of await objects.get(objectKey)) {
    digest.update(chunk)
    if (size + chunk.length <= objectSize) chunk.copy(bytes, size)
    size += chunk.length
  }
  if (size !== objectSize || !digest.digest().equals(fileSHA256)) throw changed(stored)
  return bytes
}

/** Bytes too many to be held as they stream by: the last of them come only if all were right, so what is made of them is never complete otherwise. */
export async function* checkedStream(bytes: AsyncIterable<Buffer>, stored: Stored): AsyncGenerator<Buffer> {
  const digest = createHash('sha256')
  let held: Buffer | undefined
  for await (const chunk of bytes) {
    if (held !== undefined) yield held
    digest.update(chunk)
    held = chunk
  }
  if (!digest.digest().equals(stored.fileSHA256)) throw changed(stored)
  if (held !== undefined) yield held
}

/** Just enough of an object store to take ranges out of bytes that are here already. */
export function inMemory(bytes: Buffer): ReadsRanges {
  return {
    async getRange(_key, offset, length) {
      return Readable.from([bytes.subarray(offset, offset + length)], { objectMode: false })
    },
  }
}

const chunkLength = 256 * 1024

/** Bytes in memory as a stream that does not come all at once. */
export async function* inChunks(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += chunkLength) yield bytes.subarray(at, at + chunkLength)
}
