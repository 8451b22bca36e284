/**
 * Search: studies, series and instances by their attributes, from the index alone. PS3.18 §10.6 (QIDO-RS), PS3.4 §C.2.2.2 (matching).
 * A result is a data set as DICOM JSON, what the index computes included; whoever asks adds its own (RetrieveURL).
 */

import { IndexTimeout } from '../storage/errors.ts'
import { indexedAttributes, type Level } from '../storage/index/attributes.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { Scope } from '../storage/index/records.ts'
import {
  countInstances,
  countSeries,
  countStudies,
  type Match,
  type Search,
  type SearchRow,
  searchInstances,
  searchSeries,
  searchStudies,
} from '../storage/index/search.ts'
import type { DicomJSON } from './dicom/dicom-json.ts'
import { nameMatches } from './dicom/person-name.ts'
import { SearchTooBroad } from './errors.ts'
import { nameMatchesPattern } from './name-pattern.ts'

export type { Match } from '../storage/index/search.ts'
export type SearchLevel = Exclude<Level, 'patient'>

export interface SearchTools {
  readonly index: Index
}

export interface SearchRequest {
  /** Only studies of this person, whoever that is by number. */
  readonly person?: number
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID?: string
  readonly matches: readonly { readonly keyword: string; readonly match: Match }[]
  readonly limit: number
  readonly offset: number
  /** Newest first where empty. */
  readonly order: readonly { readonly keyword: string; readonly descending: boolean }[]
  /** `ggggeeee` of attributes of the levels above that are wanted although their level is named in the request, or all of them. */
  readonly include: ReadonlySet<string> | 'all'
}

export interface SearchResult {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUID?: string
  readonly dataset: DicomJSON
}

const levels: readonly SearchLevel[] = ['study', 'series', 'instance']

/** Matched although no instance carries them: PS3.18 Table 10.6.1-5. */
const computedKeys: Readonly<Record<SearchLevel, readonly (readonly [keyword: string, vr: string])[]>> = {
  study: [
    ['ModalitiesInStudy', 'CS'],
    ['SOPClassesInStudy', 'UI'],
  ],
  series: [],
  instance: [],
}

const searchables = new Map(
  levels.map((level, depth) => {
    const visible: readonly Level[] = ['patient', ...levels.slice(0, depth + 1)]
    const stored = indexedAttributes.filter((attribute) => attribute.column !== undefined && visible.includes(attribute.level))
    return [
      level,
      new Map<string, { readonly vr: string }>([
        ...stored.map(({ keyword, vr }) => [keyword, { vr }] as const),
        ...levels.slice(0, depth + 1).flatMap((above) => computedKeys[above].map(([keyword, vr]) => [keyword, { vr }] as const)),
      ]),
    ]
  }),
)

/** What can be searched by at a level, by keyword: attributes of that level and those above. */
export const searchable = (level: SearchLevel): ReadonlyMap<string, { readonly vr: string }> => searchables.get(level)!

const searches = { study: searchStudies, series: searchSeries, instance: searchInstances }
const counts = { study: countStudies, series: countSeries, instance: countInstances }

/** @throws SearchTooBroad, IndexUnavailable */
export async function search(
  { index }: SearchTools,
  scope: Scope,
  level: SearchLevel,
  request: SearchRequest,
): Promise<{ results: SearchResult[]; more: boolean }> {
  const { rows, more } = await searches[level](index.pool, indexSearch(scope, request)).catch(tooBroad)
  return { results: rows.map((row) => resultOf(row, level, request)), more }
}

/** How many there are, of which `limit` and `offset` say nothing. */
export function count({ index }: SearchTools, scope: Scope, level: SearchLevel, request: SearchRequest): Promise<number> {
  return counts[level](index.pool, indexSearch(scope, request)).catch(tooBroad)
}

function tooBroad(error: unknown): never {
  if (!(error instanceof IndexTimeout)) throw error
  throw new SearchTooBroad('The search takes too long; add StudyDate, PatientID, AccessionNumber or StudyInstanceUID to it', {
    cause: error,
  })
}

function indexSearch(scope: Scope, { include: _, ...request }: SearchRequest): Search {
  const name = request.matches.find(({ match }) => match.kind === 'name')?.match
  if (name?.kind !== 'name') return { scope, ...request }
  // Keys find a name fast but loosely; every hit is compared with the name itself.
  const matches = name.fuzzy ? nameMatches : nameMatchesPattern
  return { scope, ...request, recheck: (patientName) => matches(patientName, name.value) }
}

function resultOf(row: SearchRow, level: SearchLevel, request: SearchRequest): SearchResult {
  const depth = levels.indexOf(level)
  const dataset: Record<string, DicomJSON[string]> = {}
  levels.slice(0, depth + 1).forEach((above) => {
    const text = row.json[above]
    if (text === undefined) return
    const attributes: DicomJSON = { ...(JSON.parse(text) as DicomJSON), ...computed(row, above) }
    const wanted = above === level || !isNamed(above, request) ? 'all' : request.include
    for (const tag in attributes) {
      if (wanted === 'all' || wanted.has(tag) || identifying.has(tag)) dataset[tag] = attributes[tag]!
    }
  })
  dataset['00080056'] = { vr: 'CS', Value: ['ONLINE'] }
  return {
    StudyInstanceUID: row.StudyInstanceUID,
    ...(row.SeriesInstanceUID === undefined ? {} : { SeriesInstanceUID: row.SeriesInstanceUID }),
    ...(row.SOPInstanceUID === undefined ? {} : { SOPInstanceUID: row.SOPInstanceUID }),
    dataset,
  }
}

/** StudyInstanceUID, SeriesInstanceUID: in every answer. */
const identifying: ReadonlySet<string> = new Set(['0020000D', '0020000E'])

/** Whether the request itself says which study or series it is about; what is the same for all results is then not repeated in each. */
const isNamed = (level: SearchLevel, request: SearchRequest): boolean =>
  level === 'study' ? request.StudyInstanceUID !== undefined : request.SeriesInstanceUID !== undefined

function computed({ computed }: SearchRow, level: SearchLevel): DicomJSON {
  if (level === 'study') {
    return {
      ...list('00080061', 'CS', computed.ModalitiesInStudy),
      ...list('00080062', 'UI', computed.SOPClassesInStudy),
      ...list('00201206', 'IS', computed.NumberOfStudyRelatedSeries),
      ...list('00201208', 'IS', computed.NumberOfStudyRelatedInstances),
    }
  }
  return level === 'series' ? list('00201209', 'IS', computed.NumberOfSeriesRelatedInstances) : {}
}

function list(tag: string, vr: string, value: readonly string[] | number | undefined): DicomJSON {
  const values = value === undefined ? [] : typeof value === 'number' ? [value] : value
  return values.length === 0 ? {} : { [tag]: { vr, Value: values } }
}
