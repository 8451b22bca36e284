/** From stored colour to RGB of 8 bits. PS3.3 §C.7.6.3.1.2. */
import { NotRenderable } from './errors.ts'
import { type LookupTable, lookUp } from './lookup-table.ts'
import type { Decoded, PixelDescription, Samples } from './pixels.ts'

export interface Palette {
  readonly red: LookupTable
  readonly green: LookupTable
  readonly blue: LookupTable
}

/** Three bytes a pixel. @throws NotRenderable for what the standard has retired (HSV, ARGB, CMYK) */
export function renderColour({ samples, PhotometricInterpretation }: Decoded, { BitsStored }: PixelDescription): Uint8Array {
  const bytes = toBytes(samples, BitsStored)
  switch (PhotometricInterpretation) {
    case 'RGB':
      return bytes
    case 'YBR_FULL':
    case 'YBR_FULL_422':
      return fromYBR(bytes, 0, 1, 1)
    case 'YBR_PARTIAL':
    case 'YBR_PARTIAL_422':
      return fromYBR(bytes, 16, 255 / 219, 255 / 224)
    default:
      throw new NotRenderable(`There is no picture of ${PhotometricInterpretation} pixels`)
  }
}

export function renderPalette(samples: Samples, { red, green, blue }: Palette): Uint8Array {
  const out = new Uint8Array(samples.length * 3)
  const tables = [red, green, blue].map((table) => ({ table, shift: Math.max(0, table.bits - 8) }))
  for (let channel = 0; channel < 3; channel++) {
    const { table, shift } = tables[channel]!
    for (let pixel = 0, to = channel; pixel < samples.length; pixel++, to += 3) out[to] = lookUp(table, samples[pixel]!) >> shift
  }
  return out
}

function toBytes(samples: Samples, BitsStored: number): Uint8Array {
  if (samples instanceof Uint8Array) return samples
  const shift = Math.max(0, BitsStored - 8)
  const out = new Uint8Array(samples.length)
  for (let at = 0; at < samples.length; at++) out[at] = samples[at]! >> shift
  return out
}

/** In place. ITU-R BT.601. */
function fromYBR(bytes: Uint8Array, black: number, lumaScale: number, chromaScale: number): Uint8Array {
  const out = new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let at = 0; at < out.length; at += 3) {
    const y = (out[at]! - black) * lumaScale
    const cb = (out[at + 1]! - 128) * chromaScale
    const cr = (out[at + 2]! - 128) * chromaScale
    out[at] = y + 1.402 * cr
    out[at + 1] = y - 0.344136 * cb - 0.714136 * cr
    out[at + 2] = y + 1.772 * cb
  }
  return bytes
}
