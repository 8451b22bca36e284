/** LUT Descriptor and LUT Data, palettes, segmented palettes. PS3.3 §C.11.1.1, §C.7.6.3.1.5–6, §C.7.9.2. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PixelsNotDecoded } from '../../../archive/rendered/errors.ts'
import { lookUp, lookupTable, segmentedLookupTable } from '../../../archive/rendered/lookup-table.ts'

const words = (...values: number[]) => new Uint8Array(Uint16Array.from(values).buffer)

test('0 entries mean 65,536', () => {
  const table = lookupTable([0, 0, 16], new Uint8Array(131_072).fill(255), false)
  expect(table.entries.length).toBe(65_536)
})

test('entries of 8 bits may be packed', () => {
  expect([...lookupTable([4, 0, 8], Uint8Array.of(1, 2, 3, 4), false).entries]).toEqual([1, 2, 3, 4])
})

test('a palette that says 16 bits and holds 8 has 8', () => {
  expect(lookupTable([2, 0, 16], words(0, 255), false).bits).toBe(8)
  expect(lookupTable([2, 0, 16], words(0, 0xff00), false).bits).toBe(16)
  expect(lookupTable([2, 0, 8], words(0, 4095), false).bits).toBe(12)
})

test('lower values get the first entry, higher ones the last', () => {
  const table = lookupTable([2, 10, 16], words(300, 400), false)
  expect([5, 10, 11, 12].map((value) => lookUp(table, value))).toEqual([300, 300, 400, 400])
})

test('a table that is too short is refused', () => {
  expect(() => lookupTable([256, 0, 16], new Uint8Array(100), false)).toThrow(PixelsNotDecoded)
})

describe('segments', () => {
  test('discrete values, a line, and a repetition', () => {
    const data = words(0, 2, 10, 20, /* a line of 4 to 60 */ 1, 4, 60, /* the first 2 segments again */ 2, 2, 0, 0)
    const { entries } = segmentedLookupTable([12, 0, 16], data, false)
    expect([...entries]).toEqual([10, 20, 30, 40, 50, 60, 10, 20, 30, 40, 50, 60])
  })
  test('of 8 bits', () => {
    const data = Uint8Array.of(0, 2, 10, 20, 1, 4, 60)
    expect([...segmentedLookupTable([6, 0, 8], data, false).entries]).toEqual([10, 20, 30, 40, 50, 60])
  })
  test('that are too few leave the last value, too many are cut', () => {
    expect([...segmentedLookupTable([4, 0, 16], words(0, 2, 1, 2), false).entries]).toEqual([1, 2, 2, 2])
    expect([...segmentedLookupTable([1, 0, 16], words(0, 2, 1, 2), false).entries]).toEqual([1])
  })
  test('of any bytes end, as a table or as PixelsNotDecoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(65_535), fc.constantFrom(8, 16), (data, count, bits) => {
        try {
          expect(segmentedLookupTable([count, 0, bits], data, false).entries.length).toBe(count || 65_536)
        } catch (error) {
          expect(error).toBeInstanceOf(PixelsNotDecoded)
        }
      }),
    )
  })
})
