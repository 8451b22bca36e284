/** Native pixels, PS3.5 §8.1–8.2 and PS3.3 §C.7.6.3.1. */
import { describe, expect, test } from 'vitest'
import { renderColour } from '../../../archive/rendered/colour.ts'
import { NotRenderable, PixelsNotDecoded } from '../../../archive/rendered/errors.ts'
import { decodeNative } from '../../../archive/rendered/native.ts'
import type { PixelDescription } from '../../../archive/rendered/pixels.ts'

const grey = (changes: Partial<PixelDescription> = {}): PixelDescription => ({
  Rows: 1,
  Columns: 4,
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  BitsAllocated: 16,
  BitsStored: 12,
  HighBit: 11,
  PixelRepresentation: 0,
  PlanarConfiguration: 0,
  kind: 'integer',
  ...changes,
})
const colour = (changes: Partial<PixelDescription> = {}) =>
  grey({ SamplesPerPixel: 3, PhotometricInterpretation: 'RGB', BitsAllocated: 8, BitsStored: 8, HighBit: 7, Columns: 2, ...changes })
const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)
const values = (bytes: Uint8Array, description: PixelDescription) => [...decodeNative(bytes, description).samples]

describe('stored bits', () => {
  test('what stands above HighBit is no pixel: overlays of old', () => {
    expect(values(words(0x0fff, 0xf001, 0x8abc, 0x1000), grey())).toEqual([0xfff, 1, 0xabc, 0])
  })
  test('the sign stands in HighBit', () => {
    expect(values(words(0x0fff, 0x0800, 0x07ff, 0xf001), grey({ PixelRepresentation: 1 }))).toEqual([-1, -2048, 2047, 1])
  })
  test('HighBit above BitsStored - 1 shifts', () => {
    expect(values(words(0xfff0, 0x0010, 0x801f, 0), grey({ HighBit: 15 }))).toEqual([0xfff, 1, 0x801, 0])
    expect(values(words(0xfff0, 0x7ff0, 0x8000, 0), grey({ HighBit: 15, PixelRepresentation: 1 }))).toEqual([-1, 2047, -2048, 0])
  })
  test.each([
    [8, [0xff, 0x80, 0x7f, 0], [-1, -128, 127, 0]],
    [32, [0, 0, 0, 0x80, 1, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0], [-(2 ** 31), 1, -1, 0]],
  ])('of %i bits, signed', (bits, bytes, expected) => {
    const description = grey({ BitsAllocated: bits, BitsStored: bits, HighBit: bits - 1, PixelRepresentation: 1 })
    expect(values(Uint8Array.from(bytes), description)).toEqual(expected)
  })
  test('of one bit begin with the lowest', () => {
    expect(values(Uint8Array.of(0b0101), grey({ BitsAllocated: 1, BitsStored: 1, HighBit: 0 }))).toEqual([1, 0, 1, 0])
  })
  test('of twelve bits, packed', () => {
    expect(values(Uint8Array.of(0x23, 0x61, 0x45, 0x89, 0xc7, 0xab), grey({ BitsAllocated: 12 }))).toEqual([0x123, 0x456, 0x789, 0xabc])
  })
  test('float and double float', () => {
    const float = new Uint8Array(Float32Array.of(0.5, -1, 2, 3).buffer)
    expect(values(float, grey({ BitsAllocated: 32, BitsStored: 32, HighBit: 31, kind: 'float' }))).toEqual([0.5, -1, 2, 3])
    const double = new Uint8Array(Float64Array.of(0.1, -1, 2, 3).buffer)
    expect(values(double, grey({ BitsAllocated: 64, BitsStored: 64, HighBit: 63, kind: 'double' }))).toEqual([0.1, -1, 2, 3])
  })
  test('the bytes that were given stay as they are', () => {
    const bytes = words(0xf001, 0, 0, 0)
    decodeNative(bytes, grey())
    expect(bytes).toEqual(words(0xf001, 0, 0, 0))
  })
})

describe('colour', () => {
  test('by plane becomes colour by pixel', () => {
    expect(values(Uint8Array.of(1, 2, 3, 4, 5, 6), colour({ PlanarConfiguration: 1 }))).toEqual([1, 3, 5, 2, 4, 6])
  })
  test('YBR_FULL_422 has two bytes a pixel, and two pixels share their chrominance', () => {
    const decoded = decodeNative(Uint8Array.of(10, 20, 30, 40), colour({ PhotometricInterpretation: 'YBR_FULL_422' }))
    expect(decoded).toEqual({ samples: Uint8Array.of(10, 30, 40, 20, 30, 40), PhotometricInterpretation: 'YBR_FULL' })
  })
  test.each([
    ['YBR_FULL', [128, 128, 128], [128, 128, 128]],
    ['YBR_FULL', [76, 85, 255], [254, 0, 0]],
    ['YBR_PARTIAL', [16, 128, 128], [0, 0, 0]],
    ['YBR_PARTIAL', [235, 128, 128], [255, 255, 255]],
  ])('%s %j is RGB %j', (PhotometricInterpretation, ybr, rgb) => {
    const shown = renderColour({ samples: Uint8Array.from(ybr), PhotometricInterpretation }, colour())
    expect([...shown]).toEqual(rgb)
  })
  test('of 16 bits is shown by its upper 8', () => {
    const sixteen = colour({ BitsAllocated: 16, BitsStored: 12, HighBit: 11, Columns: 1 })
    expect([...renderColour(decodeNative(words(0xfff, 0x800, 0x00f), sixteen), sixteen)]).toEqual([255, 128, 0])
  })
  test.each(['HSV', 'ARGB', 'CMYK', ''])('%j is not shown', (PhotometricInterpretation) => {
    expect(() => renderColour({ samples: new Uint8Array(3), PhotometricInterpretation }, colour())).toThrow(NotRenderable)
  })
})

test.each([
  ['too few bytes', grey(), 7],
  ['no rows', grey({ Rows: 0 }), 8],
  ['a frame of 8 GB', grey({ Rows: 65_535, Columns: 65_535 }), 8],
  ['more bits stored than allocated', grey({ BitsStored: 17, HighBit: 16 }), 8],
  ['HighBit outside', grey({ HighBit: 16 }), 8],
  ['two samples a pixel', grey({ SamplesPerPixel: 2 }), 16],
  ['24 bits allocated', grey({ BitsAllocated: 24, BitsStored: 24, HighBit: 23 }), 12],
  ['422 with odd columns', colour({ PhotometricInterpretation: 'YBR_FULL_422', Columns: 3 }), 9],
])('%s: PixelsNotDecoded', (_, description, size) => {
  expect(() => decodeNative(new Uint8Array(size), description)).toThrow(PixelsNotDecoded)
})
