/**
 * Retrieve Transaction of metadata: PS3.18 §10.4.1.1.2. The DICOM JSON of a study, series or instance, put together from what was prepared when it was
 * stored: as one gzip member without compressing anything again, or inflated for who cannot gunzip. As XML (the Native DICOM Model) it is made of that,
 * one part for each instance.
 */
import { Readable } from 'node:stream'
import { demand } from '../../archive/access.ts'
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { gzipOf, jsonArrayOf } from '../../archive/dicom/gzip-array.ts'
import { inflateFragment } from '../../archive/dicom/metadata-fragment.ts'
import { findMetadata, type Metadata } from '../../archive/metadata.ts'
import type { Resource } from '../../archive/retrieve.ts'
import { accepted, negotiate, type Offer } from './accept.ts'
import { isKnown } from './entity-tag.ts'
import { nativeXML } from './native-xml.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'
import { xmlParts } from './xml-parts.ts'

export const metadataTypes: readonly Offer[] = [
  { mediaType: 'application/dicom+json', multipart: false },
  { mediaType: 'application/json', multipart: false },
  { mediaType: 'application/dicom+xml', multipart: true },
]
/** One instance may also be had as a single document. */
export const instanceTypes: readonly Offer[] = [...metadataTypes, { mediaType: 'application/dicom+xml', multipart: false }]

export async function retrieveMetadata(tools: DICOMwebTools, ctx: DICOMwebContext, resource: Resource): Promise<void> {
  const { asker } = ctx.state
  demand(asker, 'retrieve')
  const offer = negotiate(accepted(ctx), resource.SOPInstanceUID === undefined ? metadataTypes : instanceTypes)
  const { revision, fragments } = await findMetadata(tools, asker.scope, resource)
  tools.audit.view(asker, resource.StudyInstanceUID)
  ctx.vary('Accept')
  ctx.vary('Accept-Encoding')
  const isXML = offer.mediaType === 'application/dicom+xml'
  if (isKnown(ctx, `W/"${revision}${isXML ? '-xml' : ''}"`)) return
  if (isXML) answerXML(ctx, offer, fragments)
  else answerJSON(tools, ctx, offer, resource, { revision, fragments })
}

function answerXML(ctx: DICOMwebContext, { multipart }: Offer, fragments: Metadata['fragments']): void {
  const { type, body } = multipart ? xmlParts(datasetsOf(fragments)) : { type: 'application/dicom+xml', body: documentOf(fragments) }
  ctx.set('Content-Type', type)
  ctx.compress = true
  if (ctx.method === 'HEAD') return
  ctx.body = Readable.from(body, { objectMode: false })
}

async function* datasetsOf(fragments: Metadata['fragments']): AsyncGenerator<DicomJSON> {
  for await (const fragment of fragments) yield JSON.parse(inflateFragment(fragment).toString('utf8')) as DicomJSON
}

/** Of one instance. */
async function* documentOf(fragments: Metadata['fragments']): AsyncGenerator<Buffer> {
  for await (const dataset of datasetsOf(fragments)) yield Buffer.from(nativeXML(dataset))
}

function answerJSON(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  { mediaType }: Offer,
  resource: Resource,
  { revision, fragments }: Metadata,
): void {
  const gzip = ctx.acceptsEncodings('gzip', 'identity') === 'gzip'
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
