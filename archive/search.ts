/**
 * Search: patients, studies, series and instances by their attributes, from the index alone. PS3.18 §10.6 (QIDO-RS), PS3.4 §C.2.2.2 (matching), §C.4.1
 * (C-FIND). A result is a data set as DICOM JSON, what the index computes included; whoever asks adds its own (RetrieveURL).
 */

import { IndexTimeout } from '../storage/errors.ts'
import { indexedAttributes, type Level } from '../storage/index/attributes.ts'
import type { Key } from '../storage/index/match.ts'
import type { Index } from '../storage/index/postgres.ts'
import type { Scope } from '../storage/index/records.ts'
import {
  countInstances,
  countSeries,
  countStudies,
  type Page,
  type Search,
  type SearchRow,
  searchInstances,
  searchSeries,
  searchStudies,
} from '../storage/index/search.ts'
import { isPlace, type Order, type Place } from '../storage/index/search-order.ts'
import { countPatients, type PatientRow, searchPatients } from '../storage/index/search-patients.ts'
import type { DicomJSON } from './dicom/dicom-json.ts'
import { nameMatches } from './dicom/person-name.ts'
import { BadRequest, SearchTooBroad } from './errors.ts'
import { nameMatchesPattern } from './name-pattern.ts'
import { withIncluded } from './search-include.ts'

export type { ItemKey, Key, Match } from '../storage/index/match.ts'
export type { Place } from '../storage/index/search-order.ts'
export type SearchLevel = Level

export interface SearchTools {
  readonly index: Index
}

export interface SearchRequest {
  /** Only studies of this person, whoever that is by number. */
  readonly person?: number
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID?: string
  readonly matches: readonly Key[]
  readonly limit: number
  readonly offset: number
  /** The `next` of the answer before, in the same order: results go on behind it, however many were stored in between. */
  readonly after?: Place
  /** Newest first where empty. Patients come newest first always. */
  readonly order: readonly Order[]
  /**
   * `ggggeeee` of attributes that are wanted besides those of the level, or all there are: of levels above that the request names, and what only the
   * metadata hold.
   */
  readonly include: ReadonlySet<string> | 'all'
  /** Ranges of StudyDate and StudyTime match each on its own: C-FIND unless combined matching was negotiated (PS3.4 §C.5.1.1). */
  readonly separateDateTime?: boolean
  /** The offset from UTC of the moments of the request, `+0800`. */
  readonly zone?: string
}

export interface SearchResult {
  /** Absent where a patient was searched for; so are the UIDs below the level of any other search. */
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUID?: string
  readonly dataset: DicomJSON
}

export interface SearchResults {
  readonly results: SearchResult[]
  readonly more: boolean
  /** Where the rest begins, if there is more. */
  readonly next?: Place
}

/** From the top: each sees the attributes of those above. */
const levels: readonly SearchLevel[] = ['patient', 'study', 'series', 'instance']

/** Matched although no instance carries them: PS3.18 Table 10.6.1-5. */
const computedKeys: Readonly<Record<SearchLevel, readonly (readonly [keyword: string, vr: string])[]>> = {
  patient: [],
  study: [
    ['ModalitiesInStudy', 'CS'],
    ['SOPClassesInStudy', 'UI'],
  ],
  series: [],
  instance: [],
}

const searchables = new Map(
  levels.map((level, depth) => {
    const visible = levels.slice(0, depth + 1)
    return [
      level,
      new Map<string, { readonly vr: string }>([
        ...indexedAttributes.filter(({ level }) => visible.includes(level)).map(({ keyword, vr }) => [keyword, { vr }] as const),
        ...visible.flatMap((above) => computedKeys[above].map(([keyword, vr]) => [keyword, { vr }] as const)),
      ]),
    ]
  }),
)

/** What can be searched by at a level, by keyword: attributes of that level and those above. Of a sequence (SQ) whatever stands in its items. */
export const searchable = (level: SearchLevel): ReadonlyMap<string, { readonly vr: string }> => searchables.get(level)!

const searches = { study: searchStudies, series: searchSeries, instance: searchInstances }
const counts = { patient: countPatients, study: countStudies, series: countSeries, instance: countInstances }

