/** The media types that carry frames and bulk data: PS3.18 Table 8.7.3-5 (compressed) and §8.7.3.3.1 (uncompressed). */
import { type Codec, ExplicitVRLittleEndian, RLELossless, transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import { transferSyntaxesOf } from '../../archive/transcode.ts'
import { bestOffer, negotiate, type Offer } from './accept.ts'
import type { MediaType } from './media-type.ts'

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

export interface FrameOffer extends Offer {
  readonly TransferSyntaxUID: string
}

/** What each media type of frames stands for where it names no transfer syntax (PS3.18 Table 8.7.3-5); image/jpeg's is one that nothing here encodes. */
const defaults: readonly string[] = [
  ExplicitVRLittleEndian,
  RLELossless,
  '1.2.840.10008.1.2.4.80',
  '1.2.840.10008.1.2.4.90',
  '1.2.840.10008.1.2.4.201',
]

/**
 * How frames can be given. As they are stored: uncompressed ones as Explicit VR Little Endian whatever they are stored as, compressed ones in their own
 * media type, or as application/octet-stream where that names their transfer syntax or any. Made: in another transfer syntax, without loss.
 */
export function frameOffers(instance: Parameters<typeof transferSyntaxesOf>[0]): {
  readonly stored: FrameOffer[]
  readonly made: FrameOffer[]
} {
  const { TransferSyntaxUID } = instance
  const mediaType = mediaTypeOf(TransferSyntaxUID)
  const stored =
    mediaType === undefined
      ? both('application/octet-stream', ExplicitVRLittleEndian, true)
      : [...both(mediaType, TransferSyntaxUID, true), ...both('application/octet-stream', TransferSyntaxUID, false)]
  const made = transferSyntaxesOf(instance)
    .filter((uid) => uid !== TransferSyntaxUID)
    .flatMap((uid) => {
      const type = mediaTypeOf(uid)
      if (type !== undefined) return [...both(type, uid, defaults.includes(uid)), ...both('application/octet-stream', uid, false)]
      return uid === ExplicitVRLittleEndian && mediaType !== undefined ? both('application/octet-stream', uid, true) : []
    })
  return { stored, made }
}

/**
 * What is acceptable as it stands is not made into something else, however much more that was wanted: a viewer that prefers HTJ2K scrolls faster
 * through stored frames than through frames that are encoded while it waits.
 * @throws NotAcceptable
 */
export function negotiateFrames(
  accepted: readonly MediaType[],
  instance: Parameters<typeof transferSyntaxesOf>[0],
  count: number,
): FrameOffer {
  const { stored, made } = frameOffers(instance)
  const fits = ({ multipart }: FrameOffer) => multipart || count === 1
  return bestOffer(accepted, stored.filter(fits)) ?? negotiate(accepted, [...stored, ...made].filter(fits))
}

/** `single`: one frame as the whole body. */
const both = (mediaType: string, TransferSyntaxUID: string, unlessNamed: boolean): FrameOffer[] =>
  [true, false].map((multipart) => ({ mediaType, multipart, TransferSyntaxUID, unlessNamed }))
