/** Writes a `multipart/related` body: RFC 2046 §5.1, RFC 2387, PS3.18 §8.6.1. */
import { randomBytes } from 'node:crypto'

export interface WrittenPart {
  readonly headers: Readonly<Record<string, string>>
  readonly bytes: AsyncIterable<Uint8Array>
}

/** 128 random bits: does not occur in any part. */
export const newBoundary = (): string => randomBytes(16).toString('hex')

export async function* multipartBody(
  parts: AsyncIterable<WrittenPart> | Iterable<WrittenPart>,
  boundary: string,
): AsyncGenerator<Uint8Array> {
  let first = true
  for await (const { headers, bytes } of parts) {
    yield partHead(headers, boundary, first)
    first = false
    yield* bytes
  }
  yield partTail(boundary, first)
}

/** Bytes of a body whose parts are known beforehand. */
export function multipartLength(parts: readonly { headers: Readonly<Record<string, string>>; length: number }[], boundary: string): number {
  const content = parts.reduce((sum, { headers, length }, i) => sum + partHead(headers, boundary, i === 0).length + length, 0)
  return content + partTail(boundary, parts.length === 0).length
}

function partHead(headers: Readonly<Record<string, string>>, boundary: string, first: boolean): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${first ? '' : '\r\n'}--${boundary}\r\n${lines.join('')}\r\n`, 'latin1')
}

const partTail = (boundary: string, empty: boolean): Buffer => Buffer.from(`${empty ? '' : '\r\n'}--${boundary}--\r\n`, 'latin1')
