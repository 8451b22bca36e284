/** Unicode into the character sets of DICOM. PS3.5 §6.1, Annexes H (Japanese), I (Korean), J and K (Chinese): the standard's own examples first. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canEncode, encoderFor } from '../../../archive/dicom/character-encoding.ts'
import { decoderFor } from '../../../archive/dicom/character-sets.ts'

const hexOf = (characterSet: string, text: string, name = true) => encoderFor(characterSet).encode(text, name).toString('hex')

describe('the examples of PS3.5', () => {
  test('H.3.1: Yamada Tarou in ISO 2022 IR 87', () => {
    expect(hexOf('\\ISO 2022 IR 87', 'Yamada^Tarou=山田^太郎=やまだ^たろう')).toBe(
      Buffer.from('Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B', 'latin1').toString('hex'),
    )
  })

  test('H.3.2: with JIS X 0201 as the first set', () => {
    const bytes = Buffer.concat([
      Buffer.from([0xd4, 0xcf, 0xc0, 0xde, 0x5e, 0xc0, 0xdb, 0xb3, 0x3d]),
      Buffer.from('\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J', 'latin1'),
    ])
    expect(hexOf('ISO 2022 IR 13\\ISO 2022 IR 87', 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎')).toBe(bytes.toString('hex'))
  })

  test('I.2: Hong Gildong in ISO 2022 IR 149', () => {
    const bytes = Buffer.from('Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf', 'latin1')
    expect(hexOf('\\ISO 2022 IR 149', 'Hong^Gildong=洪^吉洞=홍^길동')).toBe(bytes.toString('hex'))
  })

  test('J.1: Wang XiaoDong in ISO_IR 192', () => {
    expect(hexOf('ISO_IR 192', 'Wang^XiaoDong=王^小東')).toBe(Buffer.from('Wang^XiaoDong=王^小東').toString('hex'))
  })

  test('J.3: Wang XiaoDong in GB18030', () => {
    const bytes = Buffer.from('Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab', 'latin1')
    expect(hexOf('GB18030', 'Wang^XiaoDong=王^小东')).toBe(bytes.toString('hex'))
  })

  test('K.2: Zhang XiaoDong in ISO 2022 IR 58', () => {
    const bytes = Buffer.from('Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab', 'latin1')
    expect(hexOf('\\ISO 2022 IR 58', 'Zhang^XiaoDong=张^小东')).toBe(bytes.toString('hex'))
  })
})

describe('what was written is read as what it was', () => {
  const sets = [
    ...['ISO_IR 100', 'ISO_IR 101', 'ISO_IR 109', 'ISO_IR 110', 'ISO_IR 144', 'ISO_IR 127', 'ISO_IR 126', 'ISO_IR 138', 'ISO_IR 148'],
    ...['ISO_IR 203', 'ISO_IR 166', 'ISO_IR 13', 'ISO_IR 192', 'GB18030', 'GBK'],
    ...['\\ISO 2022 IR 87', 'ISO 2022 IR 13\\ISO 2022 IR 87', '\\ISO 2022 IR 149', '\\ISO 2022 IR 58', '\\ISO 2022 IR 87\\ISO 2022 IR 159'],
    ...['ISO 2022 IR 100\\ISO 2022 IR 144', 'ISO 2022 IR 100\\ISO 2022 IR 126', 'ISO 2022 IR 6\\ISO 2022 IR 100'],
  ]
  for (const characterSet of sets) {
    test(characterSet, () => {
      const decoder = decoderFor(characterSet.split('\\'))
      const has = [...everyCharacter()].filter((character) => !encodesOtherwise(characterSet, character))
      expect(has.length).toBeGreaterThan(128)
      const wrong = has.filter((character) => {
        const bytes = encoderFor(characterSet).encode(`a${character}`)
        return decoder.decode(bytes, 'LO') !== `a${character}`
      })
      expect(wrong).toEqual([])
      fc.assert(
        fc.property(fc.array(fc.constantFrom(...has), { minLength: 1, maxLength: 12 }), fc.boolean(), (characters, name) => {
          // Two such letters side by side under the label ISO_IR 100 can be GBK, and are then taken for it.
          const text = characterSet === 'ISO_IR 100' ? `e${characters.join('e')}e` : characters.join('')
          const value = name ? `${text}^${text}=${text}` : text
          const encoder = encoderFor(characterSet)
          expect(decoder.decode(encoder.encode(value, name), name ? 'PN' : 'LO')).toBe(value)
          expect(encoder.substituted).toBe(false)
        }),
      )
    })
  }

  test('GB18030 and ISO_IR 192 have every character', () => {
    for (const characterSet of ['GB18030', 'ISO_IR 192']) {
      for (const character of ['𠮷', '㐂', '💉', 'ß', '한', 'ﾔ']) expect(encodesOtherwise(characterSet, character), character).toBe(false)
    }
  })
})

/** Of the BMP what is assigned and stands alone, and a little beyond it. */
function* everyCharacter(): Generator<string> {
  for (let codePoint = 0x20; codePoint <= 0x2ffff; codePoint += codePoint > 0xffff ? 997 : 1) {
    const character = String.fromCodePoint(codePoint)
    if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character) && !/[\\^=]/.test(character) && codePoint !== 0x7f) yield character
  }
}

