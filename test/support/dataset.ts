/** Data sets written by hand for tests, element by element, so that wrong ones can be written as well. PS3.5 §7. */
import { fileMeta } from '../../archive/dicom/part10.ts'

export interface Encoding {
  readonly implicit?: boolean
  readonly bigEndian?: boolean
}

const longVRs = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV'])

/** The header of an element; `length` may be anything, 0xffffffff is undefined. */
export function header(tag: number, vr: string, length: number, { implicit = false, bigEndian = false }: Encoding = {}): Buffer {
  const long = longVRs.has(vr)
  const bytes = Buffer.alloc(!implicit && long ? 12 : 8)
  const u16 = (value: number, at: number) => (bigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at))
  const u32 = (value: number, at: number) => (bigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at))
  u16(tag >>> 16, 0)
  u16(tag & 0xffff, 2)
  if (implicit) u32(length, 4)
  else {
    bytes.write(vr, 4, 'latin1')
    if (long) u32(length, 8)
    else u16(length, 6)
  }
  return bytes
}

/** An element; text is padded to an even length, bytes stand as they are. */
export function element(tag: number, vr: string, value: string | Uint8Array, encoding?: Encoding): Buffer {
  const padding = vr === 'UI' ? '\0' : ' '
  const bytes = typeof value === 'string' ? Buffer.from(value.length % 2 === 0 ? value : value + padding, 'latin1') : Buffer.from(value)
  return Buffer.concat([header(tag, vr, bytes.length, encoding), bytes])
}

export function us(tag: number, values: number | readonly number[], encoding: Encoding = {}): Buffer {
  const list = typeof values === 'number' ? [values] : values
  const bytes = Buffer.alloc(2 * list.length)
  list.forEach((value, i) => {
    if (encoding.bigEndian) bytes.writeUInt16BE(value, 2 * i)
    else bytes.writeUInt16LE(value, 2 * i)
  })
  return element(tag, 'US', bytes, encoding)
}

/** An item tag and its length, or a delimiter. */
export function marker(tag: number, length: number, { bigEndian = false }: Encoding = {}): Buffer {
  const bytes = Buffer.alloc(8)
  if (bigEndian) {
    bytes.writeUInt32BE(tag, 0)
    bytes.writeUInt32BE(length, 4)
  } else {
    bytes.writeUInt16LE(tag >>> 16, 0)
    bytes.writeUInt16LE(tag & 0xffff, 2)
    bytes.writeUInt32LE(length, 4)
  }
  return bytes
}

export const Item = 0xfffee000
export const ItemDelimitation = 0xfffee00d
export const SequenceDelimitation = 0xfffee0dd
export const undefinedLength = 0xffffffff

/** A sequence with its lengths undefined, or given. */
export function sequence(
  tag: number,
  items: readonly Uint8Array[],
  { defined = false, vr = 'SQ', ...encoding }: Encoding & { defined?: boolean; vr?: string } = {},
): Buffer {
  const parts = items.flatMap((item) =>
    defined
      ? [marker(Item, item.length, encoding), item]
      : [marker(Item, undefinedLength, encoding), item, marker(ItemDelimitation, 0, encoding)],
  )
  const content = Buffer.concat(parts)
  return defined
    ? Buffer.concat([header(tag, vr, content.length, encoding), content])
    : Buffer.concat([header(tag, vr, undefinedLength, encoding), content, marker(SequenceDelimitation, 0, encoding)])
}

/** Encapsulated Pixel Data: the first fragment is the Basic Offset Table. */
export function encapsulated(
  fragments: readonly Uint8Array[],
  { offsets = [], end = true }: { offsets?: readonly number[]; end?: boolean } = {},
): Buffer {
  const table = Buffer.alloc(4 * offsets.length)
  offsets.forEach((offset, i) => {
    table.writeUInt32LE(offset, 4 * i)
  })
  return Buffer.concat([
    header(0x7fe00010, 'OB', undefinedLength),
    ...[table, ...fragments].flatMap((fragment) => [marker(Item, fragment.length), fragment]),
    ...(end ? [marker(SequenceDelimitation, 0)] : []),
  ])
}

export const uids = {
  SOPClassUID: '1.2.840.10008.5.1.4.1.1.7',
  SOPInstanceUID: '1.2.3.4.5',
  StudyInstanceUID: '1.2.3',
  SeriesInstanceUID: '1.2.3.4',
}

/** A secondary capture: what identifies it, then `rest` merged in by tag order of its own making: `before` stands before the study's UID, `after` behind. */
export function instance({
  before = [],
  after = [],
  encoding = {},
}: {
  before?: readonly Uint8Array[]
  after?: readonly Uint8Array[]
  encoding?: Encoding
} = {}): Buffer {
  return Buffer.concat([
    element(0x00080016, 'UI', uids.SOPClassUID, encoding),
    element(0x00080018, 'UI', uids.SOPInstanceUID, encoding),
    ...before,
    element(0x0020000d, 'UI', uids.StudyInstanceUID, encoding),
    element(0x0020000e, 'UI', uids.SeriesInstanceUID, encoding),
    ...after,
  ])
}

/** The pixel description of `frames` frames of 2 × 2 pixels in 16 bits. */
export function image(frames = 1, encoding: Encoding = {}): Buffer[] {
  return [
    us(0x00280002, 1, encoding),
    element(0x00280004, 'CS', 'MONOCHROME2', encoding),
    element(0x00280008, 'IS', String(frames), encoding),
    us(0x00280010, 2, encoding),
    us(0x00280011, 2, encoding),
    us(0x00280100, 16, encoding),
    us(0x00280101, 16, encoding),
    us(0x00280102, 15, encoding),
    us(0x00280103, 0, encoding),
  ]
}

export function part10(dataset: Uint8Array, TransferSyntaxUID = '1.2.840.10008.1.2.1'): Buffer {
  return Buffer.concat([fileMeta({ SOPClassUID: uids.SOPClassUID, SOPInstanceUID: uids.SOPInstanceUID, TransferSyntaxUID }), dataset])
}
