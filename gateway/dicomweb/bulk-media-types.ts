/** What the media type of a part of bulk data says of the pixels in it: PS3.18 Tables 8.7.3-4 and 8.7.3-5. */
import { transferSyntaxOfJPEG } from '../../archive/dicom/jpeg-process.ts'
import { ExplicitVRLittleEndian, transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import { NotUnderstood, TransferSyntaxNotSupported } from '../../archive/errors.ts'
import { mediaTypeOf } from './frame-media-types.ts'
import type { MediaType } from './media-type.ts'

/** The transfer syntax of a media type that names none. */
const defaults: Readonly<Record<string, string>> = {
  'application/octet-stream': ExplicitVRLittleEndian,
  'image/jpeg': '1.2.840.10008.1.2.4.70',
  'image/dicom-rle': '1.2.840.10008.1.2.5',
  'image/jls': '1.2.840.10008.1.2.4.80',
  'image/jp2': '1.2.840.10008.1.2.4.90',
  'image/jpx': '1.2.840.10008.1.2.4.92',
  'image/jphc': '1.2.840.10008.1.2.4.201',
  'video/mpeg': '1.2.840.10008.1.2.4.100',
  'video/mp4': '1.2.840.10008.1.2.4.102',
  'video/h265': '1.2.840.10008.1.2.4.107',
}

/**
 * The transfer syntax of an instance whose pixels come in such a part; bulk data is little endian whatever it is stored as.
 * @param start the first bytes of the (first) frame: which JPEG it is decides where the part does not say @throws TransferSyntaxNotSupported, NotUnderstood
 */
export function transferSyntaxOfPixels({ name, parameters }: MediaType, start: Uint8Array): string {
  const known = defaults[name]
  if (known === undefined) throw new NotUnderstood(`Pixel Data cannot be stored as ${name}; to be had: ${Object.keys(defaults).join(', ')}`)
  const named = parameters.get('transfer-syntax')
  if (named === undefined) return transferSyntaxOfJPEG(start, known)
  const syntax = transferSyntaxOf(named)
  if (syntax === undefined) throw new TransferSyntaxNotSupported(`The transfer syntax ${named.slice(0, 64)} is not stored`)
  if (!syntax.encapsulated && name === 'application/octet-stream') return ExplicitVRLittleEndian
  if (name !== 'application/octet-stream' && mediaTypeOf(named)?.toLowerCase() !== name)
    throw new TransferSyntaxNotSupported(`${syntax.name} is not what ${name} carries`)
  return named
}
