/** Where the pixels of an instance are and how they divide into frames. PS3.3 C.7.6.3, PS3.5 §8; index of frames: `frame-table.ts`. */
import type { PixelLayout } from '../../storage/index/records.ts'
import { NotUnderstood } from '../errors.ts'
import { attributeOf, nameOf, tagOf } from './dictionary.ts'
import { frameTableOf } from './frame-table.ts'
import type { HeaderBuilder, Pixels } from './header-builder.ts'
import { isImageSOPClass } from './sop-classes.ts'
import { RLELossless, type TransferSyntax } from './transfer-syntaxes.ts'

const tag = (keyword: string) => tagOf(keyword)!
const tags = {
  Rows: tag('Rows'),
  Columns: tag('Columns'),
  SamplesPerPixel: tag('SamplesPerPixel'),
  PhotometricInterpretation: tag('PhotometricInterpretation'),
  BitsAllocated: tag('BitsAllocated'),
  NumberOfFrames: tag('NumberOfFrames'),
  PixelData: tag('PixelData'),
}

/** One number of the data set; 0 when it is absent or none. */
function numberAt(texts: ReadonlyMap<number, string>, attribute: number): number {
  const value = Number.parseInt(texts.get(attribute) ?? '', 10)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}

/** Bits of one native frame; 0 when the data set does not say. Two pixels of YBR_FULL_422 share their chrominance: two samples a pixel. */
function bitsPerFrame(texts: ReadonlyMap<number, string>, bitsAllocated: number): number {
  const pixels = numberAt(texts, tags.Rows) * numberAt(texts, tags.Columns)
  const subsampled = /^YBR_(FULL|PARTIAL)_422$/.test(texts.get(tags.PhotometricInterpretation) ?? '')
  const samples = subsampled ? 2 : numberAt(texts, tags.SamplesPerPixel) || 1
  return pixels * samples * bitsAllocated
}

/** The bits of a float pixel are its VR's, whatever the data set says. */
const bitsOfVR: Readonly<Record<string, number>> = { OF: 32, OD: 64 }

/**
 * The layout of the pixels, or null for an instance without any.
 * @param origin offset of the data set's first byte in the object; 0 for a deflated one, whose offsets are within the inflated data set.
 * @throws NotUnderstood when an image has no pixels, or fewer than its own description needs.
 */
export function pixelLayoutOf(builder: HeaderBuilder, syntax: TransferSyntax, SOPClassUID: string, origin: number): PixelLayout | null {
  const { texts, pixels } = builder
  if (pixels === undefined) {
    if (isImageSOPClass(SOPClassUID) && numberAt(texts, tags.Rows) > 0 && numberAt(texts, tags.Columns) > 0) {
      throw new NotUnderstood(`${nameOf(tags.PixelData)} is missing, though ${nameOf(tags.Rows)} and Columns describe an image`, {
        attribute: nameOf(tags.PixelData),
      })
    }
    return null
  }
  const BitsAllocated = bitsOfVR[attributeOf(pixels.tag)!.vr] ?? numberAt(texts, tags.BitsAllocated)
  const common = {
    offset: origin + pixels.offset,
    length: pixels.length,
    NumberOfFrames: numberAt(texts, tags.NumberOfFrames) || 1,
    bitsPerFrame: 0,
    BitsAllocated,
    vr: pixels.vr,
    bigEndian: syntax.bigEndian,
    frameTable: null,
    unavailable: null,
  }
  if (pixels.fragments !== undefined) return encapsulated(builder, pixels, syntax, common, origin)
  if (syntax.encapsulated) {
    const unavailable = `Pixel Data (7FE0,0010) is not encapsulated, as ${syntax.name} demands`
    return { ...common, kind: 'encapsulated', unavailable }
  }
  return native(texts, pixels, syntax, common)
}

type Common = Omit<PixelLayout, 'kind'>

function native(texts: ReadonlyMap<number, string>, pixels: Pixels, syntax: TransferSyntax, common: Common): PixelLayout {
  const kind = syntax.deflated ? 'deflated' : 'native'
  const bits = bitsPerFrame(texts, common.BitsAllocated)
  if (bits === 0) return { ...common, kind, unavailable: 'Rows, Columns or Bits Allocated is missing: nobody knows how long a frame is' }
  const needed = Math.ceil((bits * common.NumberOfFrames) / 8)
  if (pixels.length < needed) {
    const attribute = nameOf(pixels.tag)
    throw new NotUnderstood(`${attribute} has ${pixels.length} bytes, but ${common.NumberOfFrames} frames of ${bits} bits need ${needed}`, {
      attribute,
    })
  }
  return { ...common, kind, bitsPerFrame: bits }
}

function encapsulated(builder: HeaderBuilder, pixels: Pixels, syntax: TransferSyntax, common: Common, origin: number): PixelLayout {
  if (!syntax.encapsulated) {
    const attribute = nameOf(pixels.tag)
    throw new NotUnderstood(`${attribute} is encapsulated, which ${syntax.name} does not allow`, { attribute })
  }
  const { table, unavailable } = frameTableOf({
    // All fragments of a video are its one stream.
    NumberOfFrames: syntax.video ? 1 : common.NumberOfFrames,
    isRLE: syntax.uid === RLELossless,
    fragments: pixels.fragments!,
    basicOffsets: pixels.basicOffsets,
    extendedOffsets: builder.extendedOffsets,
    extendedLengths: builder.extendedLengths,
    origin,
  })
  if (syntax.video)
    return { ...common, kind: 'video', frameTable: table, unavailable: unavailable ?? 'A video is one stream, not divided into frames' }
  return { ...common, kind: 'encapsulated', frameTable: table, unavailable }
}
