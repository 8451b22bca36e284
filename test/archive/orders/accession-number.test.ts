/** AccessionNumber (0008,0050), SH: at most 16 characters, readable, and nobody else's. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { accessionNumber, accessionPrefixes, newPatientID } from '../../../archive/orders/accession-number.ts'
import { nextNumbers } from '../../../archive/orders/numbers.ts'
import { upsertInstitution } from '../../../storage/index/institutions.ts'
import { transaction } from '../../../storage/index/query.ts'
import { openTestIndex, type TestIndex } from '../../support/postgres.ts'

const day = new Date(2026, 10, 22, 23, 59)

test('prefix, modality, day of the clock on the wall, number of the day', () => {
  expect(accessionNumber('EAST', 'CT', day, 7)).toBe('EASTCT2611220007')
  expect(accessionNumber('E', 'ECG', day, 9_999)).toBe('EEC2611229999')
  expect(newPatientID('EAST', day, 7)).toBe('EASTP2611220007')
  expect(() => accessionNumber('EAST', 'CT', day, 10_000)).toThrow('9999')
})

test('is never longer than an SH holds', () => {
  for (const modality of ['CT', 'DX', 'ECG', 'X', 'IVOCT'])
    expect(accessionNumber('ABCD', modality, day, 9_999).length).toBeLessThanOrEqual(16)
})

test('every institution has a prefix of its own, the most readable that is free', () => {
  expect([...accessionPrefixes({ id: 3, code: 'EAST-TOWN' })]).toEqual(['EAST', 'EAS3', '0003'])
  expect([...accessionPrefixes({ id: 40, code: '_-' })]).toEqual(['14', '0014'])
  expect([...accessionPrefixes({ id: 2_000_000, code: 'x' })].every((prefix) => /^[A-Z0-9]{1,4}$/.test(prefix))).toBe(true)
})

let index: TestIndex
beforeAll(async () => {
  index = await openTestIndex()
})
afterAll(() => index.close())

test('two townships of one beginning, and many orders at once, never get the same number', async () => {
  const towns = await Promise.all(['EASTERN-1', 'EASTERN-2'].map((code) => upsertInstitution(index.pool, { code, name: code })))
  const numbers: string[] = []
  for (const town of towns) {
    const made = await Promise.all(
      Array.from({ length: 20 }, () => transaction(index.pool, (client) => nextNumbers(client, town, 'CT', day))),
    )
    numbers.push(...made.map(({ AccessionNumber }) => AccessionNumber))
  }
  expect(new Set(numbers).size).toBe(40)
  expect(numbers[0]).toMatch(/^EASTCT26112200\d\d$/)
  expect(numbers[20]).not.toMatch(/^EASTCT/)
})
