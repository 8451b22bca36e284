/**
 * JPEG Extended, 12 bits (process 4, SOF1): monochrome, Huffman, sequential. ITU-T T.81. Our own, because no package brings one: libjpeg's usual
 * builds know 8 bits only.
 */
import { PixelsNotDecoded } from './errors.ts'

// biome-ignore format: a table of the standard (T.81 Figure A.6)
const zigzag = Uint8Array.of(
   0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
  58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
)

/** Canonical Huffman codes (§C.2): for each code length the first code, and where its values begin. */
interface HuffmanTable {
  readonly values: Uint8Array
  readonly limit: Int32Array
  readonly shift: Int32Array
}

interface Scan {
  readonly dc: HuffmanTable
  readonly ac: HuffmanTable
  readonly quantization: Uint16Array
  readonly restartInterval: number
  /** First entropy-coded byte. */
  readonly start: number
  readonly Rows: number
  readonly Columns: number
}

/** Samples of a frame whose header has been read and compared (`codestream.ts`). @throws PixelsNotDecoded */
export function decodeExtended(bytes: Uint8Array): Uint16Array {
  return decodeScan(bytes, readTables(bytes))
}

function readTables(bytes: Uint8Array): Scan {
  const quantizations = new Map<number, Uint16Array>()
  const huffman = new Map<number, HuffmanTable>()
  let restartInterval = 0
  let frame: { Rows: number; Columns: number; quantization: number } | undefined
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at + 1] === 0xff) {
      at += 1
      continue
    }
    const marker = bytes[at + 1]!
    const end = at + 2 + word(bytes, at + 2)
    const body = at + 4
    if (marker === 0xdb) readQuantizations(bytes, body, end, quantizations)
    if (marker === 0xc4) readHuffmanTables(bytes, body, end, huffman)
    if (marker === 0xdd) restartInterval = word(bytes, body)
    if (marker === 0xc1) {
      if (bytes[body + 5] !== 1) throw new PixelsNotDecoded('JPEG of 12 bits is decoded in monochrome only')
      frame = { Rows: word(bytes, body + 1), Columns: word(bytes, body + 3), quantization: bytes[body + 8]! }
    }
    if (marker === 0xda) {
      const selector = bytes[body + 2]!
      const dc = huffman.get(selector >> 4)
      const ac = huffman.get(16 | (selector & 15))
      const quantization = frame && quantizations.get(frame.quantization)
      if (frame === undefined || dc === undefined || ac === undefined || quantization === undefined) break
      return { ...frame, dc, ac, quantization, restartInterval, start: end }
    }
    at = end
  }
  throw new PixelsNotDecoded('The JPEG stream lacks a table that its scan names')
}

function readQuantizations(bytes: Uint8Array, start: number, end: number, into: Map<number, Uint16Array>): void {
  for (let at = start; at < end; ) {
    const kind = bytes[at]!
    const size = kind >> 4 === 0 ? 1 : 2
    if (at + 1 + 64 * size > end) throw new PixelsNotDecoded('A JPEG quantization table breaks off')
    const table = new Uint16Array(64)
    for (let n = 0; n < 64; n++) table[n] = size === 1 ? bytes[at + 1 + n]! : word(bytes, at + 1 + 2 * n)
    into.set(kind & 15, table)
    at += 1 + 64 * size
  }
}

function readHuffmanTables(bytes: Uint8Array, start: number, end: number, into: Map<number, HuffmanTable>): void {
  for (let at = start; at < end; ) {
    const kind = bytes[at]!
    const limit = new Int32Array(18).fill(-1)
    const shift = new Int32Array(18)
    let code = 0
    let count = 0
    for (let length = 1; length <= 16; length++) {
      const codes = bytes[at + length] ?? 0
      shift[length] = count - code
      if (codes > 0) limit[length] = code + codes - 1
      code = (code + codes) << 1
      count += codes
    }
    if (at + 17 + count > end) throw new PixelsNotDecoded('A JPEG Huffman table breaks off')
    into.set(kind & 31, { values: bytes.subarray(at + 17, at + 17 + count), limit, shift })
    at += 17 + count
  }
}

