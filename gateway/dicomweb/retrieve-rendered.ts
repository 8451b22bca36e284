/**
 * Retrieve Transaction of rendered images and thumbnails: PS3.18 §10.4.1.1.3, .4, §8.7.4. One picture is the whole body; all pictures of a study, a series,
 * a multi-frame instance or a list of frames are parts. Who wants one picture of many instances is given the one that represents them: of the first
 * series with images the middle instance. Videos and documents are what they are rendered as and pass through.
 */
import { demand } from '../../archive/access.ts'
import { ahead } from '../../archive/ahead.ts'
import { BadRequest, NotAcceptable } from '../../archive/errors.ts'
import { renderFrame } from '../../archive/rendered.ts'
import { findFrames, findInstances, findRepresentative, type InstanceRow, type Resource } from '../../archive/retrieve.ts'
import { accepted, negotiate, type Offer } from './accept.ts'
import { bodyStream } from './body-stream.ts'
import { correctedAs, entityTag, isKnown } from './entity-tag.ts'
import { multipartBody, newBoundary } from './multipart-writer.ts'
import { type RenderedParameters, renderedParameters } from './rendered-parameters.ts'
import { sendVideo } from './retrieve-bulkdata.ts'
import { documentTypeOf, sendDocument } from './retrieve-document.ts'
import { frameNumbers } from './retrieve-frames.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { resourceURL, serviceURL, versionQuery } from './urls.ts'
import { warn } from './warning.ts'

interface PictureOffer extends Offer {
  readonly mediaType: 'image/jpeg' | 'image/png'
}

export const pictures = (multipart: boolean): PictureOffer[] => [
  { mediaType: 'image/jpeg', multipart },
  { mediaType: 'image/png', multipart },
]

const thumbnail = { width: 128, height: 128 }
/** Pictures in one answer; the rest is had by series, instance or frame. */
const mostPictures = 500
/** Pictures made ahead of who reads them. */
const atOnce = 2

export async function retrieveRendered(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource, list?: string): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const parameters = renderedParameters(ctx.URL.searchParams)
  const frames = list === undefined ? undefined : frameNumbers(list)
  const rows: InstanceRow[] = []
  for await (const row of findInstances(tools, asker.scope, resource)) rows.push(row)
  const wanted = rows.flatMap((row) => picturesOf(row, frames))
  // several asked for by number: each is there, or the reason is told before any is sent
  for (const row of frames !== undefined && frames.length > 1 ? rows : []) await findFrames(tools, asker.scope, row, frames ?? [])
  const offers =
    wanted.length > 1 ? [...pictures(true), ...(frames === undefined ? pictures(false) : [])] : [...pictures(false), ...pictures(true)]
  if (wanted.length === 0) return sendOne(tools, ctx, resource, 1, parameters)
  const offer = negotiate(accepted(ctx), offers)
  if (!offer.multipart) return sendOne(tools, ctx, resource, frames?.[0] ?? 1, parameters)
  tools.audit.view(asker, resource.StudyInstanceUID)
  await sendAll(tools, ctx, wanted, offer.mediaType, parameters, rows.filter((row) => picturesOf(row, undefined).length === 0).length)
}

export async function retrieveThumbnail(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource, list?: string): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  const [frame = 1, ...more] = list === undefined ? [] : frameNumbers(list)
  if (more.length > 0) throw new BadRequest('A thumbnail is of one frame')
  await sendOne(tools, ctx, resource, frame, { viewport: thumbnail, ...renderedParameters(ctx.URL.searchParams) })
}

interface Picture {
  readonly row: InstanceRow
  readonly frame: number
}

/** The frames of an instance that have pictures: those asked for, or all. */
function picturesOf(row: InstanceRow, frames: readonly number[] | undefined): Picture[] {
  const { pixels } = row
  if (frames !== undefined) return frames.map((frame) => ({ row, frame }))
  if (pixels === null || pixels.kind === 'video' || pixels.unavailable !== null) return []
  return Array.from({ length: pixels.NumberOfFrames }, (_, n) => ({ row, frame: n + 1 }))
}

/** The one picture of a frame, or that represents an instance, a series or a study. */
async function sendOne(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  resource: Resource,
  frame: number,
  parameters: RenderedParameters,
): Promise<void> {
  const { asker } = ctx.state
  const shown = await findRepresentative(tools, asker.scope, resource)
  const instance = await findFrames(tools, asker.scope, shown, [])
  tools.audit.view(asker, resource.StudyInstanceUID)
  const document = documentTypeOf(instance)
  if (document !== undefined) return sendDocument(tools, ctx, shown, document)
  if (instance.pixels?.kind === 'video') return sendVideo(tools, ctx, instance)
  const { mediaType } = negotiate(accepted(ctx), pictures(false))
  if (isKnown(ctx, entityTag(instance.fileSHA256, mediaType, correctedAs(instance), frame, JSON.stringify(parameters)))) return
  // Nobody waits for a picture that nobody looks at any more: who turns the wheel leaves many behind.
  const left = new AbortController()
  ctx.res.once('close', () => left.abort())
  const { bytes, contentType } = await renderFrame(tools, asker.scope, shown, frame, {
    ...parameters,
    format: mediaType,
    signal: left.signal,
  })
  ctx.set('Content-Type', contentType)
  ctx.body = bytes
}

/** @param without instances that have no picture */
async function sendAll(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  wanted: readonly Picture[],
  mediaType: PictureOffer['mediaType'],
  parameters: RenderedParameters,
  without: number,
): Promise<void> {
  const sent = wanted.slice(0, mostPictures)
  if (sent.length === 0) throw new NotAcceptable('There is no picture of this')
  const digests = Buffer.concat(sent.map(({ row }) => row.fileSHA256))
  const numbers = sent.map(({ row, frame }) => `${frame} ${correctedAs(row)}`)
  if (isKnown(ctx, entityTag(digests, `multipart ${mediaType}`, without, ...numbers, JSON.stringify(parameters)))) return
  const left = [
    ...(without > 0 ? [`${without} instances have no picture`] : []),
    ...(sent.length < wanted.length
      ? [`${wanted.length - sent.length} of ${wanted.length} pictures are left out; retrieve them by instance or frame`]
      : []),
  ]
  if (left.length > 0) {
    ctx.status = 206
    warn(ctx, serviceURL(tools, ctx), left)
  }
  const boundary = newBoundary()
  ctx.set('Content-Type', `multipart/related; type="${mediaType}"; boundary=${boundary}`)
  if (ctx.method === 'HEAD') return
  ctx.body = await bodyStream(async function* (signal) {
    yield* multipartBody(parts(signal), boundary)
  })

  async function* parts(signal: AbortSignal) {
    const render = async ({ row, frame }: Picture) => {
      const { bytes } = await renderFrame(tools, ctx.state.asker.scope, row, frame, { ...parameters, format: mediaType, signal })
      const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } = row
      const location = `${resourceURL(tools, ctx, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID)}/frames/${frame}/rendered`
      const headers = {
        'Content-Type': mediaType,
        'Content-Length': String(bytes.length),
        'Content-Location': location + versionQuery(row),
      }
      return { headers, bytes: only(bytes) }
    }
    yield* ahead(sent, render, atOnce)
  }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
