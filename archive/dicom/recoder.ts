/**
 * A data set from one encoding to another as it streams by: value representations, byte order, attributes that change. PS3.5 §7, Annex A.
 *
 * Sequences and items leave with undefined lengths, since nobody knows yet how long they become. Group lengths and trailing padding are left out (§7.2).
 * Pixel Data passes like any other value, or its frames are handed out one by one for somebody to put others in their place.
 */
import { Buffer } from 'node:buffer'
import { NotTranscodable } from '../errors.ts'
import { ElementParser, type ElementSink, type Encoding } from './element-parser.ts'
import { ElementWriter, padOf, undefinedLength } from './element-writer.ts'
import { impliedVR } from './implied-vr.ts'
import { littleEndian } from './value-json.ts'
import { OB, SQ, UN, type VR } from './value-representations.ts'

/** What the top level of the data set says instead: a value in little endian, or nothing (null: the element is left out). */
export type Edits = ReadonlyMap<number, { readonly vr: VR; readonly value: Buffer } | null>

export interface PixelFrames {
  /** Native: bytes of each frame, and of the words to turn round. */
  readonly bytes?: number
  readonly unit?: VR['unit']
  /** Encapsulated: bytes and fragments of each frame, in their order. */
  readonly fragmented?: readonly { readonly length: number; readonly fragments: number }[]
  readonly count: number
}

export interface RecodeOptions {
  readonly from: Encoding
  readonly to: Encoding
  readonly edits?: Edits
  /** Words of native Pixel Data that passes, where they are not those of its VR. */
  readonly pixelUnit?: VR['unit']
  /** Pixel Data is not written, its frames are handed out. */
  readonly frames?: PixelFrames
}

/** In the order in which they are to leave: written bytes, a frame as it was (little endian), the place where Pixel Data ends. */
export type Recoded = Buffer | { readonly frame: Buffer } | 'end of pixels'

const PixelData = 0x7fe00010
const PixelRepresentation = 0x00280103
const DataSetTrailingPadding = 0xfffcfffc
/** A value up to so many bytes is taken whole. */
const short = 4 << 10

/** A stretch of the source that is still to come. */
interface Passing {
  readonly to: 'output' | 'frame'
  offset: number
  length: number
  readonly swap: VR['unit']
}

export class Recoder implements ElementSink {
  readonly #options: RecodeOptions
  readonly #parser: ElementParser
  readonly #writer: ElementWriter
  readonly #edits: { readonly tag: number; readonly edit: { readonly vr: VR; readonly value: Buffer } | null }[]
  readonly #signed: boolean[] = [false]
  #done: Recoded[] = []
  #passing: Passing | undefined
  /** Written behind what passes. */
  #behind: Buffer | undefined
  /** Source offset of the next chunk. */
  #base = 0
  #chunk: Buffer = Buffer.alloc(0)
  #carry = Buffer.alloc(0)
  /** Open sequences and items inside something that is left out. */
  #leftOut = 0
  #fragmentsOf = 0
  #nested = 0
  #frame: Buffer | undefined
  #frameFilled = 0
  #frameFragments = 0
  #frameNumber = 0

  constructor(options: RecodeOptions) {
    this.#options = options
    this.#parser = new ElementParser(this, options.from)
    this.#writer = new ElementWriter(options.to)
    this.#edits = [...(options.edits ?? [])].map(([tag, edit]) => ({ tag, edit })).sort((a, b) => a.tag - b.tag)
  }

  /** @throws NotUnderstood where the data set contradicts itself */
  write(chunk: Buffer): Recoded[] {
    this.#chunk = chunk
    this.#parser.write(chunk)
    this.#pass()
    this.#base += chunk.length
    return this.#take()
  }

  /** Says that no more bytes come. */
  end(): Recoded[] {
    this.#parser.end()
    this.#insertUpTo(Number.POSITIVE_INFINITY)
    return this.#take()
  }

