/**
 * One frame from one transfer syntax to another without loss. PS3.5 §8.2, §A.4. Runs in a worker (`renderer.ts`).
 *
 * Native bytes stand between: of native and RLE frames exactly those that are stored, of all others the decoded values. Whatever was encoded is decoded
 * again and compared before it leaves.
 */
import { type Codec, transferSyntaxOf } from '../dicom/transfer-syntaxes.ts'
import { type DecodeRequest, decodeFrame } from './decode.ts'
import { NotEncodable } from './errors.ts'
import { decodeNative } from './native.ts'
import { type Decoded, interleave, type PixelDescription, type Samples, sampleCount } from './pixels.ts'
import { unpackRLE } from './rle.ts'
import { encodeRLE } from './rle-encode.ts'
import { encodeWasm, type WasmEncoder } from './wasm-encoders.ts'

export interface TranscodeRequest extends DecodeRequest {
  /** Target transfer syntax. */
  readonly to: string
}

export interface TranscodedFrame {
  readonly bytes: Uint8Array
  /** What the data set has to say of its pixels now. */
  readonly pixels: PixelDescription
}

/** @throws PixelsNotDecoded where the stored frame is damaged, NotEncodable where the target has no form for it */
export async function transcodeFrame(request: TranscodeRequest): Promise<TranscodedFrame> {
  const target = transferSyntaxOf(request.to)
  if (target === undefined) throw new NotEncodable(`Transfer syntax ${request.to} is not known`)
  const native = await nativeFrame(request)
  if (!target.encapsulated) return native
  const encoded = await encode(native, target.codec)
  await needSame(native, encoded, request.to, target.codec === 'rle')
  return encoded
}

/** Little endian, colour by pixel, as it would stand in a native data set. */
async function nativeFrame({ frame, TransferSyntaxUID, pixels }: DecodeRequest): Promise<TranscodedFrame> {
  const source = transferSyntaxOf(TransferSyntaxUID)
  const { BitsAllocated, SamplesPerPixel, PlanarConfiguration, kind } = pixels
  if (kind !== 'integer' || (BitsAllocated !== 8 && BitsAllocated !== 16 && BitsAllocated !== 32)) {
    throw new NotEncodable(`Pixels of ${BitsAllocated} bits${kind === 'integer' ? '' : ` (${kind})`} have no compressed form`)
  }
  if (source?.codec === 'rle') return { bytes: unpackRLE(frame, pixels), pixels: { ...pixels, PlanarConfiguration: 0 } }
  const subsampled = pixels.PhotometricInterpretation.endsWith('_422')
  if (source?.encapsulated === false && !subsampled) {
    const length = sampleCount(pixels) * (BitsAllocated / 8)
    if (frame.length < length) throw new NotEncodable(`A frame of ${frame.length} bytes is too short, ${length} are described`)
    const bytes = frame.subarray(0, length)
    const planar = SamplesPerPixel > 1 && PlanarConfiguration === 1
    return {
      bytes: planar ? bytesOf(interleave(wordsOf(bytes, BitsAllocated), SamplesPerPixel)) : bytes,
      pixels: { ...pixels, PlanarConfiguration: 0 },
    }
  }
  const decoded = await decodeFrame({ frame, TransferSyntaxUID, pixels })
  const { PhotometricInterpretation } = decoded
  const out = { ...pixels, PhotometricInterpretation, PlanarConfiguration: 0, HighBit: pixels.BitsStored - 1 }
  return { bytes: bytesOf(widened(decoded.samples, BitsAllocated)), pixels: out }
}

/** Photometric interpretations that each codec carries as they are (PS3.5 §8.2.3, §8.2.4, §8.2.2, Table 8.2.4-1 and its sisters). */
const carried = new Set(['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR', 'RGB', 'YBR_FULL'])

