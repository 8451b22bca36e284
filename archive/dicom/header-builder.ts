/**
 * What the archive keeps of a data set while it streams by: the DICOM JSON (PS3.18 Annex F), the values that the index and the frames need, and where the
 * values stand that are left out of the JSON.
 *
 * Binary values over 256 bytes and Pixel Data become a BulkDataURI; texts and numbers up to 64 KiB stay in the JSON, since viewers do not fetch a report's
 * text or a contour's points one by one. The Study, Series and SOP Instance UIDs in a BulkDataURI are known only at the end: until then a NUL, which JSON
 * never contains, stands in their place.
 */
import { Buffer } from 'node:buffer'
import { indexedAttributes } from '../../storage/index/attributes.ts'
import type { BulkValue } from '../../storage/index/records.ts'
import { LimitExceeded } from '../errors.ts'
import { type CharacterSetDecoder, decoderFor } from './character-sets.ts'
import { hexOf, tagOf } from './dictionary.ts'
import type { ElementSink } from './element-parser.ts'
import { Fragments } from './frame-table.ts'
import { impliedVR } from './implied-vr.ts'
import { jsonOfBytes, jsonOfNumbers, jsonOfTags, jsonOfText, littleEndian, numbersOf, textOf } from './value-json.ts'
import { SQ, UN, type VR, vrOf } from './value-representations.ts'

export interface BuilderLimits {
  /** A binary value up to so many bytes stands in the JSON. */
  readonly inlineBytes: number
  /** A text or number value up to so many bytes stands in the JSON. */
  readonly inlineText: number
  /** Characters of JSON, with 32 for each member; beyond, none is made. */
  readonly json: number
  readonly bulkValues: number
}

export const builderLimits: BuilderLimits = { inlineBytes: 256, inlineText: 64 << 10, json: 32 << 20, bulkValues: 250_000 }

/** Characters converted at once. */
const runLength = 4 << 10

const SpecificCharacterSet = 0x00080005
const PixelRepresentation = 0x00280103
const ExtendedOffsetTable = 0x7fe00001
const ExtendedOffsetTableLengths = 0x7fe00002
const maximumExtendedTable = 8 << 20

const pixelTags = new Set(['PixelData', 'FloatPixelData', 'DoubleFloatPixelData'].map((keyword) => tagOf(keyword)!))
const indexedTags = new Set(indexedAttributes.map(({ tag }) => Number.parseInt(tag, 16)))
const keptTags = new Set([...indexedTags, ...['SamplesPerPixel', 'PhotometricInterpretation'].map((keyword) => tagOf(keyword)!)])

/** DICOM JSON is UTF-8 whatever the data set was in (PS3.18 F.2, RFC 8259); what it was in is kept beside. */
const utf8 = '"00080005":{"vr":"CS","Value":["ISO_IR 192"]}'

/** What a member takes in memory beside its characters; many tiny members must not slip through the limit. */
const memberOverhead = 32

/** Where the BulkDataURI's beginning is put in at the end. */
export const bulkPrefixMark = '\0'

/** The data set itself, or an item: the attributes so far. */
interface Level {
  /** Of the BulkDataURIs inside: empty, or `54000100/0/`. */
  readonly path: string
  decoder: CharacterSetDecoder
  signed: boolean
  tags: number[]
  texts: string[]
  /** The greatest tag. */
  last: number
  /** All tags, once one has come out of order. */
  seen: Set<number> | undefined
}

interface OpenSequence {
  readonly tag: number
  readonly items: string[]
  count: number
}

/** The one Pixel Data of the data set itself. */
export interface Pixels {
  readonly tag: number
  readonly vr: string
  readonly offset: number
  length: number
  /** Undefined for native pixels. */
  readonly fragments: Fragments | undefined
  basicOffsets: Uint32Array
}

export class HeaderBuilder implements ElementSink {
  readonly #limits: BuilderLimits
  readonly #fallback: string | undefined
  readonly #levels: Level[]
  readonly #sequences: OpenSequence[] = []
  readonly #decoders: CharacterSetDecoder[] = []
  #level: Level
  #jsonLength = 0
  #hasJSON = true
  /** Bytes of the data set as characters, and where they stand. */
  #run = ''
  #runOffset = 0
  #openFragments: { readonly tag: number; readonly vr: VR; readonly offset: number } | undefined

  /** Texts of the attributes that are indexed or describe pixels, by tag; of the data set itself. */
  readonly texts = new Map<number, string>()
  /** The indexed attributes as JSON members, `"00100020":{…}`. */
  readonly members = new Map<number, string>()
  readonly bulk: BulkValue[] = []
  pixels: Pixels | undefined
  extendedOffsets: BigUint64Array | undefined
  extendedLengths: BigUint64Array | undefined

  constructor(fallbackCharacterSet: string | undefined, limits: BuilderLimits = builderLimits) {
    this.#limits = limits
    this.#fallback = fallbackCharacterSet
    this.#level = this.#newLevel('', this.#newDecoder([]), false)
    this.#levels = [this.#level]
  }

