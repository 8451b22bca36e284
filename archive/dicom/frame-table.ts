/**
 * Where the frames of encapsulated Pixel Data are. PS3.5 §A.4 (fragments, Basic Offset Table), PS3.3 C.7.6.3.1.8 (Extended Offset Table).
 *
 * A packed table has 16 bytes a frame: offset of its first item header (6), bytes of the frame without item headers (6), fragments (4), big endian.
 * A frame's entry is cut out of the stored table by its number alone.
 */
import { Buffer } from 'node:buffer'

export const frameEntryLength = 16

export interface FrameEntry {
  /** Of the item header of its first fragment, from the start of the object. */
  readonly offset: number
  /** Of the frame: the fragments together, without their item headers. */
  readonly length: number
  readonly fragments: number
}

/** The entry of frame n (from 1) in a whole table. */
export function frameEntryOf(table: Uint8Array, frame: number): FrameEntry {
  const bytes = Buffer.from(table.buffer, table.byteOffset, table.length)
  const at = (frame - 1) * frameEntryLength
  return { offset: bytes.readUIntBE(at, 6), length: bytes.readUIntBE(at + 6, 6), fragments: bytes.readUInt32BE(at + 12) }
}

/** What begins each code stream, so that a fragment that begins with it begins a frame: SOI of JPEG and JPEG-LS, SOC and SIZ of JPEG 2000. */
function beginsCodeStream(bytes: Buffer, at: number, available: number): boolean {
  if (available < 3 || bytes[at] !== 0xff) return false
  return (bytes[at + 1] === 0xd8 && bytes[at + 2] === 0xff) || (bytes[at + 1] === 0x4f && bytes[at + 2] === 0xff)
}

/** More fragments than these are not told apart. */
const maximumFragments = 2_000_000

/** The fragments of a Pixel Data as they stream by: 13 bytes of memory each. */
export class Fragments {
  #count = 0
  #offsets = new Float64Array(16)
  #lengths = new Uint32Array(16)
  #begins = new Uint8Array(16)

  get count(): number {
    return this.#count
  }

  add(offset: number, length: number, bytes: Buffer, at: number, available: number): void {
    const index = this.#count++
    if (index >= maximumFragments) return
    if (index === this.#offsets.length) this.#grow()
    this.#offsets[index] = offset
    this.#lengths[index] = length
    this.#begins[index] = beginsCodeStream(bytes, at, available) ? 1 : 0
  }

  #grow(): void {
    const size = this.#offsets.length * 2
    const offsets = new Float64Array(size)
    offsets.set(this.#offsets)
    const lengths = new Uint32Array(size)
    lengths.set(this.#lengths)
    const begins = new Uint8Array(size)
    begins.set(this.#begins)
    this.#offsets = offsets
    this.#lengths = lengths
    this.#begins = begins
  }

  offset(index: number): number {
    return this.#offsets[index]!
  }

  length(index: number): number {
    return this.#lengths[index]!
  }

  /** Indices of the fragments that begin a code stream. */
  beginnings(): number[] {
    const found: number[] = []
    for (let i = 0; i < this.#count; i++) if (this.#begins[i] === 1) found.push(i)
    return found
  }

  /** The index of the fragment whose item header is at this offset, or -1. */
  indexAt(offset: number): number {
    let low = 0
    let high = this.#count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.#offsets[middle]!
      if (found === offset) return middle
      if (found < offset) low = middle + 1
      else high = middle - 1
    }
    return -1
  }
}

export interface FrameSources {
  readonly NumberOfFrames: number
  readonly isRLE: boolean
  readonly fragments: Fragments
  /** Values of the first item; empty when it is. */
  readonly basicOffsets: Uint32Array
  /** (7FE0,0001) and (7FE0,0002); undefined when absent. */
  readonly extendedOffsets: BigUint64Array | undefined
  readonly extendedLengths: BigUint64Array | undefined
  /** What is added to the fragments' offsets: the data set's own offset in the object. */
  readonly origin: number
}

export type FrameTable = { readonly table: Uint8Array; readonly unavailable: null } | { readonly table: null; readonly unavailable: string }

/**
 * Which fragments make which frame, by the first source that can be trusted: one frame takes all · RLE has one fragment a frame (§A.4.2) ·
 * Extended Offset Table · Basic Offset Table · as many fragments as frames · a new frame where a code stream begins.
 */
export function frameTableOf(sources: FrameSources): FrameTable {
  const { NumberOfFrames: frames, fragments, origin } = sources
  const { count } = fragments
  if (count === 0) return { table: null, unavailable: 'Pixel Data (7FE0,0010) has no fragments' }
  if (count > maximumFragments) return { table: null, unavailable: `Pixel Data (7FE0,0010) has more than ${maximumFragments} fragments` }
  if (frames === 1) return packed(fragments, origin, [0])
  const first = fragments.offset(0)
  const oneEach = () =>
    packed(
      fragments,
      origin,
      Array.from({ length: frames }, (_, i) => i),
    )
  if (sources.isRLE && count === frames) return oneEach()
  const extended = sources.extendedOffsets && startsOf(fragments, frames, first, Array.from(sources.extendedOffsets, Number))
  if (extended) return packed(fragments, origin, extended, sources.extendedLengths)
  const basic = startsOf(fragments, frames, first, sources.basicOffsets)
  if (basic) return packed(fragments, origin, basic)
  if (count === frames) return oneEach()
  const beginnings = fragments.beginnings()
  if (beginnings.length === frames && beginnings[0] === 0) return packed(fragments, origin, beginnings)
  return { table: null, unavailable: `${count} fragments and no usable offset table do not tell ${frames} frames apart` }
}

/** The first fragment of each frame, if the offsets are as many as the frames, rise, and each hits an item. */
function startsOf(fragments: Fragments, frames: number, first: number, offsets: ArrayLike<number>): number[] | undefined {
  if (offsets.length !== frames || offsets[0] !== 0) return undefined
  const starts: number[] = []
  for (let i = 0; i < frames; i++) {
    const index = fragments.indexAt(first + offsets[i]!)
    if (index < 0 || (i > 0 && index <= starts[i - 1]!)) return undefined
    starts.push(index)
  }
  return starts
}

function packed(fragments: Fragments, origin: number, starts: readonly number[], lengths?: BigUint64Array): FrameTable {
  const table = Buffer.alloc(starts.length * frameEntryLength)
  starts.forEach((start, i) => {
    const end = starts[i + 1] ?? fragments.count
    let length = 0
    for (let fragment = start; fragment < end; fragment++) length += fragments.length(fragment)
    // The Extended Offset Table knows the length without the pad byte.
    const exact = lengths !== undefined && lengths.length === starts.length ? Number(lengths[i]) : length
    if (end - start === 1 && exact === length - 1) length = exact
    const at = i * frameEntryLength
    table.writeUIntBE(origin + fragments.offset(start), at, 6)
    table.writeUIntBE(length, at + 6, 6)
    table.writeUInt32BE(end - start, at + 12)
  })
  return { table, unavailable: null }
}
