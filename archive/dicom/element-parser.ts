/**
 * Data elements out of a stream. PS3.5 §7: element headers, sequences and items (§7.5), encapsulated Pixel Data (§A.4), UN of undefined length (§6.2.2, CP-246).
 *
 * Bytes are pushed in chunks cut anywhere; what the sink does not want passes by unseen. Held are at most one wanted value or one header, and a
 * record for each open sequence. Every step moves forward, so the time is bounded by the bytes.
 */
import { Buffer } from 'node:buffer'
import { LimitExceeded, NotUnderstood } from '../errors.ts'
import { nameOf } from './dictionary.ts'
import { SQ, UN, type VR, vrOfBytes } from './value-representations.ts'

/** What is told of a data set, in the order of its bytes. Offsets count from the first byte of the data set's stream. */
export interface ElementSink {
  /** The VR of an element that comes without one (implicit VR, or UN). */
  implied(tag: number): VR
  /** Whether the value is to be given whole; else it passes by. */
  wants(tag: number, vr: VR, length: number): boolean
  /** What `bytes` has behind `end` are the following bytes of the stream. */
  value(tag: number, vr: VR, bytes: Buffer, start: number, end: number, offset: number, bigEndian: boolean): void
  /** Told before the bytes come. */
  passes(tag: number, vr: VR, offset: number, length: number): void
  beginSequence(tag: number): void
  beginItem(): void
  endItem(): void
  endSequence(): void
  /** `offset` is that of the Basic Offset Table's item header. */
  beginFragments(tag: number, vr: VR, offset: number): void
  /** The value of the first item; null when it is longer than any table can be. */
  basicOffsetTable(bytes: Buffer | null, start: number, end: number): void
  /** `offset` is that of the item header; the first `available` bytes (four, if the fragment is so long) stand at `start`. */
  fragment(offset: number, length: number, bytes: Buffer, start: number, available: number): void
  /** `offset` is that of the sequence delimiter. */
  endFragments(offset: number): void
}

export interface ParserLimits {
  /** Items within items. */
  readonly depth: number
  /** Data elements, items and fragments together. */
  readonly elements: number
  /** Bytes of a Basic Offset Table that is still looked at. */
  readonly offsetTable: number
}

export const parserLimits: ParserLimits = { depth: 64, elements: 5_000_000, offsetTable: 4 << 20 }

export interface Encoding {
  readonly implicit: boolean
  readonly bigEndian: boolean
}

const Item = 0xfffee000
const ItemDelimitation = 0xfffee00d
const SequenceDelimitation = 0xfffee0dd
const PixelData = 0x7fe00010
const undefinedLength = 0xffffffff

const nothing = Buffer.alloc(0)

const littleImplicit: Encoding = { implicit: true, bigEndian: false }

interface Container {
  readonly kind: 'dataset' | 'sequence' | 'item' | 'fragments'
  readonly tag: number
  /** Where it ends, or Infinity when a delimiter says so. */
  readonly end: number
  readonly encoding: Encoding
}

type Step = 'header' | 'value' | 'fragment' | 'offset table'

export class ElementParser {
  readonly #sink: ElementSink
  readonly #limits: ParserLimits
  readonly #containers: Container[]
  #top: Container
  /** Of the next byte that is looked at. */
  #offset = 0
  #elements = 0
  #fragments = 0

  #step: Step = 'header'
  /** Bytes that the step must have together. */
  #need = 8
  /** Bytes that pass by unseen. */
  #skip = 0
  /** The beginning of what a chunk's end has cut. */
  #carry = Buffer.alloc(0)
  #carried = 0

  #tag = 0
  #vr: VR = UN
  #bigEndian = false
  #fragmentLength = 0

  constructor(sink: ElementSink, encoding: Encoding, limits: ParserLimits = parserLimits) {
    this.#sink = sink
    this.#limits = limits
    this.#top = { kind: 'dataset', tag: 0, end: Number.POSITIVE_INFINITY, encoding }
    this.#containers = [this.#top]
  }

  /** Bytes taken so far. */
  get offset(): number {
    return this.#offset + this.#carried
  }