async function encode(native: TranscodedFrame, codec: Codec | null): Promise<TranscodedFrame> {
  const { bytes, pixels } = native
  const { PhotometricInterpretation, BitsStored, PixelRepresentation, Rows, Columns, SamplesPerPixel: components } = pixels
  if (!carried.has(PhotometricInterpretation))
    throw new NotEncodable(`${PhotometricInterpretation} pixels have no lossless compressed form`)
  if (codec === 'rle') return { bytes: encodeRLE(bytes, pixels), pixels }
  if (codec !== 'jpeg-ls' && codec !== 'jpeg2000' && codec !== 'htj2k')
    throw new NotEncodable('There is no encoder for this transfer syntax')
  if (BitsStored > 16) throw new NotEncodable(`${BitsStored} bits a sample are more than 16`)
  // the wavelet encoders read colour as bytes
  if (components === 3 && BitsStored > 8 && codec !== 'jpeg-ls')
    throw new NotEncodable(`Colour of ${BitsStored} bits is encoded as JPEG-LS and RLE only`)
  // and signed bytes as unsigned ones
  if (PixelRepresentation === 1 && BitsStored <= 8 && codec !== 'jpeg-ls')
    throw new NotEncodable(`Signed pixels of ${BitsStored} bits are encoded as JPEG-LS and RLE only`)
  // openjpeg always puts three components through the transform that is meant for RGB
  if (codec === 'jpeg2000' && PhotometricInterpretation === 'YBR_FULL')
    throw new NotEncodable('YBR_FULL pixels are not encoded as JPEG 2000')
  const componentTransform = components === 3 && PhotometricInterpretation === 'RGB' && codec !== 'jpeg-ls'
  const signed = PixelRepresentation === 1 && codec !== 'jpeg-ls'
  const { samples } = decodeNative(bytes, pixels)
  const values = bytesOf(signed ? widened(samples, BitsStored > 8 ? 16 : 8) : unsigned(samples, BitsStored))
  const encoded = await encodeWasm(codec satisfies WasmEncoder, {
    values,
    Rows,
    Columns,
    components,
    // a JPEG-LS sample has two bits at least
    bits: Math.max(BitsStored, codec === 'jpeg-ls' ? 2 : 1),
    signed,
    componentTransform,
  })
  const photometric = componentTransform ? 'YBR_RCT' : PhotometricInterpretation
  return { bytes: encoded, pixels: { ...pixels, PhotometricInterpretation: photometric, HighBit: BitsStored - 1 } }
}

/** @throws NotEncodable unless decoding gives back every value; of RLE every byte, the meaningless bits included. */
async function needSame(native: TranscodedFrame, encoded: TranscodedFrame, TransferSyntaxUID: string, everyByte: boolean): Promise<void> {
  const again = everyByte
    ? unpackRLE(encoded.bytes, encoded.pixels)
    : (await decodeFrame({ frame: encoded.bytes, TransferSyntaxUID, pixels: encoded.pixels })).samples
  const wanted = everyByte ? native.bytes : decodeNative(native.bytes, native.pixels).samples
  const same = again.length === wanted.length && Buffer.compare(bytesOf(alike(again, wanted)), bytesOf(wanted)) === 0
  if (!same) throw new NotEncodable(`${transferSyntaxOf(TransferSyntaxUID)!.name} did not give back the pixels that it was given`)
}

/** Samples as wide as others, so that their bytes can be compared. */
function alike(samples: Samples, model: Samples): Samples {
  if (samples.BYTES_PER_ELEMENT === model.BYTES_PER_ELEMENT) return samples
  return new (model.constructor as new (values: Samples) => Samples)(samples)
}

function wordsOf(bytes: Uint8Array, BitsAllocated: 8 | 16 | 32): Uint8Array | Uint16Array | Uint32Array {
  if (BitsAllocated === 8) return bytes
  const { buffer } = new Uint8Array(bytes)
  return BitsAllocated === 16 ? new Uint16Array(buffer) : new Uint32Array(buffer)
}

/** The sign goes on through all the bits that are added. */
function widened(samples: Samples, bits: number): Samples {
  if (samples.BYTES_PER_ELEMENT * 8 === bits) return samples
  if (bits === 8) return new Int8Array(samples)
  return bits === 16 ? new Int16Array(samples) : new Int32Array(samples)
}

/** Nothing above the stored bits. */
function unsigned(samples: Samples, bits: number): Uint8Array | Uint16Array {
  const out = bits > 8 ? new Uint16Array(samples.length) : new Uint8Array(samples.length)
  const mask = 2 ** bits - 1
  for (let at = 0; at < samples.length; at++) out[at] = samples[at]! & mask
  return out
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Decoded['samples']): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
