/** To RLE Lossless: PackBits by rows, one segment for each byte of each sample, most significant first. PS3.5 §G.3, §G.4, §G.5. */
import { NotEncodable } from './errors.ts'
import type { PixelDescription } from './pixels.ts'

const headerSize = 64
const mostSegments = 15
/** A run or a literal is at most so long. */
const longest = 128

/** @param native little endian, colour by pixel */
export function encodeRLE(native: Uint8Array, { Rows, Columns, SamplesPerPixel, BitsAllocated }: PixelDescription): Uint8Array {
  const depth = BitsAllocated / 8
  const segments = depth * SamplesPerPixel
  if (!Number.isInteger(depth) || segments > mostSegments) throw new NotEncodable(`RLE has no form for ${BitsAllocated} bits a sample`)
  const header = Buffer.alloc(headerSize)
  header.writeUInt32LE(segments, 0)
  const parts: Uint8Array[] = [header]
  let at = headerSize
  const plane = new Uint8Array(Rows * Columns)
  for (let segment = 0; segment < segments; segment++) {
    const first = Math.floor(segment / depth) * depth + (depth - 1 - (segment % depth))
    for (let pixel = 0, from = first; pixel < plane.length; pixel++, from += segments) plane[pixel] = native[from]!
    const packed = packRows(plane, Columns)
    header.writeUInt32LE(at, 4 + 4 * segment)
    parts.push(packed)
    at += packed.length
  }
  return Buffer.concat(parts)
}

/** No run or literal goes over the end of a row (§G.3.1). Padded to an even length. */
function packRows(plane: Uint8Array, columns: number): Uint8Array {
  // the worst is a literal for every 128 bytes of a row
  const out = new Uint8Array(plane.length + Math.ceil(columns / longest) * (plane.length / columns) + 1)
  let to = 0
  for (let row = 0; row < plane.length; row += columns) {
    const end = row + columns
    for (let at = row; at < end; ) {
      const run = runAt(plane, at, end)
      if (run > 1) {
        out[to++] = 257 - run
        out[to++] = plane[at]!
        at += run
        continue
      }
      let stop = at + 1
      // two alike within a literal cost nothing; three are worth a run
      while (stop < end && stop - at < longest && !(stop + 2 < end && plane[stop] === plane[stop + 1] && plane[stop] === plane[stop + 2]))
        stop++
      out[to++] = stop - at - 1
      out.set(plane.subarray(at, stop), to)
      to += stop - at
      at = stop
    }
  }
  return out.subarray(0, to + (to % 2))
}

function runAt(plane: Uint8Array, at: number, end: number): number {
  const value = plane[at]
  const stop = Math.min(end, at + longest)
  let next = at + 1
  while (next < stop && plane[next] === value) next++
  return next - at
}
