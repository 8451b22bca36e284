/**
 * Unicode to the character sets of DICOM, for what is written to equipment that asks for one of them. PS3.5 §6.1 and Annexes H to K,
 * PS3.3 C.12.1.1.2 (defined terms). The tables are the decoders' own, turned round.
 *
 * What a set cannot write is still to be read by somebody: Chinese becomes pinyin, letters lose their accents, the rest is a question mark. Pinyin is longer
 * than what it stands for, so it is cut to what the value representation holds (PS3.5 §6.2).
 */
import { Buffer } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { ascii, type Designation, designations, isDesignated, romanLetters } from './code-extensions.ts'
import { romanize } from './pinyin.ts'

export interface CharacterSetEncoder {
  /** (0008,0005) for what is written; empty for the default repertoire. */
  readonly terms: readonly string[]
  /**
   * One value, or several joined by backslashes; `name` for PN, where `^` and `=` divide as well.
   * @param longest of one value of text in characters: what is substituted is cut to it, what can be written stays as it is
   */
  encode(text: string, name?: boolean, longest?: number): Buffer
  /** Whether anything beyond ASCII was written so far, so that the terms must be declared. */
  readonly declares: boolean
  /** Whether anything was written in another form because the set does not have it. */
  readonly substituted: boolean
}

/** The bytes of a character in a set; undefined where the set has not got it. */
type Table = (codePoint: number) => readonly number[] | undefined

/** A map from code points, filled from a decoder at its first use. */
function reversed(label: string, codes: () => Iterable<readonly number[]>, write = (code: readonly number[]) => code): Table {
  let map: Map<number, readonly number[]> | undefined
  return (codePoint) => {
    if (map === undefined) {
      map = new Map()
      const decoder = new TextDecoder(label)
      for (const code of codes()) {
        const text = decoder.decode(Uint8Array.from(code))
        const decoded = text.codePointAt(0)
        if (decoded === undefined || decoded === 0xfffd || text.length > 2 || map.has(decoded)) continue
        if (text === String.fromCodePoint(decoded)) map.set(decoded, write(code))
      }
    }
    return map.get(codePoint)
  }
}

function* pairs(from: number, to: number, secondFrom: number, secondTo: number, ...before: number[]): Generator<number[]> {
  for (let first = from; first <= to; first++) for (let second = secondFrom; second <= secondTo; second++) yield [...before, first, second]
}

function* upperHalf(): Generator<number[]> {
  for (let byte = 0xa0; byte <= 0xff; byte++) yield [byte]
}

/** The rows of a set of 94 by 94 characters, invoked in the upper half. */
const square = () => pairs(0xa1, 0xfe, 0xa1, 0xfe)
/** JIS X 0208 without what vendors put into its free rows. */
function* jisX0208(): Generator<number[]> {
  yield* pairs(0xa1, 0xa8, 0xa1, 0xfe)
  yield* pairs(0xb0, 0xf4, 0xa1, 0xfe)
}
/** GB 2312 in what GBK has made of it: the rows of letters and signs end earlier. */
function* gb2312(): Generator<number[]> {
  yield* pairs(0xa1, 0xa1, 0xa1, 0xfe)
  for (const [from, to] of [
    [0xb1, 0xe2],
    [0xe5, 0xee],
    [0xf1, 0xfc],
  ] as const)
    yield* pairs(0xa2, 0xa2, from, to)
  yield* pairs(0xa3, 0xa3, 0xa1, 0xfe)
  yield* pairs(0xa4, 0xa5, 0xa1, 0xf6)
  for (const [from, to] of [
    [0xa1, 0xb8],
    [0xc1, 0xd8],
  ] as const)
    yield* pairs(0xa6, 0xa6, from, to)
  for (const [from, to] of [
    [0xa1, 0xc1],
    [0xd1, 0xf1],
  ] as const)
    yield* pairs(0xa7, 0xa7, from, to)
  for (const [from, to] of [
    [0xa1, 0xba],
    [0xc5, 0xe9],
  ] as const)
    yield* pairs(0xa8, 0xa8, from, to)
  yield* pairs(0xa9, 0xa9, 0xa4, 0xef)
  yield* pairs(0xb0, 0xf7, 0xa1, 0xfe)
}
const lowered = (code: readonly number[]) => code.slice(-2).map((byte) => byte & 0x7f)

