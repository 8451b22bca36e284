/**
 * What a data set (as DICOM JSON) says about one of its frames: its pixels, and how it wants them shown. Enhanced objects say it in functional
 * groups, of the frame or shared (PS3.3 §C.7.6.16); others at the top.
 */
import { NotRenderable } from './errors.ts'
import type { GreyDisplay, WindowFunction } from './grey.ts'
import { type LookupTable, lookupTable, segmentedLookupTable } from './lookup-table.ts'
import type { PixelDescription } from './pixels.ts'
import type { Display } from './render.ts'

export interface JSONElement {
  readonly vr: string
  readonly Value?: readonly unknown[]
  readonly InlineBinary?: string
  readonly BulkDataURI?: string
}

export type DICOMJSON = Readonly<Record<string, JSONElement>>

/** The bytes, little endian, of a value that the JSON only names; `path` is what follows `/bulkdata/` in its BulkDataURI. */
export type BulkReader = (path: string) => Promise<Uint8Array>

export interface Described {
  readonly pixels: PixelDescription
  readonly display: Display
}

const tag = {
  SamplesPerPixel: '00280002',
  PhotometricInterpretation: '00280004',
  PlanarConfiguration: '00280006',
  Rows: '00280010',
  Columns: '00280011',
  PixelSpacing: '00280030',
  PixelAspectRatio: '00280034',
  BitsAllocated: '00280100',
  BitsStored: '00280101',
  HighBit: '00280102',
  PixelRepresentation: '00280103',
  PixelPaddingValue: '00280120',
  PixelPaddingRangeLimit: '00280121',
  WindowCenter: '00281050',
  WindowWidth: '00281051',
  RescaleIntercept: '00281052',
  RescaleSlope: '00281053',
  VOILUTFunction: '00281056',
  ModalityLUTSequence: '00283000',
  LUTDescriptor: '00283002',
  LUTData: '00283006',
  VOILUTSequence: '00283010',
  PixelMeasuresSequence: '00289110',
  FrameVOILUTSequence: '00289132',
  PixelValueTransformationSequence: '00289145',
  ImagerPixelSpacing: '00181164',
  PresentationLUTShape: '20500020',
  SharedFunctionalGroupsSequence: '52009229',
  PerFrameFunctionalGroupsSequence: '52009230',
  FloatPixelData: '7FE00008',
  DoubleFloatPixelData: '7FE00009',
} as const

/** Descriptor, data and segmented data of each colour. */
const paletteTags = {
  red: ['00281101', '00281201', '00281221'],
  green: ['00281102', '00281202', '00281222'],
  blue: ['00281103', '00281203', '00281223'],
} as const

/** @param frame from 1 */
export async function describeFrame(json: DICOMJSON, frame: number, readBulk: BulkReader): Promise<Described> {
  const pixels = describePixels(json)
  const groups = [
    itemsOf(json, tag.PerFrameFunctionalGroupsSequence)[frame - 1],
    itemsOf(json, tag.SharedFunctionalGroupsSequence)[0],
  ].filter((group) => group !== undefined)
  /** Where the attributes of a functional group macro stand for this frame. */
  const macro = (sequence: string): DICOMJSON =>
    groups.map((group) => itemsOf(group, sequence)[0]).find((item) => item !== undefined) ?? json
  const modality = await describeModality(macro(tag.PixelValueTransformationSequence), json, pixels, readBulk)
  const signed = pixels.PixelRepresentation === 1 || ('slope' in modality && modality.intercept < 0)
  return {
    pixels,
    display: {
      grey: {
        modality,
        voi: await describeVOI(macro(tag.FrameVOILUTSequence), pixels, signed, readBulk),
        inverse: pixels.PhotometricInterpretation === 'MONOCHROME1' || textOf(json, tag.PresentationLUTShape) === 'INVERSE',
        padding: describePadding(json, pixels),
      },
      palette: pixels.PhotometricInterpretation === 'PALETTE COLOR' ? await describePalette(json, pixels, readBulk) : null,
      pixelAspect: describeAspect(macro(tag.PixelMeasuresSequence), json),
    },
  }
}

/** @throws NotRenderable where the data set does not say how large it is */
export function describePixels(json: DICOMJSON): PixelDescription {
  const kind = tag.FloatPixelData in json ? 'float' : tag.DoubleFloatPixelData in json ? 'double' : 'integer'
  const BitsAllocated = kind === 'float' ? 32 : kind === 'double' ? 64 : required(json, tag.BitsAllocated, 'BitsAllocated')
  const BitsStored = numberOf(json, tag.BitsStored) ?? BitsAllocated
  return {
    Rows: required(json, tag.Rows, 'Rows'),
    Columns: required(json, tag.Columns, 'Columns'),
    SamplesPerPixel: numberOf(json, tag.SamplesPerPixel) ?? 1,
    PhotometricInterpretation: textOf(json, tag.PhotometricInterpretation) ?? (kind === 'integer' ? '' : 'MONOCHROME2'),
    BitsAllocated,
    BitsStored,
    HighBit: numberOf(json, tag.HighBit) ?? BitsStored - 1,
    PixelRepresentation: numberOf(json, tag.PixelRepresentation) ?? 0,
    PlanarConfiguration: numberOf(json, tag.PlanarConfiguration) ?? 0,
    kind,
  }
}

