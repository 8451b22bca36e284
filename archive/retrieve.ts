/**
 * Retrieve: instances, frames and bulk data by ranged reads of the objects, as they are stored or transcoded without loss. PS3.18 §10.4.
 * What the scope does not show does not exist.
 */
import type { Readable } from 'node:stream'
import { frameTableOf } from '../storage/index/frame-tables.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { BulkValue, Scope } from '../storage/index/records.ts'
import { bulkOf, frameOf, type InstanceRow, instancesOf, personOf } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { checkedObject, checkedStream, inChunks, inMemory, wholeObject } from './checked-object.ts'
import { correctedBytes, correctionOf, openCorrected } from './corrected-instance.ts'
import { NotFound, NotTranscodable } from './errors.ts'
import { frameLengthOf, openFrame } from './frame-ranges.ts'
import { type Opened, openAhead } from './open-ahead.ts'
import type { Renderer } from './rendered/renderer.ts'
import { type Part10Source, transcode } from './transcode.ts'

export type { InstanceRow } from '../storage/index/retrieve.ts'
/** With its frame table. */
export type FramedInstance = InstanceRow

export interface RetrieveTools {
  readonly index: Index
  readonly objects: ObjectStore
}

/** To send whole instances, also in another transfer syntax. */
export interface OpenTools extends RetrieveTools {
  readonly renderer: Renderer
}

/** A study, a series of it, or an instance of that. */
export interface Resource {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUID?: string
  /** Of an instance: which of its versions, from 2 on (index.md §1). Absent: the current one. */
  readonly version?: number
  /** Without corrections, as it came. */
  readonly asReceived?: boolean
}

export interface InstanceResource extends Resource {
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
}

/** The person whose study this is. @throws NotFound */
export async function personOfStudy({ index }: RetrieveTools, scope: Scope, StudyInstanceUID: string): Promise<number> {
  return (await personOf(index.pool, scope, StudyInstanceUID)) ?? nothingThere({ StudyInstanceUID })
}

/** The instances of a resource, at least one. @throws NotFound before the first. */
export async function* findInstances({ index }: RetrieveTools, scope: Scope, resource: Resource): AsyncGenerator<InstanceRow> {
  let found = false
  for await (const row of instancesOf(index.pool, scope, resource)) {
    found = true
    yield resource.asReceived === true ? received(row) : row
  }
  if (!found) nothingThere(resource)
}

/** As it came: nothing is laid over it. */
const received = ({ overlay: _, ...row }: InstanceRow): InstanceRow => ({ ...row, asReceived: true })

/** One instance. @throws NotFound */
export async function findInstance(tools: RetrieveTools, scope: Scope, resource: InstanceResource): Promise<InstanceRow> {
  for await (const row of findInstances(tools, scope, resource)) return row
  return nothingThere(resource)
}

/**
 * The one instance that stands for a resource: of the first series with images its middle one, else the first instance there is.
 * @throws NotFound
 */
export async function findRepresentative(tools: RetrieveTools, scope: Scope, resource: Resource): Promise<InstanceRow> {
  let first: InstanceRow | undefined
  const images: InstanceRow[] = []
  for await (const row of findInstances(tools, scope, resource)) {
    first ??= row
    if (images.length > 0 && row.SeriesInstanceUID !== images[0]!.SeriesInstanceUID) break
    if (row.pixels !== null) images.push(row)
  }
  return images[Math.floor(images.length / 2)] ?? first ?? nothingThere(resource)
}

export interface OpenOptions {
  /** What the taker accepts, the most wanted first. Absent, or `*` among them: as stored. */
  readonly transferSyntaxes?: readonly string[]
  /** Without corrections. */
  readonly asReceived?: boolean
  readonly signal?: AbortSignal
}

export interface OpenedInstance {
  readonly TransferSyntaxUID: string
  /** First byte of the data set in `part10`. */
  readonly datasetOffset: number
  /** Bytes of `part10`; undefined while they are still being made. */
  readonly length: number | undefined
  readonly part10: Readable
}

/**
 * The one door through which whole instances leave: corrected, in the stored transfer syntax if it is accepted, else transcoded without loss.
 * Whoever opens it destroys `part10` if it is not read to its end.
 * @throws NotTranscodable naming from what to what
 */
