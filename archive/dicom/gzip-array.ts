/**
 * Many metadata fragments as one JSON array. index.md §4: as one gzip member (RFC 1952) without compressing anything again, since browsers stop after the
 * first of several members; and plain, for who does not take gzip.
 */
import { Buffer } from 'node:buffer'
import { crc32 } from 'node:zlib'
import type { MetadataFragment } from '../../storage/index/records.ts'
import { crc32Combine } from './crc32.ts'
import { inflateFragment, isOnDemand } from './metadata-fragment.ts'

/** Deflate, no name, no time, unknown system (RFC 1952 §2.3). */
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])

interface Piece extends MetadataFragment {
  readonly text: Buffer
}

/** A character as a stored block (RFC 1951 §3.2.4), which begins and ends at a byte boundary. */
function stored(character: string, final: boolean): Piece {
  const text = Buffer.from(character, 'latin1')
  return { text, deflated: Buffer.concat([Buffer.from([final ? 1 : 0, 1, 0, 0xfe, 0xff]), text]), crc32: crc32(text), length: 1 }
}

const open = stored('[', false)
const comma = stored(',', false)
const close = stored(']', true)

/** Fragments have a kilobyte or two: a write to the socket for each would cost more than all the rest. */
const chunkSize = 64 * 1024

/** The same bytes in chunks of at least 64 kB, but for the last. */
async function* gathered(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const piece of pieces) {
    held.push(piece)
    size += piece.length
    if (size < chunkSize) continue
    yield Buffer.concat(held, size)
    held = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(held, size)
}

function mustBeMade(): never {
  throw new Error('A metadata fragment that is made on demand must be made before it is sent')
}

/** One gzip member that inflates to `[…,…]`. Fragments on demand must have been made. */
export const gzipOf = (fragments: AsyncIterable<MetadataFragment>): AsyncGenerator<Buffer> => gathered(gzipPieces(fragments))

async function* gzipPieces(fragments: AsyncIterable<MetadataFragment>): AsyncGenerator<Buffer> {
  let crc = 0
  let length = 0
  const add = ({ deflated, crc32: next, length: added }: MetadataFragment): Buffer => {
    crc = crc32Combine(crc, next, added)
    length += added
    return Buffer.from(deflated.buffer, deflated.byteOffset, deflated.length)
  }
  let separator = open
  yield header
  for await (const fragment of fragments) {
    if (isOnDemand(fragment)) mustBeMade()
    yield add(separator)
    yield add(fragment)
    separator = comma
  }
  if (separator === open) yield add(open)
  yield add(close)
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc, 0)
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  yield trailer
}

/** The same array, plain. */
export const jsonArrayOf = (fragments: AsyncIterable<MetadataFragment>): AsyncGenerator<Buffer> => gathered(jsonPieces(fragments))

async function* jsonPieces(fragments: AsyncIterable<MetadataFragment>): AsyncGenerator<Buffer> {
  let separator = open.text
  for await (const fragment of fragments) {
    if (isOnDemand(fragment)) mustBeMade()
    yield separator
    yield inflateFragment(fragment)
    separator = comma.text
  }
  if (separator === open.text) yield open.text
  yield close.text
}
