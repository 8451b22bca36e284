/**
 * Retrieve Transaction of bulk data: PS3.18 §10.4.1.1.5, .7. A value by the BulkDataURI that the metadata gives. Compressed pixel data are not one
 * value to anybody: they leave as their frames, one part each, and a video as its stream.
 */
import { demand } from '../../archive/access.ts'
import { transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import { frameLengthOf, openBulkValue, openFrame } from '../../archive/frame-ranges.ts'
import {
  type FramedInstance,
  findBulkValue,
  findFrames,
  type InstanceResource,
  type RetrieveTools,
  videoStreamOf,
} from '../../archive/retrieve.ts'
import { accepted, nameOf, negotiate, type Offer } from './accept.ts'
import { bodyStream } from './body-stream.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import { mediaTypeOf, negotiateFrames } from './frame-media-types.ts'
import { multipartBody, multipartLength, newBoundary } from './multipart-writer.ts'
import { rangeOf } from './range.ts'
import { sendFrames } from './retrieve-frames.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

/** By the VR of the pixels: PS3.3 C.7.6.3, C.7.6.24. */
const pixelPaths: Readonly<Record<string, string>> = { OF: '7FE00008', OD: '7FE00009' }
const integerPixels = '7FE00010'

/** A single part can be had in ranges, so it is the default. */
export const bulkTypes: readonly Offer[] = [false, true].map((multipart) => ({ mediaType: 'application/octet-stream', multipart }))

export async function retrieveBulkdata(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  resource: InstanceResource,
  path: string,
): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  if (path === integerPixels) return retrievePixeldata(tools, ctx, resource)
  return sendValue(tools, ctx, resource, path, bulkTypes)
}

/** One value of an instance, in the best of the types offered. */
export async function sendValue(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  resource: InstanceResource,
  path: string,
  offers: readonly Offer[],
): Promise<void> {
  const { asker } = ctx.state
  const { instance, value } = await findBulkValue(tools, asker.scope, resource, path)
  tools.audit.view(asker, resource.StudyInstanceUID)
  const offer = negotiate(accepted(ctx), offers)
  if (isKnown(ctx, entityTag(instance.fileSHA256, nameOf(offer), path))) return
  if (!offer.multipart) {
    ctx.set('Content-Type', offer.mediaType)
    const range = rangeOf(ctx, value.length)
    if (range !== undefined && ctx.method !== 'HEAD') ctx.body = (await openBulkValue(tools.objects, instance, value, range)).stream
    return
  }
  const boundary = newBoundary()
  const part = { headers: { 'Content-Type': offer.mediaType, 'Content-Length': String(value.length) }, length: value.length }
  ctx.set('Content-Type', `multipart/related; type="${offer.mediaType}"; boundary=${boundary}`)
  ctx.length = multipartLength([part], boundary)
  if (ctx.method === 'HEAD') return
  ctx.body = await bodyStream(async function* (signal) {
    const { stream: bytes } = await openBulkValue(tools.objects, instance, value)
    signal.addEventListener('abort', () => bytes.destroy())
    yield* multipartBody([{ ...part, bytes }], boundary)
  })
}

export async function retrievePixeldata(tools: DICOMwebTools, ctx: DICOMwebContext, resource: InstanceResource): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const instance = await findFrames(tools, asker.scope, resource, [])
  const { pixels, TransferSyntaxUID } = instance
  if (pixels === null || !transferSyntaxOf(TransferSyntaxUID)?.encapsulated) {
    return sendValue(tools, ctx, resource, pixelPaths[pixels?.vr ?? ''] ?? integerPixels, bulkTypes)
  }
  tools.audit.view(asker, resource.StudyInstanceUID)
  if (pixels.kind === 'video') return sendVideo(tools, ctx, instance)
  const frames = Array.from({ length: pixels.NumberOfFrames }, (_, i) => i + 1)
  return sendFrames(tools, ctx, instance, frames, negotiateFrames(accepted(ctx), instance, frames.length))
}

/** As it was sent, in ranges: a player begins in the middle. */
export async function sendVideo({ objects }: RetrieveTools, ctx: DICOMwebContext, instance: FramedInstance): Promise<void> {
  const stream = videoStreamOf(instance)
  const mediaType = mediaTypeOf(instance.TransferSyntaxUID)!
  negotiate(accepted(ctx), [{ mediaType, multipart: false, TransferSyntaxUID: instance.TransferSyntaxUID }])
  if (isKnown(ctx, entityTag(instance.fileSHA256, mediaType))) return
  ctx.set('Content-Type', mediaType)
  const range = rangeOf(ctx, frameLengthOf(stream.pixels, 1))
  if (range !== undefined && ctx.method !== 'HEAD') ctx.body = (await openFrame(objects, stream, 1, range)).stream
}
