/** Data sets as the parts of a `multipart/related; type="application/dicom+xml"` body, made as they are sent: PS3.18 §8.6.1, §8.7.3. */
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { multipartBody, newBoundary } from './multipart-writer.ts'
import { nativeXML } from './native-xml.ts'

export function xmlParts(datasets: AsyncIterable<DicomJSON> | Iterable<DicomJSON>): { type: string; body: AsyncGenerator<Uint8Array> } {
  const boundary = newBoundary()
  return {
    type: `multipart/related; type="application/dicom+xml"; boundary=${boundary}`,
    body: multipartBody(partsOf(datasets), boundary),
  }
}

async function* partsOf(datasets: AsyncIterable<DicomJSON> | Iterable<DicomJSON>) {
  for await (const dataset of datasets)
    yield { headers: { 'Content-Type': 'application/dicom+xml' }, bytes: only(Buffer.from(nativeXML(dataset))) }
}

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