const latin1: Table = (codePoint) => (codePoint >= 0xa0 && codePoint <= 0xff ? [codePoint] : undefined)
const single = (label: string): Table => reversed(label, upperHalf)
const gbk = reversed('gbk', () => pairs(0x81, 0xfe, 0x40, 0xfe))
const gb18030Short = reversed('gb18030', () => pairs(0x81, 0xfe, 0x40, 0xfe))
const gb18030Four = reversed('gb18030', function* () {
  for (let first = 0x81; first <= 0x84; first++) for (let second = 0x30; second <= 0x39; second++) yield* fours(first, second)
})
function* fours(first: number, second: number): Generator<number[]> {
  for (let third = 0x81; third <= 0xfe; third++) for (let fourth = 0x30; fourth <= 0x39; fourth++) yield [first, second, third, fourth]
}

/** Beyond the BMP the four bytes count through the code points from 90 30 81 30. */
const gb18030: Table = (codePoint) => {
  if (codePoint <= 0xffff) return gb18030Short(codePoint) ?? gb18030Four(codePoint)
  const place = codePoint - 0x10000
  return [
    0x90 + Math.floor(place / 12_600),
    0x30 + (Math.floor(place / 1_260) % 10),
    0x81 + (Math.floor(place / 10) % 126),
    0x30 + (place % 10),
  ]
}
const utf8: Table = (codePoint) =>
  codePoint >= 0xd800 && codePoint <= 0xdfff ? undefined : [...Buffer.from(String.fromCodePoint(codePoint), 'utf8')]

/** Sets that stand alone (PS3.3 Tables C.12-2 and C.12-5). */
const alone: Readonly<Record<string, Table>> = {
  'ISO_IR 100': latin1,
  'ISO_IR 101': single('iso-8859-2'),
  'ISO_IR 109': single('iso-8859-3'),
  'ISO_IR 110': single('iso-8859-4'),
  'ISO_IR 144': single('iso-8859-5'),
  'ISO_IR 127': single('iso-8859-6'),
  'ISO_IR 126': single('iso-8859-7'),
  'ISO_IR 138': single('iso-8859-8'),
  'ISO_IR 148': single('windows-1254'),
  'ISO_IR 203': single('iso-8859-15'),
  'ISO_IR 166': single('windows-874'),
  'ISO_IR 13': reversed('shift_jis', () => Array.from({ length: 0xdf - 0xa0 }, (_, i) => [0xa1 + i])),
  'ISO_IR 192': utf8,
  GB18030: gb18030,
  GBK: gbk,
}

interface Written extends Designation {
  readonly table: Table
}

/** Tables of the sets that are only used with code extensions; the alphabets' are those they have alone. */
const squares: Readonly<Record<string, Table>> = {
  'ISO 2022 IR 87': reversed('euc-jp', jisX0208, lowered),
  'ISO 2022 IR 159': reversed('euc-jp', () => pairs(0xa1, 0xfe, 0xa1, 0xfe, 0x8f), lowered),
  'ISO 2022 IR 149': reversed('euc-kr', square),
  'ISO 2022 IR 58': reversed('gbk', gb2312),
}

function writtenIn(term: string): Written | undefined {
  const table = squares[term] ?? alone[term.replace('ISO 2022 IR ', 'ISO_IR ')]
  return isDesignated(term) && table !== undefined ? { ...designations[term], table } : undefined
}

export const DEFAULT_REPERTOIRE = 'ISO_IR 6'

/** Whether text can be written in a set: a value of (0008,0005), several terms joined by backslashes. */
export function canEncode(characterSet: string): boolean {
  return planOf(characterSet) !== undefined
}

/** @throws RangeError for a set that is not in the tables: ask `canEncode` first. */
export function encoderFor(characterSet: string): CharacterSetEncoder {
  const plan = planOf(characterSet)
  if (plan === undefined) throw new RangeError(`${characterSet} is no character set to write in`)
  return new Encoder(plan)
}

interface Plan {
  readonly terms: readonly string[]
  /** One set without escapes. */
  readonly table?: Table
  readonly extensions: readonly Written[]
  /** What stands in G1 from the beginning. */
  readonly initial: Written | undefined
  readonly backToG0: readonly number[]
}

function planOf(characterSet: string): Plan | undefined {
  const terms = characterSet.split('\\').map((term) => term.trim())
  const [first = ''] = terms
  const isDefault = (term: string) => term === '' || term === 'ISO_IR 6' || term === 'ISO 2022 IR 6'
  const none: Plan = { terms: [], extensions: [], initial: undefined, backToG0: ascii.sequence }
  if (terms.length === 1) {
    if (isDefault(first)) return none
    const table = alone[first]
    if (table !== undefined) return { ...none, terms: [first], table }
  }
  if (!isDefault(first) && !isDesignated(first)) return undefined
  const found = terms.map(writtenIn)
  if (terms.some((term, i) => found[i] === undefined && !isDefault(term))) return undefined
  return {
    // Sets of more bytes than one come behind the default repertoire, which an empty first value says.
    terms: isDefault(first) ? ['', ...terms.slice(1)] : isMultiByte(first) ? ['', ...terms] : terms,
    extensions: found.filter((designation) => designation !== undefined),
    initial: isMultiByte(first) ? undefined : found[0],
    backToG0: first === 'ISO 2022 IR 13' ? romanLetters.sequence : ascii.sequence,
  }
}

