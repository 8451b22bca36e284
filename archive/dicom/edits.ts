/** Changes of bytes that are kept: what stands where, instead of what was received. */
import { Buffer } from 'node:buffer'

/** In the place of the bytes from `start` to `end` (excluded) come these. Ascending, never overlapping. */
export interface Edit {
  readonly start: number
  readonly end: number
  readonly bytes: Buffer
}

/** Bytes that edits add. */
export const grown = (edits: readonly Edit[]): number => edits.reduce((sum, { start, end, bytes }) => sum + bytes.length - (end - start), 0)

/** Bytes with edits carried out. @param offset of the first byte */
export function applied(bytes: Buffer, offset: number, edits: readonly Edit[]): Buffer {
  const pieces: Buffer[] = []
  let at = offset
  for (const edit of edits) {
    pieces.push(bytes.subarray(at - offset, edit.start - offset), edit.bytes)
    at = edit.end
  }
  return Buffer.concat([...pieces, bytes.subarray(at - offset)])
}

/** The same of bytes that stream by, beginning with the first of the object. */
export async function* edited(bytes: AsyncIterable<Buffer>, edits: readonly Edit[]): AsyncGenerator<Buffer> {
  let next = 0
  let at = 0
  // What was received before this place is replaced.
  let from = 0
  for await (const chunk of bytes) {
    const behind = at + chunk.length
    from = Math.max(from, at)
    for (let edit = edits[next]; edit !== undefined && edit.start < behind; edit = edits[++next]) {
      if (edit.start > from) yield chunk.subarray(from - at, edit.start - at)
      if (edit.bytes.length > 0) yield edit.bytes
      from = edit.end
    }
    if (from < behind) yield chunk.subarray(from - at)
    at = behind
  }
  for (; next < edits.length; next++) yield edits[next]!.bytes
}
