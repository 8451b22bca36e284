/** What is done to stored bytes on their way out: item headers dropped, words swapped, bits shifted, a part taken. Each reads on only when it is read. */
import { Buffer } from 'node:buffer'
import { littleEndian } from './dicom/value-json.ts'
import type { VR } from './dicom/value-representations.ts'

type Bytes = AsyncIterable<Buffer>

/** `length` bytes from `start`. */
export async function* slice(source: Bytes, start: number, length: number): AsyncGenerator<Buffer> {
  let skip = start
  let left = length
  if (left === 0) return
  for await (const chunk of source) {
    if (skip >= chunk.length) {
      skip -= chunk.length
      continue
    }
    const part = chunk.subarray(skip, skip + left)
    skip = 0
    left -= part.length
    yield part
    if (left === 0) return
  }
}

/** The values of the items that stand one behind the other (PS3.5 §A.4), without their headers of eight bytes. */
export async function* withoutItemHeaders(source: Bytes): AsyncGenerator<Buffer> {
  const header = Buffer.alloc(8)
  let collected = 0
  let left = 0
  for await (const chunk of source) {
    let at = 0
    while (at < chunk.length) {
      if (left > 0) {
        const part = chunk.subarray(at, at + left)
        left -= part.length
        at += part.length
        yield part
        continue
      }
      const taken = chunk.copy(header, collected, at, at + 8 - collected)
      collected += taken
      at += taken
      if (collected === 8) {
        left = header.readUInt32LE(4)
        collected = 0
      }
    }
  }
}

/** Big endian words of `unit` bytes to little endian. A remainder that is no whole word passes as it is. */
export async function* swapped(source: Bytes, unit: VR['unit']): AsyncGenerator<Buffer> {
  let rest = Buffer.alloc(0)
  for await (const chunk of source) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const whole = bytes.length - (bytes.length % unit)
    rest = Buffer.from(bytes.subarray(whole))
    if (whole > 0) yield littleEndian(unit, bytes.subarray(0, whole), true)
  }
  if (rest.length > 0) yield rest
}

/** The bits from bit `shift` of the first byte on, moved to bit 0 (the first pixel is the least significant bit, PS3.5 §8.1.1). */
export async function* shifted(source: Bytes, shift: number): AsyncGenerator<Buffer> {
  let previous: number | undefined
  for await (const chunk of source) {
    if (chunk.length === 0) continue
    const known = previous === undefined ? chunk : Buffer.concat([Buffer.from([previous]), chunk])
    const out = Buffer.alloc(known.length - 1)
    for (let i = 0; i < out.length; i++) out[i] = (known[i]! >>> shift) | (known[i + 1]! << (8 - shift))
    previous = known[known.length - 1]
    if (out.length > 0) yield out
  }
  if (previous !== undefined) yield Buffer.from([previous >>> shift])
}

/** The bytes, `bits` of them meaning something in all: what stands in the last byte beyond is zero. */
export async function* masked(source: Bytes, bits: number): AsyncGenerator<Buffer> {
  const last = Math.ceil(bits / 8) - 1
  let at = 0
  for await (const chunk of source) {
    const found = last - at
    at += chunk.length
    if (bits % 8 === 0 || found < 0 || found >= chunk.length) {
      yield chunk
      continue
    }
    const copy = Buffer.from(chunk)
    copy[found]! &= (1 << (bits % 8)) - 1
    yield copy
  }
}
