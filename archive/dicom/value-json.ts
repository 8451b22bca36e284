/**
 * One value as DICOM JSON. PS3.18 Annex F.2: an empty value has no `Value`, an empty one among several is null; numbers are JSON numbers where they can
 * be, and never NaN; bytes are Base64 in little endian.
 */
import { Buffer } from 'node:buffer'
import type { CharacterSetDecoder } from './character-sets.ts'
import { hexOf } from './dictionary.ts'
import { trimPadding } from './padding.ts'
import { parsePersonName } from './person-name.ts'
import type { VR } from './value-representations.ts'

/** Whether the text means the same in every character set: nothing above ASCII, no escape. */
function isPlain(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 0x7e || code === 0x1b) return false
  }
  return true
}

/**
 * The text of a value as it is compared and shown: decoded, without padding, several values joined by backslashes.
 * @param latin1 the same bytes, each as a character.
 */
export function textOf(vr: VR, latin1: string, bytes: () => Buffer, decoder: CharacterSetDecoder): string {
  const isText = vr.kind === 'text' || vr.kind === 'name'
  const text = trimPadding(isText && !isPlain(latin1) ? decoder.decode(bytes(), vr.name) : latin1, vr.keepLeading)
  // A NUL within a text means nothing, and PostgreSQL cannot hold it.
  return text.includes('\0') ? text.replaceAll('\0', '') : text
}

/** The text as a JSON string. Most have nothing to escape. */
function quote(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x22 || code === 0x5c) return JSON.stringify(text)
  }
  return `"${text}"`
}

const jsonNumber = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d{1,2})?$/
const decimalNumber = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?$/

/** DS and IS: the digits as they were written where JSON allows that, a number where it can be read as one, else the text (F.2.3-1 allows both). */
function jsonOfDecimal(text: string): string {
  if (jsonNumber.test(text)) return text
  return decimalNumber.test(text) ? String(Number(text)) : quote(text)
}

function jsonOfPersonName(text: string): string {
  const groups = Object.entries(parsePersonName(text)).map(([name, group]) => `"${name}":${quote(group)}`)
  return groups.length === 0 ? 'null' : `{${groups.join(',')}}`
}

function jsonOfOne(vr: VR, text: string): string {
  const value = trimPadding(text, vr.keepLeading)
  if (value === '') return 'null'
  if (vr.kind === 'decimal') return jsonOfDecimal(value)
  return vr.kind === 'name' ? jsonOfPersonName(value) : quote(value)
}

/** `,"Value":[…]` of a text as `textOf` gives it; nothing when it is empty. */
export function jsonOfText(vr: VR, text: string): string {
  if (!vr.multiple || !text.includes('\\')) {
    const value = jsonOfOne(vr, text)
    return value === 'null' ? '' : `,"Value":[${value}]`
  }
  const values = text.split('\\').map((value) => jsonOfOne(vr, value))
  return values.every((value) => value === 'null') ? '' : `,"Value":[${values.join(',')}]`
}

type Reader = (bytes: Buffer, at: number) => number | bigint

const readers: Readonly<Record<string, readonly [little: Reader, big: Reader]>> = {
  FL: [(bytes, at) => bytes.readFloatLE(at), (bytes, at) => bytes.readFloatBE(at)],
  FD: [(bytes, at) => bytes.readDoubleLE(at), (bytes, at) => bytes.readDoubleBE(at)],
  SL: [(bytes, at) => bytes.readInt32LE(at), (bytes, at) => bytes.readInt32BE(at)],
  SS: [(bytes, at) => bytes.readInt16LE(at), (bytes, at) => bytes.readInt16BE(at)],
  SV: [(bytes, at) => bytes.readBigInt64LE(at), (bytes, at) => bytes.readBigInt64BE(at)],
  UL: [(bytes, at) => bytes.readUInt32LE(at), (bytes, at) => bytes.readUInt32BE(at)],
  US: [(bytes, at) => bytes.readUInt16LE(at), (bytes, at) => bytes.readUInt16BE(at)],
  UV: [(bytes, at) => bytes.readBigUInt64LE(at), (bytes, at) => bytes.readBigUInt64BE(at)],
}

/** The numbers of a binary value. A remainder that is no whole word is left out. */
export function numbersOf(vr: VR, bytes: Buffer, start: number, end: number, bigEndian: boolean): (number | bigint)[] {
  const read = readers[vr.name]?.[bigEndian ? 1 : 0]
  const numbers: (number | bigint)[] = []
  if (read !== undefined) for (let at = start; at + vr.unit <= end; at += vr.unit) numbers.push(read(bytes, at))
  return numbers
}

function jsonOfNumber(value: number | bigint): string {
  if (typeof value === 'bigint') return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? String(value) : `"${value}"`
  // NaN and the infinities, which JSON does not have, are values that nobody knows.
  return Number.isFinite(value) ? String(value) : 'null'
}

export function jsonOfNumbers(numbers: readonly (number | bigint)[]): string {
  if (numbers.length === 1) return `,"Value":[${jsonOfNumber(numbers[0]!)}]`
  return numbers.length === 0 ? '' : `,"Value":[${numbers.map(jsonOfNumber).join(',')}]`
}

export function jsonOfTags(bytes: Buffer, start: number, end: number, bigEndian: boolean): string {
  const tags: string[] = []
  for (let at = start; at + 4 <= end; at += 4) {
    const tag = bigEndian ? bytes.readUInt32BE(at) : ((bytes.readUInt16LE(at) << 16) | bytes.readUInt16LE(at + 2)) >>> 0
    tags.push(`"${hexOf(tag)}"`)
  }
  return tags.length === 0 ? '' : `,"Value":[${tags.join(',')}]`
}

/** `,"InlineBinary":"…"` in little endian. */
export function jsonOfBytes(vr: VR, bytes: Buffer, start: number, end: number, bigEndian: boolean): string {
  if (start === end) return ''
  return `,"InlineBinary":"${littleEndian(vr.unit, bytes.subarray(start, end), bigEndian).toString('base64')}"`
}

/** The bytes with their words swapped, in a copy; as they are when they are little endian already. */
export function littleEndian(unit: VR['unit'], bytes: Buffer, bigEndian: boolean): Buffer {
  if (!bigEndian || unit === 1) return bytes
  const whole = bytes.length - (bytes.length % unit)
  const copy = Buffer.from(bytes)
  const words = copy.subarray(0, whole)
  if (unit === 2) words.swap16()
  else if (unit === 4) words.swap32()
  else words.swap64()
  return copy
}
