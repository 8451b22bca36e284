/**
 * The metadata of a study, series or instance as it was prepared at the store: DICOM JSON in pieces of a deflate stream. PS3.18 §10.4.1.1.2.
 * An instance whose JSON was too large to keep is read again from its object.
 */
import type { Index } from '../storage/index/postgres.ts'
import type { MetadataFragment, Scope } from '../storage/index/records.ts'
import { type MetadataRow, metadataOf } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { isOnDemand, metadataOf as metadataOfObject } from './dicom/metadata-json.ts'
import { nothingThere, type Resource } from './retrieve.ts'

export interface MetadataTools {
  readonly index: Index
  readonly objects: ObjectStore
  readonly publicPath: string
}

export interface Metadata {
  /** Another one whenever the answer would be another. */
  readonly revision: string
  /** One for each instance, in the order of SeriesNumber and InstanceNumber. */
  readonly fragments: AsyncIterable<MetadataFragment>
}

/** @throws NotFound */
export async function findMetadata(tools: MetadataTools, scope: Scope, resource: Resource): Promise<Metadata> {
  const found = await metadataOf(tools.index.pool, scope, resource)
  if (found === undefined) nothingThere(resource)
  return { revision: found.revision, fragments: completed(tools, found.fragments) }
}

async function* completed({ objects, publicPath }: MetadataTools, rows: AsyncIterable<MetadataRow>): AsyncGenerator<MetadataFragment> {
  for await (const row of rows) yield isOnDemand(row) ? await metadataOfObject(await objects.get(row.objectKey), publicPath) : row
}
