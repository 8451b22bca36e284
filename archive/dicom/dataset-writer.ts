/**
 * DICOM JSON (PS3.18 Annex F) to the bytes of a small data set, little endian, sequences with their lengths. PS3.5 §7.
 * For identifiers and the like; what is written of text goes through a character set of PS3.5 §6.1.
 */
import { Buffer } from 'node:buffer'
import { type CharacterSetEncoder, encoderFor } from './character-encoding.ts'
import type { AttributeJSON, DicomJSON, PersonNameJSON } from './dicom-json.ts'
import { longestText, UN, type VR, vrOf } from './value-representations.ts'

export interface WriteOptions {
  readonly implicit: boolean
  /** A value of (0008,0005) that `canEncode`. */
  readonly characterSet: string
}

export interface WrittenDataset {
  readonly bytes: Buffer
  /** Whether something had to be written otherwise because the character set does not have it. */
  readonly substituted: boolean
}

const SpecificCharacterSet = 0x00080005
const Item = 0xfffee000

/** (0008,0005) is written where anything but ASCII was, and says what was used; values left out of the JSON (BulkDataURI) are left out here too. */
export function writeDataset(dataset: DicomJSON, { implicit, characterSet }: WriteOptions): WrittenDataset {
  const encoder = encoderFor(characterSet)
  const elements = elementsOf(dataset, implicit, encoder)
  if (encoder.declares) {
    const declaration = element(SpecificCharacterSet, vrOf('CS'), padded(Buffer.from(encoder.terms.join('\\'), 'latin1'), 0x20), implicit)
    const at = elements.findIndex(([tag]) => tag > SpecificCharacterSet)
    elements.splice(at < 0 ? elements.length : at, 0, [SpecificCharacterSet, declaration])
  }
  return { bytes: Buffer.concat(elements.map(([, bytes]) => bytes)), substituted: encoder.substituted }
}

function elementsOf(dataset: DicomJSON, implicit: boolean, encoder: CharacterSetEncoder): [tag: number, bytes: Buffer][] {
  return Object.entries(dataset)
    .map(([hex, attribute]): [number, AttributeJSON] => [Number.parseInt(hex, 16), attribute])
    .filter(([tag, { BulkDataURI }]) => tag !== SpecificCharacterSet && BulkDataURI === undefined)
    .sort(([a], [b]) => a - b)
    .map(([tag, attribute]) => {
      const vr = vrOf(attribute.vr)
      return [tag, element(tag, vr, bytesOf(vr, attribute, implicit, encoder), implicit)]
    })
}

/** The longest even value of a short form. */
const longestShort = 0xfffe

function element(tag: number, vr: VR, value: Buffer, implicit: boolean): Buffer {
  // A value too long for the short form travels as UN (PS3.5 §6.2.2).
  const written = !implicit && !vr.long && value.length > longestShort ? UN : vr
  const long = !implicit && written.long
  const header = Buffer.alloc(long ? 12 : 8)
  header.writeUInt16LE(tag >>> 16, 0)
  header.writeUInt16LE(tag & 0xffff, 2)
  if (!implicit) header.write(written.name, 4, 'latin1')
  if (implicit) header.writeUInt32LE(value.length, 4)
  else if (long) header.writeUInt32LE(value.length, 8)
  else header.writeUInt16LE(value.length, 6)
  return Buffer.concat([header, value])
}

/** A value as it stands in a data set, padded; text by the encoder. */
export function bytesOf(vr: VR, { Value = [], InlineBinary }: AttributeJSON, implicit: boolean, encoder: CharacterSetEncoder): Buffer {
  switch (vr.kind) {
    case 'sequence':
      return Buffer.concat(Value.map((item) => itemOf((item ?? {}) as DicomJSON, implicit, encoder)))
    case 'binary':
      return padded(Buffer.from(InlineBinary ?? '', 'base64'), 0)
    case 'number':
      return Buffer.concat(Value.map((value) => numberBytes(vr, value as number | string | null)))
    case 'tag':
      return Buffer.concat(Value.map((value) => tagBytes(Number.parseInt(String(value), 16))))
    case 'name':
      return padded(encoder.encode(Value.map((value) => nameText(value as PersonNameJSON | string | null)).join('\\'), true), 0x20)
    case 'text':
      return padded(joined(Value.map((value) => encoder.encode(String(value ?? ''), false, longestText[vr.name]))), 0x20)
    case 'decimal':
      return padded(
        Buffer.from(Value.map((value) => (typeof value === 'number' ? decimalText(value) : (value ?? ''))).join('\\'), 'latin1'),
        0x20,
      )
    case 'ascii':
      return padded(Buffer.from(Value.map((value) => value ?? '').join('\\'), 'latin1'), vr.name === 'UI' ? 0 : 0x20)
  }
}

const backslash = Buffer.from('\\')
const joined = (values: readonly Buffer[]): Buffer => Buffer.concat(values.flatMap((value, i) => (i === 0 ? [value] : [backslash, value])))

function itemOf(item: DicomJSON, implicit: boolean, encoder: CharacterSetEncoder): Buffer {
  const content = Buffer.concat(elementsOf(item, implicit, encoder).map(([, bytes]) => bytes))
  const header = tagBytes(Item, 8)
  header.writeUInt32LE(content.length, 4)
  return Buffer.concat([header, content])
}

function nameText(value: PersonNameJSON | string | null): string {
  if (value === null || typeof value === 'string') return value ?? ''
  return [value.Alphabetic, value.Ideographic, value.Phonetic]
    .map((group) => group ?? '')
    .join('=')
    .replace(/=+$/, '')
}

/** DS has 16 characters at most (PS3.5 §6.2); what JavaScript writes out longer is written with an exponent, or rounded at its end. */
function decimalText(value: number): string {
  const plain = String(value)
  if (plain.length <= longestDecimal) return plain
  for (let digits = longestDecimal; ; digits -= 1) {
    const text = value.toExponential(digits).replace(/\.?0*e\+?/, 'e')
    if (text.length <= longestDecimal) return text
  }
}

const longestDecimal = 16

function tagBytes(tag: number, length = 4): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.writeUInt16LE(tag >>> 16, 0)
  bytes.writeUInt16LE(tag & 0xffff, 2)
  return bytes
}

const writers: Readonly<Record<string, (bytes: Buffer, value: number | bigint) => void>> = {
  FL: (bytes, value) => bytes.writeFloatLE(Number(value)),
  FD: (bytes, value) => bytes.writeDoubleLE(Number(value)),
  SS: (bytes, value) => bytes.writeInt16LE(Number(value)),
  US: (bytes, value) => bytes.writeUInt16LE(Number(value)),
  SL: (bytes, value) => bytes.writeInt32LE(Number(value)),
  UL: (bytes, value) => bytes.writeUInt32LE(Number(value)),
  SV: (bytes, value) => bytes.writeBigInt64LE(BigInt(value)),
  UV: (bytes, value) => bytes.writeBigUInt64LE(BigInt(value)),
}

/** @throws RangeError for a number that the VR cannot hold. */
function numberBytes(vr: VR, value: number | string | null): Buffer {
  const bytes = Buffer.alloc(vr.unit)
  if (value === null) {
    // What JSON cannot say (PS3.18 F.2.3) is not a number.
    if (vr.name === 'FL' || vr.name === 'FD') writers[vr.name]!(bytes, Number.NaN)
  } else writers[vr.name]!(bytes, typeof value === 'string' ? BigInt(value) : value)
  return bytes
}

function padded(bytes: Buffer, padding: number): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([padding])])
}
