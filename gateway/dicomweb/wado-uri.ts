/**
 * URI Service (WADO-URI): PS3.18 §9. One instance by query parameters, as a picture, as the document or video that it is, or as DICOM.
 *
 * DICOM leaves in Explicit VR Little Endian unless another transfer syntax is asked for and can be made without loss (§9.4.1.2); what cannot be
 * uncompressed, videos, as it is stored. `transferSyntax=*` asks for the stored bytes.
 */
import Router from '@koa/router'
import { demand } from '../../archive/access.ts'
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { NotAcceptable } from '../../archive/errors.ts'
import { renderFrame } from '../../archive/rendered.ts'
import { findFrames, openInstance } from '../../archive/retrieve.ts'
import { accepted, bestOffer, nameOf, type Offer } from './accept.ts'
import { correctedAs, entityTag, isKnown } from './entity-tag.ts'
import { mediaTypeOf } from './frame-media-types.ts'
import { rangeOf } from './range.ts'
import { sendVideo } from './retrieve-bulkdata.ts'
import { documentTypeOf, sendDocument } from './retrieve-document.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { type WADORequest, wadoRequest } from './wado-uri-parameters.ts'

const dicom: Offer = { mediaType: 'application/dicom', multipart: false }

export function wadoURIRoutes(tools: DICOMwebTools): Router {
  const router = new Router()
  router.get('/wado', (ctx) => retrieveByURI(tools, ctx as unknown as DICOMwebContext))
  return router
}

async function retrieveByURI(tools: DICOMwebTools, ctx: DICOMwebContext): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const request = wadoRequest(ctx.URL.searchParams)
  const instance = await findFrames(tools, asker.scope, request.resource, [])
  tools.audit.view(asker, request.resource.StudyInstanceUID)
  const document = documentTypeOf(instance)
  const rendered =
    document !== undefined
      ? [document]
      : instance.pixels?.kind === 'video'
        ? [mediaTypeOf(instance.TransferSyntaxUID)!]
        : instance.pixels !== null
          ? (['image/jpeg', 'image/png'] as const)
          : []
  const offer = chosen(ctx, request, [...rendered.map((mediaType) => ({ mediaType, multipart: false })), dicom])
  if (offer === dicom) return sendDICOM(tools, ctx, instance, request.transferSyntax)
  if (document !== undefined) return sendDocument(tools, ctx, request.resource, document)
  if (instance.pixels?.kind === 'video') return sendVideo(tools, ctx, instance)
  await sendPicture(tools, ctx, instance, request, offer.mediaType === 'image/png' ? 'image/png' : 'image/jpeg')
}

/** The best of what `contentType` names that the Accept header does not exclude (§9.1.2). @throws NotAcceptable */
function chosen(ctx: DICOMwebContext, { contentTypes }: WADORequest, offers: readonly Offer[]): Offer {
  const types = accepted(ctx)
  const allowed = offers.filter((offer) => bestOffer(types, [offer]) !== undefined)
  const best = contentTypes.length > 0 ? bestOffer(contentTypes, allowed) : bestOffer(types, allowed)
  if (best !== undefined) return best
  throw new NotAcceptable(`None of the media types asked for can be given; to be had: ${offers.map(nameOf).join(', ')}`)
}

type Found = Awaited<ReturnType<typeof findFrames>>

async function sendDICOM(tools: DICOMwebTools, ctx: DICOMwebContext, instance: Found, wanted: string | undefined): Promise<void> {
  const transferSyntaxes = [...(wanted === undefined ? [] : [wanted]), ExplicitVRLittleEndian]
  if (isKnown(ctx, entityTag(instance.fileSHA256, 'wado', correctedAs(instance), ...transferSyntaxes))) return
  const left = new AbortController()
  ctx.res.once('close', () => left.abort())
  const open = (accepted: readonly string[]) => openInstance(tools, instance, { transferSyntaxes: accepted, signal: left.signal })
  const opened = await open(transferSyntaxes).catch((error: unknown) => {
    if (error instanceof NotAcceptable) return open(['*'])
    throw error
  })
  ctx.set('Content-Type', `application/dicom; transfer-syntax=${opened.TransferSyntaxUID}`)
  ctx.set('Content-Disposition', `attachment; filename="${instance.SOPInstanceUID}.dcm"`)
  if (opened.length !== undefined) ctx.length = opened.length
  if (ctx.method === 'HEAD') opened.part10.destroy()
  else ctx.body = opened.part10
}

async function sendPicture(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  instance: Found,
  { resource, frame, picture }: WADORequest,
  format: 'image/jpeg' | 'image/png',
): Promise<void> {
  if (isKnown(ctx, entityTag(instance.fileSHA256, format, correctedAs(instance), frame, JSON.stringify(picture)))) return
  const left = new AbortController()
  ctx.res.once('close', () => left.abort())
  const { bytes, contentType } = await renderFrame(tools, ctx.state.asker.scope, resource, frame, {
    ...picture,
    format,
    signal: left.signal,
  })
  ctx.set('Content-Type', contentType)
  const range = rangeOf(ctx, bytes.length)
  if (range !== undefined) ctx.body = bytes.subarray(range.start, range.end + 1)
}
