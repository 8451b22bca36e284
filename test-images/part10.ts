/** An instance put together: File Meta (PS3.10 §7.1), data set, pixel data in the wanted transfer syntax. */
import { deflateRawSync } from 'node:zlib'
import type { Attributes } from './attributes.ts'
import { type CharacterSet, specificCharacterSet } from './character-sets.ts'
import { encodeFrame, type FrameFormat } from './codecs.ts'
import { type Encoding, encodeDataset, pixelDataHeader } from './dataset.ts'
import { uidOf } from './random.ts'
import { isEncapsulated, type TransferSyntax, transferSyntaxes } from './transfer-syntaxes.ts'

/** One instance, with what a sender needs to know of it. `part10` is File Meta followed by `dataset`. */
export interface Instance {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly SOPClassUID: string
  readonly TransferSyntaxUID: string
  readonly dataset: Buffer
  readonly part10: Buffer
}

export interface Image {
  readonly attributes: Attributes & { SOPClassUID: string; SOPInstanceUID: string; StudyInstanceUID: string; SeriesInstanceUID: string }
  readonly format: FrameFormat
  /** Native little-endian bytes, one buffer a frame. */
  readonly frames: readonly Buffer[]
}

const implementationClassUID = uidOf('county imaging archive', 'test images')
const implementationVersionName = 'TEST_IMAGES'

/** The 128-byte preamble, DICM and group 2. */
export function fileMeta(SOPClassUID: string, SOPInstanceUID: string, TransferSyntaxUID: string): Buffer {
  const element = (tag: number, vr: string, text: string): Buffer => {
    const value = Buffer.from(text.length % 2 === 0 ? text : text + (vr === 'UI' ? '\0' : ' '), 'latin1')
    const head = Buffer.alloc(8)
    head.writeUInt16LE(2, 0)
    head.writeUInt16LE(tag, 2)
    head.write(vr, 4, 'latin1')
    head.writeUInt16LE(value.length, 6)
    return Buffer.concat([head, value])
  }
  const version = Buffer.from([2, 0, 1, 0, 0x4f, 0x42, 0, 0, 2, 0, 0, 0, 0, 1])
  const group = Buffer.concat([
    version,
    element(2, 'UI', SOPClassUID),
    element(3, 'UI', SOPInstanceUID),
    element(0x10, 'UI', TransferSyntaxUID),
    element(0x12, 'UI', implementationClassUID),
    element(0x13, 'SH', implementationVersionName),
  ])
  const length = Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 4, 0, 0, 0, 0, 0])
  length.writeUInt32LE(group.length, 8)
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), length, group])
}

export function encodingOf(syntax: TransferSyntax, characterSet: CharacterSet): Encoding {
  return {
    implicit: syntax === 'implicit',
    bigEndian: syntax === 'bigEndian',
    characterSet,
    undefinedLengths: isEncapsulated(syntax) || syntax === 'deflated',
  }
}

const wavelet: readonly TransferSyntax[] = ['jpeg2000Lossless', 'htj2kLossless', 'htj2kLosslessRPCL']

/** The Image Pixel module (PS3.3 §C.7.6.3) as this transfer syntax needs it. */
function pixelModule(
  { rows, columns, samples, bitsAllocated, bitsStored, signed, photometric }: FrameFormat,
  frames: number,
  syntax: TransferSyntax,
): Attributes {
  const lossy = syntax === 'jpegBaseline'
  return {
    SamplesPerPixel: samples,
    PhotometricInterpretation:
      lossy && samples === 3 ? 'YBR_FULL_422' : samples === 3 && wavelet.includes(syntax) ? 'YBR_RCT' : photometric,
    ...(samples > 1 && { PlanarConfiguration: 0 }),
    ...(frames > 1 && { NumberOfFrames: frames }),
    Rows: rows,
    Columns: columns,
    BitsAllocated: bitsAllocated,
    BitsStored: bitsStored,
    HighBit: bitsStored - 1,
    PixelRepresentation: signed ? 1 : 0,
    ...(lossy && { LossyImageCompression: '01', LossyImageCompressionMethod: 'ISO_10918_1' }),
  }
}

const item = (bytes: Buffer): Buffer[] => {
  const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
  head.writeUInt32LE(bytes.length + (bytes.length % 2), 4)
  return bytes.length % 2 === 0 ? [head, bytes] : [head, bytes, Buffer.alloc(1)]
}

/** A Basic Offset Table and one fragment a frame (PS3.5 §A.4). */
function encapsulated(frames: readonly Buffer[]): Buffer[] {
  const offsets = Buffer.alloc(frames.length * 4)
  let offset = 0
  frames.forEach((frame, index) => {
    offsets.writeUInt32LE(offset, index * 4)
    offset += 8 + frame.length + (frame.length % 2)
  })
  return [...item(offsets), ...frames.flatMap(item), Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])]
}

function native(frames: readonly Buffer[], bitsAllocated: number, bigEndian: boolean): Buffer {
  const bytes = Buffer.concat(frames)
  const even = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)])
  return bigEndian && bitsAllocated === 16 ? even.swap16() : even
}

export async function instanceOf(image: Image, syntax: TransferSyntax, characterSet: CharacterSet): Promise<Instance> {
  const { attributes, format, frames } = image
  const encoding = encodingOf(syntax, characterSet)
  const compressed = isEncapsulated(syntax) ? await Promise.all(frames.map((frame) => encodeFrame(syntax, frame, format))) : undefined
  const charset = specificCharacterSet[characterSet]
  const lossy = syntax === 'jpegBaseline' && compressed !== undefined
  const ratio = lossy ? frames.reduce((sum, { length }) => sum + length, 0) / compressed.reduce((sum, { length }) => sum + length, 0) : 0
  const elements = encodeDataset(
    {
      ...(charset !== undefined && { SpecificCharacterSet: charset }),
      ...attributes,
      ...pixelModule(format, attributes.NumberOfFrames === undefined ? frames.length : 0, syntax),
      ...(lossy && { LossyImageCompressionRatio: Number(ratio.toFixed(2)) }),
    },
    encoding,
  )
  let pixels: Buffer[]
  if (compressed === undefined) {
    const bytes = native(frames, format.bitsAllocated, encoding.bigEndian)
    pixels = [pixelDataHeader(bytes.length, format.bitsAllocated === 16 || encoding.implicit ? 'OW' : 'OB', encoding), bytes]
  } else pixels = [pixelDataHeader('encapsulated', 'OB', encoding), ...encapsulated(compressed)]
  const plain = Buffer.concat([elements, ...pixels])
  const dataset = syntax === 'deflated' ? padEven(deflateRawSync(plain, { level: 6 })) : plain
  const { SOPClassUID, SOPInstanceUID, StudyInstanceUID, SeriesInstanceUID } = attributes
  const TransferSyntaxUID = transferSyntaxes[syntax]
  const part10 = Buffer.concat([fileMeta(SOPClassUID, SOPInstanceUID, TransferSyntaxUID), dataset])
  return {
    StudyInstanceUID,
    SeriesInstanceUID,
    SOPInstanceUID,
    SOPClassUID,
    TransferSyntaxUID,
    dataset: part10.subarray(part10.length - dataset.length),
    part10,
  }
}

const padEven = (bytes: Buffer): Buffer => (bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]))
