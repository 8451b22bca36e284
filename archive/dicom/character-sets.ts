/**
 * Text values to Unicode. PS3.5 §6.1, PS3.3 C.12.1.1.2 (defined terms), code extensions PS3.5 §6.1.2.5.
 *
 * Labels are wrong in real life, above all on Chinese machines that write GBK and say nothing, or ISO_IR 100. Where the declared set cannot be right and
 * the bytes are Chinese without doubt, they are read as GB18030, and the decoder says that it did.
 */
import { Buffer, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { decodeExtended } from './code-extensions.ts'
import { gb18030Evidence } from './gb18030.ts'

export interface CharacterSetDecoder {
  decode(bytes: Uint8Array, vr: string): string
  /** The value of (0008,0005), or null when it is absent or empty. */
  readonly declared: string | null
  /** The set that was decoded with so far: the declared one, until a value proves that it is another. */
  readonly used: string
  readonly repaired: boolean
}

/** Defined terms of single-byte sets and of sets that stand alone, to the labels of the Encoding Standard. ISO 8859-1 is Node's latin1: `iso-8859-1` there means windows-1252. */
const encodings: Readonly<Record<string, string>> = {
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 203': 'iso-8859-15',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  GB18030: 'gb18030',
  GBK: 'gbk',
}

/** What some writers put in the place of a defined term. */
const misspelt: Readonly<Record<string, string>> = {
  'UTF-8': 'ISO_IR 192',
  UTF8: 'ISO_IR 192',
  'ISO_IR 6': '',
  'ISO 2022 IR 6': '',
  'ISO8859-1': 'ISO_IR 100',
  LATIN1: 'ISO_IR 100',
  GB2312: 'GBK',
  GB_18030: 'GB18030',
}

const ESC = 0x1b

const decoders = new Map<string, TextDecoder>()
function textDecoder(label: string): TextDecoder {
  let decoder = decoders.get(label)
  if (decoder === undefined) {
    decoder = new TextDecoder(label, { ignoreBOM: true })
    decoders.set(label, decoder)
  }
  return decoder
}

const latin1 = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** `ISO-IR 100`, `iso_ir 100` and `ISO_IR_100` mean ISO_IR 100; absent and ISO_IR 6 are the empty term. */
function definedTerm(label: string): string {
  const upper = label.trim().toUpperCase()
  const term = upper.replace(/^ISO[-_ ]?(2022)?[-_ ]?IR[-_ ]?(\d+)$/, (_, extension, number) =>
    extension ? `ISO 2022 IR ${number}` : `ISO_IR ${number}`,
  )
  return misspelt[term] ?? term
}

const standAlone: ReadonlySet<string> = new Set(['GB18030', 'GBK'])
const multiByte: ReadonlySet<string> = new Set(['ISO 2022 IR 58', 'ISO 2022 IR 87', 'ISO 2022 IR 149', 'ISO 2022 IR 159'])

type Method = 'latin' | 'utf-8' | 'extensions' | 'encoding'

export function decoderFor(specificCharacterSet: readonly string[], fallback?: string): CharacterSetDecoder {
  return new Decoder(specificCharacterSet, fallback)
}

class Decoder implements CharacterSetDecoder {
  readonly declared: string | null
  used: string
  repaired = false
  readonly #method: Method
  readonly #label: string
  /** As they are named where code extensions are used. */
  readonly #terms: readonly string[]
  readonly #fallback: string | undefined

  constructor(values: readonly string[], fallback: string | undefined) {
    const declared = values.join('\\')
    this.declared = declared.trim() === '' ? null : declared
    const terms = values.map(definedTerm)
    const [first = ''] = terms
    const alone = terms.length === 1 ? first.replace('ISO 2022 IR ', 'ISO_IR ') : first
    this.#terms = terms.map((term) => term.replace('ISO_IR ', 'ISO 2022 IR '))
    this.#label = encodings[alone] ?? ''
    // GB18030 and UTF-8 forbid code extensions: what follows them does not count.
    if (alone === 'ISO_IR 192') this.#method = 'utf-8'
    else if (this.#label !== '' && (terms.length === 1 || standAlone.has(first))) this.#method = 'encoding'
    else this.#method = terms.length > 1 || multiByte.has(first) ? 'extensions' : 'latin'
    this.used = this.declared ?? 'ISO_IR 6'
    this.#fallback = this.declared === null ? fallback : undefined
  }

  decode(bytes: Uint8Array, vr: string): string {
    if (isPlain(bytes)) return latin1(bytes)
    switch (this.#method) {
      case 'encoding':
        if (bytes.includes(ESC) && !standAlone.has(this.#terms[0]!)) return decodeExtended(this.#terms, bytes, vr)
        return textDecoder(this.#label).decode(bytes)
      case 'utf-8':
        return this.#utf8(bytes)
      case 'extensions':
        return this.#extended(bytes, vr)
      case 'latin':
        return this.#latin(bytes, vr)
    }
  }

  #repair(bytes: Uint8Array, label: string, used: string): string {
    this.used = used
    this.repaired = true
    return textDecoder(label).decode(bytes)
  }

  #utf8(bytes: Uint8Array): string {
    if (isUtf8(bytes)) return textDecoder('utf-8').decode(bytes)
    return gb18030Evidence(bytes) ? this.#repair(bytes, 'gb18030', 'GB18030') : textDecoder('utf-8').decode(bytes)
  }

  #extended(bytes: Uint8Array, vr: string): string {
    const hasNoAlphabet = this.#terms[0] === '' || this.#terms[0] === 'ISO 2022 IR 58'
    if (hasNoAlphabet && !bytes.includes(ESC) && this.#terms.includes('ISO 2022 IR 58') && gb18030Evidence(bytes))
      return this.#repair(bytes, 'gb18030', 'GB18030')
    return decodeExtended(this.#terms, bytes, vr)
  }

  /** Nothing, ISO_IR 6, ISO_IR 100 or an unknown term is declared, and there are bytes that ASCII does not have. */
  #latin(bytes: Uint8Array, vr: string): string {
    if (bytes.includes(ESC)) return decodeExtended(this.#terms, bytes, vr)
    if (hasThreeByteSequence(bytes) && isUtf8(bytes)) return this.#repair(bytes, 'utf-8', 'ISO_IR 192')
    const label = this.#fallback === undefined ? undefined : encodings[definedTerm(this.#fallback)]
    if (label !== undefined) return this.#repair(bytes, label, this.#fallback!)
    if (gb18030Evidence(bytes)) return this.#repair(bytes, 'gb18030', 'GB18030')
    return latin1(bytes)
  }
}

/** Whether the bytes mean the same in every set: no escape, nothing above ASCII. */
function isPlain(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte > 0x7e || byte === ESC) return false
  }
  return true
}

/** Han in UTF-8 takes three bytes and more; shorter sequences are as likely GBK. */
function hasThreeByteSequence(bytes: Uint8Array): boolean {
  return bytes.some((byte) => byte >= 0xe0 && byte <= 0xf4)
}
