/** Literal matching of person names: PS3.4 §C.2.2.2.1, .4. */
import { expect, test } from 'vitest'
import { nameMatchesPattern } from '../../archive/name-pattern.ts'

test.each([
  ['ZHANG^SAN=张^三', '张三', true],
  ['ZHANG^SAN=张^三', '张^三', true],
  ['ZHANG^SAN=张^三', '张*', true],
  ['ZHANG^SAN=张^三', 'zhang san', true],
  ['ZHANG^SAN=张^三', 'Zhang^San', true],
  ['ZHANG^SAN=张^三', 'ＺＨＡＮＧ^san', true],
  ['ZHANG^SAN=张^三', 'zhang', false],
  ['ZHANG^SAN=张^三', '*hang*', true],
  ['ZHANG^SAN=张^三', 'zh?ng*', true],
  ['ZHANG^SAN=张^三', '三', false],
  ['Müller^José', 'muller^jose', true],
  ['Smith^John', 'S.*', false],
  ['Smith^John', '*(John', false],
])('%s, asked for as %s: %s', (name, pattern, expected) => expect(nameMatchesPattern(name, pattern)).toBe(expected))

test('a pattern of many asterisks is answered at once', () => {
  expect(nameMatchesPattern('a'.repeat(64), `${'*a'.repeat(40)}*b`)).toBe(false)
  expect(nameMatchesPattern('a'.repeat(64), `${'*a'.repeat(40)}*`)).toBe(true)
})
