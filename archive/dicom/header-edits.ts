/**
 * The bytes of an instance under an overlay: not written anew, but as edits of what was received. PS3.5 §7 (elements), §6.1 (character sets), PS3.3
 * C.12.1.1.9. Corrected attributes are put in their places, all text is turned into UTF-8, lengths around them follow; everything else, private
 * attributes, sequences of undefined length, order and padding among it, stays byte for byte, and a pixel is never looked at.
 */
import { Buffer } from 'node:buffer'
import { LimitExceeded, NotUnderstood } from '../errors.ts'
import { type CharacterSetDecoder, decoderFor } from './character-sets.ts'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from './dicom-json.ts'
import { nameOf } from './dictionary.ts'
import { applied, type Edit, grown } from './edits.ts'
import type { Encoding } from './element-parser.ts'
import { ElementWriter, padOf } from './element-writer.ts'
import { impliedVR } from './implied-vr.ts'
import { OriginalAttributesSequence, type OverlayPlan, originalItem } from './overlay.ts'
import { trimPadding } from './padding.ts'
import { SQ, UN, type VR, vrOf, vrOfBytes } from './value-representations.ts'

/** The data set as far as it is known here: stretches of it, and the long values between them that are not looked into. */
export interface HeaderBytes {
  /** First byte of the data set, and the one behind its last. */
  readonly start: number
  readonly end: number
  /** Some bytes, none of which stands in a value that was left out. */
  slice(start: number, end: number): Buffer
  /** Bytes of a value that begins here and is left out or stands in fragments; undefined: no such value. */
  lengthAt(offset: number): number | undefined
}

export interface EditOptions extends Encoding {
  readonly plan: OverlayPlan
  /** (0400,0564): who sent it. */
  readonly source: string | null
  /** Assumed for undeclared text. */
  readonly fallbackCharacterSet?: string | undefined
}

const SpecificCharacterSet = 0x00080005
const PixelData = 0x7fe00010
const Item = 0xfffee000
const ItemDelimitation = 0xfffee00d
const SequenceDelimitation = 0xfffee0dd
const undefinedLength = 0xffffffff
const maximumDepth = 64

export function editsOf(bytes: HeaderBytes, options: EditOptions): Edit[] {
  return new Editor(bytes, options).edits()
}

/** An element as it is met. */
interface Met {
  readonly tag: number
  /** As the dictionary has it, where it travels as UN. */
  readonly vr: VR
  /** As it is written. */
  readonly written: VR
  /** Of its header, its value, and the byte behind it, a delimiter included. */
  readonly start: number
  readonly value: number
  readonly end: number
  readonly isUndefined: boolean
}

/** Where the edits of a level go, and how much longer it becomes. */
interface Level {
  readonly edits: Edit[]
  delta: number
}

class Editor {
  readonly #bytes: HeaderBytes
  readonly #plan: OverlayPlan
  readonly #source: string | null
  readonly #encoding: Encoding
  readonly #writer: ElementWriter
  readonly #fallback: string | undefined

  constructor(bytes: HeaderBytes, { plan, source, fallbackCharacterSet, implicit, bigEndian }: EditOptions) {
    this.#bytes = bytes
    this.#plan = plan
    this.#source = source
    this.#fallback = fallbackCharacterSet
    this.#encoding = { implicit, bigEndian }
    this.#writer = new ElementWriter(this.#encoding)
  }

