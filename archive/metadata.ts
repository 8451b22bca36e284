/**
 * The metadata of a study, series or instance as it was prepared at the store: DICOM JSON in pieces of a deflate stream. PS3.18 §10.4.1.1.2.
 * An instance whose JSON was too large to keep is read again from its object.
 */
import type { Index } from '../storage/index/postgres.ts'
import type { MetadataFragment, Scope } from '../storage/index/records.ts'
import { type MetadataRow, metadataOf } from '../storage/index/retrieve.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { fragmentOf, inflateFragment } from './dicom/metadata-fragment.ts'
import { isOnDemand, metadataOf as metadataOfObject } from './dicom/metadata-json.ts'
import { laidOver } from './dicom/overlay.ts'
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
  const fragments = completed(tools, found.fragments, resource.asReceived !== true)
  if (resource.version !== undefined) return { revision: found.revision, fragments: ofVersion(fragments, resource.version) }
  return { revision: resource.asReceived === true ? `${found.revision}-as-received` : found.revision, fragments }
}

/** What is too long to be kept is made; what is corrected is laid over it (index.md §5). */
async function* completed(
  { objects, publicPath }: MetadataTools,
  rows: AsyncIterable<MetadataRow>,
  isCorrected: boolean,
): AsyncGenerator<MetadataFragment> {
  for await (const row of rows) {
    const fragment = isOnDemand(row) ? await metadataOfObject(await objects.get(row.objectKey), publicPath) : row
    if (!isCorrected || row.overlay == null) yield fragment
    else yield fragmentOf(laidOver(inflateFragment(fragment).toString('utf8'), row.overlay.steps, row.AETitle ?? null))
  }
}

/** The values left out of a further version are its own, not those of the current one: every BulkDataURI says so. */
async function* ofVersion(fragments: AsyncIterable<MetadataFragment>, version: number): AsyncGenerator<MetadataFragment> {
  for await (const fragment of fragments) {
    yield fragmentOf(
      inflateFragment(fragment)
        .toString('utf8')
        .replace(/"BulkDataURI":"[^"]*/g, `$&?version=${version}`),
    )
  }
}