const isMultiByte = (term: string): boolean => isDesignated(term) && designations[term].width === 2

const textDelimiters = /([\\\t\n\f\r])/
const nameDelimiters = /([\\^=])/
/** Characters of a component group of a name (PS3.5 §6.2.1). */
const longestGroup = 64

class Encoder implements CharacterSetEncoder {
  readonly terms: readonly string[]
  declares = false
  substituted = false
  readonly #plan: Plan

  constructor(plan: Plan) {
    this.#plan = plan
    this.terms = plan.terms
  }

  encode(text: string, name = false, longest?: number): Buffer {
    const values = name ? text.split('\\').map((value) => this.#name(value)) : [this.#readable(text, longest)]
    const { table, extensions } = this.#plan
    const bytes: number[] = []
    for (const piece of values.join('\\').split(name ? nameDelimiters : textDelimiters)) {
      if (extensions.length > 0) this.#extended(piece, bytes)
      else for (const character of piece) this.#write(character, table, bytes)
    }
    return Buffer.from(bytes)
  }

  #has(character: string): boolean {
    const codePoint = character.codePointAt(0)!
    const { table, extensions } = this.#plan
    return codePoint < 0x80 || table?.(codePoint) !== undefined || extensions.some((extension) => extension.table(codePoint) !== undefined)
  }

  #fits(text: string): boolean {
    for (const character of text) if (!this.#has(character)) return false
    return true
  }

  /** A group of a name that the set lacks is left out where another one stands for it; else it is written in Latin letters. */
  #name(value: string): string {
    const [alphabetic = '', ...others] = value.split('=')
    if (this.#fits(value)) return value
    const groups = [
      this.#readable(alphabetic || others.find((group) => group !== '') || '', longestGroup),
      ...others.map((group) => (this.#fits(group) ? group : '')),
    ]
    this.substituted = true
    return groups.join('=').replace(/=+$/, '')
  }

  #readable(text: string, longest = Number.POSITIVE_INFINITY): string {
    if (this.#fits(text)) return text
    this.substituted = true
    const latin = romanize(text, (character) => this.#has(character))
    const written = [...[...latin].map((character) => (this.#has(character) ? character : this.#plainer(character))).join('')]
    return written.length <= longest ? written.join('') : written.slice(0, longest).join('').trimEnd()
  }

  /** Without its accents; as it is on a keyboard; or a question mark. */
  #plainer(character: string): string {
    const plain = character.normalize('NFKD').replace(/\p{M}/gu, '')
    return plain !== '' && this.#fits(plain) ? plain : '?'
  }

  #write(character: string, table: Table | undefined, bytes: number[]): void {
    const codePoint = character.codePointAt(0)!
    if (codePoint < 0x80) {
      bytes.push(codePoint)
      return
    }
    this.declares = true
    bytes.push(...table!(codePoint)!)
  }

  /** Each piece between delimiters begins in the initial state and ends with ASCII in G0 (PS3.5 §6.1.2.5.3). */
  #extended(piece: string, bytes: number[]): void {
    let inG0: Written | undefined
    let inG1 = this.#plan.initial
    for (const character of piece) {
      const codePoint = character.codePointAt(0)!
      if (codePoint < 0x80) {
        if (inG0 !== undefined) bytes.push(...this.#plan.backToG0)
        inG0 = undefined
        bytes.push(codePoint)
        continue
      }
      const known = [inG0, inG1, ...this.#plan.extensions].find((set) => set?.table(codePoint) !== undefined)!
      if (known.half === 'G0' && known !== inG0) {
        bytes.push(...known.sequence)
        inG0 = known
      }
      // Both halves could stay designated, but not every reader keeps them apart.
      if (known.half === 'G1' && inG0 !== undefined) {
        bytes.push(...this.#plan.backToG0)
        inG0 = undefined
      }
      if (known.half === 'G1' && known !== inG1) {
        bytes.push(...known.sequence)
        inG1 = known
      }
      this.declares = true
      bytes.push(...known.table(codePoint)!)
    }
    if (inG0 !== undefined) bytes.push(...this.#plan.backToG0)
  }
}
