/**
 * Identity card numbers (公民身份号码, GB 11643-1999): region (GB/T 2260), date of birth, sequence (odd for men), check character by ISO 7064 MOD 11-2.
 * Residence permits of Hong Kong, Macao (81, 82) and Taiwan (83) and the permanent residence card of 2023 (9, region, nationality) follow it.
 */

export interface IdentityCard {
  /** 18 characters, the last a digit or `X`. */
  readonly number: string
  readonly sex: 'M' | 'F'
  /** DA. */
  readonly birthDate: string
}

export const cardProblems = {
  empty: { zh: '请输入身份证号', en: 'Enter the identity card number' },
  'fifteen-digits': { zh: '15 位旧身份证号已停用，请使用 18 位号码', en: 'Numbers of 15 digits are no longer valid: use the one of 18' },
  length: { zh: '身份证号应为 18 位', en: 'An identity card number has 18 characters' },
  characters: { zh: '身份证号前 17 位应为数字，末位为数字或 X', en: 'The first 17 characters are digits, the last a digit or X' },
  region: { zh: '身份证号前 6 位不是有效的地区代码', en: 'The first six digits are no region' },
  date: { zh: '身份证号中的出生日期不存在', en: 'There is no such date of birth' },
  future: { zh: '身份证号中的出生日期晚于今天或早于 150 年前', en: 'The date of birth is later than today or 150 years ago' },
  check: { zh: '身份证号校验位不正确，请核对是否输错', en: 'The check character does not fit: one of the characters is wrong' },
} as const
export type CardProblem = keyof typeof cardProblems

/** GB/T 2260, first two digits; 71, 81–83: Taiwan, Hong Kong, Macao and residence permits. */
const provinces = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
)
const permanentResident = '9'

const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const checkCharacters = '10X98765432'
const oldestYears = 150

/** ISO 7064 MOD 11-2 over the first 17 digits. */
export function checkCharacterOf(digits: string): string {
  const sum = weights.reduce((total, weight, i) => total + weight * Number(digits[i]), 0)
  return checkCharacters[sum % 11]!
}

/** @param typed full-width digits, spaces and a small x are what people type and scanners send */
export function readIdentityCard(typed: string, today: Date): IdentityCard | CardProblem {
  const number = typed.normalize('NFKC').replace(/\s/g, '').toUpperCase()
  if (number === '') return 'empty'
  if (/^\d{15}$/.test(number)) return 'fifteen-digits'
  if (number.length !== 18) return 'length'
  if (!/^\d{17}[\dX]$/.test(number)) return 'characters'
  if (!isRegion(number.slice(0, 6))) return 'region'
  const birthDate = number.slice(6, 14)
  const born = dateOf(birthDate)
  if (born === undefined) return 'date'
  if (born > today || born.getFullYear() < today.getFullYear() - oldestYears) return 'future'
  if (checkCharacterOf(number) !== number[17]) return 'check'
  return { number, sex: Number(number[16]) % 2 === 1 ? 'M' : 'F', birthDate }
}

/** Of the permanent residence card the three digits behind the region are a nationality. */
function isRegion(region: string): boolean {
  if (region.startsWith(permanentResident)) return provinces.has(region.slice(1, 3)) && region.slice(3) !== '000'
  const province = region.slice(0, 2)
  return provinces.has(province) && (Number(province) > 80 || region.slice(2, 4) !== '00')
}

/** A day that the calendar has; undefined otherwise. */
export function dateOf(da: string): Date | undefined {
  const [year, month, day] = [da.slice(0, 4), da.slice(4, 6), da.slice(6, 8)].map(Number) as [number, number, number]
  const date = new Date(year, month - 1, day)
  date.setFullYear(year)
  return date.getFullYear() === year && date.getMonth() === month - 1 && date.getDate() === day ? date : undefined
}

/** What people may see of it: `**************1002`. */
export const maskedCard = (last4: string): string => `${'*'.repeat(14)}${last4}`
