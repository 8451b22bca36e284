/**
 * Instances as a file set for people to carry away (PS3.10 §8): files with names that every medium takes, and a DICOMDIR that finds them. One file
 * after another, none of them whole in memory.
 */
import type { Readable } from 'node:stream'
import type { Scope } from '../storage/index/records.ts'
import type { DicomJSON } from './dicom/dicom-json.ts'
import { DirectoryBuilder } from './dicom/dicomdir.ts'
import { inflateFragment } from './dicom/metadata-fragment.ts'
import { preambleLength } from './dicom/part10.ts'
import { ExplicitVRLittleEndian } from './dicom/transfer-syntaxes.ts'
import { newUID } from './dicom/uid.ts'
import { NotTranscodable } from './errors.ts'
import { findMetadata, type MetadataTools } from './metadata.ts'
import { type InstanceRow, type OpenedInstance, openInstance, type Resource } from './retrieve.ts'

export type ExportTools = MetadataTools & Parameters<typeof openInstance>[0]

export interface ExportedFile {
  /** Path in the file set, components parted by a slash. */
  readonly name: string
  readonly bytes: AsyncIterable<Uint8Array>
}

export interface ExportOptions {
  /** As they are stored; otherwise in Explicit VR Little Endian, as media profiles want it (PS3.11 STD-GEN-CD), what has no such form as it is stored. */
  readonly asStored: boolean
  readonly signal: AbortSignal
}

/**
 * The files of these instances, DICOMDIR last. Whoever takes them reads each to its end before the next.
 * @param rows instances of `resource`, in its order
 */
export async function* exportFiles(
  tools: ExportTools,
  scope: Scope,
  resource: Resource,
  rows: readonly InstanceRow[],
  { asStored, signal }: ExportOptions,
): AsyncGenerator<ExportedFile> {
  const wanted = new Map(rows.map((row) => [row.SOPInstanceUID, row]))
  const directory = new DirectoryBuilder()
  const series = new Map<string, number>()
  const metadata = await findMetadata(tools, scope, resource)
  let number = 0
  for await (const fragment of metadata.fragments) {
    const dataset = JSON.parse(inflateFragment(fragment).toString('utf8')) as DicomJSON
    const row = wanted.get(String(dataset['00080018']?.Value?.[0]))
    if (row === undefined) continue
    signal.throwIfAborted()
    const opened = await open(tools, row, asStored, signal)
    const place = series.get(row.SeriesInstanceUID) ?? series.size + 1
    series.set(row.SeriesInstanceUID, place)
    number += 1
    const path = ['DICOM', 'ST000001', `SE${numbered(place)}`, `IM${numbered(number)}`]
    const { TransferSyntaxUID, part10 } = opened
    directory.add({ ...row, path, TransferSyntaxUID, dataset, hasPixels: row.pixels !== null })
    yield { name: path.join('/'), bytes: withoutPreamble(part10) }
  }
  yield { name: 'DICOMDIR', bytes: one(directory.write(newUID(), 'ARCHIVE')) }
}

const numbered = (n: number): string => String(n).padStart(6, '0')

async function open(tools: ExportTools, row: InstanceRow, asStored: boolean, signal: AbortSignal): Promise<OpenedInstance> {
  if (asStored) return openInstance(tools, row, { signal })
  try {
    return await openInstance(tools, row, { transferSyntaxes: [ExplicitVRLittleEndian], signal })
  } catch (error) {
    if (!(error instanceof NotTranscodable)) throw error
    return openInstance(tools, row, { signal })
  }
}

/** What a sender wrote into the preamble is not carried on (it could make the file a program as well): zeros. */
async function* withoutPreamble(part10: Readable): AsyncGenerator<Uint8Array> {
  let left = preambleLength
  for await (const chunk of part10 as AsyncIterable<Buffer>) {
    if (left === 0) {
      yield chunk
      continue
    }
    const zeros = Math.min(left, chunk.length)
    left -= zeros
    yield Buffer.concat([Buffer.alloc(zeros), chunk.subarray(zeros)])
  }
}

async function* one(bytes: Buffer): AsyncGenerator<Uint8Array> {
  yield bytes
}
