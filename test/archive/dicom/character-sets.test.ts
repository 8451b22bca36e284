import { describe, expect, test } from 'vitest'
import { decoderFor } from '../../../archive/dicom/character-sets.ts'

const decode = (label: string | null, bytes: Buffer, { vr = 'LO', fallback }: { vr?: string; fallback?: string } = {}) => {
  const decoder = decoderFor(label === null ? [] : label.split('\\'), fallback)
  return { text: decoder.decode(bytes, vr), used: decoder.used, repaired: decoder.repaired }
}
const hex = (digits: string) => Buffer.from(digits, 'hex')

describe('the sets of PS3.3 C.12.1.1.2', () => {
  test.each([
    ['ISO_IR 100', 'e4f6fc', 'äöü'],
    ['ISO_IR 100', '93', '\u0093'],
    ['ISO_IR 101', 'b1e6ea', 'ąćę'],
    ['ISO_IR 109', 'a1f8', 'Ħĝ'],
    ['ISO_IR 110', 'bea2', 'žĸ'],
    ['ISO_IR 144', 'bbeeda', 'Люк'],
    ['ISO_IR 127', 'e2c8c7e6ea', 'قباني'],
    ['ISO_IR 126', 'c4e9ef', 'Διο'],
    ['ISO_IR 138', 'f9f8e5ef', 'שרון'],
    ['ISO_IR 148', 'fef0', 'şğ'],
    ['ISO_IR 203', 'a4', '€'],
    ['ISO_IR 166', 'b9d2c2', 'นาย'],
    ['ISO_IR 13', 'd4cfc0de', 'ﾔﾏﾀﾞ'],
    ['ISO_IR 192', 'e5bca0e4b889', '张三'],
    ['GB18030', 'd5c5c8fd', '张三'],
    ['GB18030', '8139ef319534b235', '㐂𠮷'],
    ['GBK', 'd6ece946bbf9', '朱镕基'],
  ])('%s %s', (label, digits, text) => {
    expect(decode(label, hex(digits))).toEqual({ text, used: label, repaired: false })
  })

  test.each([
    ['iso_ir 192', 'e5bca0', '张'],
    ['ISO-IR 192', 'e5bca0', '张'],
    ['UTF-8', 'e5bca0', '张'],
    ['gb2312', 'd5c5', '张'],
    ['ISO_IR_101', 'b1', 'ą'],
    ['ISO 2022 IR 101', 'b1', 'ą'],
  ])('%s is understood as what was meant', (label, digits, text) => {
    expect(decode(label, hex(digits)).text).toBe(text)
  })
})

describe('code extensions (PS3.5 §6.1.2.5)', () => {
  test.each([
    [
      'Japanese, PS3.5 H.3',
      '\\ISO 2022 IR 87',
      '59616d6164615e5461726f753d1b24423b3345441b28425e1b244242404f3a1b2842',
      'Yamada^Tarou=山田^太郎',
    ],
    ['Korean, PS3.5 I.2', '\\ISO 2022 IR 149', '486f6e673d1b242943fbf35e1b242943d1ced4d7', 'Hong=洪^吉洞'],
    ['Chinese, PS3.5 K.2', '\\ISO 2022 IR 58', '5a68616e673d1b242941d5c55e1b242941d0a1b6ab', 'Zhang=张^小东'],
    ['Chinese with the set alone', 'ISO 2022 IR 58', '1b242941d5c5', '张'],
  ])('%s', (_, label, digits, text) => {
    expect(decode(label, hex(digits), { vr: 'PN' })).toMatchObject({ text, repaired: false })
  })

  test.each([
    ['Latin-9 among others', 'ISO 2022 IR 100\\ISO 2022 IR 203\\ISO 2022 IR 58', 'e91b2d62a41b242941d5c5', 'é€张'],
    ['a term that is none beside one that is', '\\ISO 2022 IR 999\\ISO 2022 IR 58', '1b242941d5c5', '张'],
    ['back to Roman letters that are not declared', '\\ISO 2022 IR 87', '1b24423b3345441b284a5e41', '山田^A'],
    ['Japanese behind ISO_IR 13 alone', 'ISO_IR 13', 'd4cf3d1b24423b3345441b284a', 'ﾔﾏ=山田'],
    ['a character of GBK behind the escape of GB 2312', '\\ISO 2022 IR 58', '1b242941d6ece946bbf9', '朱镕基'],
    ['Korean without its escape', '\\ISO 2022 IR 149', 'fbf35ed1ced4d7', '洪^吉洞'],
    ['an escape that is none beside one that is', '\\ISO 2022 IR 58', '411b5a1b242941d5c5', 'A\u001bZ张'],
    ['Cyrillic before Chinese is no GBK', 'ISO 2022 IR 144\\ISO 2022 IR 58', 'bbeedabbeeda', 'ЛюкЛюк'],
  ])('%s', (_, label, digits, text) => {
    expect(decode(label, hex(digits), { vr: 'PN' })).toMatchObject({ text, repaired: false })
  })

  test('an escape that is none leaves the bytes readable, and never throws', () => {
    expect(decode('\\ISO 2022 IR 87', hex('411b5a42')).text).toContain('A')
  })

  test('escapes in a text that declared nothing are followed', () => {
    expect(decode(null, hex('1b242941d5c5'), { vr: 'PN' }).text).toBe('张')
  })
})

