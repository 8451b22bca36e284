/** Retrieve Transaction of frames: PS3.18 §10.4.1.1.6. Each frame is one ranged read of the stored object, or made of it in a transfer syntax asked for. */
import { demand } from '../../archive/access.ts'
import { isClassicJPEG, transferSyntaxOfJPEG } from '../../archive/dicom/jpeg-process.ts'
import { ExplicitVRLittleEndian, transferSyntaxOf } from '../../archive/dicom/transfer-syntaxes.ts'
import { BadRequest, NotFound } from '../../archive/errors.ts'
import { frameLengthOf, openFrame } from '../../archive/frame-ranges.ts'
import { type FramedInstance, findFrames, type InstanceResource, openFrames } from '../../archive/retrieve.ts'
import { transcodedFrames } from '../../archive/transcoded-frames.ts'
import { accepted, nameOf } from './accept.ts'
import { bodyStream } from './body-stream.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import { type FrameOffer, negotiateFrames } from './frame-media-types.ts'
import { multipartBody, multipartLength, newBoundary } from './multipart-writer.ts'
import { rangeOf } from './range.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { resourceURL, versionQuery } from './urls.ts'

export async function retrieveFrames(tools: DICOMwebTools, ctx: DICOMwebContext, resource: InstanceResource, list: string): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const frames = frameNumbers(list)
  const instance = await findFrames(tools, asker.scope, resource, frames)
  if (instance.pixels?.kind === 'video')
    throw new NotFound(`Instance ${resource.SOPInstanceUID} is a video without frames; retrieve …/pixeldata`)
  tools.audit.view(asker, resource.StudyInstanceUID)
  await sendFrames(tools, ctx, instance, frames, negotiateFrames(accepted(ctx), instance, frames.length))
}

/** `1`, `1,3,5`. */
export function frameNumbers(list: string): number[] {
  return list.split(',').map((text) => {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw new BadRequest(`Frames are numbers from 1 separated by commas, not "${list.slice(0, 60)}"`)
    return Number(text)
  })
}

export async function sendFrames(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  instance: FramedInstance,
  frames: readonly number[],
  offer: FrameOffer,
): Promise<void> {
  if (isMade(instance, offer)) return sendMadeFrames(tools, ctx, instance, frames, offer)
  if (isKnown(ctx, entityTag(instance.fileSHA256, nameOf(offer), ...frames))) return
  const partType = nameOf({ ...offer, multipart: false })
  const [only] = frames
  if (!offer.multipart && only !== undefined) {
    ctx.set('Content-Type', partType)
    const range = rangeOf(ctx, frameLengthOf(instance.pixels, only))
    if (range !== undefined && ctx.method !== 'HEAD') ctx.body = (await openFrame(tools.objects, instance, only, range)).stream
    return
  }
  const boundary = newBoundary()
  const base = resourceURL(tools, ctx, instance.StudyInstanceUID, instance.SeriesInstanceUID, instance.SOPInstanceUID)
  const headersOf = (frame: number, contentType = partType) => ({
    'Content-Type': contentType,
    'Content-Length': String(frameLengthOf(instance.pixels, frame)),
    'Content-Location': `${base}/frames/${frame}${versionQuery(instance)}`,
  })
  ctx.set('Content-Type', `multipart/related; type="${offer.mediaType}"; boundary=${boundary}`)
  ctx.length = multipartLength(
    frames.map((frame) => ({ headers: headersOf(frame), length: frameLengthOf(instance.pixels, frame) })),
    boundary,
  )
  if (ctx.method === 'HEAD') return
  ctx.body = await bodyStream(async function* (signal) {
    yield* multipartBody(parts(signal), boundary)
  })

  async function* parts(signal: AbortSignal) {
    const declared = offer.TransferSyntaxUID
    for await (const { item, bytes } of openFrames(tools, instance, frames, signal)) {
      if (!isClassicJPEG(declared)) {
        yield { headers: headersOf(item), bytes }
        continue
      }
      // A frame compressed in another way than its instance says goes by its real name, which has the same length.
      const peeked = await peek(bytes)
      yield { headers: headersOf(item, partType.replace(declared, transferSyntaxOfJPEG(peeked.start, declared))), bytes: peeked.bytes }
    }
  }
}

/** Neither stored so nor uncompressed anyway. */
const isMade = (instance: FramedInstance, { TransferSyntaxUID }: FrameOffer): boolean =>
  TransferSyntaxUID !== instance.TransferSyntaxUID &&
  !(TransferSyntaxUID === ExplicitVRLittleEndian && transferSyntaxOf(instance.TransferSyntaxUID)?.encapsulated === false)

/** Frames in another transfer syntax; how long they become is known when they are made. */
async function sendMadeFrames(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  instance: FramedInstance,
  frames: readonly number[],
  offer: FrameOffer,
): Promise<void> {
  if (isKnown(ctx, entityTag(instance.fileSHA256, nameOf(offer), ...frames))) return
  const make = (signal: AbortSignal) => transcodedFrames(tools, ctx.state.asker.scope, instance, frames, offer.TransferSyntaxUID, signal)
  const partType = nameOf({ ...offer, multipart: false })
  if (!offer.multipart) {
    ctx.set('Content-Type', partType)
    const left = new AbortController()
    ctx.res.once('close', () => left.abort())
    for await (const { bytes } of make(left.signal)) {
      const range = rangeOf(ctx, bytes.length)
      if (range !== undefined && ctx.method !== 'HEAD') ctx.body = bytes.subarray(range.start, range.end + 1)
    }
    return
  }
  const boundary = newBoundary()
  const base = resourceURL(tools, ctx, instance.StudyInstanceUID, instance.SeriesInstanceUID, instance.SOPInstanceUID)
  ctx.set('Content-Type', `multipart/related; type="${offer.mediaType}"; boundary=${boundary}`)
  if (ctx.method === 'HEAD') return
  ctx.body = await bodyStream(async function* (signal) {
    yield* multipartBody(parts(signal), boundary)
  })

  async function* parts(signal: AbortSignal) {
    for await (const { frame, bytes } of make(signal)) {
      const headers = {
        'Content-Type': partType,
        'Content-Length': String(bytes.length),
        'Content-Location': `${base}/frames/${frame}${versionQuery(instance)}`,
      }
      yield { headers, bytes: only(bytes) }
    }
  }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}

/** The first bytes of a stream, and all of it. */
async function peek(stream: AsyncIterable<Uint8Array>): Promise<{ start: Uint8Array; bytes: AsyncIterable<Uint8Array> }> {
  const chunks = stream[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done) return { start: new Uint8Array(), bytes: stream }
  const whole = async function* () {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  return { start: first.value, bytes: whole() }
}
