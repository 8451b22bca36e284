/**
 * JPEG Extended, 12 bits (process 4, SOF1): monochrome, Huffman, sequential. ITU-T T.81. Our own, because no package brings one: libjpeg's usual
 * builds know 8 bits only.
 */
import type { JPEGStream } from './codestream.ts'
import { PixelsNotDecoded } from './errors.ts'
import { BitReader, type HuffmanTable, nextSegment, Tables } from './jpeg-entropy.ts'

// biome-ignore format: a table of the standard (T.81 Figure A.6)
const zigzag = Uint8Array.of(
   0,  1,  8, 16,  9,  2,  3, 10, 17, 24, 32, 25, 18, 11,  4,  5,
  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13,  6,  7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
  58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
)

interface Scan {
  readonly dc: HuffmanTable
  readonly ac: HuffmanTable
  readonly quantization: Uint16Array
  readonly restartInterval: number
  readonly start: number
}

/** Samples of a frame whose header has been read and compared (`codestream.ts`). @throws PixelsNotDecoded */
export function decodeExtended(bytes: Uint8Array, stream: JPEGStream): Uint16Array {
  if (stream.components !== 1) throw new PixelsNotDecoded('JPEG of 12 bits is decoded in monochrome only')
  return decodeScan(bytes, readScan(bytes), stream)
}

function readScan(bytes: Uint8Array): Scan {
  const tables = new Tables()
  let quantizationTable = 0
  for (let at = 2; ; ) {
    const segment = nextSegment(bytes, at)
    const { marker, body, end } = segment
    tables.read(bytes, segment)
    if (marker === 0xc1) quantizationTable = bytes[body + 8]!
    if (marker === 0xda) {
      const selector = bytes[body + 2]!
      const dc = tables.huffman.get(selector >> 4)
      const ac = tables.huffman.get(16 | (selector & 15))
      const quantization = tables.quantizations.get(quantizationTable)
      if (dc !== undefined && ac !== undefined && quantization !== undefined) {
        return { dc, ac, quantization, restartInterval: tables.restartInterval, start: end }
      }
      throw new PixelsNotDecoded('The JPEG stream lacks a table that its scan names')
    }
    at = end
  }
}

function decodeScan(bytes: Uint8Array, scan: Scan, { Rows, Columns }: JPEGStream): Uint16Array {
  const { restartInterval } = scan
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
    if (reader.spent) throw new PixelsNotDecoded('The JPEG scan ends too early')
    writeBlock(coefficients, out, Math.floor(block / across) * 8, (block % across) * 8, Rows, Columns)
  }
  return out
}

/** Answers how much the DC value changed. */
function readBlock(reader: BitReader, { dc, ac, quantization }: Scan, prediction: number, into: Float64Array): number {
  into.fill(0)
  const size = reader.symbol(dc)
  if (size > 15) throw new PixelsNotDecoded('The JPEG scan holds an impossible difference')
  const change = reader.difference(size)
  into[0] = (prediction + change) * quantization[0]!
  for (let index = 1; index < 64; index++) {
    const symbol = reader.symbol(ac)
    const bits = symbol & 15
    if (bits === 0 && symbol !== 0xf0) break
    index += symbol >> 4
    if (bits === 0) continue
    if (index > 63) throw new PixelsNotDecoded('The JPEG scan runs over the end of a block')
    into[zigzag[index]!] = reader.difference(bits) * quantization[index]!
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