describe('a wrong label is repaired where the bytes are Chinese without doubt', () => {
  test.each([
    ['nothing declared', null, 'd5c55ec8fd', '张^三'],
    ['ISO_IR 6', 'ISO_IR 6', 'd5c5c8fd', '张三'],
    ['ISO_IR 100', 'ISO_IR 100', 'd5c5c8fd', '张三'],
    ['UTF-8 declared, GBK written', 'ISO_IR 192', 'd5c5c8fd', '张三'],
    ['an unknown label', 'ISO_IR 999', 'd5c5c8fd', '张三'],
    ['escapes declared and not written', '\\ISO 2022 IR 58', 'd5c5c8fd', '张三'],
    ['one character', null, 'b5a5', '单'],
    ['a character of GBK that GB 2312 does not have', null, 'd6ece946bbf9', '朱镕基'],
    ['such a character alone', null, '86b4', '喆'],
    ['among capitals and digits', null, 'd0d8b2bf4354c6bdc9a8', '胸部CT平扫'],
  ])('%s', (_, label, digits, text) => {
    expect(decode(label, hex(digits))).toEqual({ text, used: 'GB18030', repaired: true })
  })

  test('undeclared UTF-8 is UTF-8', () => {
    expect(decode(null, Buffer.from('胸部正位', 'utf8'))).toEqual({ text: '胸部正位', used: 'ISO_IR 192', repaired: true })
  })

  test.each([
    'Müller',
    'Größe',
    'créée',
    'Universitätsklinikum Köln',
    'Hôpital général',
    'José Nuñez',
    'PEÑÁLVER',
    'Übergröße',
    'Åse Ødegård',
    '20 µm ± 3°',
  ])('%s stays European', (text) => {
    for (const label of [null, 'ISO_IR 100']) {
      expect(decode(label, Buffer.from(text, 'latin1'))).toEqual({ text, used: label ?? 'ISO_IR 6', repaired: false })
    }
  })

  test('quotes of windows-1252 are no Chinese', () => {
    expect(decode('ISO_IR 100', hex('7061746965 6e74927320 936c756e6794'.replaceAll(' ', ''))).repaired).toBe(false)
  })

  test('plain ASCII is not looked at twice', () => {
    expect(decode('GB18030', Buffer.from('CT')).text).toBe('CT')
  })
})

describe('a fallback for text that declares nothing', () => {
  test('is used for bytes above ASCII, and marked', () => {
    expect(decode(null, hex('b1'), { fallback: 'ISO_IR 101' })).toEqual({ text: 'ą', used: 'ISO_IR 101', repaired: true })
  })

  test('does not touch what is declared', () => {
    expect(decode('ISO_IR 100', hex('e9'), { fallback: 'GB18030' })).toEqual({ text: 'é', used: 'ISO_IR 100', repaired: false })
  })
})
