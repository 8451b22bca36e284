/**
 * Text with code extensions to Unicode. PS3.5 §6.1.2.4–5 and Annexes H, I and K, PS3.3 Tables C.12-3 and C.12-4 (ISO/IEC 2022).
 *
 * An escape sequence says itself which set it designates: all are followed, whether (0008,0005) names the set or not. One that is none stays as it is,
 * and what stands around it is read all the same.
 */
import { Buffer } from 'node:buffer'
import { TextDecoder } from 'node:util'

export interface Designation {
  /** Which half of the code table it is invoked in. */
  readonly half: 'G0' | 'G1'
  /** The escape sequence that designates it. */
  readonly sequence: readonly number[]
  /** Bytes of a character. */
  readonly width: 1 | 2
  /** Label of the Encoding Standard whose upper half it is; undefined for ISO 8859-1 and ASCII, whose bytes are the code points. */
  readonly encoding: string | undefined
  /** What stands before each character there. */
  readonly prefix?: number
}

const ESC = 0x1b
const alphabet = (encoding: string | undefined, intermediate: number, final: number): Designation => ({
  half: 'G1',
  sequence: [ESC, intermediate, final],
  width: 1,
  encoding,
})

/** Sets that are used with code extensions, by their defined terms. */
export const designations = {
  'ISO 2022 IR 100': alphabet(undefined, 0x2d, 0x41),
  'ISO 2022 IR 101': alphabet('iso-8859-2', 0x2d, 0x42),
  'ISO 2022 IR 109': alphabet('iso-8859-3', 0x2d, 0x43),
  'ISO 2022 IR 110': alphabet('iso-8859-4', 0x2d, 0x44),
  'ISO 2022 IR 144': alphabet('iso-8859-5', 0x2d, 0x4c),
  'ISO 2022 IR 127': alphabet('iso-8859-6', 0x2d, 0x47),
  'ISO 2022 IR 126': alphabet('iso-8859-7', 0x2d, 0x46),
  'ISO 2022 IR 138': alphabet('iso-8859-8', 0x2d, 0x48),
  'ISO 2022 IR 148': alphabet('windows-1254', 0x2d, 0x4d),
  'ISO 2022 IR 203': alphabet('iso-8859-15', 0x2d, 0x62),
  'ISO 2022 IR 166': alphabet('windows-874', 0x2d, 0x54),
  'ISO 2022 IR 13': alphabet('shift_jis', 0x29, 0x49),
  'ISO 2022 IR 87': { half: 'G0', sequence: [ESC, 0x24, 0x42], width: 2, encoding: 'euc-jp' },
  'ISO 2022 IR 159': { half: 'G0', sequence: [ESC, 0x24, 0x28, 0x44], width: 2, encoding: 'euc-jp', prefix: 0x8f },
  'ISO 2022 IR 149': { half: 'G1', sequence: [ESC, 0x24, 0x29, 0x43], width: 2, encoding: 'euc-kr' },
  'ISO 2022 IR 58': { half: 'G1', sequence: [ESC, 0x24, 0x29, 0x41], width: 2, encoding: 'gb18030' },
} as const satisfies Readonly<Record<string, Designation>>

export const isDesignated = (term: string): term is keyof typeof designations => Object.hasOwn(designations, term)

/** ASCII in G0; with JIS X 0201 as the first set its Roman letters (Annex H.3.2), which differ in two signs that are read as ASCII's. */
export const ascii: Designation = { half: 'G0', sequence: [ESC, 0x28, 0x42], width: 1, encoding: undefined }
export const romanLetters: Designation = { ...ascii, sequence: [ESC, 0x28, 0x4a] }

const every: readonly Designation[] = [ascii, romanLetters, ...Object.values(designations)]
const decoders = new Map<string, TextDecoder>()

function textOf(set: Designation, codes: readonly number[]): string {
  if (set.encoding === undefined) return Buffer.from(codes).toString('latin1')
  let decoder = decoders.get(set.encoding)
  if (decoder === undefined) {
    decoder = new TextDecoder(set.encoding, { ignoreBOM: true })
    decoders.set(set.encoding, decoder)
  }
  return decoder.decode(Uint8Array.from(codes))
}

/** TAB, LF, FF and CR return to the initial state, in all but long texts the backslash, in names `^` and `=` (PS3.5 §6.1.2.5.3). */
const controls: readonly number[] = [0x09, 0x0a, 0x0c, 0x0d]
const undivided: ReadonlySet<string> = new Set(['LT', 'ST', 'UT'])
function delimitersOf(vr: string): readonly number[] {
  if (undivided.has(vr)) return controls
  return vr === 'PN' ? [...controls, 0x5c, 0x5e, 0x3d] : [...controls, 0x5c]
}

/** @param terms the values of (0008,0005), the first of which is the initial state; unknown ones count as the default repertoire */
export function decodeExtended(terms: readonly string[], bytes: Uint8Array, vr: string): string {
  const upper = terms.flatMap((term) => (isDesignated(term) && designations[term].half === 'G1' ? [designations[term] as Designation] : []))
  // Where the first set has no upper half, bytes up there without an escape are those of the first that has: some machines leave it out.
  const initial = { G0: ascii, G1: upper[0] ?? designations['ISO 2022 IR 100'] }
  const state: Record<'G0' | 'G1', Designation> = { ...initial }
  const delimiters = delimitersOf(vr)
  let text = ''
  let run: number[] = []
  let runSet: Designation = ascii
  const flush = () => {
    if (run.length > 0) text += textOf(runSet, run)
    run = []
  }
  const put = (set: Designation, ...codes: number[]) => {
    if (set !== runSet) flush()
    runSet = set
    run.push(...codes)
  }
  let at = 0
  while (at < bytes.length) {
    const byte = bytes[at]!
    const designated = byte === ESC ? every.find(({ sequence }) => sequence.every((code, i) => bytes[at + i] === code)) : undefined
    if (designated !== undefined) {
      state[designated.half] = designated
      at += designated.sequence.length
      continue
    }
    const set = byte >= 0x80 ? state.G1 : state.G0
    const next = bytes[at + 1]
    if (set.width === 2 && byte > 0x20 && next !== undefined && next > (set.half === 'G1' ? 0x3f : 0x20)) {
      // In the upper half a second byte from below is none of the set, but of GBK or UHC, which are written there as well.
      const high = set.half === 'G0' ? 0x80 : 0
      put(set, ...(set.prefix === undefined ? [] : [set.prefix]), byte | high, next | high)
      at += 2
      continue
    }
    if (delimiters.includes(byte)) Object.assign(state, initial)
    put(byte >= 0x80 ? set : ascii, byte)
    at++
  }
  flush()
  return text
}
