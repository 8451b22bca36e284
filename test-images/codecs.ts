/** Frames compressed by the codecs of the field; RLE (PS3.5 Annex G) is short enough to be written here. */
import type { TransferSyntax } from './transfer-syntaxes.ts'

export interface FrameFormat {
  readonly rows: number
  readonly columns: number
  readonly samples: 1 | 3
  readonly bitsAllocated: 8 | 16
  readonly bitsStored: number
  readonly signed: boolean
  readonly photometric: 'MONOCHROME1' | 'MONOCHROME2' | 'RGB'
}

export async function encodeFrame(syntax: TransferSyntax, frame: Buffer, format: FrameFormat): Promise<Buffer> {
  switch (syntax) {
    case 'rle':
      return encodeRLE(frame, format)
    default:
      throw new RangeError(`${syntax} is not a compression`)
  }
}

/** PackBits of one row (PS3.5 §G.3.1): runs of three or more are replicated, the rest literal. */
function packBits(row: Buffer, out: number[]): void {
  let position = 0
  while (position < row.length) {
    let run = 1
    while (run < 128 && row[position + run] === row[position] && position + run < row.length) run++
    if (run >= 3) {
      out.push(257 - run, row[position]!)
      position += run
      continue
    }
    const start = position
    while (position < row.length && position - start < 128) {
      if (row[position] === row[position + 1] && row[position] === row[position + 2] && position + 2 < row.length) break
      position++
    }
    out.push(position - start - 1)
    for (let index = start; index < position; index++) out.push(row[index]!)
  }
}

function encodeRLE(frame: Buffer, { rows, columns, samples, bitsAllocated }: FrameFormat): Buffer {
  const bytesPerSample = bitsAllocated / 8
  const stride = samples * bytesPerSample
  const header = Buffer.alloc(64)
  const segments: Buffer[] = []
  let offset = 64
  for (let sample = 0; sample < samples; sample++) {
    for (let byte = bytesPerSample - 1; byte >= 0; byte--) {
      const packed: number[] = []
      const row = Buffer.alloc(columns)
      for (let y = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++) row[x] = frame[(y * columns + x) * stride + sample * bytesPerSample + byte]!
        packBits(row, packed)
      }
      if (packed.length % 2 === 1) packed.push(0)
      header.writeUInt32LE(offset, 4 + segments.length * 4)
      segments.push(Buffer.from(packed))
      offset += packed.length
    }
  }
  header.writeUInt32LE(segments.length, 0)
  return Buffer.concat([header, ...segments])
}