function encodesOtherwise(characterSet: string, character: string): boolean {
  const encoder = encoderFor(characterSet)
  encoder.encode(character)
  return encoder.substituted
}

describe('what a set does not have', () => {
  const written = (characterSet: string, text: string, name = true) => encoderFor(characterSet).encode(text, name).toString('latin1')

  test('is written in pinyin where it is Chinese, a surname as a surname is read', () => {
    expect(written('ISO_IR 100', '张^三')).toBe('Zhang^San')
    expect(written('ISO_IR 6', '单^雄信')).toMatch(/^Shan\^Xiong Xin$/)
    expect(written('ISO_IR 6', '吕布')).toBe('Lyu Bu')
    expect(written('ISO_IR 100', '胸部CT平扫', false)).toBe('Xiong Bu CT Ping Sao')
  })

  test('leaves out a component group where another one stands for it', () => {
    expect(written('ISO_IR 100', 'Zhang^San=张^三')).toBe('Zhang^San')
    expect(written('ISO_IR 6', '=张^三')).toBe('Zhang^San')
  })

  test('loses its accents where it is Latin, and is a question mark where it is neither', () => {
    expect(written('ISO_IR 6', 'Größe café ①', false)).toBe('Gro?e cafe 1')
    expect(written('ISO_IR 6', '💉', false)).toBe('?')
  })

  test('is cut to what the VR holds, where pinyin is longer than the Chinese; what can be written is left whole', () => {
    const bounded = (characterSet: string, text: string) => encoderFor(characterSet).encode(text, false, 16).toString('latin1')
    expect(bounded('ISO_IR 6', '胸部平扫加增强扫描')).toBe('Xiong Bu Ping Sa')
    expect(bounded('ISO_IR 6', '胸部三维平扫')).toBe('Xiong Bu San Wei')
    expect(bounded('ISO_IR 6', 'a'.repeat(20))).toBe('a'.repeat(20))
    const name = written('ISO_IR 6', `=${'庄'.repeat(20)}^双`)
    expect([name.length, name.split('=').length]).toEqual([64, 1])
  })

  test('and the encoder says so', () => {
    const encoder = encoderFor('GB18030')
    encoder.encode('张^三', true)
    expect([encoder.substituted, encoder.declares, encoder.terms]).toEqual([false, true, ['GB18030']])
    const latin = encoderFor('ISO_IR 6')
    latin.encode('张^三', true)
    expect([latin.substituted, latin.declares, latin.terms]).toEqual([true, false, []])
  })

  test('any text at all in any set: bytes of the set, no error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 30 }),
        fc.constantFrom('ISO_IR 6', 'ISO_IR 100', 'GBK', '\\ISO 2022 IR 58'),
        (text, set) => {
          expect(() => encoderFor(set).encode(text, true)).not.toThrow()
        },
      ),
    )
  })
})

test('sets that are none cannot be asked for', () => {
  for (const term of ['ISO_IR 999', 'UTF-8', 'GB18030\\ISO 2022 IR 87']) expect(canEncode(term), term).toBe(false)
  expect(() => encoderFor('KOI8-R')).toThrow(RangeError)
})