export async function openInstance(tools: OpenTools, stored: InstanceRow, options: OpenOptions = {}): Promise<OpenedInstance> {
  const { transferSyntaxes = ['*'], signal, asReceived } = options
  const row = asReceived === true ? received(stored) : stored
  const { TransferSyntaxUID, datasetOffset, objectSize: length } = row
  if (transferSyntaxes.includes('*') || transferSyntaxes.includes(TransferSyntaxUID)) {
    const corrected = await openCorrected(tools, row)
    return { TransferSyntaxUID, datasetOffset, ...(corrected ?? { length, part10: await tools.objects.get(row.objectKey) }) }
  }
  const source = await part10Of(tools, row)
  let refused: NotTranscodable | undefined
  for (const to of transferSyntaxes) {
    try {
      return { TransferSyntaxUID: to, length: undefined, ...(await transcode(tools.renderer, row, source, to, signal)) }
    } catch (error) {
      if (!(error instanceof NotTranscodable)) throw error
      refused ??= error
    }
  }
  throw refused ?? new NotTranscodable(`Nothing is accepted that instance ${row.SOPInstanceUID} could be given in`)
}

/** The bytes of an instance for transcoding: believed before the first of them, or where they are too many, before the last. Then corrected. */
async function part10Of({ index, objects }: RetrieveTools, row: InstanceRow): Promise<Part10Source> {
  const frameTable = () => frameTableOf(index.pool, row.objectKey)
  const correction = await correctionOf({ index, objects }, row)
  const corrected = (bytes: AsyncIterable<Buffer>) => (correction === undefined ? bytes : correctedBytes(bytes, row, correction))
  if (row.objectSize > wholeObject)
    return { objects, frameTable, open: async () => corrected(checkedStream(await objects.get(row.objectKey), row)) }
  const bytes = await checkedObject(objects, row)
  return { objects: inMemory(bytes), frameTable, open: async () => corrected(inChunks(bytes)) }
}

/** Instances one after another, each in its transfer syntax; the next ones are opened while one is read. */
export function openInstances<T extends { readonly row: InstanceRow; readonly TransferSyntaxUID: string }>(
  tools: OpenTools,
  wanted: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<Opened<T>> {
  const open = async ({ row, TransferSyntaxUID }: T) =>
    (await openInstance(tools, row, { transferSyntaxes: [TransferSyntaxUID], signal })).part10
  return openAhead(wanted, open, { signal })
}

/** A part of the object of an instance. */
export function openInstanceRange({ objects }: RetrieveTools, row: InstanceRow, start: number, end: number): Promise<Readable> {
  return objects.getRange(row.objectKey, start, end - start + 1)
}

/** An instance with its frames, those asked for among them. @throws NotFound where it has no such frames, saying why. */
export async function findFrames(
  { index }: RetrieveTools,
  scope: Scope,
  resource: InstanceResource,
  frames: readonly number[],
): Promise<FramedInstance> {
  const row = await frameOf(index.pool, scope, resource, frames.length === 1 ? frames[0] : undefined)
  if (row === undefined) return nothingThere(resource)
  for (const frame of frames) frameLengthOf(row.pixels, frame)
  return row
}

/** A video as one frame, which all its fragments together make: its stream. @throws NotFound */
export function videoStreamOf(instance: FramedInstance): FramedInstance {
  const { pixels, SOPInstanceUID } = instance
  if (pixels?.kind !== 'video' || pixels.frameTable === null) throw new NotFound(`There is no video of instance ${SOPInstanceUID}`)
  return { ...instance, pixels: { ...pixels, kind: 'encapsulated', NumberOfFrames: 1, unavailable: null } }
}

/** Frames in the order asked for; the next ones are opened while one is read. */
export function openFrames(
  { objects }: RetrieveTools,
  instance: FramedInstance,
  frames: Iterable<number>,
  signal: AbortSignal,
): AsyncGenerator<Opened<number>> {
  return openAhead(frames, async (frame) => (await openFrame(objects, instance, frame)).stream, { signal })
}

/** A value that the metadata has a BulkDataURI for. @throws NotFound */
export async function findBulkValue(
  { index }: RetrieveTools,
  scope: Scope,
  resource: InstanceResource,
  path: string,
): Promise<{ instance: InstanceRow; value: BulkValue }> {
  const found = await bulkOf(index.pool, scope, resource, path)
  if (found === undefined) throw new NotFound(`There is no bulk data ${path} of instance ${resource.SOPInstanceUID}`)
  return found
}

export function nothingThere({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID, version }: Resource): never {
  const what = [
    version && `version ${version}`,
    SOPInstanceUID && `instance ${SOPInstanceUID}`,
    SeriesInstanceUID && `series ${SeriesInstanceUID}`,
    `study ${StudyInstanceUID}`,
  ]
  throw new NotFound(`There is no ${what.filter(Boolean).join(' of ')}`)
}