/** Bits of the entropy-coded segment, most significant first, stuffed zeros removed; behind its end there are zeros (§F.2.2.5). */
class BitReader {
  readonly #bytes: Uint8Array
  #at: number
  #held = 0
  #count = 0

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#at = start
  }

  bit(): number {
    if (this.#count === 0) {
      const byte = this.#bytes[this.#at] ?? 0xff
      if (byte !== 0xff) {
        this.#at += 1
        this.#held = byte
      } else if (this.#bytes[this.#at + 1] === 0) {
        this.#at += 2
        this.#held = 0xff
      } else {
        throw new PixelsNotDecoded('The JPEG scan ends too early')
      }
      this.#count = 8
    }
    this.#count -= 1
    return (this.#held >> this.#count) & 1
  }

  bits(count: number): number {
    let value = 0
    for (let n = 0; n < count; n++) value = (value << 1) | this.bit()
    return value
  }

  symbol({ values, limit, shift }: HuffmanTable): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit()
      if (code <= limit[length]!) return values[code + shift[length]!]!
    }
    throw new PixelsNotDecoded('The JPEG scan holds a code that its table does not know')
  }

  /** §F.1.2.1: a difference of so many bits, negative ones in one's complement. */
  signed(count: number): number {
    if (count === 0) return 0
    const value = this.bits(count)
    return value < 2 ** (count - 1) ? value - 2 ** count + 1 : value
  }

  restart(): void {
    this.#count = 0
    const marker = this.#bytes[this.#at + 1] ?? 0
    if (this.#bytes[this.#at] !== 0xff || marker < 0xd0 || marker > 0xd7) throw new PixelsNotDecoded('The JPEG scan lacks a restart marker')
    this.#at += 2
  }
}

function decodeScan(bytes: Uint8Array, scan: Scan): Uint16Array {
  const { Rows, Columns, restartInterval } = scan
  const reader = new BitReader(bytes, scan.start)
  const out = new Uint16Array(Rows * Columns)
  const coefficients = new Float64Array(64)
  const across = Math.ceil(Columns / 8)
  const blocks = across * Math.ceil(Rows / 8)
  let prediction = 0
  for (let block = 0; block < blocks; block++) {
    if (restartInterval > 0 && block > 0 && block % restartInterval === 0) {
      reader.restart()
      prediction = 0
    }
    prediction += readBlock(reader, scan, prediction, coefficients)
    inverseDCT(coefficients)
    writeBlock(coefficients, out, Math.floor(block / across) * 8, (block % across) * 8, Rows, Columns)
  }
  return out
}

/** Answers how much the DC value changed. */
function readBlock(reader: BitReader, { dc, ac, quantization }: Scan, prediction: number, into: Float64Array): number {
  into.fill(0)
  const size = reader.symbol(dc)
  if (size > 15) throw new PixelsNotDecoded('The JPEG scan holds an impossible difference')
  const change = reader.signed(size)
  into[0] = (prediction + change) * quantization[0]!
  for (let index = 1; index < 64; index++) {
    const symbol = reader.symbol(ac)
    const bits = symbol & 15
    if (bits === 0 && symbol !== 0xf0) break
    index += symbol >> 4
    if (bits === 0) continue
    if (index > 63) throw new PixelsNotDecoded('The JPEG scan runs over the end of a block')
    into[zigzag[index]!] = reader.signed(bits) * quantization[index]!
  }
  return change
}

/** cos((2x+1)uπ/16) · C(u)/2, by x and u (§A.3.3). */
const basis = Float64Array.from({ length: 64 }, (_, n) => {
  const [x, u] = [n >> 3, n & 7]
  return (Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1)) / 2
})
const rowsDone = new Float64Array(64)

function inverseDCT(block: Float64Array): void {
  for (let row = 0; row < 64; row += 8) {
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let u = 0; u < 8; u++) sum += block[row + u]! * basis[8 * x + u]!
      rowsDone[row + x] = sum
    }
  }
  for (let column = 0; column < 8; column++) {
    for (let y = 0; y < 8; y++) {
      let sum = 0
      for (let v = 0; v < 8; v++) sum += rowsDone[8 * v + column]! * basis[8 * y + v]!
      block[8 * y + column] = sum
    }
  }
}

function writeBlock(block: Float64Array, out: Uint16Array, top: number, left: number, Rows: number, Columns: number): void {
  const height = Math.min(8, Rows - top)
  const width = Math.min(8, Columns - left)
  for (let y = 0; y < height; y++) {
    for (let x = 0, to = (top + y) * Columns + left; x < width; x++, to++) {
      out[to] = Math.max(0, Math.min(4095, Math.round(block[8 * y + x]! + 2048)))
    }
  }
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
}
