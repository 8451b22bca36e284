/**
 * Retrieve Transaction of instances (WADO-RS): PS3.18 §10.4, Table 10.4.1-1. A study, a series or an instance as Part 10 objects: byte for byte as
 * they were received, or in the transfer syntax that the Accept header names, if that loses nothing.
 */
import { demand } from '../../archive/access.ts'
import { NotTranscodable } from '../../archive/errors.ts'
import { findInstances, type InstanceRow, openInstance, openInstanceRange, openInstances, type Resource } from '../../archive/retrieve.ts'
import { transferSyntaxesOf } from '../../archive/transcode.ts'
import { accepted, bestOffer, nameOf, negotiate, type Offer, rankedOffers } from './accept.ts'
import { bodyStream } from './body-stream.ts'
import { correctedAs, entityTag, isKnown } from './entity-tag.ts'
import type { MediaType } from './media-type.ts'
import { multipartBody, multipartLength, newBoundary } from './multipart-writer.ts'
import { rangeOf } from './range.ts'
import { retrieveZip, wantsZip } from './retrieve-zip.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { resourceURL, serviceURL, versionQuery } from './urls.ts'
import { warn } from './warning.ts'

export async function retrieveInstances(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  const rows: InstanceRow[] = []
  for await (const row of findInstances(tools, ctx.state.asker.scope, resource)) rows.push(row)
  tools.audit.view(ctx.state.asker, resource.StudyInstanceUID)
  const types = accepted(ctx)
  const [row] = rows
  if (row !== undefined && wantsZip(types, dicomOffers(row))) return retrieveZip(tools, ctx, resource, rows, types)
  if (resource.SOPInstanceUID !== undefined && row !== undefined) {
    negotiate(types, dicomOffers(row))
    return sendInstance(tools, ctx, row, rankedOffers(types, dicomOffers(row)))
  }
  await sendInstances(tools, ctx, rows, types)
}

interface DICOMOffer extends Offer {
  readonly TransferSyntaxUID: string
}

/** Several instances are parts; one may also be the whole body. As it is stored it is given to whoever names no transfer syntax; transcoded, by name. */
const dicomOffers = (row: InstanceRow, kinds: readonly boolean[] = [true, false]): DICOMOffer[] =>
  transferSyntaxesOf(row).flatMap((TransferSyntaxUID) =>
    kinds.map((multipart) => ({
      mediaType: 'application/dicom',
      multipart,
      TransferSyntaxUID,
      unlessNamed: TransferSyntaxUID === row.TransferSyntaxUID,
    })),
  )

/** In the most wanted transfer syntax that can be made: of some instances that is known only when it is tried. */
async function sendInstance(tools: DICOMwebTools, ctx: DICOMwebContext, row: InstanceRow, offers: readonly DICOMOffer[]): Promise<void> {
  for (const [n, offer] of offers.entries()) {
    try {
      if (isKnown(ctx, entityTag(row.fileSHA256, nameOf(offer), correctedAs(row)))) return
      if (offer.multipart) return await sendParts(tools, ctx, [{ row, offer }])
      return await sendWhole(tools, ctx, row, offer)
    } catch (error) {
      if (!(error instanceof NotTranscodable) || n === offers.length - 1) throw error
      ctx.remove('Content-Length')
    }
  }
}

async function sendWhole(tools: DICOMwebTools, ctx: DICOMwebContext, row: InstanceRow, offer: DICOMOffer): Promise<void> {
  const { TransferSyntaxUID } = offer
  ctx.set('Content-Type', nameOf(offer))
  // The preamble is the sender's; a browser must never take the bytes for anything else.
  ctx.set('Content-Disposition', `attachment; filename="${row.SOPInstanceUID}.dcm"`)
  if (!asStored({ row, offer })) {
    ctx.set('Accept-Ranges', 'none')
    if (ctx.method === 'HEAD') return
    ctx.body = await bodyStream(async function* (signal) {
      const { part10 } = await openInstance(tools, row, { transferSyntaxes: [TransferSyntaxUID], signal })
      yield* part10
    })
    return
  }
  const range = rangeOf(ctx, row.objectSize)
  if (range !== undefined && ctx.method !== 'HEAD') ctx.body = await openInstanceRange(tools, row, range.start, range.end)
}

/** 206 where some, but not all, can be given in a transfer syntax that was asked for (PS3.18 §10.4.3.1). */
async function sendInstances(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  rows: readonly InstanceRow[],
  types: readonly MediaType[],
): Promise<void> {
  const sent = rows.flatMap((row) => {
    const offer = bestOffer(types, dicomOffers(row, [true]))
    return offer === undefined ? [] : [{ row, offer }]
  })
  if (sent.length === 0) for (const row of rows.slice(0, 1)) negotiate(types, dicomOffers(row, [true]))
  ctx.status = sent.length === rows.length ? 200 : 206
  if (sent.length < rows.length) {
    const missing = rows.length - sent.length
    warn(ctx, serviceURL(tools, ctx), [`${missing} of ${rows.length} instances cannot be given in the transfer syntax asked for`])
  }
  await sendParts(tools, ctx, sent)
}

interface Sent {
  readonly row: InstanceRow
  readonly offer: DICOMOffer
}

/** Byte for byte: neither transcoded nor corrected. */
const asStored = ({ row, offer }: Sent) => row.TransferSyntaxUID === offer.TransferSyntaxUID && row.overlay === undefined

async function sendParts(tools: DICOMwebTools, ctx: DICOMwebContext, sent: readonly Sent[]): Promise<void> {
  const boundary = newBoundary()
  const headersOf = (one: Sent) => {
    const { row, offer } = one
    return {
      'Content-Type': nameOf({ ...offer, multipart: false }),
      // how long a transcoded or corrected one becomes is known when it is sent
      ...(asStored(one) ? { 'Content-Length': String(row.objectSize) } : {}),
      'Content-Location': resourceURL(tools, ctx, row.StudyInstanceUID, row.SeriesInstanceUID, row.SOPInstanceUID) + versionQuery(row),
    }
  }
  ctx.set('Content-Type', `multipart/related; type="application/dicom"; boundary=${boundary}`)
  if (sent.every(asStored)) {
    ctx.length = multipartLength(
      sent.map((one) => ({ headers: headersOf(one), length: one.row.objectSize })),
      boundary,
    )
  }
  if (ctx.method === 'HEAD') return
  ctx.body = await bodyStream(async function* (signal) {
    yield* multipartBody(parts(signal), boundary)
  })

  async function* parts(signal: AbortSignal) {
    const wanted = sent.map((one) => ({ ...one, TransferSyntaxUID: one.offer.TransferSyntaxUID }))
    for await (const { item, bytes } of openInstances(tools, wanted, signal)) yield { headers: headersOf(item), bytes }
  }
}
