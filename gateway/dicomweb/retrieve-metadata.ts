/**
 * Retrieve Transaction of metadata: PS3.18 §10.4.1.1.2. The DICOM JSON of a study, series or instance, put together from what was prepared when it was
 * stored: as one gzip member without compressing anything again, or inflated for who cannot gunzip.
 */
import { Readable } from 'node:stream'
import { demand } from '../../archive/access.ts'
import { gzipOf, jsonArrayOf } from '../../archive/dicom/gzip-array.ts'
import { findMetadata } from '../../archive/metadata.ts'
import type { Resource } from '../../archive/retrieve.ts'
import { accepted, negotiate, type Offer } from './accept.ts'
import { isKnown } from './entity-tag.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

const metadataTypes: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
]

export async function retrieveMetadata(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const { mediaType } = negotiate(accepted(ctx), metadataTypes)
  const { revision, fragments } = await findMetadata(tools, asker.scope, resource)
  tools.audit.view(asker, resource.StudyInstanceUID)
  ctx.vary('Accept-Encoding')
  const gzip = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
  if (isKnown(ctx, `W/"${revision}"`)) return
  ctx.set('Content-Type', mediaType)
  // It is compressed already, or not wanted so.
  ctx.compress = false
  if (gzip) ctx.set('Content-Encoding', 'gzip')
  if (ctx.method === 'HEAD') return
  if (!gzip) {
    ctx.body = Readable.from(jsonArrayOf(fragments), { objectMode: false })
    return
  }
  // The revision is that of the series: an instance's answer has a name of its own. Whoever gets here may see what the revision was read from.
  const key = `${revision} ${resource.SOPInstanceUID ?? ''}`
  const known = tools.prepared?.get(key)
  ctx.body = known ?? Readable.from(tools.prepared?.keep(key, gzipOf(fragments)) ?? gzipOf(fragments), { objectMode: false })
}
