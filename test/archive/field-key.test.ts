/** Sealed fields: read and searched with the key, by nobody without it. */
import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { FieldKey, NotUnsealed } from '../../archive/field-key.ts'

const key = new FieldKey(randomBytes(32))
const number = '11010519491231002X'

test('what is sealed comes back, and never looks the same twice', () => {
  const sealed = key.seal('identity-card', number)
  expect(key.unseal('identity-card', sealed)).toBe(number)
  expect(sealed.includes(number.slice(0, 6))).toBe(false)
  expect(key.seal('identity-card', number).equals(sealed)).toBe(false)
})

test('another key, another field or one changed bit opens nothing', () => {
  const sealed = key.seal('identity-card', number)
  expect(() => new FieldKey(randomBytes(32)).unseal('identity-card', sealed)).toThrow(NotUnsealed)
  expect(() => key.unseal('phone', sealed)).toThrow(NotUnsealed)
  for (const place of [0, 5, 20, sealed.length - 1]) {
    const damaged = Buffer.from(sealed)
    damaged[place]! ^= 1
    expect(() => key.unseal('identity-card', damaged)).toThrow(NotUnsealed)
  }
  expect(() => key.unseal('identity-card', sealed.subarray(0, 10))).toThrow(NotUnsealed)
})

test('it is found by a hash that depends on the key and the field', () => {
  expect(key.index('identity-card', number).equals(key.index('identity-card', number))).toBe(true)
  expect(key.index('phone', number).equals(key.index('identity-card', number))).toBe(false)
  expect(new FieldKey(randomBytes(32)).index('identity-card', number).equals(key.index('identity-card', number))).toBe(false)
})