/** @throws SearchTooBroad, BadRequest for a place of another search, IndexUnavailable */
export async function search(tools: SearchTools, scope: Scope, level: SearchLevel, request: SearchRequest): Promise<SearchResults> {
  const { pool } = tools.index
  const asked = indexSearch(scope, request)
  if (level === 'patient') return answer(await searchPatients(pool, asked).catch(tooBroad), ({ rows }) => rows.map(patientOf))
  if (request.after !== undefined && !isPlace(level, request.order, request.after))
    throw new BadRequest('The place to go on from is not one of this search')
  const page = await searches[level](pool, asked).catch(tooBroad)
  const results = page.rows.map((row) => resultOf(row, level, request))
  const completed = await withIncluded(pool, scope, level, request.include, page.rows, results).catch(tooBroad)
  return answer(page, () => completed)
}

const answer = <Row>(page: Page<Row>, results: (page: Page<Row>) => SearchResult[]): SearchResults => ({
  results: results(page),
  more: page.more,
  ...(page.next === undefined ? {} : { next: page.next }),
})

/** How many there are, of which `limit`, `offset` and `after` say nothing. */
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
  const name = request.matches.find(({ keyword, match }) => keyword === 'PatientName' && match.kind === 'name')?.match
  if (name?.kind !== 'name') return { scope, ...request }
  // Keys find a name fast but loosely; every hit is compared with the name itself.
  const matches = name.fuzzy ? nameMatches : nameMatchesPattern
  return { scope, ...request, recheck: (patientName) => matches(patientName, name.value) }
}

const tagsOf = (level: Level): ReadonlySet<string> =>
  new Set(indexedAttributes.filter((attribute) => attribute.level === level).map(({ tag }) => tag))
const patientTags = tagsOf('patient')

function patientOf(row: PatientRow): SearchResult {
  const said = Object.entries(JSON.parse(row.json) as DicomJSON).filter(([tag]) => patientTags.has(tag))
  return {
    dataset: {
      ...Object.fromEntries(said),
      '00080056': online,
      ...list('00201200', 'IS', row.NumberOfPatientRelatedStudies),
      ...list('00201202', 'IS', row.NumberOfPatientRelatedSeries),
      ...list('00201204', 'IS', row.NumberOfPatientRelatedInstances),
    },
  }
}

function resultOf(row: SearchRow, level: Exclude<SearchLevel, 'patient'>, request: SearchRequest): SearchResult {
  const dataset: Record<string, DicomJSON[string]> = {}
  for (const above of ['study', 'series', 'instance'] as const) {
    const text = row.json[above]
    if (text === undefined) break
    const attributes: DicomJSON = { ...(JSON.parse(text) as DicomJSON), ...computed(row, above) }
    const wanted = above === level || !isNamed(above, request) ? 'all' : request.include
    for (const tag in attributes) {
      if (wanted === 'all' || wanted.has(tag) || identifying.has(tag)) dataset[tag] = attributes[tag]!
    }
  }
  dataset['00080056'] = online
  return {
    StudyInstanceUID: row.StudyInstanceUID,
    ...(row.SeriesInstanceUID === undefined ? {} : { SeriesInstanceUID: row.SeriesInstanceUID }),
    ...(row.SOPInstanceUID === undefined ? {} : { SOPInstanceUID: row.SOPInstanceUID }),
    dataset,
  }
}

/** InstanceAvailability. */
const online: DicomJSON[string] = { vr: 'CS', Value: ['ONLINE'] }

/** StudyInstanceUID, SeriesInstanceUID: in every answer. */
const identifying: ReadonlySet<string> = new Set(['0020000D', '0020000E'])

/** Whether the request itself says which study or series it is about; what is the same for all results is then not repeated in each. */
const isNamed = (level: 'study' | 'series' | 'instance', request: SearchRequest): boolean =>
  level === 'study' ? request.StudyInstanceUID !== undefined : request.SeriesInstanceUID !== undefined

function computed({ computed }: SearchRow, level: 'study' | 'series' | 'instance'): DicomJSON {
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
