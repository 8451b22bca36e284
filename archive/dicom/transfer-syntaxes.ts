/** The transfer syntaxes that are stored and returned. PS3.5 Annex A, PS3.6 Annex A. Everything else is refused, by name where it has one. */

export type Codec = 'jpeg' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg2000' | 'htj2k' | 'rle' | 'mpeg'

export interface TransferSyntax {
  readonly uid: string
  readonly name: string
  /** Implicit VR: the dictionary says what a value is. */
  readonly implicit: boolean
  readonly bigEndian: boolean
  /** The data set behind File Meta is one raw deflate stream (§A.5). */
  readonly deflated: boolean
  /** Pixel Data is a sequence of fragments (§A.4). */
  readonly encapsulated: boolean
  /** The fragments are one video stream; they are not frames. */
  readonly video: boolean
  readonly codec: Codec | null
  /** Decoding may not give back what was encoded. */
  readonly lossy: boolean
}

const native = (uid: string, name: string, properties: Partial<TransferSyntax> = {}): TransferSyntax => ({
  uid,
  name,
  implicit: false,
  bigEndian: false,
  deflated: false,
  encapsulated: false,
  video: false,
  codec: null,
  lossy: false,
  ...properties,
})

const compressed = (uid: string, name: string, codec: Codec, lossy: boolean): TransferSyntax =>
  native(uid, name, { encapsulated: true, codec, lossy, video: codec === 'mpeg' })

export const ImplicitVRLittleEndian = '1.2.840.10008.1.2'
export const ExplicitVRLittleEndian = '1.2.840.10008.1.2.1'
export const DeflatedExplicitVRLittleEndian = '1.2.840.10008.1.2.1.99'
export const ExplicitVRBigEndian = '1.2.840.10008.1.2.2'
export const RLELossless = '1.2.840.10008.1.2.5'

const table: readonly TransferSyntax[] = [
  native(ImplicitVRLittleEndian, 'Implicit VR Little Endian', { implicit: true }),
  native(ExplicitVRLittleEndian, 'Explicit VR Little Endian'),
  native(DeflatedExplicitVRLittleEndian, 'Deflated Explicit VR Little Endian', { deflated: true }),
  native(ExplicitVRBigEndian, 'Explicit VR Big Endian', { bigEndian: true }),
  compressed('1.2.840.10008.1.2.4.50', 'JPEG Baseline (Process 1)', 'jpeg', true),
  compressed('1.2.840.10008.1.2.4.51', 'JPEG Extended (Process 2 and 4)', 'jpeg', true),
  compressed('1.2.840.10008.1.2.4.57', 'JPEG Lossless, Non-Hierarchical (Process 14)', 'jpeg-lossless', false),
  compressed(
    '1.2.840.10008.1.2.4.70',
    'JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])',
    'jpeg-lossless',
    false,
  ),
  compressed('1.2.840.10008.1.2.4.80', 'JPEG-LS Lossless Image Compression', 'jpeg-ls', false),
  compressed('1.2.840.10008.1.2.4.81', 'JPEG-LS Lossy (Near-Lossless) Image Compression', 'jpeg-ls', true),
  compressed('1.2.840.10008.1.2.4.90', 'JPEG 2000 Image Compression (Lossless Only)', 'jpeg2000', false),
  compressed('1.2.840.10008.1.2.4.91', 'JPEG 2000 Image Compression', 'jpeg2000', true),
  compressed('1.2.840.10008.1.2.4.92', 'JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)', 'jpeg2000', false),
  compressed('1.2.840.10008.1.2.4.93', 'JPEG 2000 Part 2 Multi-component Image Compression', 'jpeg2000', true),
  compressed('1.2.840.10008.1.2.4.201', 'High-Throughput JPEG 2000 Image Compression (Lossless Only)', 'htj2k', false),
  compressed('1.2.840.10008.1.2.4.202', 'High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)', 'htj2k', false),
  compressed('1.2.840.10008.1.2.4.203', 'High-Throughput JPEG 2000 Image Compression', 'htj2k', true),
  compressed(RLELossless, 'RLE Lossless', 'rle', false),
  compressed('1.2.840.10008.1.2.4.100', 'MPEG2 Main Profile / Main Level', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.100.1', 'Fragmentable MPEG2 Main Profile / Main Level', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.101', 'MPEG2 Main Profile / High Level', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.101.1', 'Fragmentable MPEG2 Main Profile / High Level', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.102', 'MPEG-4 AVC/H.264 High Profile / Level 4.1', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.102.1', 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.103.1', 'Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.104', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.104.1', 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.105', 'MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.105.1', 'Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.106', 'MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.106.1', 'Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.107', 'HEVC/H.265 Main Profile / Level 5.1', 'mpeg', true),
  compressed('1.2.840.10008.1.2.4.108', 'HEVC/H.265 Main 10 Profile / Level 5.1', 'mpeg', true),
]

export const transferSyntaxes: ReadonlyMap<string, TransferSyntax> = new Map(table.map((syntax) => [syntax.uid, syntax]))

export function transferSyntaxOf(uid: string): TransferSyntax | undefined {
  return transferSyntaxes.get(uid)
}