  /** @throws NotUnderstood, LimitExceeded as soon as the bytes show it. */
  write(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const passing = Math.min(this.#skip, chunk.length - at)
        this.#skip -= passing
        this.#offset += passing
        at += passing
        if (this.#skip === 0) this.#settle()
      } else if (this.#carried > 0 || chunk.length - at < this.#need) {
        at += this.#complete(chunk, at)
      } else {
        const used = this.#take(chunk, at)
        this.#offset += used
        at += used
        if (used > 0 && this.#skip === 0) this.#settle()
      }
    }
  }

  /** Says that no more bytes come. @throws NotUnderstood when something is still open. */
  end(): void {
    if (this.#skip > 0) throw this.#brokenOff(`${this.#skip} more bytes were announced`)
    if (this.#step !== 'header') throw this.#brokenOff(`${this.#need - this.#carried} more bytes were announced`)
    if (this.#top.kind !== 'dataset')
      throw this.#brokenOff(this.#top.kind === 'fragments' ? 'the sequence delimiter is missing' : 'it is not closed')
    // A few zero bytes behind the last element are the padding of a careless writer; anything else was to become an element.
    for (let i = 0; i < this.#carried; i++) {
      if (this.#carry[i] !== 0) throw new NotUnderstood(`The data set breaks off at byte ${this.#offset}, inside the header of an element`)
    }
  }

  #brokenOff(what: string): NotUnderstood {
    const tag = this.#step === 'value' || this.#skip > 0 ? this.#tag : this.#top.tag
    const attribute = nameOf(tag)
    return new NotUnderstood(`The data set breaks off at byte ${this.offset}, inside ${attribute}: ${what}`, { attribute })
  }

  #wrong(tag: number, what: string): NotUnderstood {
    const attribute = nameOf(tag)
    return new NotUnderstood(`${attribute} at byte ${this.#offset} ${what}`, { attribute })
  }

  /** Adds to what an earlier chunk left over, and takes the step when it is complete. Returns how many bytes of the chunk that took. */
  #complete(chunk: Buffer, at: number): number {
    if (this.#carry.length < this.#need) {
      const larger = Buffer.allocUnsafe(this.#need)
      this.#carry.copy(larger, 0, 0, this.#carried)
      this.#carry = larger
    }
    const added = Math.min(this.#need - this.#carried, chunk.length - at)
    chunk.copy(this.#carry, this.#carried, at, at + added)
    this.#carried += added
    if (this.#carried < this.#need) return added
    // No further than it is filled: the sink may look at what follows a value.
    const used = this.#take(this.#carry.subarray(0, this.#need), 0)
    if (used > 0) {
      this.#carried = 0
      this.#offset += used
      if (this.#skip === 0) this.#settle()
    }
    return added
  }

  /** One step on `#need` bytes at `at`. Returns the bytes used, or 0 after raising `#need`. */
  #take(bytes: Buffer, at: number): number {
    switch (this.#step) {
      case 'header':
        return this.#header(bytes, at)
      case 'value': {
        const length = this.#need
        this.#next()
        this.#sink.value(this.#tag, this.#vr, bytes, at, at + length, this.#offset, this.#bigEndian)
        return length
      }
      case 'offset table': {
        const length = this.#need
        this.#next()
        this.#sink.basicOffsetTable(bytes, at, at + length)
        return length
      }
      case 'fragment': {
        const available = this.#need
        this.#next()
        this.#sink.fragment(this.#offset - 8, this.#fragmentLength, bytes, at, available)
        this.#skip = this.#fragmentLength - available
        return available
      }
    }
  }

  #next(): void {
    this.#step = 'header'
    this.#need = 8
  }

  #await(step: Step, length: number): void {
    this.#step = step
    this.#need = length
  }

  #header(bytes: Buffer, at: number): number {
    const { kind, end, encoding } = this.#top
    const big = encoding.bigEndian
    const tag = big ? bytes.readUInt32BE(at) : ((bytes.readUInt16LE(at) << 16) | bytes.readUInt16LE(at + 2)) >>> 0
    if (this.#offset + 8 > end)
      throw this.#wrong(tag, `begins ${end - this.#offset} bytes before the end of ${nameOf(this.#top.tag)} that holds it`)
    if (tag >>> 16 === 0xfffe || kind === 'sequence' || kind === 'fragments') {
      this.#count()
      this.#delimiter(tag, big ? bytes.readUInt32BE(at + 4) : bytes.readUInt32LE(at + 4))
      return 8
    }
    if (encoding.implicit) {
      this.#count()
      this.#element(tag, this.#sink.implied(tag), bytes.readUInt32LE(at + 4), 8, encoding, true)
      return 8
    }
    const vr = vrOfBytes(bytes[at + 4]!, bytes[at + 5]!)
    if (vr === undefined) throw this.#wrong(tag, 'has no value representation')
    if (vr.long && this.#need < 12) {
      this.#need = 12
      return 0
    }
    this.#next()
    this.#count()
    const length = vr.long
      ? big
        ? bytes.readUInt32BE(at + 8)
        : bytes.readUInt32LE(at + 8)
      : big
        ? bytes.readUInt16BE(at + 6)
        : bytes.readUInt16LE(at + 6)
    this.#element(tag, vr, length, vr.long ? 12 : 8, encoding, false)
    return vr.long ? 12 : 8
  }

  #count(): void {
    if (++this.#elements > this.#limits.elements) throw new LimitExceeded(`The data set has more than ${this.#limits.elements} elements`)
  }

  /** An element of a data set or item; its value begins `header` bytes on. */
  #element(tag: number, written: VR, length: number, header: number, encoding: Encoding, implicit: boolean): void {
    const offset = this.#offset + header
    this.#tag = tag
    if (length === undefinedLength) {
      this.#undefinedLength(tag, written, offset, encoding, implicit)
      return
    }
    if (offset + length > this.#top.end) {
      throw this.#wrong(tag, `announces ${length} bytes, but ${nameOf(this.#top.tag)} that holds it ends after ${this.#top.end - offset}`)
    }
    // A public attribute that travelled as UN is what the dictionary says (§6.2.2); its bytes are then little endian. Sequences stay opaque.
    const known = written === UN && !implicit ? this.#sink.implied(tag) : written
    const vr = known.kind === 'sequence' && written === UN ? UN : known
    this.#bigEndian = encoding.bigEndian && written !== UN
    if (vr.kind === 'sequence') {
      this.#sink.beginSequence(tag)
      this.#open({ kind: 'sequence', tag, end: offset + length, encoding })
      return
    }
    if (length === 0 || this.#sink.wants(tag, vr, length)) {
      this.#vr = vr
      if (length > 0) this.#await('value', length)
      else this.#sink.value(tag, vr, nothing, 0, 0, offset, this.#bigEndian)
      return
    }
    this.#sink.passes(tag, vr, offset, length)
    this.#skip = length
  }

  #undefinedLength(tag: number, vr: VR, offset: number, encoding: Encoding, implicit: boolean): void {
    const isPixels = tag === PixelData || (!implicit && (vr.name === 'OB' || vr.name === 'OW'))
    if (isPixels) {
      this.#fragments = 0
      this.#sink.beginFragments(tag, vr, offset)
      this.#open({ kind: 'fragments', tag, end: Number.POSITIVE_INFINITY, encoding })
      return
    }
    if (vr !== SQ && vr !== UN && !implicit) throw this.#wrong(tag, `has an undefined length, which ${vr.name} cannot have`)
    this.#sink.beginSequence(tag)
    this.#open({ kind: 'sequence', tag, end: Number.POSITIVE_INFINITY, encoding: vr === UN ? littleImplicit : encoding })
  }

  /** An item or a delimiter, which have neither VR nor, all but items, a value. */
  #delimiter(tag: number, length: number): void {
    const top = this.#top
    const offset = this.#offset + 8
    if (tag === Item && (top.kind === 'sequence' || top.kind === 'fragments')) {
      if (length !== undefinedLength && offset + length > top.end) {
        throw this.#wrong(top.tag, `holds an item of ${length} bytes, but ends after ${top.end - offset}`)
      }
      if (top.kind === 'fragments') {
        this.#fragment(length)
        return
      }
      this.#sink.beginItem()
      this.#open({
        kind: 'item',
        tag: top.tag,
        end: length === undefinedLength ? Number.POSITIVE_INFINITY : offset + length,
        encoding: top.encoding,
      })
      return
    }
    if (tag === ItemDelimitation && top.kind === 'item' && top.end === Number.POSITIVE_INFINITY) {
      this.#close()
      this.#sink.endItem()
      return
    }
    if (tag === SequenceDelimitation && (top.kind === 'sequence' || top.kind === 'fragments')) {
      this.#close()
      if (top.kind === 'sequence') this.#sink.endSequence()
      else this.#sink.endFragments(this.#offset)
      return
    }
    throw this.#wrong(tag, top.kind === 'dataset' ? 'stands outside any sequence' : `stands inside ${nameOf(top.tag)} where it cannot`)
  }

  #fragment(length: number): void {
    if (length === undefinedLength) throw this.#wrong(this.#top.tag, 'holds a fragment of undefined length')
    this.#tag = this.#top.tag
    if (this.#fragments++ === 0) {
      if (length === 0) this.#sink.basicOffsetTable(nothing, 0, 0)
      else if (length <= this.#limits.offsetTable) this.#await('offset table', length)
      else {
        this.#sink.basicOffsetTable(null, 0, 0)
        this.#skip = length
      }
      return
    }
    this.#fragmentLength = length
    if (length === 0) this.#sink.fragment(this.#offset, 0, nothing, 0, 0)
    else this.#await('fragment', Math.min(4, length))
  }

  #open(container: Container): void {
    // Items count, sequences do not: a sequence is always within an item or the data set.
    if (this.#containers.length > 2 * this.#limits.depth) {
      throw new LimitExceeded(`${nameOf(container.tag)} at byte ${this.#offset} lies deeper than ${this.#limits.depth} sequences`, {
        attribute: nameOf(container.tag),
      })
    }
    this.#containers.push(container)
    this.#top = container
  }

  #close(): void {
    this.#containers.pop()
    this.#top = this.#containers.at(-1)!
  }

  /** Closes what ends here by its length. */
  #settle(): void {
    while (this.#step === 'header' && this.#top.end === this.#offset) {
      const { kind } = this.#top
      this.#close()
      if (kind === 'sequence') this.#sink.endSequence()
      else this.#sink.endItem()
    }
  }
}
