/** What the data set says about its pixels, and pixels as numbers. PS3.3 §C.7.6.3 (Image Pixel Module). */
import { PixelsNotDecoded } from './errors.ts'

export interface PixelDescription {
  readonly Rows: number
  readonly Columns: number
  readonly SamplesPerPixel: number
  readonly PhotometricInterpretation: string
  readonly BitsAllocated: number
  readonly BitsStored: number
  readonly HighBit: number
  /** 0 unsigned, 1 two's complement. */
  readonly PixelRepresentation: number
  /** 0 colour by pixel, 1 colour by plane; means something for native and RLE pixels only. */
  readonly PlanarConfiguration: number
  /** Pixel Data, Float Pixel Data or Double Float Pixel Data. */
  readonly kind: 'integer' | 'float' | 'double'
}

export type Samples = Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array

/** One frame as numbers: colour by pixel, signs and high bit applied, no rescale yet. */
export interface Decoded {
  readonly samples: Samples
  /** As the samples now stand: what a decoder turned into RGB says RGB. */
  readonly PhotometricInterpretation: string
}

/** A frame decoded takes at most so many bytes: a 60-megapixel detector in 16 bits, twice. */
export const maximumFrameBytes = 256 * 1024 * 1024

/** Samples of one frame. @throws PixelsNotDecoded when the description makes no sense or is too big. */
export function sampleCount(description: PixelDescription): number {
  const { Rows, Columns, SamplesPerPixel, BitsAllocated, BitsStored, HighBit } = description
  const sensible =
    inRange(Rows, 1, 65_535) &&
    inRange(Columns, 1, 65_535) &&
    (SamplesPerPixel === 1 || SamplesPerPixel === 3) &&
    inRange(BitsAllocated, 1, 64) &&
    inRange(BitsStored, 1, BitsAllocated) &&
    inRange(HighBit, BitsStored - 1, BitsAllocated - 1)
  if (!sensible) {
    throw new PixelsNotDecoded(
      `Rows ${Rows}, Columns ${Columns}, SamplesPerPixel ${SamplesPerPixel}, BitsAllocated ${BitsAllocated}, BitsStored ${BitsStored}, HighBit ${HighBit} describe no image`,
    )
  }
  const count = Rows * Columns * SamplesPerPixel
  if (count * Math.ceil(BitsAllocated / 8) > maximumFrameBytes)
    throw new PixelsNotDecoded(`A frame of ${Columns} × ${Rows} pixels is too big to decode`)
  return count
}

function inRange(value: number, low: number, high: number): boolean {
  return Number.isInteger(value) && value >= low && value <= high
}

/** Takes the stored bits out of allocated ones: overlay bits and garbage above HighBit go, signs come. */
export function storedValues(raw: Uint8Array | Uint16Array | Uint32Array, description: PixelDescription): Samples {
  const { BitsStored, HighBit, PixelRepresentation } = description
  const width = raw.BYTES_PER_ELEMENT * 8
  const up = width - 1 - Math.min(HighBit, width - 1)
  const down = width - Math.min(BitsStored, width)
  if (PixelRepresentation === 1) return shiftSigned(raw, up, down)
  if (up === 0 && down === 0) return raw
  const mask = 2 ** Math.min(BitsStored, width) - 1
  const right = down - up
  for (let at = 0; at < raw.length; at++) raw[at] = (raw[at]! >>> right) & mask
  return raw
}

function shiftSigned(raw: Uint8Array | Uint16Array | Uint32Array, up: number, down: number): Samples {
  const { buffer, byteOffset, length } = raw
  const signed =
    raw instanceof Uint8Array
      ? new Int8Array(buffer, byteOffset, length)
      : raw instanceof Uint16Array
        ? new Int16Array(buffer, byteOffset, length)
        : new Int32Array(buffer, byteOffset, length)
  if (up === 0 && down === 0) return signed
  // into the element first, so that its own width makes the sign
  for (let at = 0; at < signed.length; at++) {
    signed[at] = signed[at]! << up
    signed[at] = signed[at]! >> down
  }
  return signed
}

/** Colour by plane to colour by pixel. */
export function interleave<T extends Samples>(planes: T, samplesPerPixel: number): T {
  const pixels = planes.length / samplesPerPixel
  const out = new (planes.constructor as new (length: number) => T)(planes.length)
  for (let sample = 0; sample < samplesPerPixel; sample++) {
    const plane = sample * pixels
    for (let pixel = 0, at = sample; pixel < pixels; pixel++, at += samplesPerPixel) out[at] = planes[plane + pixel]!
  }
  return out
}
