/**
 * Corrected instances on their way out (index.md §5): what was received, with the corrections of its study and series put in. The header comes from what
 * a job has prepared, else it is made on the way; from Pixel Data on the bytes are those of the stored object. A deflated instance is written whole.
 */
import { pipeline, Readable } from 'node:stream'
import { createDeflateRaw } from 'node:zlib'
import { type CorrectionSource, correctionSource } from '../storage/index/corrected-headers.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { InstanceRow } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import type { AttributeJSON } from './dicom/dicom-json.ts'
import { type Edit, edited, grown } from './dicom/edits.ts'
import { editsOf, type HeaderBytes } from './dicom/header-edits.ts'
import { Inflater } from './dicom/inflater.ts'
import { inflateFragment } from './dicom/metadata-fragment.ts'
import { isOnDemand, metadataOf } from './dicom/metadata-json.ts'
import { membersOf, planOf } from './dicom/overlay.ts'
import { transferSyntaxOf } from './dicom/transfer-syntaxes.ts'
import { vrOf } from './dicom/value-representations.ts'
import { LimitExceeded, NotFound, ObjectNotFound } from './errors.ts'

export interface CorrectTools {
  readonly index: Index
  readonly objects: ObjectStore
}

/** What corrections do to the bytes of one instance. */
export interface Correction {
  /** In the object, or in the inflated data set of a deflated one. */
  readonly edits: readonly Edit[]
}

/** Longer binary values are not looked into. */
const longValue = 64 << 10
/** Bytes of a header that are held, at most: all but long values and pixels. */
const maximumHeader = 64 << 20
const maximumInflated = 256 << 20

/** What an instance becomes; undefined where nothing in it is another. */
export async function correctionOf(tools: CorrectTools, row: InstanceRow): Promise<Correction | undefined> {
  const source = await sourceOf(tools, row)
  return source && makeCorrection(tools, row, source)
}

async function sourceOf({ index }: CorrectTools, row: InstanceRow): Promise<CorrectionSource | undefined> {
  if (row.overlay === undefined) return undefined
  const source = await correctionSource(index.pool, row.objectKey, row.overlay.key)
  // It has been rejected, or another version made current, since its row was read.
  if (source === undefined) throw new NotFound(`There is no instance ${row.SOPInstanceUID}`)
  return source.prepared?.isChanged === false ? undefined : source
}

export async function makeCorrection(
  { objects }: Pick<CorrectTools, 'objects'>,
  row: InstanceRow,
  { metadata, bulk, AETitle, fallbackCharacterSet }: CorrectionSource,
): Promise<Correction | undefined> {
  const made = isOnDemand(metadata) ? await metadataOf(await objects.get(row.objectKey), '', fallbackCharacterSet ?? undefined) : metadata
  const members = membersOf(inflateFragment(made).toString('utf8'))
  const attributeAt = (tag: number) => {
    const text = members.get(tag)
    return text === undefined ? undefined : (JSON.parse(text) as AttributeJSON)
  }
  const plan = planOf(row.overlay!.steps, attributeAt)
  if (plan === undefined) return undefined
  const syntax = transferSyntaxOf(row.TransferSyntaxUID)!
  const bytes = syntax.deflated ? await inflatedBytes(objects, row) : await storedBytes(objects, row, bulk ?? {})
  const edits = editsOf(bytes, {
    implicit: syntax.implicit,
    bigEndian: syntax.bigEndian,
    plan,
    source: AETitle,
    fallbackCharacterSet: fallbackCharacterSet ?? undefined,
  })
  return { edits }
}

/** Reads all of the object but its long values. */
async function storedBytes(
  objects: Pick<ObjectStore, 'getRange'>,
  { objectKey, objectSize, datasetOffset }: InstanceRow,
  bulk: NonNullable<CorrectionSource['bulk']>,
): Promise<HeaderBytes> {
  const places = Object.values(bulk)
  const left = places.filter(([vr, , length]) => vrOf(vr).kind === 'binary' && length > longValue).sort(([, one], [, other]) => one - other)
  const segments: { start: number; bytes: Buffer }[] = []
  let held = 0
  let at = datasetOffset
  for (const [offset, length] of [...left.map(([, offset, length]) => [offset, length] as const), [objectSize, 0] as const]) {
    if (offset > at) {
      held += offset - at
      if (held > maximumHeader) throw new LimitExceeded(`The header is longer than ${maximumHeader} bytes`)
      segments.push({ start: at, bytes: await bytesOf(await objects.getRange(objectKey, at, offset - at)) })
    }
    at = Math.max(at, offset + length)
  }
  return headerBytes(segments, datasetOffset, objectSize, new Map(places.map(([, offset, length]) => [offset, length])))
}

