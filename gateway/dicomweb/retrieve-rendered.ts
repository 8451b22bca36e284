/**
 * Retrieve Transaction of rendered images and thumbnails: PS3.18 §10.4.1.1.3, .4. Of a frame its picture, of an instance that of its first frame, of a series
 * that of its middle instance, of a study that of its first series with images. Videos and documents are what they are rendered as and pass through.
 */
import { demand } from '../../archive/access.ts'
import { BadRequest } from '../../archive/errors.ts'
import { renderFrame } from '../../archive/rendered.ts'
import { findFrames, findRepresentative, type Resource } from '../../archive/retrieve.ts'
import { accepted, negotiate, type Offer } from './accept.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import { type RenderedParameters, renderedParameters } from './rendered-parameters.ts'
import { sendValue, sendVideo } from './retrieve-bulkdata.ts'
import { frameNumbers } from './retrieve-frames.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

interface PictureOffer extends Offer {
  readonly mediaType: 'image/jpeg' | 'image/png'
}

const pictureTypes: readonly PictureOffer[] = [
  { mediaType: 'image/jpeg', multipart: false },
  { mediaType: 'image/png', multipart: false },
]

/** PS3.4 Table B.5-1: what the encapsulated document (0042,0011) of these SOP classes is. */
const documents: ReadonlyMap<string, string> = new Map([
  ['1.2.840.10008.5.1.4.1.1.104.1', 'application/pdf'],
  ['1.2.840.10008.5.1.4.1.1.104.2', 'text/xml'],
  ['1.2.840.10008.5.1.4.1.1.104.3', 'model/stl'],
  ['1.2.840.10008.5.1.4.1.1.104.4', 'model/obj'],
  ['1.2.840.10008.5.1.4.1.1.104.5', 'model/mtl'],
])
const EncapsulatedDocument = '00420011'

const thumbnail = { width: 128, height: 128 }

export async function retrieveRendered(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource, frames?: string): Promise<void> {
  await retrieve(tools, ctx, resource, frames, renderedParameters(ctx.URL.searchParams))
}

export async function retrieveThumbnail(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource, frames?: string): Promise<void> {
  await retrieve(tools, ctx, resource, frames, { viewport: thumbnail, ...renderedParameters(ctx.URL.searchParams) })
}

async function retrieve(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  resource: Resource,
  list: string | undefined,
  parameters: RenderedParameters,
): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const [frame = 1, ...more] = list === undefined ? [] : frameNumbers(list)
  if (more.length > 0) throw new BadRequest('Rendered frames are had one at a time')
  const shown = await findRepresentative(tools, asker.scope, resource)
  const instance = await findFrames(tools, asker.scope, shown, [])
  tools.audit.view(asker, resource.StudyInstanceUID)
  const document = documents.get(instance.SOPClassUID)
  if (document !== undefined) return sendValue(tools, ctx, shown, EncapsulatedDocument, [{ mediaType: document, multipart: false }])
  if (instance.pixels?.kind === 'video') return sendVideo(tools, ctx, instance)
  const { mediaType } = negotiate(accepted(ctx), pictureTypes)
  if (isKnown(ctx, entityTag(instance.fileSHA256, mediaType, frame, JSON.stringify(parameters)))) return
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
