/** What our own JPEG decoders share: segments, tables, Huffman-coded bits. ITU-T T.81 Annexes B, C and F. */
import { PixelsNotDecoded } from './errors.ts'

export interface Segment {
  readonly marker: number
  /** First byte behind the length, and the first behind the segment. */
  readonly body: number
  readonly end: number
}

/** The next segment from here on; what entropy-coded bytes and fill bytes stand before it is passed over. */
export function nextSegment(bytes: Uint8Array, from: number): Segment {
  for (let at = from; at + 3 < bytes.length; at++) {
    const marker = bytes[at + 1]!
    if (bytes[at] !== 0xff || marker === 0 || marker === 0xff || (marker >= 0xd0 && marker <= 0xd8)) continue
    if (marker === 0xd9) break
    const end = at + 2 + word(bytes, at + 2)
    if (end > bytes.length) break
    return { marker, body: at + 4, end }
  }
  throw new PixelsNotDecoded('The JPEG stream ends before its picture does')
}

const lookAhead = 9

/** Canonical Huffman codes (§C.2). */
export interface HuffmanTable {
  readonly values: Uint8Array
  /** For each length the highest code, or -1, and what makes an index of a code. */
  readonly limit: Int32Array
  readonly shift: Int32Array
  /** By the next 9 bits: length × 256 + value of a code that is not longer, else 0. */
  readonly short: Uint16Array
}

/** Tables as they stand when a scan begins; later segments replace them. */
export class Tables {
  readonly quantizations = new Map<number, Uint16Array>()
  /** By class × 16 + destination: 0 DC and lossless, 1 AC. */
  readonly huffman = new Map<number, HuffmanTable>()
  restartInterval = 0

  read(bytes: Uint8Array, { marker, body, end }: Segment): void {
    if (marker === 0xdb) this.#readQuantizations(bytes, body, end)
    if (marker === 0xc4) this.#readHuffman(bytes, body, end)
    if (marker === 0xdd) this.restartInterval = word(bytes, body)
  }

  #readQuantizations(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const kind = bytes[at]!
      const size = kind >> 4 === 0 ? 1 : 2
      if (at + 1 + 64 * size > end) throw new PixelsNotDecoded('A JPEG quantization table breaks off')
      const table = new Uint16Array(64)
      for (let n = 0; n < 64; n++) table[n] = size === 1 ? bytes[at + 1 + n]! : word(bytes, at + 1 + 2 * n)
      this.quantizations.set(kind & 15, table)
      at += 1 + 64 * size
    }
  }

  #readHuffman(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const lengths = bytes.subarray(at + 1, at + 17)
      const count = lengths.reduce((sum, codes) => sum + codes, 0)
      const next = at + 17 + count
      if (next > end) throw new PixelsNotDecoded('A JPEG Huffman table breaks off')
      this.huffman.set(bytes[at]!, huffmanTable(lengths, bytes.subarray(at + 17, next)))
      at = next
    }
  }
}

function huffmanTable(lengths: Uint8Array, values: Uint8Array): HuffmanTable {
  const limit = new Int32Array(17).fill(-1)
  const shift = new Int32Array(17)
  const short = new Uint16Array(1 << lookAhead)
  let code = 0
  let index = 0
  for (let length = 1; length <= 16; length++) {
    shift[length] = index - code
    for (let left = lengths[length - 1]!; left > 0; left--, code++, index++) {
      limit[length] = code
      if (code >= 1 << length) throw new PixelsNotDecoded('A JPEG Huffman table has more codes than there can be')
      const spare = lookAhead - length
      if (spare >= 0) short.fill(length * 256 + values[index]!, code << spare, (code + 1) << spare)
    }
    code <<= 1
  }
  return { values, limit, shift, short }
}

/** Bits of an entropy-coded segment, most significant first, without the stuffed zeros (§F.2.2.5). Behind its end there are zeros, and `spent` tells. */
export class BitReader {
  readonly #bytes: Uint8Array
  #at: number
  #held = 0
  #count = 0
  #padding = 0

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#at = start
  }

  /** More bits were taken than there are. */
  get spent(): boolean {
    return this.#count < this.#padding
  }

  symbol({ values, limit, shift, short }: HuffmanTable): number {
    if (this.#count < 16) this.#fill()
    const found = short[(this.#held >>> (this.#count - lookAhead)) & ((1 << lookAhead) - 1)]!
    if (found !== 0) {
      this.#count -= found >> 8
      return found & 255
    }
    for (let length = lookAhead + 1; length <= 16; length++) {
      const code = (this.#held >>> (this.#count - length)) & ((1 << length) - 1)
      if (code <= limit[length]!) {
        this.#count -= length
        return values[code + shift[length]!]!
      }
    }
    throw new PixelsNotDecoded('The JPEG scan holds a code that its table does not know')
  }

  /** A difference of so many bits, at most 15; negative ones stand in one's complement (§F.1.2.1). */
  difference(size: number): number {
    if (size === 0) return 0
    if (this.#count < 16) this.#fill()
    this.#count -= size
    const value = (this.#held >>> this.#count) & ((1 << size) - 1)
    return value < 1 << (size - 1) ? value - (1 << size) + 1 : value
  }

  /** Goes behind the restart marker at which the bits ended. */
  restart(): void {
    // reading ahead never passes a marker, so it stands where reading stopped, when nothing but padding bits is left
    if (this.#count - this.#padding >= 8) throw new PixelsNotDecoded('The JPEG scan has more codes than its restart interval allows')
    while (this.#bytes[this.#at] === 0xff && this.#bytes[this.#at + 1] === 0xff) this.#at += 1
    const marker = this.#bytes[this.#at + 1] ?? 0
    if (this.#bytes[this.#at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new PixelsNotDecoded('The JPEG scan lacks a restart marker')
    this.#at += 2
    this.#held = 0
    this.#count = 0
    this.#padding = 0
  }

  #fill(): void {
    while (this.#count <= 24) {
      const byte = this.#bytes[this.#at] ?? 0xff
      if (byte !== 0xff) {
        this.#at += 1
        this.#held = (this.#held << 8) | byte
      } else if (this.#bytes[this.#at + 1] === 0) {
        this.#at += 2
        this.#held = (this.#held << 8) | 0xff
      } else {
        this.#held <<= 8
        this.#padding += 8
      }
      this.#count += 8
    }
  }
}

export function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
