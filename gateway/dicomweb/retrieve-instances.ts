/**
 * Retrieve Transaction of instances (WADO-RS): PS3.18 §10.4, Table 10.4.1-1. A study, a series or an instance as Part 10 objects, byte for byte as
 * they were received.
 */
import { demand } from '../../archive/access.ts'
import { findInstances, type InstanceRow, openInstanceRange, openInstances, type Resource } from '../../archive/retrieve.ts'
import { accepted, bestOffer, nameOf, negotiate, type Offer } from './accept.ts'
import { bodyStream } from './body-stream.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import type { MediaType } from './media-type.ts'
import { multipartBody, multipartLength, newBoundary } from './multipart-writer.ts'
import { rangeOf } from './range.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { retrieveZip, wantsZip } from './retrieve-zip.ts'
import { resourceURL, serviceURL, versionQuery } from './urls.ts'
import { warn } from './warning.ts'

export async function retrieveInstances(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource): Promise<void> {
  demand(ctx.state.asker, 'retrieve')
  const rows: InstanceRow[] = []
  for await (const row of findInstances(tools, ctx.state.asker.scope, resource)) rows.push(row)
  tools.audit.view(ctx.state.asker, resource.StudyInstanceUID)
  const types = accepted(ctx)
  const [row] = rows
  if (row !== undefined && wantsZip(types, [dicomParts(row), { ...dicomParts(row), multipart: false }])) {
    return retrieveZip(tools, ctx, resource, rows, types)
  }
  if (resource.SOPInstanceUID !== undefined && row !== undefined) {
    const offer = negotiate(types, [dicomParts(row), { ...dicomParts(row), multipart: false }])
    if (isKnown(ctx, entityTag(row.fileSHA256, nameOf(offer)))) return
    if (!offer.multipart) return sendInstance(tools, ctx, row)
  }
  await sendInstances(tools, ctx, rows, types)
}

const dicomParts = ({ TransferSyntaxUID }: InstanceRow): Offer => ({ mediaType: 'application/dicom', multipart: true, TransferSyntaxUID })

async function sendInstance(tools: DICOMwebTools, ctx: DICOMwebContext, row: InstanceRow): Promise<void> {
  ctx.set('Content-Type', `application/dicom; transfer-syntax=${row.TransferSyntaxUID}`)
  // The preamble is the sender's; a browser must never take the bytes for anything else.
  ctx.set('Content-Disposition', `attachment; filename="${row.SOPInstanceUID}.dcm"`)
  const range = rangeOf(ctx, row.objectSize)
  if (range !== undefined && ctx.method !== 'HEAD') ctx.body = await openInstanceRange(tools, row, range.start, range.end)
}

/** 206 where some, but not all, are in a transfer syntax that was asked for (PS3.18 §10.4.3.1). */
async function sendInstances(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  rows: readonly InstanceRow[],
  types: readonly MediaType[],
): Promise<void> {
  const sent = rows.filter((row) => bestOffer(types, [dicomParts(row)]) !== undefined)
  if (sent.length === 0) negotiate(types, rows.slice(0, 1).map(dicomParts))
  const boundary = newBoundary()
  const headersOf = (row: InstanceRow) => ({
    'Content-Type': nameOf({ ...dicomParts(row), multipart: false }),
    'Content-Length': String(row.objectSize),
    'Content-Location': resourceURL(tools, ctx, row.StudyInstanceUID, row.SeriesInstanceUID, row.SOPInstanceUID) + versionQuery(row),
  })
  ctx.status = sent.length === rows.length ? 200 : 206
  if (sent.length < rows.length) {
    warn(ctx, serviceURL(tools, ctx), [`${rows.length - sent.length} of ${rows.length} instances are stored in another transfer syntax`])
  }
  ctx.set('Content-Type', `multipart/related; type="application/dicom"; boundary=${boundary}`)
  ctx.length = multipartLength(
    sent.map((row) => ({ headers: headersOf(row), length: row.objectSize })),
    boundary,
  )
  if (ctx.method === 'HEAD') return
  ctx.body = await bodyStream(async function* (signal) {
    yield* multipartBody(parts(signal), boundary)
  })

  async function* parts(signal: AbortSignal) {
    for await (const { item, bytes } of openInstances(tools, sent, signal)) yield { headers: headersOf(item), bytes }
  }
}
