/**
 * A job on the change feed: the same instance in another transfer syntax (index.md §1). Both forms are decoded to Explicit VR Little Endian, and their
 * attributes and pixels compared, against what was received and against what is corrected; a person is asked only where they differ.
 */
import { createHash } from 'node:crypto'
import type { Change } from '../storage/index/changes.ts'
import { askAboutEncoding, closeEncoding, type Encodings, undecidedEncodings } from '../storage/index/encodings.ts'
import { frameTableOf } from '../storage/index/frame-tables.ts'
import type { InstanceRow } from '../storage/index/retrieve.ts'
import { type CorrectTools, correctedBytes, correctionOf } from './corrected-instance.ts'
import { ExplicitVRLittleEndian } from './dicom/transfer-syntaxes.ts'
import { isSameContent, ValueDigests } from './dicom/value-digests.ts'
import { IndexUnavailable, ObjectStoreUnavailable } from './errors.ts'
import { RendererBusy } from './rendered/errors.ts'
import type { Renderer } from './rendered/renderer.ts'
import { transcode } from './transcode.ts'

export interface EncodingTools extends CorrectTools {
  readonly renderer: Renderer
  readonly log: { warn(about: object, message: string): void }
}

export const encodingsConsumer = 'encodings'

export async function compareEncodings(tools: EncodingTools, changes: readonly Change[]): Promise<void> {
  const uids = new Set(changes.flatMap(({ kind, ref }) => (kind === 'version' && ref !== null ? [ref] : [])))
  for (const SOPInstanceUID of uids) {
    for (const encodings of await undecidedEncodings(tools.index.pool, SOPInstanceUID)) {
      if (await areSame(tools, encodings)) await closeEncoding(tools.index.pool, encodings.versionPk)
      else await askAboutEncoding(tools.index.pool, encodings.studyPk, SOPInstanceUID)
    }
  }
}

async function areSame(tools: EncodingTools, { current, other }: Encodings): Promise<boolean> {
  try {
    const [{ overlay: _, ...received }, came] = [current, await digestsOf(tools, other)]
    if (isSameContent(await digestsOf(tools, received), came)) return true
    return current.overlay !== undefined && isSameContent(await digestsOf(tools, current), came)
  } catch (error) {
    // Tried again with the same changes.
    if (error instanceof IndexUnavailable || error instanceof ObjectStoreUnavailable || error instanceof RendererBusy) throw error
    tools.log.warn({ err: error, SOPInstanceUID: other.SOPInstanceUID }, 'two forms of an instance cannot be compared; a person is asked')
    return false
  }
}

/** Every value of an instance as it reads uncompressed, by its place. */
async function digestsOf(tools: EncodingTools, row: InstanceRow): Promise<ValueDigests> {
  const correction = await correctionOf(tools, row)
  const source = {
    objects: tools.objects,
    frameTable: () => frameTableOf(tools.index.pool, row.objectKey),
    open: async (): Promise<AsyncIterable<Buffer>> => {
      const bytes = await tools.objects.get(row.objectKey)
      return correction === undefined ? bytes : correctedBytes(bytes, row, correction)
    },
  }
  const { part10, datasetOffset } = await transcode(tools.renderer, row, source, ExplicitVRLittleEndian)
  const digests = new ValueDigests(() => createHash('sha256'))
  let meta = datasetOffset
  for await (const chunk of part10 as AsyncIterable<Buffer>) {
    const dataset = chunk.subarray(Math.min(meta, chunk.length))
    meta -= chunk.length - dataset.length
    if (dataset.length > 0) digests.write(dataset)
  }
  digests.end()
  return digests
}