  edits(): Edit[] {
    const { start, end } = this.#bytes
    const level: Level = { edits: [], delta: 0 }
    const groups = new Groups(this.#encoding.bigEndian)
    const elements = [...this.#elements(start, end, this.#encoding)]
    const originals = new Map<number, Buffer>()
    // Everything that is put in its place, by tag, as it is to be written.
    const pending = new Map<number, (received: Buffer | undefined) => Buffer>([
      [SpecificCharacterSet, () => this.#text(SpecificCharacterSet, 'CS', 'ISO_IR 192')],
      ...[...this.#plan.values].map(
        ([tag, attribute]) => [tag, (received: Buffer | undefined) => this.#now(tag, attribute, received)] as const,
      ),
      [OriginalAttributesSequence, (received) => this.#originals(received, originals)],
    ])
    const there = new Set(elements.map(({ tag }) => tag))
    const missing = [...pending.keys()].filter((tag) => !there.has(tag)).sort((a, b) => a - b)
    const put = (tag: number, from: number, to: number, received: Buffer | undefined) => {
      const element = pending.get(tag)!(received)
      pending.delete(tag)
      level.edits.push({ start: from, end: to, bytes: element })
      groups.grow(tag, element.length - (to - from))
    }

    let decoder = decoderFor([], this.#fallback)
    for (const met of elements) {
      while (missing.length > 0 && missing[0]! < met.tag) put(missing.shift()!, met.start, met.start, undefined)
      groups.meet(met)
      if (met.tag === SpecificCharacterSet) decoder = this.#declared(met, decoder)
      if (pending.has(met.tag)) {
        const received = this.#rewritten(met, decoder)
        originals.set(met.tag, received)
        put(met.tag, met.start, met.end, received)
        continue
      }
      const before = level.delta
      this.#within(met, decoder, level, this.#encoding, 0)
      groups.grow(met.tag, level.delta - before)
    }
    // Behind the last element, before zeros that pad the file.
    const last = elements.at(-1)?.end ?? start
    for (const tag of missing) put(tag, last, last, undefined)
    return [...level.edits, ...groups.edits(this.#bytes)]
      .filter((edit) => edit.end > edit.start || edit.bytes.length > 0)
      .sort((a, b) => a.start - b.start)
  }

  /** What stands now in the place of an attribute. */
  #now(tag: number, attribute: AttributeJSON, received: Buffer | undefined): Buffer {
    const appended = this.#plan.appended.get(tag)
    if (appended === undefined) return this.#element(tag, attribute)
    const items = appended.map((item) => this.#item(this.#dataset(item)))
    return this.#sequence(tag, Buffer.concat([received === undefined ? Buffer.alloc(0) : this.#content(received), ...items]))
  }

  /** The items that were there, and one for each step with what it changed as it stood before. */
  #originals(received: Buffer | undefined, asReceived: ReadonlyMap<number, Buffer>): Buffer {
    const seen = new Set<number>()
    const items = this.#plan.steps.map((step) => {
      const before = [...step.before].map(([tag, attribute]) => {
        const isFirst = !seen.has(tag)
        seen.add(tag)
        const bytes = isFirst ? asReceived.get(tag) : undefined
        return bytes ?? this.#element(tag, attribute ?? { vr: this.#plan.values.get(tag)!.vr })
      })
      return this.#item(
        originalItem(step, this.#source, Buffer.concat(before), {
          text: (tag, vr, value) => this.#text(tag, vr, value),
          sequence: (tag, item) => this.#sequence(tag, this.#item(item)),
          join: (parts) => Buffer.concat(parts),
        }),
      )
    })
    return this.#sequence(
      OriginalAttributesSequence,
      Buffer.concat([received === undefined ? Buffer.alloc(0) : this.#content(received), ...items]),
    )
  }

  /** The items of a sequence that `#rewritten` gave, without its header and delimiter. */
  #content(sequence: Buffer): Buffer {
    const { implicit, bigEndian } = this.#encoding
    if (!implicit && sequence.toString('latin1', 4, 6) !== 'SQ') return Buffer.alloc(0)
    const header = implicit ? 8 : 12
    const length = bigEndian ? sequence.readUInt32BE(header - 4) : sequence.readUInt32LE(header - 4)
    return sequence.subarray(header, length === undefinedLength ? sequence.length - 8 : sequence.length)
  }

  #element(tag: number, { vr, Value = [] }: AttributeJSON): Buffer {
    if (vr === 'SQ') return this.#sequence(tag, Buffer.concat(Value.map((item) => this.#item(this.#dataset((item ?? {}) as DicomJSON)))))
    return this.#text(
      tag,
      vr,
      Value.map((value) => (vr === 'PN' ? nameText(value as PersonNameJSON | null) : String(value ?? ''))).join('\\'),
    )
  }

  #dataset(item: DicomJSON): Buffer {
    return Buffer.concat(
      Object.entries(item)
        .map(([hex, attribute]) => [Number.parseInt(hex, 16), attribute] as const)
        .sort(([a], [b]) => a - b)
        .map(([tag, attribute]) => this.#element(tag, attribute)),
    )
  }

  #text(tag: number, vr: string, value: string): Buffer {
    return this.#writer.element(tag, vrOf(vr), Buffer.from(value, 'utf8'))
  }

