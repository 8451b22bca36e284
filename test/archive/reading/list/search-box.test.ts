/** What a search box means by a place. archive/reading/list/search-box.ts */
import { expect, test } from 'vitest'
import { placeOf } from '../../../../archive/reading/list/search-box.ts'

const beds = (typed: string) => placeOf(typed)?.beds.map(({ place, bed }) => `${place}|${bed}`)

test.each<[string, readonly string[]]>([
  ['12', ['|12']],
  ['12床', ['|12']],
  ['十二床', ['|12']],
  ['03 床', ['|3']],
  ['内科12床', ['|内科12', '内科|12']],
  ['ICU3', ['|ICU3', 'ICU|3']],
  ['+3床', ['|加3']],
  ['3病区', []],
])('%j may be these beds, and a number is never torn apart', (typed, expected) => {
  expect(beds(typed)).toEqual(expected)
})

test.each(['', '   ', '床', '张三', 'zhangsan', 'zs', 'P123456', '20261123', '0102CT2611220007', undefined])('%j is no place', (typed) => {
  expect(placeOf(typed)).toBeNull()
})

test('only what says nothing of a bed may be how a number begins', () => {
  expect([placeOf('12')?.number, placeOf('12床')?.number, placeOf('内科')?.number]).toEqual(['12', null, null])
})
