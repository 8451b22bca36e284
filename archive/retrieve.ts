/**
 * Retrieve: instances, frames and bulk data as they are stored, by ranged reads of the objects. PS3.18 §10.4.
 * What the scope does not show does not exist.
 */
import type { Readable } from 'node:stream'
import type { Index } from '../storage/index/postgres.ts'
import type { BulkValue, PixelLayout, Scope } from '../storage/index/records.ts'
import { bulkOf, frameOf, type InstanceRow, instancesOf, personOf } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { frameEntryOf } from './dicom/frame-table.ts'
import { NotFound } from './errors.ts'
import { openFrame } from './frame-ranges.ts'
import { type Opened, openAhead } from './open-ahead.ts'

export type { InstanceRow } from '../storage/index/retrieve.ts'

export interface RetrieveTools {
  readonly index: Index
  readonly objects: ObjectStore
}

/** A study, a series of it, or an instance of that. */
export interface Resource {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUID?: string
}

/** First and last byte, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
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
    yield row
  }
  if (!found) nothingThere(resource)
}

/** One instance. @throws NotFound */
export async function findInstance(tools: RetrieveTools, scope: Scope, resource: InstanceResource): Promise<InstanceRow> {
  for await (const row of findInstances(tools, scope, resource)) return row
  return nothingThere(resource)
}

/** The Part 10 objects of instances, byte for byte as received; the next ones are opened while one is read. */
export function openInstances(
  { objects }: RetrieveTools,
  rows: AsyncIterable<InstanceRow> | Iterable<InstanceRow>,
  signal: AbortSignal,
): AsyncGenerator<Opened<InstanceRow>> {
  return openAhead(rows, (row) => objects.get(row.objectKey), { signal })
}

/** A part of the object of an instance. */
export function openInstanceRange({ objects }: RetrieveTools, row: InstanceRow, start: number, end: number): Promise<Readable> {
  return objects.getRange(row.objectKey, start, end - start + 1)
}

/** An instance with its frames. @throws NotFound where it has no such frames, saying why. */
export async function findFrames(
  { index }: RetrieveTools,
  scope: Scope,
  resource: InstanceResource,
  frames: readonly number[],
): Promise<FramedInstance> {
  const row = await frameOf(index.pool, scope, resource)
  if (row === undefined) return nothingThere(resource)
  const { pixels, SOPInstanceUID } = row
  if (pixels === null) throw new NotFound(`Instance ${SOPInstanceUID} has no pixel data`)
  if (pixels.unavailable !== null)
    throw new NotFound(`The frames of instance ${SOPInstanceUID} cannot be told apart: ${pixels.unavailable}`)
  if (pixels.kind === 'video') throw new NotFound(`Instance ${SOPInstanceUID} is a video, it has no frames; retrieve …/pixeldata`)
  const beyond = frames.find((frame) => frame > pixels.NumberOfFrames)
  if (beyond !== undefined)
    throw new NotFound(`Instance ${SOPInstanceUID} has ${pixels.NumberOfFrames} frames, there is no frame ${beyond}`)
  return { ...row, pixels }
}

export interface FramedInstance extends InstanceRow {
  readonly pixels: PixelLayout
}

/** Bytes of a frame as it leaves. */
export const frameLength = ({ pixels }: FramedInstance, frame: number): number =>
  pixels.kind === 'encapsulated' ? frameEntryOf(pixels.frameTable!, frame).length : Math.ceil(pixels.bitsPerFrame / 8)

export async function openOneFrame(
  { objects }: RetrieveTools,
  instance: FramedInstance,
  frame: number,
  range?: ByteRange,
): Promise<Readable> {
  return (await openFrame(objects, instance, frame, range)).stream
}

/** Frames in the order asked for; the next ones are opened while one is read. */
export function openFrames(
  tools: RetrieveTools,
  instance: FramedInstance,
  frames: Iterable<number>,
  signal: AbortSignal,
): AsyncGenerator<Opened<number>> {
  return openAhead(frames, (frame) => openOneFrame(tools, instance, frame), { signal })
}

/** A value that the metadata has a BulkDataURI for. @throws NotFound */
export async function findBulkValue(
  { index }: RetrieveTools,
  scope: Scope,
  resource: InstanceResource,
  path: string,
): Promise<{ instance: InstanceRow; value: BulkValue }> {
  const found = await bulkOf(index.pool, scope, resource, path)
  if (found === undefined) throw new NotFound(`Instance ${resource.SOPInstanceUID} has no bulk data ${path}`)
  return found
}

export function nothingThere({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Resource): never {
  const what = [
    SOPInstanceUID && `instance ${SOPInstanceUID}`,
    SeriesInstanceUID && `series ${SeriesInstanceUID}`,
    `study ${StudyInstanceUID}`,
  ]
  throw new NotFound(`There is no ${what.filter(Boolean).join(' of ')}`)
}
