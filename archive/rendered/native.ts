/** Native pixels: little endian, first bit in bit 0 of the first byte (`frame-ranges.ts` gives them so). PS3.5 §8.1–8.2. */
import { PixelsNotDecoded } from './errors.ts'
import { type Decoded, interleave, type PixelDescription, type Samples, sampleCount, storedValues } from './pixels.ts'

export function decodeNative(bytes: Uint8Array, description: PixelDescription): Decoded {
  const { PhotometricInterpretation, PlanarConfiguration, SamplesPerPixel } = description
  if (PhotometricInterpretation.endsWith('_422') && SamplesPerPixel === 3) return subsampled(bytes, description)
  const samples = numbers(bytes, description, sampleCount(description))
  const planar = SamplesPerPixel > 1 && PlanarConfiguration === 1
  return { samples: planar ? interleave(samples, SamplesPerPixel) : samples, PhotometricInterpretation }
}

function numbers(bytes: Uint8Array, description: PixelDescription, count: number): Samples {
  const { BitsAllocated, kind } = description
  needBytes(bytes, Math.ceil((count * BitsAllocated) / 8))
  if (kind === 'float' && BitsAllocated === 32) return new Float32Array(aligned(bytes, count * 4))
  if (kind === 'double' && BitsAllocated === 64) return new Float64Array(aligned(bytes, count * 8))
  if (kind === 'integer') {
    switch (BitsAllocated) {
      case 8:
        return storedValues(new Uint8Array(aligned(bytes, count)), description)
      case 16:
        return storedValues(new Uint16Array(aligned(bytes, count * 2)), description)
      case 32:
        return storedValues(new Uint32Array(aligned(bytes, count * 4)), description)
    }
    if (BitsAllocated < 16) return unpack(bytes, BitsAllocated, count)
  }
  throw new PixelsNotDecoded(`Pixels of ${BitsAllocated} bits (${kind}) are not shown`)
}

/** Values of any width one after another, from the lowest bit of the first byte on. */
function unpack(bytes: Uint8Array, width: number, count: number): Samples {
  const out = width <= 8 ? new Uint8Array(count) : new Uint16Array(count)
  const mask = (1 << width) - 1
  for (let index = 0, bit = 0; index < count; index++, bit += width) {
    const at = bit >>> 3
    const three = bytes[at]! | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16)
    out[index] = (three >>> (bit & 7)) & mask
  }
  return out
}

/** YBR_FULL_422, YBR_PARTIAL_422: Y Y Cb Cr for two pixels of a row. */
function subsampled(bytes: Uint8Array, description: PixelDescription): Decoded {
  const { Columns, Rows, BitsAllocated, PhotometricInterpretation } = description
  const count = sampleCount(description)
  if (BitsAllocated !== 8 || Columns % 2 !== 0)
    throw new PixelsNotDecoded(`${PhotometricInterpretation} needs 8 bits and an even number of columns`)
  const pairs = (Rows * Columns) / 2
  needBytes(bytes, pairs * 4)
  const samples = new Uint8Array(count)
  for (let pair = 0, from = 0, to = 0; pair < pairs; pair++, from += 4, to += 6) {
    samples[to] = bytes[from]!
    samples[to + 3] = bytes[from + 1]!
    samples[to + 1] = samples[to + 4] = bytes[from + 2]!
    samples[to + 2] = samples[to + 5] = bytes[from + 3]!
  }
  return { samples, PhotometricInterpretation: PhotometricInterpretation === 'YBR_PARTIAL_422' ? 'YBR_PARTIAL' : 'YBR_FULL' }
}

function needBytes(bytes: Uint8Array, needed: number): void {
  if (bytes.length < needed) throw new PixelsNotDecoded(`A frame needs ${needed} bytes, but there are ${bytes.length}`)
}

/** A copy of its own: views of more than a byte need their alignment, and the caller's bytes stay as they are. */
function aligned(bytes: Uint8Array, size: number): ArrayBuffer {
  return new Uint8Array(bytes.subarray(0, size)).buffer
}
