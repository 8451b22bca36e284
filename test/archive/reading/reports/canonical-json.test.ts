/** RFC 8785: one value, one text. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJSON, hashOf, type Json } from '../../../../archive/reading/reports/canonical-json.ts'

test('sorts keys by UTF-16 code units and writes no white space', () => {
  // U+1F600 begins with the code unit D83D and so comes before U+F900, though its code point is higher.
  expect(canonicalJSON({ b: 1, a: [true, null, '张'], '\uf900': 3, '\u{1f600}': 2, '\u20ac': 0 })).toBe(
    '{"a":[true,null,"张"],"b":1,"\u20ac":0,"\u{1f600}":2,"\uf900":3}',
  )
})

test('the order in which a value was built does not change its hash', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (value) => {
      const reversed = Object.fromEntries(Object.entries(value).reverse())
      expect(hashOf(canonicalJSON(value as Json))).toBe(hashOf(canonicalJSON(reversed as Json)))
      expect(JSON.parse(canonicalJSON(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('refuses what JSON cannot carry', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { a: ['\udc00x'] }])
    expect(() => canonicalJSON(value)).toThrow(TypeError)
})
