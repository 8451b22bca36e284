/** The pictures of a report: key images as they were, made when first asked for and kept, and signatures by their digest. */
import { keepPicture, reportPicture } from '../../../storage/index/reading/reports.ts'
import { findPicture } from '../../../storage/index/reading/signing.ts'
import type { Scope } from '../../../storage/index/records.ts'
import { NotFound } from '../../errors.ts'
import { NotRenderable, PixelsNotDecoded } from '../../rendered/errors.ts'
import { type RenderTools, renderFrame } from '../../rendered.ts'
import type { ReportContent } from '../reports/report-content.ts'
import { marksOf } from './key-image-marks.ts'
import type { Drawn } from './report-pdf.ts'

/** Printed 4.5 cm wide: 400 dpi. */
const side = 720

export async function drawnPictures(tools: RenderTools, scope: Scope, report: number, content: ReportContent): Promise<Drawn> {
  const images: (Buffer | null)[] = []
  for (let number = 1; number <= content.keyImages.length; number += 1) images.push(await keyImage(tools, scope, report, content, number))
  const signatures = new Map<string, Buffer>()
  for (const { picture } of content.signatures) {
    const found = picture === null ? undefined : await findPicture(tools.index.pool, picture)
    if (picture !== null && found !== undefined) signatures.set(picture, found.bytes)
  }
  return { images, signatures }
}

/** Null: it has no picture. A store or a renderer that is away is an error, and asked again later. */
export async function keyImage(
  tools: RenderTools,
  scope: Scope,
  report: number,
  content: ReportContent,
  number: number,
): Promise<Buffer | null> {
  const { pool } = tools.index
  const kept = await reportPicture(pool, report, number)
  if (kept !== undefined) return kept
  await keepPicture(pool, report, number, await drawn(tools, scope, content, number))
  return (await reportPicture(pool, report, number)) ?? null
}

async function drawn(
  tools: RenderTools,
  scope: Scope,
  { study, alsoStudies, keyImages }: ReportContent,
  number: number,
): Promise<Buffer | null> {
  const image = keyImages[number - 1]
  if (image === undefined) throw new NotFound(`The report has no key image ${number}`)
  const { SeriesInstanceUID, SOPInstanceUID, frame, window } = image
  const marks = marksOf(image)
  const home =
    [study, ...alsoStudies].find(({ evidence }) => evidence.some((series) => series.SeriesInstanceUID === SeriesInstanceUID)) ?? study
  try {
    const { bytes } = await renderFrame(
      tools,
      scope,
      { StudyInstanceUID: home.StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID },
      frame,
      {
        quality: 85,
        viewport: { width: side, height: side },
        ...(window === undefined || window === null ? {} : { window: { ...window, function: 'LINEAR' as const } }),
        ...(marks.length === 0 ? {} : { marks }),
      },
    )
    return bytes
  } catch (error) {
    if (error instanceof NotRenderable || error instanceof PixelsNotDecoded || error instanceof NotFound) return null
    throw error
  }
}