async function describeModality(
  group: DICOMJSON,
  json: DICOMJSON,
  pixels: PixelDescription,
  readBulk: BulkReader,
): Promise<GreyDisplay['modality']> {
  const [lut] = itemsOf(json, tag.ModalityLUTSequence)
  if (lut !== undefined) {
    const table = await tableOf(lut, pixels.PixelRepresentation === 1, readBulk)
    if (table !== undefined) return table
  }
  // a slope of 0 would make every picture one grey; devices write it where they mean none
  return { slope: numberOf(group, tag.RescaleSlope) || 1, intercept: numberOf(group, tag.RescaleIntercept) ?? 0 }
}

async function describeVOI(
  group: DICOMJSON,
  { kind }: PixelDescription,
  signed: boolean,
  readBulk: BulkReader,
): Promise<GreyDisplay['voi']> {
  const center = numberOf(group, tag.WindowCenter)
  const width = numberOf(group, tag.WindowWidth)
  if (center !== undefined && width !== undefined && width > 0) {
    return { center, width, function: windowFunction(textOf(group, tag.VOILUTFunction), width, kind) }
  }
  const [lut] = itemsOf(group, tag.VOILUTSequence)
  return (lut && (await tableOf(lut, signed, readBulk))) ?? null
}

/** LINEAR is meant for whole numbers: below a width of 1, or between real numbers, its exact sister is meant. */
function windowFunction(declared: string | undefined, width: number, kind: PixelDescription['kind']): WindowFunction {
  if (declared === 'SIGMOID' || declared === 'LINEAR_EXACT') return declared
  return width < 1 || kind !== 'integer' ? 'LINEAR_EXACT' : 'LINEAR'
}

function describePadding(json: DICOMJSON, { PixelRepresentation, kind }: PixelDescription): GreyDisplay['padding'] {
  const value = numberOf(json, tag.PixelPaddingValue)
  if (value === undefined || kind !== 'integer') return null
  const stored = (number: number) => (PixelRepresentation === 1 && number > 32_767 ? number - 65_536 : number)
  const limit = stored(numberOf(json, tag.PixelPaddingRangeLimit) ?? value)
  return { low: Math.min(stored(value), limit), high: Math.max(stored(value), limit) }
}

async function describePalette(
  json: DICOMJSON,
  { PixelRepresentation }: PixelDescription,
  readBulk: BulkReader,
): Promise<Display['palette']> {
  const one = async ([descriptor, data, segmented]: (typeof paletteTags)['red' | 'green' | 'blue']) => {
    const numbers = numbersOf(json, descriptor)
    if (numbers.length !== 3) throw new NotRenderable('The palette of a PALETTE COLOR image is missing')
    const plain = await bytesOf(json[data], readBulk)
    if (plain !== undefined) return lookupTable(numbers, plain, PixelRepresentation === 1)
    const segments = await bytesOf(json[segmented], readBulk)
    if (segments === undefined) throw new NotRenderable('The palette of a PALETTE COLOR image is missing')
    return segmentedLookupTable(numbers, segments, PixelRepresentation === 1)
  }
  const [red, green, blue] = await Promise.all([one(paletteTags.red), one(paletteTags.green), one(paletteTags.blue)])
  return { red, green, blue }
}

/** Height of a pixel divided by its width; both attributes give the vertical first. */
function describeAspect(measures: DICOMJSON, json: DICOMJSON): number {
  for (const values of [
    numbersOf(json, tag.PixelAspectRatio),
    numbersOf(measures, tag.PixelSpacing),
    numbersOf(json, tag.ImagerPixelSpacing),
  ]) {
    const [vertical, horizontal] = values
    if (vertical !== undefined && horizontal !== undefined && vertical > 0 && horizontal > 0) return vertical / horizontal
  }
  return 1
}

async function tableOf(item: DICOMJSON, signed: boolean, readBulk: BulkReader): Promise<LookupTable | undefined> {
  const descriptor = numbersOf(item, tag.LUTDescriptor)
  const data = await bytesOf(item[tag.LUTData], readBulk)
  return descriptor.length === 3 && data !== undefined ? lookupTable(descriptor, data, signed) : undefined
}

async function bytesOf(element: JSONElement | undefined, readBulk: BulkReader): Promise<Uint8Array | undefined> {
  if (element?.InlineBinary !== undefined) return Buffer.from(element.InlineBinary, 'base64')
  if (element?.Value !== undefined) return new Uint8Array(Uint16Array.from(element.Value, Number).buffer)
  const path = element?.BulkDataURI?.split('/bulkdata/')[1]
  return path === undefined ? undefined : readBulk(path)
}

function itemsOf(json: DICOMJSON, sequence: string): readonly DICOMJSON[] {
  return (json[sequence]?.Value ?? []) as readonly DICOMJSON[]
}

function numbersOf(json: DICOMJSON, attribute: string): number[] {
  return (json[attribute]?.Value ?? []).map((value) => (value === null ? Number.NaN : Number(value))).filter(Number.isFinite)
}

function numberOf(json: DICOMJSON, attribute: string): number | undefined {
  return numbersOf(json, attribute)[0]
}

function textOf(json: DICOMJSON, attribute: string): string | undefined {
  const [value] = json[attribute]?.Value ?? []
  return typeof value === 'string' ? value.trim() : undefined
}

function required(json: DICOMJSON, attribute: string, keyword: string): number {
  const value = numberOf(json, attribute)
  if (value === undefined) throw new NotRenderable(`The instance has no ${keyword}, so it has no picture`)
  return value
}
