/**
 * A job on the change feed: what corrected instances begin with is written as an object, so that they leave as fast as others, and the digest of each is
 * kept, so that a copy that comes back is known. Until it has passed, or where it fails, instances are corrected on the way; losing what it wrote loses
 * nothing. Run twice over the same changes it does nothing new.
 */
import { createHash } from 'node:crypto'
import type { Change } from '../storage/index/changes.ts'
import {
  correctedAmong,
  correctionSource,
  forgetHeader,
  insertHeader,
  type NewHeader,
  orphanedHeaders,
  supersededHeaders,
  unpreparedInstances,
} from '../storage/index/corrected-headers.ts'
import type { InstanceRow } from '../storage/index/retrieve.ts'
import { type Correction, type CorrectTools, correctedBytes, makeCorrection } from './corrected-instance.ts'
import { grown } from './dicom/edits.ts'
import { transferSyntaxOf } from './dicom/transfer-syntaxes.ts'
import { IndexUnavailable, ObjectStoreFull, ObjectStoreUnavailable } from './errors.ts'
import { newObjectKey } from './object-key.ts'
import type { Publisher } from './publisher.ts'

export interface HeaderTools extends CorrectTools {
  readonly publisher: Pick<Publisher, 'epoch'>
  readonly clock: () => Date
  readonly log: { warn(about: object, message: string): void }
}

export const headersConsumer = 'corrected-headers'

/** Changes after which an instance may go out with another header. */
const correcting: ReadonlySet<string> = new Set(['correction', 'patient'])
const kinds: ReadonlySet<string> = new Set([...correcting, 'instance', 'update'])
const atOnce = 50

export async function prepareHeaders(tools: HeaderTools, changes: readonly Change[]): Promise<void> {
  const studiesOf = (those: ReadonlySet<string>) => [
    ...new Set(changes.flatMap(({ kind, studyPk }) => (those.has(kind) && studyPk !== null ? [studyPk] : []))),
  ]
  for (const study of await correctedAmong(tools.index.pool, studiesOf(kinds))) await prepareStudy(tools, study)
  const corrected = studiesOf(correcting)
  while (corrected.length > 0) {
    const superseded = await supersededHeaders(tools.index.pool, corrected, atOnce)
    for (const { objectKey } of superseded) await removeHeader(tools, objectKey)
    if (superseded.length < atOnce) return
  }
}

/** What instances began with that were rejected or replaced: it names a patient, and is of no more use. */
export async function removeOrphanedHeaders(tools: Pick<HeaderTools, 'index' | 'objects'>): Promise<void> {
  for (const { objectKey } of await orphanedHeaders(tools.index.pool, 500)) await removeHeader(tools, objectKey)
}

/** The object first: who finds it missing corrects on the way. */
async function removeHeader({ index, objects }: Pick<HeaderTools, 'index' | 'objects'>, objectKey: string): Promise<void> {
  await objects.remove(objectKey)
  await forgetHeader(index.pool, objectKey)
}

async function prepareStudy(tools: HeaderTools, study: number): Promise<void> {
  const failed = new Set<string>()
  for (;;) {
    const found = await unpreparedInstances(tools.index.pool, study, atOnce + failed.size)
    const due = found.filter(({ row }) => !failed.has(row.objectKey))
    for (const { row, institutionCode } of due) {
      try {
        await prepare(tools, row, institutionCode)
      } catch (error) {
        // What will be better later is tried again later, with the same changes; one sick instance stops nobody.
        if (error instanceof IndexUnavailable || error instanceof ObjectStoreUnavailable || error instanceof ObjectStoreFull) throw error
        failed.add(row.objectKey)
        tools.log.warn(
          { err: error, SOPInstanceUID: row.SOPInstanceUID },
          'a corrected header was not prepared; the instance is corrected on the way',
        )
      }
    }
    if (due.length === 0 || failed.size > 1_000) return
  }
}

async function prepare(tools: HeaderTools, row: InstanceRow, institutionCode: string): Promise<void> {
  const { index, objects, publisher, clock } = tools
  const source = await correctionSource(index.pool, row.objectKey, row.overlay!.key)
  if (source === undefined) return
  const correction = await makeCorrection(tools, row, source)
  const header =
    correction === undefined
      ? unchanged(row)
      : await write(objects, row, correction, newObjectKey({ institutionCode }, publisher.epoch, clock()))
  if (!(await insertHeader(index.pool, header)) && header.objectKey !== null) await objects.remove(header.objectKey)
}

const unchanged = (row: InstanceRow): NewHeader => ({ row, objectKey: null, headerSize: null, tailAt: null, datasetSHA256: null })

/** The corrected bytes flow once: all of them through the digest, those before Pixel Data to the store as well. */
async function write(objects: HeaderTools['objects'], row: InstanceRow, correction: Correction, objectKey: string): Promise<NewHeader> {
  const { edits } = correction
  const { deflated } = transferSyntaxOf(row.TransferSyntaxUID)!
  const tailAt = deflated || row.pixels === null ? row.objectSize : row.pixels.offset
  const isParted = deflated || (edits.at(-1)?.end ?? 0) <= tailAt
  const headerSize = deflated || row.pixels === null ? Number.POSITIVE_INFINITY : tailAt + grown(edits)
  const digest = createHash('sha256')
  const stored = await objects.get(row.objectKey)
  const header = async function* (): AsyncGenerator<Buffer> {
    let at = 0
    for await (const chunk of correctedBytes(stored, row, correction)) {
      digest.update(chunk.subarray(Math.min(chunk.length, Math.max(0, row.datasetOffset - at))))
      if (isParted && at < headerSize) yield chunk.subarray(0, Math.min(chunk.length, headerSize - at))
      at += chunk.length
    }
  }
  try {
    if (isParted) {
      const { size } = await objects.put(objectKey, header())
      return { row, objectKey, headerSize: size, tailAt, datasetSHA256: digest.digest() }
    }
    for await (const _ of header()) {
      // only its digest is wanted
    }
    return { row, objectKey: null, headerSize: null, tailAt: null, datasetSHA256: digest.digest() }
  } finally {
    stored.destroy()
  }
}