async function inflatedBytes(objects: Pick<ObjectStore, 'getRange'>, row: InstanceRow): Promise<HeaderBytes> {
  const pieces: Buffer[] = []
  const inflater = new Inflater((piece) => pieces.push(Buffer.from(piece)), {
    freeBytes: maximumInflated,
    ratio: 1,
    bytes: maximumInflated,
  })
  for await (const chunk of await objects.getRange(row.objectKey, row.datasetOffset, row.objectSize - row.datasetOffset))
    inflater.write(chunk)
  inflater.end()
  const bytes = Buffer.concat(pieces)
  return headerBytes([{ start: 0, bytes }], 0, bytes.length, new Map())
}

function headerBytes(
  segments: readonly { readonly start: number; readonly bytes: Buffer }[],
  start: number,
  end: number,
  lengths: ReadonlyMap<number, number>,
): HeaderBytes {
  return {
    start,
    end,
    slice(from, to) {
      const segment = segments.findLast((one) => one.start <= from)
      const bytes = segment?.bytes.subarray(from - segment.start, to - segment.start)
      if (bytes?.length !== to - from) throw new LimitExceeded(`Bytes ${from} to ${to} are not a part of the header`)
      return bytes
    },
    lengthAt: (offset) => lengths.get(offset),
  }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** The corrected Part 10 bytes, from those that are stored, whoever has read (and checked) them. */
export function correctedBytes(stored: AsyncIterable<Buffer>, row: InstanceRow, { edits }: Correction): AsyncIterable<Buffer> {
  if (!transferSyntaxOf(row.TransferSyntaxUID)!.deflated) return edited(stored, edits)
  return deflatedAnew(stored, row.datasetOffset, edits)
}

async function* deflatedAnew(stored: AsyncIterable<Buffer>, datasetOffset: number, edits: readonly Edit[]): AsyncGenerator<Buffer> {
  const meta: Buffer[] = []
  let missing = datasetOffset
  const dataset = async function* (): AsyncGenerator<Buffer> {
    const inflated: Buffer[] = []
    const inflater = new Inflater((piece) => inflated.push(Buffer.from(piece)), {
      freeBytes: maximumInflated,
      ratio: 1,
      bytes: maximumInflated,
    })
    for await (const chunk of stored) {
      const before = chunk.subarray(0, missing)
      if (missing > 0) meta.push(before)
      missing -= before.length
      if (before.length < chunk.length) inflater.write(chunk.subarray(before.length))
      yield* inflated.splice(0)
    }
    inflater.end()
    yield* inflated.splice(0)
  }
  let size = 0
  for await (const chunk of pipeline(Readable.from(edited(dataset(), edits), { objectMode: false }), createDeflateRaw(), () => undefined)) {
    // File Meta has been read before the first deflated byte comes.
    for (const before of meta.splice(0)) yield before
    size += (chunk as Buffer).length
    yield chunk as Buffer
  }
  // PS3.5 §A.5: padded to an even length.
  if (size % 2 === 1) yield Buffer.of(0)
}

export interface OpenedCorrected {
  readonly length: number | undefined
  readonly part10: Readable
}

/** A corrected instance in its stored transfer syntax; undefined where nothing in it is another. */
export async function openCorrected(tools: CorrectTools, row: InstanceRow): Promise<OpenedCorrected | undefined> {
  const source = await sourceOf(tools, row)
  if (source === undefined) return undefined
  const prepared = await openPrepared(tools, row, source)
  if (prepared !== undefined) return prepared
  const correction = await makeCorrection(tools, row, source)
  if (correction === undefined) return undefined
  const { deflated } = transferSyntaxOf(row.TransferSyntaxUID)!
  const stored = await tools.objects.get(row.objectKey)
  const part10 = Readable.from(correctedBytes(stored, row, correction), { objectMode: false }).once('close', () => stored.destroy())
  return { length: deflated ? undefined : row.objectSize + grown(correction.edits), part10 }
}

/** The prepared header and a ranged read of the rest; undefined where there is none, or it has just been replaced. */
async function openPrepared(
  { objects }: CorrectTools,
  row: InstanceRow,
  { prepared }: CorrectionSource,
): Promise<OpenedCorrected | undefined> {
  if (prepared?.objectKey == null) return undefined
  const { objectKey, headerSize, tailAt } = prepared
  const rest = row.objectSize - tailAt!
  try {
    const header = await objects.get(objectKey)
    const tail = rest === 0 ? undefined : await objects.getRange(row.objectKey, tailAt!, rest)
    const part10 = Readable.from(oneAfterTheOther(header, tail), { objectMode: false }).once('close', () => {
      header.destroy()
      tail?.destroy()
    })
    tail?.on('error', () => undefined) // its reader meets it
    return { length: headerSize! + rest, part10 }
  } catch (error) {
    if (error instanceof ObjectNotFound) return undefined
    throw error
  }
}

async function* oneAfterTheOther(...streams: (Readable | undefined)[]): AsyncGenerator<Buffer> {
  for (const stream of streams) if (stream !== undefined) yield* stream
}
