/** What a return needs to know of the images it names: read from their headers, and the annotated one drawn as the reader left it. */

import type { ReturnedImage } from '../../../storage/index/reading/returns.ts'
import type { Scope } from '../../../storage/index/records.ts'
import type { DICOMJSON } from '../../rendered/display.ts'
import { headerOf, type RenderTools, renderFrame } from '../../rendered.ts'
import type { PresentedImage } from '../documents/presentation-state.ts'
import type { Annotation } from './annotation-shapes.ts'

/** Of the picture on a feedback card; a screen of the township is no larger. */
const pictureSide = 1_200

/** The image with the drawing on it, as a JPEG. @throws NotRenderable, PixelsNotDecoded, RendererBusy */
export async function markedPicture(
  tools: RenderTools,
  scope: Scope,
  StudyInstanceUID: string,
  { SeriesInstanceUID, SOPInstanceUID }: ReturnedImage,
  { frame, shapes }: Annotation,
): Promise<Buffer> {
  const { bytes } = await renderFrame(tools, scope, { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }, frame, {
    quality: 85,
    viewport: { width: pictureSide, height: pictureSide },
    marks: shapes,
  })
  return bytes
}

/** Null: a presentation state of grey values does not fit a coloured image (PS3.3 A.33.1). */
export function presentedImage(
  header: DICOMJSON,
  { SeriesInstanceUID, SOPClassUID, SOPInstanceUID }: ReturnedImage,
): PresentedImage | null {
  const text = (tag: string): string => textsOf(header, tag)[0] ?? ''
  const PhotometricInterpretation = text('00280004')
  if (!PhotometricInterpretation.startsWith('MONOCHROME')) return null
  const pair = (tag: string): readonly [string, string] | null => {
    const [first, second] = textsOf(header, tag)
    return first === undefined || second === undefined ? null : [first, second]
  }
  const [slope, intercept, center, width] = [text('00281053'), text('00281052'), text('00281050'), text('00281051')]
  return {
    SeriesInstanceUID,
    SOPClassUID,
    SOPInstanceUID,
    NumberOfFrames: Number(text('00280008')) || 1,
    Rows: Number(text('00280010')),
    Columns: Number(text('00280011')),
    PhotometricInterpretation,
    PixelSpacing: pair('00280030') ?? pair('00181164'),
    PixelAspectRatio: pair('00280034'),
    rescale: slope === '' || intercept === '' ? null : { slope, intercept, type: text('00281054') },
    window: center === '' || !(Number(width) >= 1) ? null : { center, width },
  }
}

/** When an image was taken, by its machine's clock: `20261122101530`; null where it does not say. PS3.3 C.7.6.1, C.12.1.1. */
export function acquiredAt(header: DICOMJSON): string | null {
  const text = (tag: string): string => textsOf(header, tag)[0] ?? ''
  const moment = (date: string, time: string): string | null =>
    /^\d{8}$/.test(date) && /^\d{4}/.test(time) ? `${date}${time.replace(/\D/g, '').slice(0, 6).padEnd(6, '0')}` : null
  const whole = text('0008002A')
  return (
    (/^\d{12}/.test(whole) ? moment(whole.slice(0, 8), whole.slice(8)) : null) ??
    moment(text('00080022'), text('00080032')) ??
    moment(text('00080023'), text('00080033'))
  )
}

/** Who took it (0008,1070), first of several; empty where it does not say. */
export function operatorOf(header: DICOMJSON): string {
  const [name] = header['00081070']?.Value ?? []
  if (typeof name !== 'object' || name === null) return ''
  const { Alphabetic = '', Ideographic = '' } = name as { Alphabetic?: string; Ideographic?: string }
  return `${Alphabetic}=${Ideographic}`
}

const textsOf = (header: DICOMJSON, tag: string): string[] =>
  (header[tag]?.Value ?? []).map((value) => (typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''))

/** At most so many headers are read to learn when a study was taken; the last images are the last taken. */
const headersRead = 24

/** The newest time at which one of the images was taken. */
export async function newestAcquisition(
  tools: RenderTools,
  scope: Scope,
  StudyInstanceUID: string,
  images: readonly ReturnedImage[],
): Promise<string | null> {
  const step = Math.max(1, Math.ceil(images.length / headersRead))
  const read = images.filter((_, n) => (images.length - 1 - n) % step === 0)
  let newest: string | null = null
  for (const { SeriesInstanceUID, SOPInstanceUID } of read) {
    const at = acquiredAt(await headerOf(tools, scope, { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }))
    if (at !== null && (newest === null || at > newest)) newest = at
  }
  return newest
}
