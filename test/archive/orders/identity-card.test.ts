/** GB 11643 identity card numbers and their check character, ISO 7064 MOD 11-2. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CardProblem, checkCharacterOf, maskedCard, readIdentityCard } from '../../../archive/orders/identity-card.ts'

const today = new Date(2026, 10, 22)
const whole = (first17: string) => first17 + checkCharacterOf(first17)

test('the number of the textbook is valid: a woman, born 1949-12-31', () => {
  expect(readIdentityCard('11010519491231002X', today)).toEqual({ number: '11010519491231002X', sex: 'F', birthDate: '19491231' })
})

test.each([' 11010519491231002x', '１１０１０５１９４９１２３１００２Ｘ', '110105 19491231 002X'])(
  '%j is read as people and readers send it',
  (typed) => {
    expect(readIdentityCard(typed, today)).toMatchObject({ number: '11010519491231002X' })
  },
)

test.each<[string, CardProblem]>([
  ['', 'empty'],
  ['110105491231002', 'fifteen-digits'],
  ['11010519491231002', 'length'],
  ['1101051949123100211', 'length'],
  ['11010519491231A02X', 'characters'],
  ['X1010519491231002X', 'characters'],
  [whole('99010519491231002'), 'region'],
  [whole('10010519491231002'), 'region'],
  [whole('11000019491231002'), 'region'],
  [whole('11010519490229002'), 'date'],
  [whole('11010519491331002'), 'date'],
  [whole('11010520261123002'), 'future'],
  [whole('11010518491231002'), 'future'],
  ['110105194912310021', 'check'],
])('%j is refused: %s', (typed, problem) => {
  expect(readIdentityCard(typed, today)).toBe(problem)
})

test.each([
  ['a residence permit for Hong Kong', '81000019880501123'],
  ['a residence permit for Taiwan', '83000019880501123'],
  ['a permanent residence card of 2023', '91184019880501123'],
])('%s is valid', (_, first17) => {
  expect(readIdentityCard(whole(first17), today)).toMatchObject({ sex: 'M', birthDate: '19880501' })
})

describe('for any number', () => {
  const person = fc.record({
    region: fc.constantFrom('110105', '530112', '654201'),
    born: fc.date({ min: new Date(1900, 0, 1), max: today, noInvalidDate: true }),
    sequence: fc.integer({ min: 0, max: 999 }),
  })
  const digitsOf = ({ region, born, sequence }: { region: string; born: Date; sequence: number }) =>
    `${region}${born.getFullYear()}${String(born.getMonth() + 1).padStart(2, '0')}${String(born.getDate()).padStart(2, '0')}${String(sequence).padStart(3, '0')}`

  test('sex and date of birth are what it says', () => {
    fc.assert(
      fc.property(person, (one) => {
        const first17 = digitsOf(one)
        const card = readIdentityCard(whole(first17), today)
        expect(card).toMatchObject({ birthDate: first17.slice(6, 14), sex: one.sequence % 2 === 1 ? 'M' : 'F' })
      }),
    )
  })

  test('one wrong digit, or two neighbours swapped, is never valid as it stands', () => {
    fc.assert(
      fc.property(person, fc.integer({ min: 0, max: 16 }), fc.integer({ min: 1, max: 9 }), (one, place, by) => {
        const number = whole(digitsOf(one))
        const wrong = number.slice(0, place) + ((Number(number[place]) + by) % 10) + number.slice(place + 1)
        expect(readIdentityCard(wrong, today)).toBeTypeOf('string')
        const swapped = number.slice(0, place) + (number[place + 1] === 'X' ? number[place]! : number[place + 1]! + number[place]!)
        if (swapped.length === 17 || number[place] === number[place + 1]) return
        expect(readIdentityCard(swapped + number.slice(place + 2), today)).toBeTypeOf('string')
      }),
    )
  })
})

test('of a card people see the last four characters', () => {
  expect(maskedCard('002X')).toBe('**************002X')
})
