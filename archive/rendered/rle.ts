/** RLE Lossless: PackBits, one segment for each byte of each sample, most significant first. PS3.5 Annex G. */
import { PixelsNotDecoded } from './errors.ts'
import { decodeNative } from './native.ts'
import { type Decoded, type PixelDescription, sampleCount, storedValues } from './pixels.ts'

const headerSize = 64

export function decodeRLE(bytes: Uint8Array, description: PixelDescription): Decoded {
  const { SamplesPerPixel, BitsAllocated, PhotometricInterpretation } = description
  const pixels = sampleCount(description) / SamplesPerPixel
  if (BitsAllocated === 1 && SamplesPerPixel === 1) {
    const packed = new Uint8Array(Math.ceil(pixels / 8))
    unpackBits(bytes, headerSize, segmentOffsets(bytes, 1)[1]!, packed, 0, 1, packed.length)
    return decodeNative(packed, description)
  }
  const out = unpackRLE(bytes, description)
  const depth = out.length / sampleCount(description)
  const raw = depth === 1 ? out : depth === 2 ? new Uint16Array(out.buffer) : new Uint32Array(out.buffer)
  return { samples: storedValues(raw, description), PhotometricInterpretation }
}

/** The native bytes, whatever they mean: little endian, colour by pixel. */
export function unpackRLE(bytes: Uint8Array, description: PixelDescription): Uint8Array {
  const { SamplesPerPixel, BitsAllocated } = description
  const pixels = sampleCount(description) / SamplesPerPixel
  const depth = BitsAllocated / 8
  if (depth !== 1 && depth !== 2 && depth !== 4) throw new PixelsNotDecoded(`RLE of ${BitsAllocated} bits is not shown`)
  const segments = depth * SamplesPerPixel
  const offsets = segmentOffsets(bytes, segments)
  const out = new Uint8Array(pixels * segments)
  for (let segment = 0; segment < segments; segment++) {
    const sample = Math.floor(segment / depth)
    const significance = depth - 1 - (segment % depth) // little endian in memory
    unpackBits(bytes, offsets[segment]!, offsets[segment + 1]!, out, sample * depth + significance, segments, pixels)
  }
  return out
}

/** First byte of each segment, and the end of the last. */
function segmentOffsets(bytes: Uint8Array, expected: number): number[] {
  if (bytes.length < headerSize)
    throw new PixelsNotDecoded(`An RLE frame begins with ${headerSize} bytes of offsets, but there are ${bytes.length}`)
  const header = new DataView(bytes.buffer, bytes.byteOffset, headerSize)
  const count = header.getUint32(0, true)
  if (count !== expected) throw new PixelsNotDecoded(`The RLE frame has ${count} segments, the data set asks for ${expected}`)
  const offsets = Array.from({ length: count }, (_, segment) => header.getUint32(4 + 4 * segment, true))
  offsets.push(bytes.length)
  for (let segment = 0; segment < count; segment++) {
    const ordered = offsets[segment]! >= headerSize && offsets[segment]! <= offsets[segment + 1]!
    if (!ordered) throw new PixelsNotDecoded(`RLE segment ${segment + 1} begins at byte ${offsets[segment]}, outside of its place`)
  }
  return offsets
}

/** Spreads one segment over every `step`th byte. */
function unpackBits(bytes: Uint8Array, start: number, end: number, out: Uint8Array, first: number, step: number, pixels: number): void {
  const stop = first + pixels * step
  let to = first
  let from = start
  while (to < stop) {
    if (from + 1 >= end) throw new PixelsNotDecoded(`An RLE segment ends after ${(to - first) / step} of ${pixels} bytes`)
    const control = bytes[from++]!
    if (control < 128) {
      if (from + control >= end) throw new PixelsNotDecoded(`An RLE segment ends after ${(to - first) / step} of ${pixels} bytes`)
      for (let left = control; left >= 0 && to < stop; left--, to += step) out[to] = bytes[from + control - left]!
      from += control + 1
    } else if (control > 128) {
      const value = bytes[from++]!
      for (let left = 256 - control; left >= 0 && to < stop; left--, to += step) out[to] = value
    }
  }
}
