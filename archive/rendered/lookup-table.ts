/** Lookup tables of the data set: LUT Descriptor and LUT Data (PS3.3 §C.11.1.1, §C.11.2.1.1), palettes (§C.7.6.3.1.5–6), segmented ones (§C.7.9.2). */
import { PixelsNotDecoded } from './errors.ts'

export interface LookupTable {
  /** The stored value that the first entry is for; lower ones get the first entry, higher ones the last. */
  readonly first: number
  /** Bits an entry. */
  readonly bits: number
  readonly entries: Uint16Array
}

/**
 * @param descriptor number of entries (0: 65,536), first value mapped, bits an entry
 * @param data little endian; entries of 16 bits, or of 8 packed
 * @param signed the values looked up can be negative, so the first one mapped can
 */
export function lookupTable(descriptor: readonly number[], data: Uint8Array, signed: boolean): LookupTable {
  const { count, first, bits } = described(descriptor, signed)
  const bytewise = data.length < 2 * count
  if (data.length < count) throw new PixelsNotDecoded(`A lookup table of ${count} entries has ${data.length} bytes`)
  const entries = bytewise ? Uint16Array.from(data.subarray(0, count)) : words(data, count)
  return { first, bits: trueBits(bits, entries), entries }
}

/** A palette given as segments: discrete values, lines, and repetitions of earlier segments. */
export function segmentedLookupTable(descriptor: readonly number[], data: Uint8Array, signed: boolean): LookupTable {
  const { count, first, bits } = described(descriptor, signed)
  const source = bits > 8 ? words(data, data.length >> 1) : Uint16Array.from(data)
  const entries = new Uint16Array(count)
  let used = 0
  const put = (value: number) => {
    if (used < count) entries[used++] = value
  }
  const segment = (at: number, depth: number): number => {
    const [kind, length] = [source[at], source[at + 1]]
    if (kind === undefined || length === undefined) throw new PixelsNotDecoded('A segmented lookup table breaks off')
    if (kind === 0) {
      for (const value of source.subarray(at + 2, at + 2 + length)) put(value)
      return at + 2 + length
    }
    if (kind === 1) {
      const start = entries[used - 1] ?? 0
      const end = source[at + 2] ?? 0
      for (let step = 1; step <= length; step++) put(Math.round(start + ((end - start) * step) / length))
      return at + 3
    }
    if (kind !== 2 || depth > 0) throw new PixelsNotDecoded(`A segmented lookup table has a segment of kind ${kind} where none may be`)
    const position = bits > 8 ? (source[at + 2] ?? 0) | ((source[at + 3] ?? 0) << 16) : littleEndian(source, at + 2)
    let from = bits > 8 ? position / 2 : position
    for (let turn = 0; turn < length; turn++) from = segment(from, depth + 1)
    return at + (bits > 8 ? 4 : 6)
  }
  for (let at = 0; at + 1 < source.length && used < count; ) at = segment(at, 0)
  entries.fill(entries[Math.max(0, used - 1)] ?? 0, used)
  return { first, bits: trueBits(bits, entries), entries }
}

export function lookUp({ first, entries }: LookupTable, value: number): number {
  const index = Math.round(value) - first
  return entries[index < 0 ? 0 : index >= entries.length ? entries.length - 1 : index]!
}

function described([count = 0, first = 0, bits = 16]: readonly number[], signed: boolean) {
  return { count: count === 0 ? 65_536 : count & 0xffff || 65_536, first: signed && first > 32_767 ? first - 65_536 : first, bits }
}

/** Some palettes say 16 bits and hold 8, some VOI LUTs say 8 and hold more; the entries know better. */
function trueBits(declared: number, entries: Uint16Array): number {
  let highest = 0
  for (const entry of entries) if (entry > highest) highest = entry
  if (declared === 16 && highest < 256) return 8
  return Math.min(16, Math.max(declared, Math.ceil(Math.log2(highest + 1))))
}

function words(data: Uint8Array, count: number): Uint16Array {
  return new Uint16Array(new Uint8Array(data.subarray(0, 2 * count)).buffer)
}

function littleEndian(source: Uint16Array, at: number): number {
  return (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8) | ((source[at + 2] ?? 0) << 16)
}
