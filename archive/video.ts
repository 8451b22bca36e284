/**
 * The stream of a video: the fragments of its Pixel Data one after another, without their item headers. PS3.5 §8.2.5 to §8.2.11, §A.4.
 * A stream that is one fragment, as most are, is found with two small reads and sent with one.
 */
import { Readable } from 'node:stream'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { NotFound } from './errors.ts'
import type { ByteRange, InstanceRow } from './retrieve.ts'

interface Section {
  /** In the object. */
  readonly offset: number
  readonly length: number
}

export interface Video {
  readonly length: number
  readonly fragments: readonly Section[]
}

const itemHeaderLength = 8
const itemTag = 0xfffee000
const mostFragments = 10_000

/** @throws NotFound when the Pixel Data are no sequence of fragments, or of too many to look for. */
export async function findVideo(objects: ObjectStore, { objectKey, SOPInstanceUID, pixels }: InstanceRow): Promise<Video> {
  const fragments: Section[] = []
  const end = pixels!.offset + pixels!.length
  for (let at = pixels!.offset; at < end; ) {
    const header = await wholeOf(await objects.getRange(objectKey, at, itemHeaderLength))
    const tag = header.readUInt16LE(0) * 0x10000 + header.readUInt16LE(2)
    const length = header.readUInt32LE(4)
    if (tag !== itemTag || at + itemHeaderLength + length > end || fragments.length > mostFragments) {
      throw new NotFound(`The video of instance ${SOPInstanceUID} cannot be put together from its fragments`)
    }
    fragments.push({ offset: at + itemHeaderLength, length })
    at += itemHeaderLength + length
  }
  // The first item is the Basic Offset Table.
  fragments.shift()
  return { fragments, length: fragments.reduce((sum, { length }) => sum + length, 0) }
}

export function openVideo(objects: ObjectStore, { objectKey }: InstanceRow, { fragments }: Video, { start, end }: ByteRange): Readable {
  return Readable.from(sections(), { objectMode: false })

  async function* sections(): AsyncGenerator<Buffer> {
    let before = 0
    for (const { offset, length } of fragments) {
      const from = Math.max(start - before, 0)
      const to = Math.min(end - before, length - 1)
      if (from <= to) yield* await objects.getRange(objectKey, offset + from, to - from + 1)
      before += length
    }
  }
}

async function wholeOf(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}
