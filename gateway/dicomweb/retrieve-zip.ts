/**
 * A study, a series or an instance as a ZIP file with a DICOMDIR: PS3.18 §10.4, media type application/zip; PS3.10 §8. Stored without compression, since
 * images are compressed better by their own syntaxes; streamed, so that nothing is held whole; ZIP64 where it has to be.
 */
import { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { auditIn } from '../../archive/audit.ts'
import { ExplicitVRLittleEndian } from '../../archive/dicom/transfer-syntaxes.ts'
import { isUID } from '../../archive/dicom/uid.ts'
import { BadRequest, NotFound } from '../../archive/errors.ts'
import { type ExportedFile, exportFiles } from '../../archive/export.ts'
import type { InstanceRow, Resource } from '../../archive/retrieve.ts'
import { bestOffer, type Offer } from './accept.ts'
import { bodyStream } from './body-stream.ts'
import type { MediaType } from './media-type.ts'
import type { DICOMwebContext, DICOMwebTools } from './tools.ts'

/** Without a transfer syntax, in Explicit VR Little Endian; with `*` as stored. */
const zip: Offer = { mediaType: 'application/zip', multipart: false, TransferSyntaxUID: ExplicitVRLittleEndian }

/** As the Capabilities Description names them. */
export const zipTypes = [zip.mediaType, `${zip.mediaType}; transfer-syntax=*`] as const

/** Whoever asks for nothing in particular is given the instances themselves (`others`). */
export const wantsZip = (types: readonly MediaType[], others: readonly Offer[]): boolean => bestOffer(types, [...others, zip]) === zip

/** @param rows the instances of the resource; on a study `SeriesInstanceUID` and `SOPInstanceUID` in the query choose among them */
export async function retrieveZip(
  tools: DICOMwebTools,
  ctx: DICOMwebContext,
  resource: Resource,
  rows: readonly InstanceRow[],
  types: readonly MediaType[],
): Promise<void> {
  const chosen = chosenOf(ctx, rows)
  const asStored = types.some(({ name, parameters }) => name === zip.mediaType && parameters.get('transfer-syntax') === '*')
  if (ctx.method !== 'HEAD') {
    const { asker } = ctx.state
    const body = await bodyStream((signal) =>
      zipOf((stopped) => exportFiles(tools, asker.scope, resource, chosen, { asStored, signal: stopped }), signal),
    )
    // Nothing leaves that is not in the audit.
    await auditIn(tools.index.pool, asker, {
      action: 'export',
      StudyInstanceUID: resource.StudyInstanceUID,
      detail: { instances: chosen.length, ...(chosen.length < rows.length ? { of: rows.length } : {}) },
    }).catch((error: unknown) => {
      body.destroy()
      throw error
    })
    ctx.body = body
  }
  const name = resource.SOPInstanceUID ?? resource.SeriesInstanceUID ?? resource.StudyInstanceUID
  ctx.status = 200
  ctx.set('Content-Type', zip.mediaType)
  ctx.set('Content-Disposition', `attachment; filename="${name}.zip"`)
}

/** @throws BadRequest, NotFound */
function chosenOf(ctx: DICOMwebContext, rows: readonly InstanceRow[]): readonly InstanceRow[] {
  const series = uidsIn(ctx, 'SeriesInstanceUID')
  const instances = uidsIn(ctx, 'SOPInstanceUID')
  const chosen = rows.filter(
    (row) => (series === undefined || series.has(row.SeriesInstanceUID)) && (instances === undefined || instances.has(row.SOPInstanceUID)),
  )
  if (chosen.length === 0) throw new NotFound('None of the instances asked for is there')
  return chosen
}

function uidsIn(ctx: DICOMwebContext, keyword: string): ReadonlySet<string> | undefined {
  const stated = ctx.URL.searchParams.getAll(keyword).flatMap((list) => list.split(/[,\\]/))
  if (stated.length === 0) return undefined
  const wrong = stated.find((uid) => !isUID(uid))
  if (wrong !== undefined) throw new BadRequest(`"${wrong.slice(0, 64)}" in ${keyword} is not a UID`)
  return new Set(stated)
}

/** The bytes of a ZIP file, as its files are read, one after another. */
async function* zipOf(files: (signal: AbortSignal) => AsyncIterable<ExportedFile>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const archive = new ZipFile()
  // The stream that failed has told `fill` already.
  archive.on('error', () => undefined)
  const output = archive.outputStream as Readable
  const stopping = new AbortController()
  const stop = () => stopping.abort(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  const filling = fill(archive, files(stopping.signal), stopping.signal).catch((error: Error) => void output.destroy(error))
  try {
    yield* output as AsyncIterable<Uint8Array>
  } finally {
    signal.removeEventListener('abort', stop)
    stopping.abort()
    output.destroy()
    await filling
  }
}

async function fill(archive: ZipFile, files: AsyncIterable<ExportedFile>, signal: AbortSignal): Promise<void> {
  for await (const { name, bytes } of files) {
    await new Promise<void>((resolve, reject) => {
      const stream = Readable.from(bytes, { objectMode: false })
      const leave = () => stream.destroy(new Error('the asker has gone'))
      signal.addEventListener('abort', leave, { once: true })
      stream.once('close', () => signal.removeEventListener('abort', leave))
      stream.once('end', resolve)
      stream.once('error', reject)
      archive.addReadStream(stream, name, { compress: false })
    })
  }
  archive.end()
}
