/** Data set encoding. PS3.5 §7: implicit and explicit VR, both byte orders, sequences of either length. */
import { type Attributes, attributes, type Keyword, type Value } from './attributes.ts'
import { type CharacterSet, encodeText } from './character-sets.ts'

export interface Encoding {
  readonly implicit: boolean
  readonly bigEndian: boolean
  readonly characterSet: CharacterSet
  /** Sequences and items with undefined length and delimiters, as many machines write them. */
  readonly undefinedLengths: boolean
}

const longVRs = new Set(['OB', 'OW', 'SQ', 'UN', 'UT', 'UC'])
const textVRs = new Set(['PN', 'LO', 'SH', 'LT', 'ST', 'UT', 'UC'])
const undefinedLength = 0xffffffff

function header(tag: number, vr: string, length: number, { implicit, bigEndian }: Encoding): Buffer {
  const long = !implicit && longVRs.has(vr)
  const bytes = Buffer.alloc(long ? 12 : 8)
  const write16 = (value: number, offset: number) => (bigEndian ? bytes.writeUInt16BE(value, offset) : bytes.writeUInt16LE(value, offset))
  const write32 = (value: number, offset: number) => (bigEndian ? bytes.writeUInt32BE(value, offset) : bytes.writeUInt32LE(value, offset))
  write16(tag >>> 16, 0)
  write16(tag & 0xffff, 2)
  if (implicit || vr === '') write32(length, 4)
  else {
    bytes.write(vr, 4, 'latin1')
    if (long) write32(length, 8)
    else write16(length, 6)
  }
  return bytes
}

const padded = (bytes: Buffer, pad: number): Buffer => (bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.of(pad)]))

function numbers(vr: string, values: readonly number[], bigEndian: boolean): Buffer {
  const size = vr === 'FD' ? 8 : vr === 'US' || vr === 'SS' ? 2 : 4
  const bytes = Buffer.alloc(values.length * size)
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  values.forEach((value, index) => {
    const offset = index * size
    if (vr === 'FD') view.setFloat64(offset, value, !bigEndian)
    else if (vr === 'US') view.setUint16(offset, value, !bigEndian)
    else if (vr === 'SS') view.setInt16(offset, value, !bigEndian)
    else if (vr === 'UL') view.setUint32(offset, value, !bigEndian)
    else {
      view.setUint16(offset, value >>> 16, !bigEndian)
      view.setUint16(offset + 2, value & 0xffff, !bigEndian)
    }
  })
  return bytes
}

/** A decimal string of at most 16 characters (PS3.5 §6.2). */
const decimal = (value: number): string => String(Number(value.toFixed(6))).slice(0, 16)

function valueBytes(vr: string, value: Value, encoding: Encoding): Buffer {
  const list = (Array.isArray(value) ? value : value === '' ? [] : [value]) as readonly (string | number)[]
  if (vr === 'US' || vr === 'SS' || vr === 'UL' || vr === 'FD' || vr === 'AT')
    return numbers(vr, list as readonly number[], encoding.bigEndian)
  const text = list.map((item) => (typeof item === 'number' ? decimal(item) : item)).join('\\')
  const bytes = textVRs.has(vr) ? encodeText(text, vr, encoding.characterSet) : Buffer.from(text, 'latin1')
  return padded(bytes, vr === 'UI' ? 0 : 0x20)
}

function sequence(tag: number, items: readonly Attributes[], encoding: Encoding): Buffer {
  const parts: Buffer[] = []
  for (const item of items) {
    const content = encodeDataset(item, encoding)
    parts.push(header(0xfffee000, '', encoding.undefinedLengths ? undefinedLength : content.length, encoding), content)
    if (encoding.undefinedLengths) parts.push(header(0xfffee00d, '', 0, encoding))
  }
  if (encoding.undefinedLengths) parts.push(header(0xfffee0dd, '', 0, encoding))
  const content = Buffer.concat(parts)
  return Buffer.concat([header(tag, 'SQ', encoding.undefinedLengths ? undefinedLength : content.length, encoding), content])
}

/** The elements in tag order. */
export function encodeDataset(dataset: Attributes, encoding: Encoding): Buffer {
  const keywords = (Object.keys(dataset) as Keyword[]).sort((a, b) => attributes[a][0] - attributes[b][0])
  return Buffer.concat(
    keywords.map((keyword) => {
      const [tag, vr] = attributes[keyword]
      const value = dataset[keyword]!
      if (vr === 'SQ') return sequence(tag, value as readonly Attributes[], encoding)
      const bytes = valueBytes(vr, value, encoding)
      return Buffer.concat([header(tag, vr, bytes.length, encoding), bytes])
    }),
  )
}

/** The head of (7FE0,0010): native of a known length, or encapsulated (PS3.5 §A.4). */
export function pixelDataHeader(length: number | 'encapsulated', vr: 'OB' | 'OW', encoding: Encoding): Buffer {
  return header(0x7fe00010, vr, length === 'encapsulated' ? undefinedLength : length, encoding)
}
