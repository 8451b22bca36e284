/**
 * Encapsulated documents as what they are: PS3.18 §8.7.4 (rendered media types), PS3.3 §C.24.2. Of the length that they had before they were padded
 * for DICOM: an XML document that ends with a zero byte is none.
 */
import { NotFound } from '../../archive/errors.ts'
import { openBulkValue } from '../../archive/frame-ranges.ts'
import { headerOf } from '../../archive/rendered.ts'
import { findBulkValue, type InstanceResource, type InstanceRow } from '../../archive/retrieve.ts'
import { accepted, negotiate } from './accept.ts'
import { entityTag, isKnown } from './entity-tag.ts'
import { rangeOf } from './range.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

/** PS3.4 Table B.5-1: what the encapsulated document (0042,0011) of these SOP classes is. */
const documents: ReadonlyMap<string, string> = new Map([
  ['1.2.840.10008.5.1.4.1.1.104.1', 'application/pdf'],
  ['1.2.840.10008.5.1.4.1.1.104.2', 'text/xml'],
  ['1.2.840.10008.5.1.4.1.1.104.3', 'model/stl'],
  ['1.2.840.10008.5.1.4.1.1.104.4', 'model/obj'],
  ['1.2.840.10008.5.1.4.1.1.104.5', 'model/mtl'],
])
const EncapsulatedDocument = '00420011'
const EncapsulatedDocumentLength = '00420015'

/** The media type of the document that an instance holds; undefined where it holds none. */
export const documentTypeOf = ({ SOPClassUID }: Pick<InstanceRow, 'SOPClassUID'>): string | undefined => documents.get(SOPClassUID)

/** @throws NotFound where the instance has no document after all */
export async function sendDocument(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  resource: InstanceResource,
  mediaType: string,
): Promise<void> {
  const { scope } = ctx.state.asker
  negotiate(accepted(ctx), [{ mediaType, multipart: false }])
  const json = await headerOf(tools, scope, resource)
  const document = json[EncapsulatedDocument]
  const real = Number(json[EncapsulatedDocumentLength]?.Value?.[0])
  const unpadded = (length: number) => (real === length - 1 ? real : length)
  const begin = (digest: Uint8Array, length: number) => {
    if (isKnown(ctx, entityTag(digest, mediaType))) return undefined
    ctx.set('Content-Type', mediaType)
    const range = rangeOf(ctx, unpadded(length))
    return ctx.method === 'HEAD' ? undefined : range
  }
  if (document?.InlineBinary !== undefined) {
    // a very short one stands in the metadata
    const bytes = Buffer.from(document.InlineBinary, 'base64')
    const range = begin(bytes, bytes.length)
    if (range !== undefined) ctx.body = bytes.subarray(range.start, range.end + 1)
    return
  }
  if (document === undefined) throw new NotFound(`Instance ${resource.SOPInstanceUID} has no document`)
  const { instance, value } = await findBulkValue(tools, scope, resource, EncapsulatedDocument)
  const range = begin(instance.fileSHA256, value.length)
  if (range !== undefined) ctx.body = (await openBulkValue(tools.objects, instance, value, range)).stream
}