  #take(): Recoded[] {
    const done = this.#done
    this.#done = []
    return done
  }

  get #isRoot(): boolean {
    return this.#nested === 0
  }

  #put(bytes: Buffer): void {
    this.#pass()
    this.#done.push(bytes)
  }

  /** Hands on as much of what passes as has come. */
  #pass(): void {
    const passing = this.#passing
    if (passing === undefined) return
    const from = passing.offset - this.#base
    const bytes = this.#chunk.subarray(from, from + passing.length)
    passing.offset += bytes.length
    passing.length -= bytes.length
    const last = passing.length === 0
    const words = this.#words(bytes, passing.swap, last)
    if (passing.to === 'output') {
      if (words.length > 0) this.#done.push(words)
    } else this.#fill(words)
    if (!last) return
    this.#passing = undefined
    if (this.#behind !== undefined) this.#done.push(this.#behind)
    this.#behind = undefined
  }

  /** Whole words with their bytes turned round; a copy, since the chunk is not ours to keep. */
  #words(bytes: Buffer, unit: VR['unit'], last: boolean): Buffer {
    if (unit === 1) return bytes
    const all = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes])
    const whole = last ? all.length : all.length - (all.length % unit)
    this.#carry = Buffer.from(all.subarray(whole))
    return littleEndian(unit, all.subarray(0, whole), true)
  }

  #pushPassing(to: Passing['to'], offset: number, length: number, swap: VR['unit'], behind?: Buffer): void {
    this.#pass()
    this.#passing = { to, offset, length, swap }
    this.#behind = behind
    if (length === 0) this.#pass()
  }

  #swapOf(unit: VR['unit'], bigEndian: boolean): VR['unit'] {
    return bigEndian === this.#options.to.bigEndian ? 1 : unit
  }

  /** Whether this element is written as it comes; what is to stand before or instead of it is written now. */
  #keeps(tag: number): boolean {
    if (this.#leftOut > 0) return false
    if ((tag & 0xffff) === 0) return false
    if (!this.#isRoot) return true
    if (tag === DataSetTrailingPadding) return false
    this.#insertUpTo(tag)
    return !this.#options.edits?.has(tag)
  }

  #insertUpTo(tag: number): void {
    while (this.#edits.length > 0 && this.#edits[0]!.tag <= tag) {
      const { tag: inserted, edit } = this.#edits.shift()!
      if (edit !== null) this.#put(this.#writer.element(inserted, edit.vr, edit.value))
    }
  }

  implied(tag: number): VR {
    return impliedVR(tag, this.#signed.at(-1)!)
  }

  wants(tag: number, _vr: VR, length: number): boolean {
    return length <= short && !(this.#isRoot && tag === PixelData)
  }

  value(tag: number, vr: VR, bytes: Buffer, start: number, end: number, _offset: number, bigEndian: boolean): void {
    if (tag === PixelRepresentation && end - start >= 2)
      this.#signed[this.#signed.length - 1] = (bigEndian ? bytes.readUInt16BE(start) : bytes.readUInt16LE(start)) === 1
    if (!this.#keeps(tag)) return
    const value = littleEndian(vr.unit, Buffer.from(bytes.subarray(start, end)), bigEndian)
    this.#put(this.#writer.element(tag, vr, value))
  }

  passes(tag: number, vr: VR, offset: number, length: number): void {
    if (this.#isRoot && tag === PixelData && this.#options.frames !== undefined) {
      this.#insertUpTo(tag)
      const { bytes = 0, count, unit = 1 } = this.#options.frames
      this.#pushPassing('frame', offset, Math.min(length, bytes * count), this.#options.from.bigEndian ? unit : 1)
      return
    }
    if (!this.#keeps(tag)) return
    const bigEndian = this.#options.from.bigEndian && vr !== UN
    const unit = this.#isRoot && tag === PixelData ? (this.#options.pixelUnit ?? vr.unit) : vr.unit
    this.#put(this.#writer.header(tag, vr, length + (length % 2)))
    this.#pushPassing('output', offset, length, this.#swapOf(unit, bigEndian), length % 2 === 0 ? undefined : Buffer.of(padOf(vr)))
  }

  beginSequence(tag: number): void {
    if (!this.#keeps(tag)) this.#leftOut++
    else this.#put(this.#writer.header(tag, SQ, undefinedLength))
    this.#nested++
  }

  beginItem(): void {
    this.#signed.push(this.#signed.at(-1)!)
    if (this.#leftOut > 0) this.#leftOut++
    else this.#put(this.#writer.item())
    this.#nested++
  }

  endItem(): void {
    this.#signed.pop()
    this.#nested--
    if (this.#leftOut > 0) this.#leftOut--
    else this.#put(this.#writer.endItem())
  }

  endSequence(): void {
    this.#nested--
    if (this.#leftOut > 0) this.#leftOut--
    else this.#put(this.#writer.endSequence())
  }

  beginFragments(tag: number): void {
    this.#fragmentsOf = tag
    if (this.#isRoot && tag === PixelData && this.#options.frames !== undefined) this.#insertUpTo(tag)
    else if (this.#keeps(tag))
      throw new NotTranscodable('There is compressed data besides the pixel data, which cannot be given in another transfer syntax')
  }

  basicOffsetTable(): void {}

  fragment(offset: number, length: number, bytes: Buffer, start: number, available: number): void {
    const { frames } = this.#options
    if (this.#fragmentsOf !== PixelData || !this.#isRoot || frames === undefined) return
    this.#pass()
    if (this.#frameNumber >= frames.count) return
    this.#frameFragments++
    this.#fill(bytes.subarray(start, start + available))
    if (length > available) this.#pushPassing('frame', offset + 8 + available, length - available, 1)
    else this.#closeFrame()
  }

  endFragments(): void {
    this.#pass()
    if (this.#isRoot && this.#fragmentsOf === PixelData && this.#options.frames !== undefined) this.#done.push('end of pixels')
  }

  /** Bytes of frames, which are cut where one ends. */
  #fill(bytes: Buffer): void {
    const { bytes: native, fragmented, count } = this.#options.frames!
    for (let at = 0; at < bytes.length && this.#frameNumber < count; ) {
      const size = native ?? fragmented?.[this.#frameNumber]?.length ?? 0
      this.#frame ??= Buffer.allocUnsafeSlow(size)
      // a fragment may have a pad byte more than its frame
      const taken = Math.min(size - this.#frameFilled, bytes.length - at)
      bytes.copy(this.#frame, this.#frameFilled, at, at + taken)
      this.#frameFilled += taken
      at = native === undefined ? bytes.length : at + taken
      if (native !== undefined && this.#frameFilled === size) this.#nextFrame(size)
    }
    if (native === undefined && this.#passing?.length === 0) this.#closeFrame()
  }

  /** A frame of fragments ends with the last of them. */
  #closeFrame(): void {
    if (this.#frameFragments === this.#options.frames!.fragmented?.[this.#frameNumber]?.fragments) this.#nextFrame(this.#frameFilled)
  }

  #nextFrame(filled: number): void {
    this.#done.push({ frame: (this.#frame ?? Buffer.alloc(0)).subarray(0, filled) })
    this.#frame = undefined
    this.#frameFilled = 0
    this.#frameFragments = 0
    this.#frameNumber++
    if (this.#frameNumber === this.#options.frames!.count && this.#options.frames!.bytes !== undefined) this.#done.push('end of pixels')
  }
}

/** The element of encapsulated Pixel Data, without its items. */
export const encapsulatedPixels = (writer: ElementWriter): Buffer => writer.header(PixelData, OB, undefinedLength)
