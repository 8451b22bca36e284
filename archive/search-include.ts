/**
 * `includefield` (PS3.18 §8.3.4.3) beyond what the rows of the index hold: from the metadata that were prepared when the instances were stored. A study or
 * series shows what its first instance says; `all` is every attribute of its Information Entities, and for an instance its whole metadata.
 */
import type pg from 'pg'
import { indexedAttributes, type Level } from '../storage/index/attributes.ts'
import type { Scope } from '../storage/index/records.ts'
import type { SearchRow } from '../storage/index/search.ts'
import { type FirstMetadata, firstMetadataOf } from '../storage/index/search-metadata.ts'
import type { DicomJSON } from './dicom/dicom-json.ts'
import { patientAndStudyTags, seriesTags } from './dicom/information-entities.ts'
import { inflateFragment, isOnDemand } from './dicom/metadata-fragment.ts'
import { laidOver } from './dicom/overlay.ts'
import { SearchTooBroad } from './errors.ts'
import type { SearchResult } from './search.ts'

/** Characters of JSON that are read for one answer. */
const mostRead = 64 << 20

const indexed: ReadonlySet<string> = new Set(indexedAttributes.map(({ tag }) => tag))
/** Computed by the index, or by whoever answers. */
const notOfInstances: ReadonlySet<string> = new Set(['00080056', '00080061', '00080062', '00081190', '00201206', '00201208', '00201209'])

/** @throws SearchTooBroad */
export async function withIncluded(
  pool: pg.Pool,
  scope: Scope,
  level: Exclude<Level, 'patient'>,
  include: ReadonlySet<string> | 'all',
  rows: readonly SearchRow[],
  results: readonly SearchResult[],
): Promise<SearchResult[]> {
  const wanted = wantedOf(level, include)
  if (wanted === undefined || rows.length === 0) return [...results]
  const completed: SearchResult[] = []
  let read = 0
  for await (const fragment of firstMetadataOf(pool, scope, rows)) {
    const result = results[completed.length]!
    read += fragment?.length ?? 0
    if (read > mostRead)
      throw new SearchTooBroad(
        `The metadata of these results are longer than ${mostRead} characters; ask for fewer by limit, or without includefield`,
      )
    completed.push(
      fragment === undefined || isOnDemand(fragment) ? result : { ...result, dataset: joined(result.dataset, datasetOf(fragment), wanted) },
    )
  }
  return completed
}

function datasetOf(fragment: FirstMetadata): DicomJSON {
  const text = inflateFragment(fragment).toString('utf8')
  const { overlay, AETitle = null } = fragment
  return JSON.parse(overlay == null ? text : laidOver(text, overlay.steps, AETitle)) as DicomJSON
}

/** Whether the attribute is taken from the metadata; undefined when none is. */
function wantedOf(level: Exclude<Level, 'patient'>, include: ReadonlySet<string> | 'all'): ((tag: string) => boolean) | undefined {
  if (include !== 'all') {
    const named = new Set([...include].filter((tag) => !indexed.has(tag) && !notOfInstances.has(tag)))
    return named.size === 0 ? undefined : (tag) => named.has(tag)
  }
  if (level === 'instance') return (tag) => !indexed.has(tag) && !notOfInstances.has(tag)
  return (tag) => patientAndStudyTags.has(tag) || (level === 'series' && seriesTags.has(tag))
}

/** What the index says stands: it knows of corrections. */
function joined(dataset: DicomJSON, metadata: DicomJSON, wanted: (tag: string) => boolean): DicomJSON {
  const taken = Object.entries(metadata).filter(([tag]) => wanted(tag) && dataset[tag] === undefined)
  return taken.length === 0 ? dataset : { ...dataset, ...Object.fromEntries(taken) }
}
