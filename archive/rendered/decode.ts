/**
 * One frame from its stored bytes to numbers. The only place that decodes pixels; it runs in workers.
 *
 * Every decoder is distrusted: the stream must have the size that the data set says before it is decoded, and the result the right length.
 * What still cannot be seen here, a damage inside the stream, is for whoever read the bytes: he has their digest.
 */
import { type Codec, transferSyntaxOf } from '../dicom/transfer-syntaxes.ts'
import { type JPEGStream, jpeg2000Codestream, jpeg2000Stream, jpegStream, needAgreement } from './codestream.ts'
import { NotRenderable, PixelsNotDecoded } from './errors.ts'
import { decodeExtended } from './jpeg-extended.ts'
import { decodeLossless } from './jpeg-lossless.ts'
import { decodeNative } from './native.ts'
import { type Decoded, interleave, type PixelDescription, type Samples, sampleCount, storedValues } from './pixels.ts'
import { decodeRLE } from './rle.ts'
import { decodeWasm } from './wasm-codecs.ts'

export interface DecodeRequest {
  /** The stored bytes of one frame: fragments joined, native ones little endian from bit 0 on. */
  readonly frame: Uint8Array
  readonly TransferSyntaxUID: string
  readonly pixels: PixelDescription
}

/** @throws PixelsNotDecoded, NotRenderable */
export async function decodeFrame({ frame, TransferSyntaxUID, pixels }: DecodeRequest): Promise<Decoded> {
  const syntax = transferSyntaxOf(TransferSyntaxUID)
  if (syntax === undefined) throw new NotRenderable(`Transfer syntax ${TransferSyntaxUID} is not decoded`)
  sampleCount(pixels)
  if (!syntax.encapsulated) return decodeNative(frame, pixels)
  if (syntax.codec === null || syntax.codec === 'mpeg') throw new NotRenderable(`${syntax.name} is a video, not frames`)
  return codecs[syntax.codec](frame, pixels)
}

const codecs: Record<Exclude<Codec, 'mpeg'>, (frame: Uint8Array, pixels: PixelDescription) => Decoded | Promise<Decoded>> = {
  rle: decodeRLE,
  jpeg: decodeJPEG,
  'jpeg-lossless': decodeJPEG,
  'jpeg-ls': decodeJPEGLS,
  jpeg2000: (frame, pixels) => decodeJPEG2000('jpeg2000', frame, pixels),
  htj2k: (frame, pixels) => decodeJPEG2000('htj2k', frame, pixels),
}

/** The stream itself says which JPEG process it is; transfer syntaxes .50, .51, .57 and .70 are mixed up by some devices. */
async function decodeJPEG(frame: Uint8Array, pixels: PixelDescription): Promise<Decoded> {
  const stream = jpegStream(frame)
  needAgreement(stream, pixels)
  const { process, precision } = stream
  if (process === 0xc3) return finish(decodeLossless(frame, stream), false, precision, pixels)
  if (process === 0xc1 && precision === 12) return finish(decodeExtended(frame, stream), false, precision, pixels)
  if (process > 0xc2 || precision !== 8)
    throw new PixelsNotDecoded(`JPEG process SOF${process - 0xc0} with ${precision} bits is not decoded`)
  const colour = stream.components === 3
  const isYBR = colour && jpegIsYBR(stream, pixels.PhotometricInterpretation)
  const { raw } = await decodeWasm('jpeg', colour ? withTransform(frame, isYBR ? 1 : 0) : frame, stream)
  const decoded = finish(raw, false, 8, pixels)
  return colour ? { ...decoded, PhotometricInterpretation: 'RGB' } : decoded
}

/** Whether three components are YCbCr: the stream's own words first, then the data set's. */
function jpegIsYBR({ adobeTransform, jfif, componentIds }: JPEGStream, PhotometricInterpretation: string): boolean {
  if (jfif) return true
  if (adobeTransform !== undefined) return adobeTransform !== 0
  if (String.fromCharCode(...componentIds) === 'RGB') return false
  return PhotometricInterpretation !== 'RGB'
}

/** Tells the decoder by an Adobe segment of our own, right behind SOI, what the components are. It believes the last such segment. */
function withTransform(frame: Uint8Array, transform: number): Uint8Array {
  const segment = [0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, transform]
  const out = new Uint8Array(frame.length + segment.length)
  out.set(frame.subarray(0, 2))
  out.set(segment, 2)
  out.set(frame.subarray(2), 2 + segment.length)
  return out
}

async function decodeJPEGLS(frame: Uint8Array, pixels: PixelDescription): Promise<Decoded> {
  const stream = jpegStream(frame)
  if (stream.process !== 0xf7) throw new PixelsNotDecoded('The frame is JPEG, but not JPEG-LS')
  needAgreement(stream, pixels)
  const { raw, planar } = await decodeWasm('jpeg-ls', frame, stream)
  return finish(raw, planar, stream.precision, pixels)
}

async function decodeJPEG2000(codec: 'jpeg2000' | 'htj2k', frame: Uint8Array, pixels: PixelDescription): Promise<Decoded> {
  const codestream = jpeg2000Codestream(frame)
  const stream = jpeg2000Stream(codestream)
  needAgreement(stream, pixels)
  const { raw } = await decodeWasm(codec, codestream, stream)
  const decoded = finish(raw, false, stream.precision, pixels)
  // without a component transform in the stream the components are what the data set says; YBR_RCT and YBR_ICT then only name the method
  const isRGB = stream.componentTransform || /^YBR_(RCT|ICT)$/.test(pixels.PhotometricInterpretation)
  return stream.components === 3 && isRGB ? { ...decoded, PhotometricInterpretation: 'RGB' } : decoded
}

/**
 * Decoded values to stored values. A stream as wide as HighBit was made from the stored bits alone; a wider one from everything that was allotted.
 * Signs are made from BitsStored, also where a stream and PixelRepresentation disagree about them.
 */
function finish(raw: Uint8Array | Uint16Array, planar: boolean, precision: number, pixels: PixelDescription): Decoded {
  const { SamplesPerPixel, PhotometricInterpretation, BitsStored, HighBit } = pixels
  const inPlace = precision > HighBit
  const samples: Samples = storedValues(
    raw,
    inPlace ? pixels : { ...pixels, HighBit: Math.min(BitsStored, precision) - 1, BitsStored: Math.min(BitsStored, precision) },
  )
  return { samples: planar ? interleave(samples, SamplesPerPixel) : samples, PhotometricInterpretation }
}