  #sequence(tag: number, items: Buffer): Buffer {
    return Buffer.concat([this.#writer.header(tag, SQ, items.length), items])
  }

  #item(content: Buffer): Buffer {
    return Buffer.concat([this.#writer.fragment(content.length), content])
  }

  /** A whole element as it was, its text in UTF-8. */
  #rewritten(met: Met, decoder: CharacterSetDecoder): Buffer {
    const level: Level = { edits: [], delta: 0 }
    this.#within(met, decoder, level, this.#encoding, 0)
    return applied(this.#bytes.slice(met.start, met.end), met.start, level.edits)
  }

  #declared({ value, end }: Met, before: CharacterSetDecoder): CharacterSetDecoder {
    const text = trimPadding(this.#bytes.slice(value, end).toString('latin1'))
    return text === before.declared ? before : decoderFor(text === '' ? [] : text.split('\\'), this.#fallback)
  }

  /** The edits inside an element that stays. */
  #within(met: Met, decoder: CharacterSetDecoder, level: Level, encoding: Encoding, depth: number): void {
    const { tag, vr, written, value, end, isUndefined } = met
    if (vr.kind === 'text' || vr.kind === 'name') this.#reencode(met, decoder, level, encoding)
    else if (written === SQ || (isUndefined && !isFragments(met, encoding))) {
      if (depth > maximumDepth) throw new LimitExceeded(`${nameOf(tag)} lies deeper than ${maximumDepth} sequences`)
      const inside: Level = { edits: [], delta: 0 }
      const items = written === UN && isUndefined && !encoding.implicit ? { implicit: true, bigEndian: false } : encoding
      this.#items(value, isUndefined ? end - 8 : end, decoder, inside, items, depth + 1)
      this.#adopt(inside, level, isUndefined ? undefined : value - 4, end - value, encoding)
    }
  }

  #items(start: number, end: number, decoder: CharacterSetDecoder, level: Level, encoding: Encoding, depth: number): void {
    for (let at = start; at < end; ) {
      const { length } = this.#delimiter(at, encoding)
      const inside: Level = { edits: [], delta: 0 }
      const behind = length === undefinedLength ? this.#endOfItem(at + 8, encoding) : at + 8 + length
      this.#itemContent(at + 8, length === undefinedLength ? behind - 8 : behind, decoder, inside, encoding, depth)
      this.#adopt(inside, level, length === undefinedLength ? undefined : at + 4, length, encoding)
      at = behind
    }
  }

  #itemContent(start: number, end: number, outer: CharacterSetDecoder, level: Level, encoding: Encoding, depth: number): void {
    let decoder = outer
    for (const met of this.#elements(start, end, encoding)) {
      if (met.tag === SpecificCharacterSet) {
        decoder = this.#declared(met, decoder)
        const utf8 = new ElementWriter(encoding).element(met.tag, met.vr, Buffer.from('ISO_IR 192', 'latin1'))
        push(level, { start: met.start, end: met.end, bytes: utf8 })
      } else this.#within(met, decoder, level, encoding, depth)
    }
  }

