/** Items and sub-items of the A-ASSOCIATE PDUs: type, reserved byte, two bytes of length, value. PS3.8 §9.3.2. */
import { InvalidPDU } from './errors.ts'
import { abortReason } from './pdu.ts'

export interface Item {
  readonly type: number
  readonly value: Buffer
}

export function* itemsOf(bytes: Buffer): Generator<Item> {
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) throw invalid(`an item header breaks off after ${bytes.length - at} bytes`)
    const end = at + 4 + bytes.readUInt16BE(at + 2)
    if (end > bytes.length)
      throw invalid(`an item of type ${bytes[at]!.toString(16).padStart(2, '0')}H is ${end - bytes.length} bytes too long`)
    yield { type: bytes[at]!, value: bytes.subarray(at + 4, end) }
    at = end
  }
}

export function encodeItem(type: number, ...value: readonly Buffer[]): Buffer {
  const length = value.reduce((sum, part) => sum + part.length, 0)
  return Buffer.concat([Buffer.from([type, 0, length >> 8, length & 0xff]), ...value])
}

/** A UID or AE title without its padding: spaces around a title mean nothing (PS3.5 §6.2), NUL pads a UID (§9.1). */
export function textOf(bytes: Buffer): string {
  return bytes.toString('latin1').replace(/^ +|[\0 ]+$/g, '')
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

export function invalid(message: string): InvalidPDU {
  return new InvalidPDU(message, abortReason['invalid-PDU-parameter-value'])
}
