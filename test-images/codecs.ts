/** Frames compressed by the codecs of the field; RLE (PS3.5 Annex G) is short enough to be written here. */
import { createRequire } from 'node:module'
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

interface Encoder {
  getDecodedBuffer(info: {
    width: number
    height: number
    bitsPerSample: number
    componentCount: number
    isSigned: boolean
    isUsingColorTransform: boolean
  }): Uint8Array
  getEncodedBuffer(): Uint8Array
  encode(): void
  delete(): void
}
interface JpegLSEncoder extends Encoder {
  setNearLossless(difference: number): void
  setInterleaveMode(mode: number): void
}
interface Jpeg2000Encoder extends Encoder {
  setQuality(lossless: boolean, quality: number): void
  setProgressionOrder(order: number): void
}
interface JpegEncoder extends Encoder {
  setProgressive(progressive: boolean): void
  setQuality(quality: number): void
  setSubSampling(sampling: number): void
}

const require = createRequire(import.meta.url)
const modules = new Map<string, Promise<Readonly<Record<string, unknown>>>>()

/** A codec package is a function that gives a promise of its compiled module; each is made once. */
async function encoderOf<E extends Encoder>(name: string, encoder: string): Promise<E> {
  let module = modules.get(name)
  if (module === undefined) {
    module = (require(`@cornerstonejs/${name}/wasmjs`) as () => Promise<Record<string, unknown>>)()
    modules.set(name, module)
  }
  const Constructor = (await module)[encoder] as new () => E
  return new Constructor()
}

function encodeWith(encoder: Encoder, frame: Buffer, { rows, columns, samples, bitsStored, signed }: FrameFormat): Buffer {
  try {
    encoder
      .getDecodedBuffer({
        width: columns,
        height: rows,
        bitsPerSample: bitsStored,
        componentCount: samples,
        isSigned: signed,
        isUsingColorTransform: samples === 3,
      })
      .set(frame)
    encoder.encode()
    return Buffer.from(encoder.getEncodedBuffer())
  } finally {
    encoder.delete()
  }
}

/** Progression orders of JPEG 2000 (ISO/IEC 15444-1 Table A.16). */
const LRCP = 0
const RPCL = 2

export async function encodeFrame(syntax: TransferSyntax, frame: Buffer, format: FrameFormat): Promise<Buffer> {
  switch (syntax) {
    case 'rle':
      return encodeRLE(frame, format)
    case 'jpegBaseline': {
      const encoder = await encoderOf<JpegEncoder>('codec-libjpeg-turbo-8bit', 'JPEGEncoder')
      // Process 1 is sequential (PS3.5 §8.2.1); the encoder's own choice is not.
      encoder.setProgressive(false)
      encoder.setQuality(92)
      encoder.setSubSampling(1)
      return encodeWith(encoder, frame, format)
    }
    case 'jpegLSLossless': {
      const encoder = await encoderOf<JpegLSEncoder>('codec-charls', 'JpegLSEncoder')
      encoder.setNearLossless(0)
      encoder.setInterleaveMode(format.samples === 3 ? 2 : 0)
      return encodeWith(encoder, frame, format)
    }
    case 'jpeg2000Lossless':
    case 'htj2kLossless':
    case 'htj2kLosslessRPCL': {
      const encoder = await (syntax === 'jpeg2000Lossless'
        ? encoderOf<Jpeg2000Encoder>('codec-openjpeg', 'J2KEncoder')
        : encoderOf<Jpeg2000Encoder>('codec-openjph', 'HTJ2KEncoder'))
      encoder.setQuality(true, 0)
      encoder.setProgressionOrder(syntax === 'htj2kLosslessRPCL' ? RPCL : LRCP)
      return encodeWith(encoder, frame, format)
    }
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