  /** The edits of what is inside, and the length around them. */
  #adopt(inside: Level, level: Level, lengthAt: number | undefined, length: number, { bigEndian }: Encoding): void {
    if (lengthAt !== undefined && inside.delta !== 0)
      level.edits.push({ start: lengthAt, end: lengthAt + 4, bytes: uint32(length + inside.delta, bigEndian) })
    for (const edit of inside.edits) level.edits.push(edit)
    level.delta += inside.delta
  }

  /** Text in UTF-8, where that is another. */
  #reencode({ tag, vr, written, start, value, end }: Met, decoder: CharacterSetDecoder, level: Level, encoding: Encoding): void {
    const bytes = this.#bytes.slice(value, end)
    if (isPlain(bytes)) return
    const text = decoder.decode(bytes, vr.name)
    const utf8 = Buffer.from(trimPadding(text, true), 'utf8')
    const padded = utf8.length % 2 === 0 ? utf8 : Buffer.concat([utf8, Buffer.of(padOf(vr))])
    if (padded.equals(bytes)) return
    const header = new ElementWriter(encoding).header(tag, written, padded.length)
    push(level, { start, end, bytes: Buffer.concat([header, padded]) })
  }

  #delimiter(at: number, { bigEndian }: Encoding): { tag: number; length: number } {
    const header = this.#bytes.slice(at, at + 8)
    return bigEndian
      ? { tag: header.readUInt32BE(0), length: header.readUInt32BE(4) }
      : { tag: ((header.readUInt16LE(0) << 16) | header.readUInt16LE(2)) >>> 0, length: header.readUInt32LE(4) }
  }

  /** The elements of a data set or item, up to its end or delimiter. */
  *#elements(start: number, end: number, encoding: Encoding): Generator<Met> {
    for (let at = start; at + 8 <= end; ) {
      const met = this.#meet(at, encoding)
      if (met === undefined) return
      if (met.end > end) throw new NotUnderstood(`${nameOf(met.tag)} at byte ${at} is longer than what holds it`)
      yield met
      at = met.end
    }
  }

  /** Undefined at a delimiter. */
  #meet(at: number, encoding: Encoding): Met | undefined {
    const { tag, length: long } = this.#delimiter(at, encoding)
    if (tag === ItemDelimitation || tag === SequenceDelimitation) return undefined
    let written: VR
    let header = 8
    let length = long
    if (encoding.implicit) written = impliedVR(tag, false)
    else {
      const bytes = this.#bytes.slice(at + 4, at + 8)
      const vr = vrOfBytes(bytes[0]!, bytes[1]!)
      if (vr === undefined) throw new NotUnderstood(`${nameOf(tag)} at byte ${at} has no value representation`)
      written = vr
      if (vr.long) {
        header = 12
        const field = this.#bytes.slice(at + 8, at + 12)
        length = encoding.bigEndian ? field.readUInt32BE(0) : field.readUInt32LE(0)
      } else length = encoding.bigEndian ? bytes.readUInt16BE(2) : bytes.readUInt16LE(2)
    }
    const value = at + header
    const known = written === UN && !encoding.implicit && length !== undefinedLength ? impliedVR(tag, false) : written
    const vr = known.kind === 'sequence' && written === UN ? UN : known
    const met = { tag, vr, written, start: at, value, isUndefined: length === undefinedLength }
    if (length !== undefinedLength) return { ...met, end: value + length }
    if (isFragments(met, encoding)) return { ...met, end: this.#endOfFragments(value, encoding) }
    return {
      ...met,
      end: this.#endOfSequence(value, written === UN && !encoding.implicit ? { implicit: true, bigEndian: false } : encoding),
    }
  }

  #endOfFragments(value: number, encoding: Encoding): number {
    const known = this.#bytes.lengthAt(value)
    if (known !== undefined) return value + known + 8
    for (let at = value; ; ) {
      const { tag, length } = this.#delimiter(at, encoding)
      at += 8
      if (tag === SequenceDelimitation) return at
      at += length
    }
  }

  #endOfSequence(start: number, encoding: Encoding): number {
    for (let at = start; ; ) {
      const { tag, length } = this.#delimiter(at, encoding)
      if (tag === SequenceDelimitation) return at + 8
      if (tag !== Item) throw new NotUnderstood(`${nameOf(tag)} at byte ${at} stands where an item is due`)
      at = length === undefinedLength ? this.#endOfItem(at + 8, encoding) : at + 8 + length
    }
  }

  #endOfItem(start: number, encoding: Encoding): number {
    for (let at = start; ; ) {
      const met = this.#meet(at, encoding)
      if (met === undefined) return at + 8
      at = met.end
    }
  }
}

function push(level: Level, edit: Edit): void {
  level.edits.push(edit)
  level.delta += grown([edit])
}

const isFragments = ({ tag, written, isUndefined }: Pick<Met, 'tag' | 'written' | 'isUndefined'>, { implicit }: Encoding) =>
  isUndefined && (tag === PixelData || (!implicit && (written.name === 'OB' || written.name === 'OW')))

/** Group lengths (gggg,0000), retired but still written: those that are there are kept right (PS3.5 §7.2). */
class Groups {
  readonly #lengths = new Map<number, Met>()
  readonly #growth = new Map<number, number>()
  readonly #bigEndian: boolean
  constructor(bigEndian: boolean) {
    this.#bigEndian = bigEndian
  }

  meet(met: Met): void {
    if ((met.tag & 0xffff) === 0 && met.end - met.value === 4) this.#lengths.set(met.tag >>> 16, met)
  }

  grow(tag: number, bytes: number): void {
    this.#growth.set(tag >>> 16, (this.#growth.get(tag >>> 16) ?? 0) + bytes)
  }

  edits(bytes: HeaderBytes): Edit[] {
    return [...this.#lengths].flatMap(([group, { value, end }]) => {
      const growth = this.#growth.get(group) ?? 0
      if (growth === 0) return []
      const field = bytes.slice(value, end)
      const length = this.#bigEndian ? field.readUInt32BE(0) : field.readUInt32LE(0)
      return [{ start: value, end, bytes: uint32(length + growth, this.#bigEndian) }]
    })
  }
}

function uint32(value: number, bigEndian: boolean): Buffer {
  const bytes = Buffer.alloc(4)
  if (bigEndian) bytes.writeUInt32BE(value)
  else bytes.writeUInt32LE(value)
  return bytes
}

/** Whether the bytes mean the same in UTF-8. */
function isPlain(bytes: Buffer): boolean {
  for (const byte of bytes) if (byte > 0x7e || byte === 0x1b) return false
  return true
}

const nameText = (name: PersonNameJSON | null): string =>
  [name?.Alphabetic ?? '', name?.Ideographic ?? '', name?.Phonetic ?? ''].join('=').replace(/=+$/, '')
