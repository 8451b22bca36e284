/** Names as machines write them, byte by byte: the examples of PS3.5 Annexes H to K, one of each other alphabet, and labels that say something else. */

export interface Labelled {
  /** What is meant. */
  readonly name: string
  /** The value of (0008,0005); undefined where the attribute is absent. */
  readonly label: string | undefined
  /** The value of the PN as it is sent. */
  readonly bytes: Buffer
}

const hex = (name: string, label: string | undefined, digits: string): Labelled => ({
  name,
  label,
  bytes: Buffer.from(digits.replaceAll(' ', ''), 'hex'),
})
const escaped = (name: string, label: string | undefined, text: string): Labelled => ({ name, label, bytes: Buffer.from(text, 'latin1') })

export const standardExamples: readonly Labelled[] = [
  escaped(
    'Yamada^Tarou=山田^太郎=やまだ^たろう',
    '\\ISO 2022 IR 87',
    'Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B',
  ),
  escaped(
    'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう',
    'ISO 2022 IR 13\\ISO 2022 IR 87',
    '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J',
  ),
  escaped(
    'Hong^Gildong=洪^吉洞=홍^길동',
    '\\ISO 2022 IR 149',
    'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf',
  ),
  hex('Wang^XiaoDong=王^小東', 'ISO_IR 192', '57616e675e5869616f446f6e673d e78e8b 5e e5b08f e69db1 3d'),
  hex('Wang^XiaoDong=王^小东', 'GB18030', '57616e675e5869616f446f6e673d cdf5 5e d0a1 b6ab 3d'),
  escaped('Zhang^XiaoDong=张^小东', '\\ISO 2022 IR 58', 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab='),
  hex('Buc^Jérôme', 'ISO_IR 100', '4275635e4ae972f46d65'),
  hex('Łukasiewicz^Żaneta', 'ISO_IR 101', 'a3756b6173696577 69637a 5e af616e657461'),
  hex('Ĝiro^Ħelena', 'ISO_IR 109', 'd869726f5ea1656c656e61'),
  hex('Bērziņš^Žanis', 'ISO_IR 110', '42ba727a69f1b9 5e ae616e6973'),
  hex('Διονυσιος', 'ISO_IR 126', 'c4e9efedf5f3e9eff2'),
  hex('قباني^لنزار', 'ISO_IR 127', 'e2c8c7e6ea5ee4e6d2c7d1'),
  hex('שרון^דבורה', 'ISO_IR 138', 'f9f8e5ef5ee3e1e5f8e4'),
  hex('Люкceмбypг', 'ISO_IR 144', 'bbeeda6365dcd17970d3'),
  hex('Çavuşoğlu', 'ISO_IR 148', 'c7617675fe6ff06c75'),
  hex('นามสกุล', 'ISO_IR 166', 'b9d2c1caa1d8c5'),
  hex('ﾔﾏﾀﾞ^ﾀﾛｳ', 'ISO_IR 13', 'd4cfc0de5ec0dbb3'),
  hex('朱^镕基', 'GBK', 'd6ec5ee946bbf9'),
  hex('㐂^𠮷', 'GB18030', '8139ef31 5e 9534b235'),
]

/** GBK and GB18030 under a label that says nothing or something else: nothing but the bytes tells. */
export const mislabelled: readonly Labelled[] = [
  ['张^三', 'd5c5 5e c8fd'],
  ['Zhang^San=张^三', '5a68616e675e53616e3d d5c5 5e c8fd'],
  ['朱^镕基', 'd6ec 5e e946 bbf9'],
  ['单^㐂', 'b5a5 5e 8139ef31'],
  ['诸葛^喆', 'd6eeb8f0 5e 86b4'],
].flatMap(([name, digits]) => [undefined, '', 'ISO_IR 100', 'ISO_IR 6', 'ISO 2022 IR 6'].map((label) => hex(name!, label, digits!)))

/** Escape sequences of sets that the label does not name: each says itself what it designates. */
export const undeclaredEscapes: readonly Labelled[] = [
  escaped('Yamada^Tarou=山田^太郎', '\\ISO 2022 IR 87', 'Yamada^Tarou=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J'),
  escaped('ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎', 'ISO_IR 13', '\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J'),
  escaped('Zhang^XiaoDong=张^小东', undefined, 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab'),
  escaped('Hong^Gildong=洪^吉洞', 'ISO_IR 100', 'Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7'),
  escaped('Zhang^XiaoDong=张^小东', '\\ISO 2022 IR 87', 'Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab'),
]
