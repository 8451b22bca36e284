/** Headers of data elements, sequences, items and fragments. PS3.5 §7.1, §7.5, §A.4. */
import { Buffer } from 'node:buffer'
import type { Encoding } from './element-parser.ts'
import { littleEndian } from './value-json.ts'
import { UN, type VR } from './value-representations.ts'

const Item = 0xfffee000
const ItemDelimitation = 0xfffee00d
const SequenceDelimitation = 0xfffee0dd
export const undefinedLength = 0xffffffff

/** Spaces end texts, zeros everything else (§6.2). */
const spaced = new Set(['ascii', 'decimal', 'text', 'name'])
export const padOf = (vr: VR): number => (spaced.has(vr.kind) && vr.name !== 'UI' ? 0x20 : 0)

export class ElementWriter {
  readonly #encoding: Encoding
  constructor(encoding: Encoding) {
    this.#encoding = encoding
  }

  /** What stands before a value of this length. A VR with a 16-bit length that cannot say it becomes UN (§6.2.2). */
  header(tag: number, vr: VR, length: number): Buffer {
    const { implicit } = this.#encoding
    if (implicit) return this.#tagAndLength(tag, length)
    const written = !vr.long && length > 0xffff ? UN : vr
    const bytes = Buffer.alloc(written.long ? 12 : 8)
    this.#tag(bytes, tag)
    bytes.write(written.name, 4, 'latin1')
    if (written.long) this.#uint32(bytes, length, 8)
    else if (this.#encoding.bigEndian) bytes.writeUInt16BE(length, 6)
    else bytes.writeUInt16LE(length, 6)
    return bytes
  }

  /** @param value little endian; padded to an even length */
  element(tag: number, vr: VR, value: Buffer): Buffer {
    const padded = value.length % 2 === 0 ? value : Buffer.concat([value, Buffer.of(padOf(vr))])
    return Buffer.concat([this.header(tag, vr, padded.length), littleEndian(vr.unit, padded, this.#encoding.bigEndian)])
  }

  /** Of undefined length, as sequences. */
  item(): Buffer {
    return this.#tagAndLength(Item, undefinedLength)
  }

  endItem(): Buffer {
    return this.#tagAndLength(ItemDelimitation, 0)
  }

  endSequence(): Buffer {
    return this.#tagAndLength(SequenceDelimitation, 0)
  }

  fragment(length: number): Buffer {
    return this.#tagAndLength(Item, length)
  }

  #tagAndLength(tag: number, length: number): Buffer {
    const bytes = Buffer.alloc(8)
    this.#tag(bytes, tag)
    this.#uint32(bytes, length, 4)
    return bytes
  }

  #tag(bytes: Buffer, tag: number): void {
    if (this.#encoding.bigEndian) bytes.writeUInt32BE(tag, 0)
    else {
      bytes.writeUInt16LE(tag >>> 16, 0)
      bytes.writeUInt16LE(tag & 0xffff, 2)
    }
  }

  #uint32(bytes: Buffer, value: number, at: number): void {
    if (this.#encoding.bigEndian) bytes.writeUInt32BE(value, at)
    else bytes.writeUInt32LE(value, at)
  }
}
