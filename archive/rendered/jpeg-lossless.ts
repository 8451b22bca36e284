/**
 * JPEG Lossless, Huffman (processes 14 and 14 SV1, SOF3). ITU-T T.81 Annex H. Our own: of the package that is usual for it the last pixel of some
 * frames comes out black, without a word, and for what is called lossless that is too many.
 */
import type { JPEGStream } from './codestream.ts'
import { PixelsNotDecoded } from './errors.ts'
import { BitReader, type HuffmanTable, nextSegment, type Segment, Tables } from './jpeg-entropy.ts'

interface Scan {
  /** Of each component of the scan: its place among the samples of a pixel, and its table. */
  readonly components: readonly { readonly place: number; readonly table: HuffmanTable }[]
  /** 1 to 7: how a sample is predicted from its neighbours. */
  readonly selection: number
  readonly pointTransform: number
  readonly restartInterval: number
  readonly start: number
}

/** Samples by pixel of a frame whose header has been read and compared (`codestream.ts`). @throws PixelsNotDecoded */
export function decodeLossless(bytes: Uint8Array, stream: JPEGStream): Uint8Array | Uint16Array {
  const { Rows, Columns, components, precision } = stream
  const out = precision > 8 ? new Uint16Array(Rows * Columns * components) : new Uint8Array(Rows * Columns * components)
  const tables = new Tables()
  let missing = components
  for (let at = 2; missing > 0; ) {
    const segment = nextSegment(bytes, at)
    tables.read(bytes, segment)
    if (segment.marker === 0xc3) needEqualSampling(bytes, segment)
    if (segment.marker === 0xda) {
      const scan = readScan(bytes, segment, tables, stream)
      decodeScan(bytes, scan, stream, out)
      missing -= scan.components.length
    }
    at = segment.end
  }
  return out
}

function needEqualSampling(bytes: Uint8Array, { body }: Segment): void {
  const components = bytes[body + 5]!
  for (let n = 0; n < components; n++) {
    if (components > 1 && bytes[body + 7 + 3 * n] !== 0x11)
      throw new PixelsNotDecoded('JPEG Lossless with subsampled components is not decoded')
  }
}

function readScan(bytes: Uint8Array, { body, end }: Segment, tables: Tables, { componentIds }: JPEGStream): Scan {
  const count = bytes[body]!
  const components = Array.from({ length: count }, (_, n) => {
    const place = componentIds.indexOf(bytes[body + 1 + 2 * n]!)
    const table = tables.huffman.get(bytes[body + 2 + 2 * n]! >> 4)
    if (place < 0 || table === undefined) throw new PixelsNotDecoded('The JPEG scan names a component or a table that is not there')
    return { place, table }
  })
  const selection = bytes[body + 1 + 2 * count]!
  const pointTransform = bytes[body + 3 + 2 * count]! & 15
  if (count === 0 || selection < 1 || selection > 7) throw new PixelsNotDecoded(`JPEG Lossless prediction ${selection} does not exist`)
  return { components, selection, pointTransform, restartInterval: tables.restartInterval, start: end }
}

function decodeScan(bytes: Uint8Array, scan: Scan, stream: JPEGStream, out: Uint8Array | Uint16Array): void {
  const { Rows, Columns, components: step, precision } = stream
  const { components, selection, pointTransform, restartInterval } = scan
  const reader = new BitReader(bytes, scan.start)
  const rowLength = Columns * step
  const beginning = 1 << (precision - pointTransform - 1)
  /** The row whose samples are predicted from the left alone: the first, and the first after a restart. */
  let firstRow = 0
  let untilRestart = restartInterval
  for (let row = 0; row < Rows; row++) {
    for (let column = 0; column < Columns; column++) {
      let isFirst = row === 0 && column === 0
      if (restartInterval > 0 && untilRestart-- === 0) {
        reader.restart()
        untilRestart = restartInterval - 1
        firstRow = row
        isFirst = true
      }
      for (const { place, table } of components) {
        const at = row * rowLength + column * step + place
        const prediction = isFirst
          ? beginning
          : row === firstRow
            ? column === 0
              ? beginning
              : out[at - step]! >> pointTransform
            : column === 0
              ? out[at - rowLength]! >> pointTransform
              : predict(selection, out[at - step]!, out[at - rowLength]!, out[at - rowLength - step]!, pointTransform)
        const size = reader.symbol(table)
        // a difference of 32,768 needs no bits: there is only one (§H.1.2.2)
        const difference = size < 16 ? reader.difference(size) : 32_768
        out[at] = ((prediction + difference) & 0xffff) << pointTransform
      }
    }
    if (reader.spent) throw new PixelsNotDecoded(`The JPEG Lossless scan ends in row ${row + 1} of ${Rows}`)
  }
}

/** Table H.1: a is the sample to the left, b the one above, c the one above to the left. */
function predict(selection: number, left: number, above: number, corner: number, pointTransform: number): number {
  const a = left >> pointTransform
  const b = above >> pointTransform
  const c = corner >> pointTransform
  switch (selection) {
    case 1:
      return a
    case 2:
      return b
    case 3:
      return c
    case 4:
      return a + b - c
    case 5:
      return a + ((b - c) >> 1)
    case 6:
      return b + ((a - c) >> 1)
    default:
      return (a + b) >> 1
  }
}
