/** Beds and places as people write them. archive/orders/bed.ts */
import { expect, test } from 'vitest'
import { bedNumber, bedText, wardText } from '../../../archive/orders/bed.ts'

test.each([
  ['12', '12'],
  [' 12 床', '12'],
  ['１２号床', '12'],
  ['床号：7', '7'],
  ['十二床', '12'],
  ['二十', '20'],
  ['一百零三床', '103'],
  ['一二床', '12'],
  ['加三床', '加3'],
  ['+3', '加3'],
  ['3+床', '加3'],
  ['a12', 'A12'],
  ['3-12', '3-12'],
  // A label is kept with its zeros; what is no number is kept as it is.
  ['03床', '03'],
  ['十十床', '十十'],
  ['抢救床', '抢救'],
  ['', ''],
])('the bed %j is kept as %j', (typed, kept) => {
  expect(bedNumber(typed)).toBe(kept)
  expect(bedNumber(kept)).toBe(kept)
})

test('department and ward are one place, whichever names the other', () => {
  expect(wardText({ department: '内科', ward: '3病区' })).toBe('内科 3病区')
  expect(wardText({ department: '内科', ward: '内科3病区' })).toBe('内科3病区')
  expect(wardText({ department: '', ward: 'ICU' })).toBe('ICU')
  expect(wardText({ department: '内科', ward: '' })).toBe('内科')
  expect([bedText('12'), bedText('')]).toEqual(['12床', ''])
})
