/** Beds and where they stand. People write 12, 12床, 十二床 or 床号:12 for the same one; 加3 and +3 are the third bed that was put between the others. */

/** As it is kept: without 床, full-width or Chinese digits. What is no such number stays as it was typed. */
export function bedNumber(typed: string): string {
  const plain = typed.normalize('NFKC').replaceAll(/\s/g, '').toUpperCase()
  const label = plain.replace(/^床号?[::]?/u, '').replace(/号?床$/u, '')
  return withDigits(label.replace(/^\+(?=.)/, '加').replace(/^([^+]+)\+$/, '加$1'))
}

const digits = '零一二三四五六七八九'

/** 十二 → 12, 加二十 → 加20, 一百零三 → 103; 一二 is read digit by digit. */
function withDigits(label: string): string {
  const [, before = '', numerals] = /^(加?)([〇零一二三四五六七八九十百]+)$/u.exec(label) ?? []
  if (numerals === undefined) return label
  const plain = numerals.replaceAll('〇', '零')
  const value = (numeral: string | undefined) => digits.indexOf(numeral ?? '')
  if (!/[十百]/u.test(plain)) return before + [...plain].map(value).join('')
  const [, hundreds, tens, ones] =
    /^(?:([一二三四五六七八九])百零?)?(?:([一二三四五六七八九]?)十)?([一二三四五六七八九]?)$/u.exec(plain) ?? []
  const unread = [hundreds, tens, ones].every((part) => part === undefined)
  if (unread) return label
  return (
    before +
    String(
      100 * (hundreds === undefined ? 0 : value(hundreds)) +
        10 * (tens === undefined ? 0 : tens === '' ? 1 : value(tens)) +
        (ones ? value(ones) : 0),
    )
  )
}

export interface Place {
  readonly department: string
  readonly ward: string
  readonly bed: string
}

/** 内科 and 内科3病区 are one place, not two. */
export const wardText = ({ department, ward }: Pick<Place, 'department' | 'ward'>): string =>
  ward === '' ? department : ward.startsWith(department) ? ward : `${department} ${ward}`

export const bedText = (bed: string): string => (bed === '' ? '' : `${bed}床`)
