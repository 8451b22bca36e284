/**
 * Retrieve: instances, frames and bulk data as they are stored, by ranged reads of the objects. PS3.18 §10.4.
 * What the scope does not show does not exist.
 */
import type { Readable } from 'node:stream'
import type { Index } from '../storage/index/postgres.ts'
import type { Scope } from '../storage/index/records.ts'
import { bulkOf, frameOf, type InstanceRow, instancesOf, personOf } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
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

export interface InstanceResource extends Resource {
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
}

/** The person whose study this is. @throws NotFound */
export async function personOfStudy({ index }: RetrieveTools, scope: Scope, StudyInstanceUID: string): Promise<number> {
  return (await personOf(index.pool, scope, StudyInstanceUID)) ?? nothing({ StudyInstanceUID })
}

/** The instances of a resource, at least one. @throws NotFound before the first. */
export async function* findInstances({ index }: RetrieveTools, scope: Scope, resource: Resource): AsyncGenerator<InstanceRow> {
  let found = false
  for await (const row of instancesOf(index.pool, scope, resource)) {
    found = true
    yield row
  }
  if (!found) nothing(resource)
}

/** One instance. @throws NotFound */
export async function findInstance(tools: RetrieveTools, scope: Scope, resource: InstanceResource): Promise<InstanceRow> {
  for await (const row of findInstances(tools, scope, resource)) return row
  return nothing(resource)
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

function nothing({ StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }: Resource): never {
  const what = [
    SOPInstanceUID && `instance ${SOPInstanceUID}`,
    SeriesInstanceUID && `series ${SeriesInstanceUID}`,
    `study ${StudyInstanceUID}`,
  ]
  throw new NotFound(`There is no ${what.filter(Boolean).join(' of ')}`)
}
