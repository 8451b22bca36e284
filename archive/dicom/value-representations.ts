/** Value representations. PS3.5 §6.2, Table 6.2-1; header forms §7.1.2; DICOM JSON forms PS3.18 Table F.2.3-1. */

/**
 * `text`: in the Specific Character Set · `name`: PN · `ascii`: default repertoire · `decimal`: numbers written as text · `number`: binary numbers ·
 * `tag`: AT · `binary`: bytes, `unit` of them a word · `sequence`.
 */
export type Kind = 'text' | 'name' | 'ascii' | 'decimal' | 'number' | 'tag' | 'binary' | 'sequence'

export interface VR {
  readonly name: string
  readonly kind: Kind
  /** In explicit transfer syntaxes: two reserved bytes and a 32-bit length. */
  readonly long: boolean
  /** Backslashes divide values. */
  readonly multiple: boolean
  /** Leading spaces count (ST, LT, UT, UC: only trailing ones are padding). */
  readonly keepLeading: boolean
  /** Bytes of one word: what big endian swaps. */
  readonly unit: 1 | 2 | 4 | 8
}

const vr = (name: string, kind: Kind, properties: Partial<VR> = {}): VR => ({
  name,
  kind,
  long: kind === 'sequence' || kind === 'binary',
  multiple: true,
  keepLeading: false,
  unit: 1,
  ...properties,
})

const paragraph = { multiple: false, keepLeading: true } as const

const table: readonly VR[] = [
  vr('AE', 'ascii'),
  vr('AS', 'ascii'),
  vr('AT', 'tag', { unit: 2 }),
  vr('CS', 'ascii'),
  vr('DA', 'ascii'),
  vr('DS', 'decimal'),
  vr('DT', 'ascii'),
  vr('FL', 'number', { unit: 4 }),
  vr('FD', 'number', { unit: 8 }),
  vr('IS', 'decimal'),
  vr('LO', 'text'),
  vr('LT', 'text', paragraph),
  vr('OB', 'binary'),
  vr('OD', 'binary', { unit: 8 }),
  vr('OF', 'binary', { unit: 4 }),
  vr('OL', 'binary', { unit: 4 }),
  vr('OV', 'binary', { unit: 8 }),
  vr('OW', 'binary', { unit: 2 }),
  vr('PN', 'name'),
  vr('SH', 'text'),
  vr('SL', 'number', { unit: 4 }),
  vr('SQ', 'sequence'),
  vr('SS', 'number', { unit: 2 }),
  vr('ST', 'text', paragraph),
  vr('SV', 'number', { unit: 8, long: true }),
  vr('TM', 'ascii'),
  vr('UC', 'text', { long: true, keepLeading: true }),
  vr('UI', 'ascii'),
  vr('UL', 'number', { unit: 4 }),
  vr('UN', 'binary'),
  vr('UR', 'ascii', { ...paragraph, long: true }),
  vr('US', 'number', { unit: 2 }),
  vr('UT', 'text', { ...paragraph, long: true }),
  vr('UV', 'number', { unit: 8, long: true }),
]

const byName: ReadonlyMap<string, VR> = new Map(table.map((entry) => [entry.name, entry]))
const byBytes: ReadonlyMap<number, VR> = new Map(table.map((entry) => [(entry.name.charCodeAt(0) << 8) | entry.name.charCodeAt(1), entry]))

/** The VR with this name. @throws when there is none, which only a mistake in a table can bring about. */
export function vrOf(name: string): VR {
  const found = byName.get(name)
  if (found === undefined) throw new Error(`No value representation is called ${name}`)
  return found
}

export const isVR = (name: string): boolean => byName.has(name)

export const UN = vrOf('UN')
export const SQ = vrOf('SQ')
export const OB = vrOf('OB')
export const OW = vrOf('OW')

/** A VR that this table does not know but that can be one: as all that the standard added lately, it has the long header form. */
const unknownLong = UN
/** What stands in the place of the VR in files of some toolkits for elements they did not know; the length has 16 bits. */
const unknownShort: VR = { ...UN, long: false }
const placeholders = new Set([0x3f3f /* ?? */, 0x2d2d /* -- */, 0x2020, 0x0000])

const isCapital = (byte: number) => byte >= 0x41 && byte <= 0x5a

/** The VR written in an explicit element header; undefined where those bytes cannot be one. */
export function vrOfBytes(first: number, second: number): VR | undefined {
  const code = (first << 8) | second
  const known = byBytes.get(code)
  if (known !== undefined) return known
  if (isCapital(first) && isCapital(second)) return unknownLong
  return placeholders.has(code) ? unknownShort : undefined
}

/** Characters of one value of text, at most. PS3.5 §6.2; a component group of PN has 64 (§6.2.1). UC and UT have no bound of their own. */
export const longestText: Readonly<Record<string, number>> = { LO: 64, SH: 16, LT: 10_240, ST: 1_024 }
