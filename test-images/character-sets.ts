/** Chinese text as bytes, in each way that machines in the field send it (PS3.3 §C.12.1.1.2, PS3.5 §6.1.2 and Annexes H–K). */

/**
 * `GBK as ISO_IR 100` is wrong on purpose: GBK bytes under a Western label, as older machines send them; a reader has to repair it.
 * `none` has no Chinese at all: names in pinyin.
 */
export type CharacterSet = 'ISO_IR 192' | 'GB18030' | 'GBK' | 'ISO 2022 IR 58' | 'GBK as ISO_IR 100' | 'none'

/** What (0008,0005) says for each; undefined: the attribute is absent. */
export const specificCharacterSet: Readonly<Record<CharacterSet, string | undefined>> = {
  'ISO_IR 192': 'ISO_IR 192',
  GB18030: 'GB18030',
  GBK: 'GBK',
  'ISO 2022 IR 58': '\\ISO 2022 IR 58',
  'GBK as ISO_IR 100': 'ISO_IR 100',
  none: undefined,
}

let twoBytes: Map<string, number> | undefined

/** GB 18030's two-byte part (that is GBK), turned round from the platform's decoder. */
function gbkTable(): Map<string, number> {
  if (twoBytes === undefined) {
    const decoder = new TextDecoder('gb18030')
    twoBytes = new Map()
    for (let lead = 0x81; lead <= 0xfe; lead++) {
      for (let trail = 0x40; trail <= 0xfe; trail++) {
        if (trail === 0x7f) continue
        const text = decoder.decode(Uint8Array.of(lead, trail))
        if (!text.includes('\ufffd') && !twoBytes.has(text)) twoBytes.set(text, (lead << 8) | trail)
      }
    }
  }
  return twoBytes
}

/** Characters beyond the Basic Multilingual Plane count on from 0x90308130 in four bytes. */
function fourBytes(character: string): Buffer {
  const linear = character.codePointAt(0)! - 0x10000
  if (linear < 0) throw new RangeError(`${character} is not in GBK`)
  return Buffer.from([
    0x90 + Math.floor(linear / 12600),
    0x30 + (Math.floor(linear / 1260) % 10),
    0x81 + (Math.floor(linear / 10) % 126),
    0x30 + (linear % 10),
  ])
}

function gb18030(text: string): Buffer {
  const parts: Buffer[] = []
  for (const character of text) {
    if (character.charCodeAt(0) < 0x80) parts.push(Buffer.from(character, 'latin1'))
    else {
      const code = gbkTable().get(character)
      parts.push(code === undefined ? fourBytes(character) : Buffer.from([code >> 8, code & 0xff]))
    }
  }
  return Buffer.concat(parts)
}

/** GB 2312 designated to G1 by ESC 2/4 2/9 4/1, again after each delimiter (PS3.5 §6.1.2.5.3, Annex K). */
function iso2022(text: string, vr: string): Buffer {
  const pieces = text.split(vr === 'PN' ? /([\^=\\])/ : /([\\\r\n\f])/)
  return Buffer.concat(
    pieces.map((piece) => (/[^ -~]/.test(piece) ? Buffer.concat([Buffer.from('\x1b$)A', 'latin1'), gb18030(piece)]) : gb18030(piece))),
  )
}

export function encodeText(text: string, vr: string, characterSet: CharacterSet): Buffer {
  if (/^[\x00-\x7f]*$/.test(text)) return Buffer.from(text, 'latin1')
  switch (characterSet) {
    case 'ISO_IR 192':
      return Buffer.from(text, 'utf8')
    case 'ISO 2022 IR 58':
      return iso2022(text, vr)
    case 'none':
      throw new RangeError(`${text} cannot be written without a character set`)
    default:
      return gb18030(text)
  }
}
