/** What a data set has to say differently once its frames were transcoded. PS3.3 §C.7.6.3, §C.7.6.1.1.5; PS3.5 §8.2. */
import { Buffer } from 'node:buffer'
import type { PixelSurvey } from './dicom/pixel-survey.ts'
import type { Edits } from './dicom/recoder.ts'
import type { TransferSyntax } from './dicom/transfer-syntaxes.ts'
import { type VR, vrOf } from './dicom/value-representations.ts'
import type { PixelDescription } from './rendered/pixels.ts'
import type { TranscodedFrame } from './rendered/transcode-frame.ts'

const tag = {
  PhotometricInterpretation: 0x00280004,
  PlanarConfiguration: 0x00280006,
  HighBit: 0x00280102,
  LossyImageCompression: 0x00282110,
  LossyImageCompressionRatio: 0x00282112,
  LossyImageCompressionMethod: 0x00282114,
  IconImageSequence: 0x00880200,
  ExtendedOffsetTable: 0x7fe00001,
  ExtendedOffsetTableLengths: 0x7fe00002,
} as const

/** PS3.3 §C.7.6.1.1.5.1: the standard of a lossy method. */
const lossyMethods: Readonly<Record<string, string>> = {
  jpeg: 'ISO_10918_1',
  'jpeg-ls': 'ISO_14495_1',
  jpeg2000: 'ISO_15444_1',
  htj2k: 'ISO_15444_15',
}

/**
 * What else is compressed as the image was would be in no transfer syntax afterwards. An icon and what a maker keeps in attributes of his own can be
 * done without; anything else cannot.
 */
export const isPreview = (sequence: number): boolean => sequence === tag.IconImageSequence || (sequence >>> 16) % 2 === 1

type Edit = { readonly vr: VR; readonly value: Buffer }

const text = (value: string): Edit => ({ vr: vrOf('CS'), value: Buffer.from(value, 'latin1') })

function number(value: number): Edit {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return { vr: vrOf('US'), value: bytes }
}

/** @param before what the data set says of its pixels as they are stored; `stored` bytes of the first frame there */
export function editsAfter(
  survey: PixelSurvey,
  from: TransferSyntax,
  before: PixelDescription,
  { pixels }: TranscodedFrame,
  stored: number,
): Edits {
  const edits = new Map<number, Edit | null>([
    [tag.ExtendedOffsetTable, null],
    [tag.ExtendedOffsetTableLengths, null],
  ])
  if (pixels.PhotometricInterpretation !== before.PhotometricInterpretation)
    edits.set(tag.PhotometricInterpretation, text(pixels.PhotometricInterpretation))
  if (pixels.SamplesPerPixel > 1) edits.set(tag.PlanarConfiguration, number(0))
  if (pixels.HighBit !== before.HighBit) edits.set(tag.HighBit, number(pixels.HighBit))
  for (const preview of survey.compressedInside) edits.set(preview, null)
  if (from.lossy) for (const [key, edit] of lossEdits(survey, from, nativeLength(before), stored)) edits.set(key, edit)
  return edits
}

const nativeLength = ({ Rows, Columns, SamplesPerPixel, BitsAllocated }: PixelDescription) =>
  Rows * Columns * SamplesPerPixel * Math.ceil(BitsAllocated / 8)

/** Once lossy, always lossy: what the transfer syntax said until now the data set has to say. */
function lossEdits({ values }: PixelSurvey, { codec }: TransferSyntax, native: number, stored: number): [number, Edit][] {
  const said = (key: string) => (values[key]?.Value ?? []).length > 0
  // the lossy JPEG 2000 transfer syntaxes may hold what lost nothing, if the data set says so
  const mayBeLossless = codec === 'jpeg2000' || codec === 'htj2k'
  if (mayBeLossless && said('00282110')) return []
  const edits: [number, Edit][] = [[tag.LossyImageCompression, text('01')]]
  if (said('00282112') || said('00282114')) return edits
  edits.push([tag.LossyImageCompressionRatio, { vr: vrOf('DS'), value: Buffer.from((native / Math.max(1, stored)).toFixed(2), 'latin1') }])
  edits.push([tag.LossyImageCompressionMethod, text(lossyMethods[codec ?? ''] ?? 'ISO_10918_1')])
  return edits
}
