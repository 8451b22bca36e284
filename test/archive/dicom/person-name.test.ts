import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { displayName, nameKeys, nameMatches, nameQueryKeys, parsePersonName } from '../../../archive/dicom/person-name.ts'

const found = (name: string, query: string) => {
  const keys = new Set(nameKeys(name))
  return nameQueryKeys(query).every((key) => keys.has(key)) && nameMatches(name, query)
}

describe('the three component groups (PS3.5 §6.2.1)', () => {
  test.each([
    ['Yamada^Tarou=山田^太郎=やまだ^たろう', { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' }],
    ['张^三', { Alphabetic: '张^三' }],
    ['=张^三', { Ideographic: '张^三' }],
    ['', {}],
    ['a=b=c=d', { Alphabetic: 'a', Ideographic: 'b', Phonetic: 'c' }],
  ])('%s', (text, groups) => {
    expect(parsePersonName(text)).toEqual(groups)
  })
})

describe('a name is shown as people read it', () => {
  test.each([
    ['张^三', '张三'],
    ['Zhang^San=张^三', '张三'],
    ['=欧阳^娜娜', '欧阳娜娜'],
    ['Smith^John', 'Smith John'],
    ['Smith^John^Q^Dr^Jr', 'Smith John Q Dr Jr'],
    ['Hong^Gildong=洪^吉洞=홍^길동', '洪吉洞'],
    ['艾力·买买提', '艾力·买买提'],
    ['', ''],
    ['^^', ''],
  ])('%s → %s', (text, shown) => {
    expect(displayName(text)).toBe(shown)
  })
})

describe('a name is found by characters, pinyin, initials and words', () => {
  test.each([
    [
      '张^三',
      [
        '张',
        '三',
        '张三',
        'zhang',
        'zhangsan',
        'zhangs',
        'san',
        'zs',
        'ZS',
        'Zhang',
        'ZHANGSAN',
        'zhang san',
        'z',
        '张^三',
        '張三',
        '张*',
        '*三',
      ],
    ],
    ['ZHANG^SAN', ['zhang', 'san', 'zhangsan', 'zs', 'zhang^san']],
    ['ZHANGSAN', ['zhangsan', 'san', 'zs', 'zhang']],
    ['Zhang^San=张^三', ['张', 'zs', 'zhangsan']],
    ['张^三丰', ['三丰', '张三丰', 'zsf', 'sanfeng', 'feng']],
    ['欧阳^三丰', ['阳三丰', 'oysf', 'ouyangsanfeng']],
    ['單^雄信', ['单', '單', '单雄信', 'shan', 'dan', 'sxx', 'dxx', 'shanxiongxin', 'danxiongxin']],
    ['曾^国藩', ['zeng', 'ceng', 'zgf', 'cgf']],
    ['种^师道', ['zhong', 'chong', 'csd']],
    ['尉迟^恭', ['yuchi', 'yuchigong', 'ycg']],
    ['万俟^卨', ['moqi', 'mq']],
    ['吕^布', ['lv', 'lu', 'lyu', 'lvbu', 'lubu', 'lb']],
    ['Müller^Jürgen', ['muller', 'MULLER', 'jurg', 'Müller', 'mj']],
    ['Ｗａｎｇ^Ｘｉａｏｄｏｎｇ', ['wang', 'xiaodong', 'wangx']],
    ['艾力·买买提', ['艾力买买提', '艾力·买', 'mai', 'ailimai']],
    ["O'Neill^Sean", ['oneill', "o'neill"]],
    ['홍^길동', ['홍', '길동', '길']],
  ])('%s', (name, queries) => {
    expect(queries.filter((query) => !found(name, query))).toEqual([])
  })

  test.each([
    ['张^三', ['李', '三张', 'zhangsi', 'ang', 'sz', '张四', 'zhangsanfeng']],
    ['李^张三', ['李三']],
    ['张^𠮷', ['𠮷x', 'zj']],
  ])('%s is not found by other names', (name, queries) => {
    expect(queries.filter((query) => found(name, query))).toEqual([])
  })

  test('a character without a reading is found by itself and adds nothing Latin', () => {
    expect(found('张^𠮷', '𠮷')).toBe(true)
    expect(nameKeys('𠮷')).toEqual(['𠮷'])
  })

  test('a run of characters whose pairs all occur, but not in a row, is rejected by the recheck', () => {
    const keys = new Set(nameKeys('王三王三丰'))
    expect(nameQueryKeys('三王三王').every((key) => keys.has(key))).toBe(true)
    expect(nameMatches('王三王三丰', '三王三王')).toBe(false)
  })

  test('keys stay few, whatever is called a name', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ maxLength: 300, unit: 'binary' }),
          fc.string({ maxLength: 64, unit: fc.constantFrom(...'曾单行重乐长还了^= ') }),
        ),
        (text) => {
          expect(nameKeys(text).length).toBeLessThan(2500)
        },
      ),
      { numRuns: 200 },
    )
  })

  test('every name of Han characters is found by itself and by each of its characters', () => {
    const character = fc.integer({ min: 0x4e00, max: 0x9fa5 }).map((code) => String.fromCodePoint(code))
    fc.assert(
      fc.property(fc.array(character, { minLength: 1, maxLength: 4 }), (characters) => {
        const name = `${characters[0]}^${characters.slice(1).join('')}`
        return found(name, characters.join('')) && characters.every((one) => found(name, one))
      }),
      { numRuns: 200 },
    )
  })
})

test('Korean machines write 李 and 羅 as compatibility ideographs: they are found by the usual ones, and the other way round', () => {
  for (const name of ['\uf9e1^\uf90f\u7e7c', '李^羅繼']) {
    for (const query of ['李', '李羅繼', '\uf9e1', '\uf9e1^\uf90f\u7e7c', '李^羅*'])
      expect(nameMatches(name, query), `${name} ${query}`).toBe(true)
  }
})

test('a Greek name in capitals ends in the same sigma', () => {
  expect(nameMatches('ΠΑΠΑΔΟΠΟΥΛΟΣ^ΝΙΚΟΣ', 'παπαδοπουλος νικος')).toBe(true)
  expect(nameKeys('ΝΙΚΟΣ')).toEqual(nameKeys('νικος'))
})
