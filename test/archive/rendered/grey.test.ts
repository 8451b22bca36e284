/** The grayscale pipeline, PS3.3 §C.11.1–C.11.2, value by value. */
import { describe, expect, test } from 'vitest'
import { type GreyDisplay, renderGrey, type Window } from '../../../archive/rendered/grey.ts'
import { lookupTable } from '../../../archive/rendered/lookup-table.ts'
import type { PixelDescription, Samples } from '../../../archive/rendered/pixels.ts'

const pixels: PixelDescription = {
  Rows: 1,
  Columns: 1,
  SamplesPerPixel: 1,
  PhotometricInterpretation: 'MONOCHROME2',
  BitsAllocated: 16,
  BitsStored: 16,
  HighBit: 15,
  PixelRepresentation: 1,
  PlanarConfiguration: 0,
  kind: 'integer',
}
const plain: GreyDisplay = { modality: { slope: 1, intercept: 0 }, voi: null, inverse: false, padding: null }
const window = (center: number, width: number, shape: Window['function'] = 'LINEAR'): Window => ({ center, width, function: shape })
const grey = (samples: Samples, display: Partial<GreyDisplay>, asked?: Window, description: Partial<PixelDescription> = {}) => [
  ...renderGrey(samples, { ...pixels, ...description }, { ...plain, ...display }, asked),
]
const words = (values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)

describe('a window', () => {
  test('LINEAR of the example in §C.11.2.1.2.1: centre 2048, width 4096 maps 0 to 0 and 4095 to 255', () => {
    expect(grey(Int16Array.of(-5, 0, 1, 2047, 2048, 4094, 4095, 5000), {}, window(2048, 4096))).toEqual([0, 0, 0, 127, 128, 255, 255, 255])
  })
  test('LINEAR of the example: centre 2048, width 1 is a threshold', () => {
    expect(grey(Int16Array.of(2047, 2048), {}, window(2048, 1))).toEqual([0, 255])
  })
  test('LINEAR of the example: centre 0, width 100 is black at -50 and white from 49 on', () => {
    expect(grey(Int16Array.of(-51, -50, -49, 0, 48, 49), {}, window(0, 100))).toEqual([0, 0, 3, 129, 252, 255])
  })
  test('LINEAR_EXACT of the example: centre 0, width 100 is black at -50 and white at 50', () => {
    expect(grey(Int16Array.of(-50, 0, 25, 50), {}, window(0, 100, 'LINEAR_EXACT'))).toEqual([0, 128, 191, 255])
  })
  test('SIGMOID is half at its centre and never quite 0 or 1', () => {
    expect(grey(Int16Array.of(-1000, -50, 0, 50, 1000), {}, window(0, 100, 'SIGMOID'))).toEqual([0, 30, 128, 225, 255])
  })
  test('counts in the units that rescale gives', () => {
    const modality = { slope: 1, intercept: -1024 }
    expect(grey(Uint16Array.of(1024 - 160, 1024 + 40, 1024 + 240), { modality }, window(40, 400))).toEqual([0, 128, 255])
  })
  test('of the request replaces what the data set proposes', () => {
    expect(grey(Int16Array.of(100), { voi: window(1000, 10) }, window(0, 100))).toEqual([255])
    expect(grey(Int16Array.of(100), { voi: window(1000, 10) })).toEqual([0])
  })
})

describe('without a window', () => {
  test('the range that the frame uses is shown', () => {
    expect(grey(Int16Array.of(-100, 0, 100), {})).toEqual([0, 128, 255])
  })
  test('padding is not counted into the range and is black', () => {
    expect(grey(Int16Array.of(-2000, -1900, 0, 100), { padding: { low: -2000, high: -1900 } })).toEqual([0, 0, 0, 255])
  })
  test('8 bits without rescale are shown as they are', () => {
    const eight = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelRepresentation: 0 }
    expect(grey(Uint8Array.of(10, 20, 250), {}, undefined, eight)).toEqual([10, 20, 250])
  })
  test('one bit is black and white', () => {
    const one = { BitsAllocated: 1, BitsStored: 1, HighBit: 0, PixelRepresentation: 0 }
    expect(grey(Uint8Array.of(0, 1), {}, undefined, one)).toEqual([0, 255])
  })
  test('one value only, or nothing but padding, divides by nothing', () => {
    expect(grey(Int16Array.of(7, 7), {})).toEqual([0, 0])
    expect(grey(Int16Array.of(7, 7), { padding: { low: 7, high: 7 } })).toEqual([0, 0])
  })
  test('32 bits and real numbers have a range too', () => {
    expect(grey(Uint32Array.of(0, 2 ** 31, 2 ** 32 - 1), {})).toEqual([0, 128, 255])
    expect(grey(Float32Array.of(-0.5, 0, 0.5), {}, undefined, { kind: 'float', BitsAllocated: 32 })).toEqual([0, 128, 255])
    expect(grey(Float32Array.of(Number.NaN, 0, 1), {}, undefined, { kind: 'float', BitsAllocated: 32 })).toEqual([0, 0, 255])
  })
  test('a falling rescale turns the range round', () => {
    expect(grey(Int16Array.of(0, 100), { modality: { slope: -1, intercept: 0 } })).toEqual([255, 0])
  })
})

describe('inverse', () => {
  test('shows the lowest value white', () => {
    expect(grey(Int16Array.of(-50, 50), { inverse: true }, window(0, 100, 'LINEAR_EXACT'))).toEqual([255, 0])
  })
  test('leaves padding black', () => {
    expect(grey(Int16Array.of(-2000, 50), { inverse: true, padding: { low: -2000, high: -2000 } }, window(0, 100))).toEqual([0, 0])
  })
})

describe('lookup tables', () => {
  test('a VOI LUT maps what the modality gives, its ends beyond its range', () => {
    const voi = lookupTable([4, 65_534, 8], words([0, 85, 170, 255]), true)
    expect(voi.first).toBe(-2)
    expect(grey(Int16Array.of(-10, -2, -1, 0, 1, 10), { voi })).toEqual([0, 0, 85, 170, 255, 255])
  })
  test('of 12 bits scales to 255', () => {
    expect(grey(Int16Array.of(0, 1), { voi: lookupTable([2, 0, 12], words([0, 4095]), false) })).toEqual([0, 255])
  })
  test('a modality LUT comes before the window', () => {
    const modality = lookupTable([3, 0, 16], words([100, 200, 300]), false)
    expect(grey(Int16Array.of(0, 1, 2), { modality }, window(200, 200, 'LINEAR_EXACT'))).toEqual([0, 128, 255])
  })
})
