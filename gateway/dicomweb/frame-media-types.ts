/** The media types that carry frames and bulk data: PS3.18 Table 8.7.3-5 (compressed) and §8.7.3.3.1 (uncompressed). */
import { type Codec, ExplicitVRLittleEndian, transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import type { Offer } from './accept.ts'

const mediaTypes: Readonly<Record<Codec, string>> = {
  jpeg: 'image/jpeg',
  'jpeg-lossless': 'image/jpeg',
  'jpeg-ls': 'image/jls',
  jpeg2000: 'image/jp2',
  htj2k: 'image/jphc',
  rle: 'image/dicom-rle',
  mpeg: 'video/mp4',
}

/** Where the transfer syntax, not the codec, decides: multi-component JPEG 2000, MPEG-2 and HEVC. */
const exceptions: readonly (readonly [RegExp, string])[] = [
  [/^1\.2\.840\.10008\.1\.2\.4\.9[23]$/, 'image/jpx'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10[01](\.1)?$/, 'video/mpeg'],
  [/^1\.2\.840\.10008\.1\.2\.4\.10[78]$/, 'video/H265'],
]

/** The type of a compressed frame; undefined for uncompressed ones. */
export function mediaTypeOf(TransferSyntaxUID: string): string | undefined {
  const codec = transferSyntaxOf(TransferSyntaxUID)?.codec
  if (codec === null || codec === undefined) return undefined
  return exceptions.find(([pattern]) => pattern.test(TransferSyntaxUID))?.[1] ?? mediaTypes[codec]
}

/**
 * How the stored frames can be given. Uncompressed ones always leave as Explicit VR Little Endian, whatever they are stored as.
 * Compressed ones leave as they are; `application/octet-stream` without a transfer syntax asks for uncompressed ones,
 * which is met only where decoding would add nothing: for lossy ones (PS3.18 §8.7.3).
 */
export function frameOffers(TransferSyntaxUID: string): Offer[] {
  const mediaType = mediaTypeOf(TransferSyntaxUID)
  if (mediaType === undefined) return both('application/octet-stream', ExplicitVRLittleEndian, true)
  const lossy = transferSyntaxOf(TransferSyntaxUID)?.lossy ?? false
  return [...both(mediaType, TransferSyntaxUID, true), ...both('application/octet-stream', TransferSyntaxUID, lossy)]
}

/** `single`: one frame as the whole body. */
const both = (mediaType: string, TransferSyntaxUID: string, unlessNamed: boolean): Offer[] =>
  [true, false].map((multipart) => ({ mediaType, multipart, TransferSyntaxUID, unlessNamed }))