  #newDecoder(characterSets: readonly string[]): CharacterSetDecoder {
    const decoder = decoderFor(characterSets, this.#fallback)
    this.#decoders.push(decoder)
    return decoder
  }

  #newLevel(path: string, decoder: CharacterSetDecoder, signed: boolean): Level {
    return { path, decoder, signed, tags: [], texts: [], last: -1, seen: undefined }
  }

  get #isRoot(): boolean {
    return this.#levels.length === 1
  }

  /** The whole DICOM JSON object, or undefined when it is too long to be kept. To be asked for at the end. */
  json(): string | undefined {
    // Text that declared nothing and turned out to need more than ASCII is UTF-8 now, and must say so.
    if (this.#levels[0]!.decoder.repaired) this.#add(SpecificCharacterSet, utf8)
    return this.#hasJSON ? jsonObject(this.#levels[0]!) : undefined
  }

  /** As declared for the data set itself, as used, and whether any value had to be read as something else. */
  characterSet(): { declared: string | null; used: string; repaired: boolean } {
    const root = this.#levels[0]!.decoder
    const repaired = this.#decoders.find((decoder) => decoder.repaired)
    return { declared: root.declared, used: (repaired ?? root).used, repaired: repaired !== undefined }
  }

  implied(tag: number): VR {
    return impliedVR(tag, this.#level.signed)
  }

  wants(tag: number, vr: VR, length: number): boolean {
    if (this.#isRoot) {
      if (pixelTags.has(tag)) return false
      if ((tag === ExtendedOffsetTable || tag === ExtendedOffsetTableLengths) && length <= maximumExtendedTable) return true
    }
    return length <= (vr.kind === 'binary' ? this.#limits.inlineBytes : this.#limits.inlineText)
  }

  value(tag: number, vr: VR, bytes: Buffer, start: number, end: number, offset: number, bigEndian: boolean): void {
    if (vr.kind === 'binary') {
      if (this.#isRoot) this.#offsetTable(tag, vr, bytes, start, end, bigEndian)
      if (end - start > this.#limits.inlineBytes) this.passes(tag, vr, offset, end - start)
      else this.#add(tag, `"${hexOf(tag)}":{"vr":"${vr.name}"${jsonOfBytes(vr, bytes, start, end, bigEndian)}}`)
      return
    }
    let content: string
    let text: string | undefined
    if (vr.kind === 'number') {
      const numbers = numbersOf(vr, bytes, start, end, bigEndian)
      content = jsonOfNumbers(numbers)
      if (tag === PixelRepresentation) this.#level.signed = numbers[0] === 1
      if (this.#isRoot && keptTags.has(tag)) text = numbers.join('\\')
    } else if (vr.kind === 'tag') {
      content = jsonOfTags(bytes, start, end, bigEndian)
    } else {
      text = textOf(vr, this.#latin1(bytes, start, end, offset), () => bytes.subarray(start, end), this.#level.decoder)
      content = jsonOfText(vr, text)
    }
    if (tag === SpecificCharacterSet && text !== undefined) {
      this.#level.decoder = this.#newDecoder(text === '' ? [] : text.split('\\'))
      this.#add(tag, utf8)
      return
    }
    this.#add(tag, `"${hexOf(tag)}":{"vr":"${vr.name}"${content}}`, text)
  }

  /** The bytes as characters, cut out of a longer run: a header has hundreds of short values, and each run is a call out of JavaScript. */
  #latin1(bytes: Buffer, start: number, end: number, offset: number): string {
    if (start === end) return ''
    if (offset < this.#runOffset || offset + end - start > this.#runOffset + this.#run.length) {
      this.#run = bytes.toString('latin1', start, Math.max(end, Math.min(start + runLength, bytes.length)))
      this.#runOffset = offset
    }
    return this.#run.slice(offset - this.#runOffset, offset - this.#runOffset + end - start)
  }

  #offsetTable(tag: number, vr: VR, bytes: Buffer, start: number, end: number, bigEndian: boolean): void {
    if (tag !== ExtendedOffsetTable && tag !== ExtendedOffsetTableLengths) return
    const whole = (end - start) & ~7
    // In a buffer of its own: it must outlive the chunk, and 64-bit arrays want alignment.
    const copy = Buffer.alloc(whole)
    littleEndian(vr.unit, bytes.subarray(start, start + whole), bigEndian).copy(copy)
    const table = new BigUint64Array(copy.buffer, copy.byteOffset, whole / 8)
    if (tag === ExtendedOffsetTable) this.extendedOffsets ??= table
    else this.extendedLengths ??= table
  }

  passes(tag: number, vr: VR, offset: number, length: number): void {
    if (this.#isRoot && pixelTags.has(tag)) {
      this.pixels ??= { tag, vr: vr.name, offset, length, fragments: undefined, basicOffsets: new Uint32Array() }
    }
    this.#addBulk(tag, vr, offset, length)
  }

  #addBulk(tag: number, vr: VR, offset: number, length: number): void {
    if (isLeftOut(tag)) return
    const path = this.#level.path + hexOf(tag)
    if (!this.#add(tag, `"${hexOf(tag)}":{"vr":"${vr.name}","BulkDataURI":"${bulkPrefixMark}${path}"}`)) return
    if (this.bulk.length >= this.#limits.bulkValues) throw new LimitExceeded(`More than ${this.#limits.bulkValues} long values`)
    this.bulk.push({ path, vr: vr.name, offset, length })
  }

  beginSequence(tag: number): void {
    this.#sequences.push({ tag, items: [], count: 0 })
  }

  beginItem(): void {
    const sequence = this.#sequences.at(-1)!
    const { path, decoder, signed } = this.#level
    this.#level = this.#newLevel(`${path}${hexOf(sequence.tag)}/${sequence.count++}/`, decoder, signed)
    this.#levels.push(this.#level)
  }

  endItem(): void {
    const item = this.#levels.pop()!
    this.#level = this.#levels.at(-1)!
    if (this.#hasJSON) this.#sequences.at(-1)!.items.push(jsonObject(item))
  }

  endSequence(): void {
    const { tag, items } = this.#sequences.pop()!
    const content = items.length === 0 ? '' : `,"Value":[${items.join(',')}]`
    this.#add(tag, `"${hexOf(tag)}":{"vr":"${SQ.name}"${content}}`, undefined, 32 + items.length)
  }

  beginFragments(tag: number, vr: VR, offset: number): void {
    this.#openFragments = { tag, vr: vr.kind === 'binary' && vr !== UN ? vr : vrOf('OB'), offset }
    if (this.#isRoot && pixelTags.has(tag)) {
      this.pixels ??= {
        tag,
        vr: this.#openFragments.vr.name,
        offset,
        length: 0,
        fragments: new Fragments(),
        basicOffsets: new Uint32Array(),
      }
    }
  }

  /** The pixels whose fragments are coming, unless they are an icon's. */
  get #streaming(): Pixels | undefined {
    return this.pixels !== undefined && this.pixels.offset === this.#openFragments?.offset ? this.pixels : undefined
  }

  basicOffsetTable(bytes: Buffer | null, start: number, end: number): void {
    const pixels = this.#streaming
    if (bytes === null || pixels === undefined) return
    pixels.basicOffsets = Uint32Array.from({ length: (end - start) >>> 2 }, (_, i) => bytes.readUInt32LE(start + 4 * i))
  }

  fragment(offset: number, length: number, bytes: Buffer, start: number, available: number): void {
    this.#streaming?.fragments?.add(offset, length, bytes, start, available)
  }

  endFragments(offset: number): void {
    const { tag, vr, offset: start } = this.#openFragments!
    const pixels = this.#streaming
    if (pixels !== undefined) pixels.length = offset - start
    this.#openFragments = undefined
    this.#addBulk(tag, vr, start, offset - start)
  }

  /** Adds a member to the level; the first of several with one tag stands. Returns whether it was added. */
  #add(tag: number, member: string, text?: string, cost = member.length): boolean {
    if (isLeftOut(tag)) return false
    const level = this.#level
    if (tag > level.last) level.last = tag
    else {
      level.seen ??= new Set(level.tags)
      if (level.seen.has(tag)) return false
    }
    level.seen?.add(tag)
    if (this.#isRoot) {
      if (indexedTags.has(tag) && !this.members.has(tag)) this.members.set(tag, member)
      if (text !== undefined && keptTags.has(tag) && !this.texts.has(tag)) this.texts.set(tag, text)
    }
    if (!this.#hasJSON) return true
    level.tags.push(tag)
    level.texts.push(member)
    this.#jsonLength += cost + memberOverhead
    if (this.#jsonLength > this.#limits.json) this.#giveUpJSON()
    return true
  }

  #giveUpJSON(): void {
    this.#hasJSON = false
    for (const level of this.#levels) {
      level.tags = []
      level.texts = []
    }
    for (const sequence of this.#sequences) sequence.items.length = 0
  }
}

/** Not part of DICOM JSON: group lengths, groups 0000 and 0002 (PS3.18 F.2.2). */
function isLeftOut(tag: number): boolean {
  return (tag & 0xffff) === 0 || tag >>> 16 === 0 || tag >>> 16 === 2
}

/** `{…}` with its members in ascending order of their tags, as F.2.2 wants it, also when they came in another. */
function jsonObject(level: Level): string {
  if (level.seen === undefined) return `{${level.texts.join(',')}}`
  const members = level.tags.map((tag, i) => ({ tag, text: level.texts[i]! })).sort((a, b) => a.tag - b.tag)
  return `{${members.map(({ text }) => text).join(',')}}`
}
