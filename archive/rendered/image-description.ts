/**
 * The Image Pixel Description of a compressed frame from what the frame says of itself: PS3.18 §10.5.2 lets a sender leave it out where it stores a picture
 * with metadata. PS3.5 §8.2, PS3.3 C.7.6.3.1.
 */
import type { DicomJSON } from '../dicom/dicom-json.ts'
import { transferSyntaxOf } from '../dicom/transfer-syntaxes.ts'
import { type Codestream, jpeg2000Codestream, jpeg2000Stream, jpegStream } from './codestream.ts'

const us = (value: number) => ({ vr: 'US', Value: [value] })

/** The frame as a fragment carries it: the code stream, without the boxes of a file around it. */
export function codestreamOf(frame: Uint8Array, TransferSyntaxUID: string): Uint8Array {
  const codec = transferSyntaxOf(TransferSyntaxUID)?.codec
  return codec === 'jpeg2000' || codec === 'htj2k' ? jpeg2000Codestream(frame) : frame
}

/** undefined where the frame does not say (RLE, video, uncompressed). @throws PixelsNotDecoded when it breaks off */
export function describeCodestream(frame: Uint8Array, TransferSyntaxUID: string): DicomJSON | undefined {
  const { codec, lossy = false } = transferSyntaxOf(TransferSyntaxUID) ?? {}
  switch (codec) {
    case 'jpeg':
    case 'jpeg-lossless':
    case 'jpeg-ls': {
      const stream = jpegStream(frame)
      // JFIF, and most of what cameras write, is YCbCr; without a lossy step the components are what they were.
      const isRGB = codec !== 'jpeg' || stream.adobeTransform === 0 || String.fromCharCode(...stream.componentIds) === 'RGB'
      return described(stream, isRGB ? 'RGB' : 'YBR_FULL_422', lossy)
    }
    case 'jpeg2000':
    case 'htj2k': {
      const stream = jpeg2000Stream(frame)
      return described(stream, stream.componentTransform ? (lossy ? 'YBR_ICT' : 'YBR_RCT') : 'RGB', lossy)
    }
    default:
      return undefined
  }
}

function described({ Rows, Columns, components, precision }: Codestream, colour: string, lossy: boolean): DicomJSON {
  return {
    '00280002': us(components),
    '00280004': { vr: 'CS', Value: [components === 1 ? 'MONOCHROME2' : colour] },
    ...(components === 1 ? {} : { '00280006': us(0) }),
    '00280010': us(Rows),
    '00280011': us(Columns),
    '00280100': us(precision > 8 ? 16 : 8),
    '00280101': us(precision),
    '00280102': us(precision - 1),
    '00280103': us(0),
    ...(lossy ? { '00282110': { vr: 'CS', Value: ['01'] } } : {}),
  }
}
