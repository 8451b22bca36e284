/** From the identifier of a C-MOVE or C-GET to the instances that it means. PS3.4 §C.4.2.1.4, §C.4.2.2: unique keys, lists of UIDs at the level asked for. */
import type { DicomJSON } from '../../archive/dicom/dicom-json.ts'
import { ArchiveError, NotFound } from '../../archive/errors.ts'
import { findInstances, type InstanceResource, type InstanceRow, type Resource, type RetrieveTools } from '../../archive/retrieve.ts'
import { type Key, type Place, type SearchLevel, type SearchResult, search } from '../../archive/search.ts'
import type { Scope } from '../../storage/index/records.ts'
import { demandUpperKeys, levelOf, levelTable } from './find-keys.ts'
import { IdentifierMismatch, textOfKey } from './identifier.ts'
import type { QueryOptions } from './query-negotiation.ts'
import type { Root } from './query-retrieve.ts'

/** Too many for one request. 0xA701. */
export class TooManyMatches extends ArchiveError {}

export interface RetrieveQuery {
  readonly level: SearchLevel
  /** The unique keys that are given, each with its values. */
  readonly keys: ReadonlyMap<SearchLevel, readonly string[]>
}

/** @throws IdentifierMismatch */
export function retrieveQuery(identifier: DicomJSON, root: Root, options: Pick<QueryOptions, 'relational'>): RetrieveQuery {
  const level = levelOf(identifier, root)
  demandUpperKeys(identifier, root, level, options)
  const keys = new Map<SearchLevel, readonly string[]>()
  for (const one of root.levels.slice(0, root.levels.indexOf(level) + 1)) {
    const values = textOfKey(identifier[levelTable[one].tag] ?? { vr: 'UI' })
      .split('\\')
      .filter((value) => value !== '')
    const tag = Number.parseInt(levelTable[one].tag, 16)
    if (values.some((value) => /[*?]/.test(value))) throw new IdentifierMismatch(tag, 'has a wildcard')
    if (one === level && values.length === 0) throw new IdentifierMismatch(tag, 'is missing')
    if (one === 'patient' && values.length > 1) throw new IdentifierMismatch(tag, 'has more than one value')
    if (values.length > 0) keys.set(one, values)
  }
  return { level, keys }
}

/** @throws TooManyMatches, IdentifierMismatch where a PatientID is that of several patients */
export async function instancesOf(tools: RetrieveTools, scope: Scope, query: RetrieveQuery, maximum: number): Promise<InstanceRow[]> {
  if (query.level === 'patient') await demandOnePatient(tools, scope, query)
  const rows = new Map<string, InstanceRow>()
  for await (const part of partsOf(tools, scope, query)) {
    for await (const row of present(findInstances(tools, scope, part.resource))) {
      if (part.SOPInstanceUIDs && !part.SOPInstanceUIDs.has(row.SOPInstanceUID)) continue
      rows.set(`${row.StudyInstanceUID} ${row.SeriesInstanceUID} ${row.SOPInstanceUID}`, row)
      if (rows.size > maximum) throw new TooManyMatches(`More than ${maximum} instances: retrieve in parts`)
    }
  }
  return [...rows.values()]
}

/** Two hospitals that both number from 1 have one PatientID for two people, of whom nobody wants both. */
async function demandOnePatient(tools: RetrieveTools, scope: Scope, { keys }: RetrieveQuery): Promise<void> {
  const { results } = await search(tools, scope, 'patient', { matches: keysOf(keys), limit: 2, offset: 0, order: [], include: new Set() })
  if (results.length > 1)
    throw new IdentifierMismatch(Number.parseInt(levelTable.patient.tag, 16), 'is that of several patients: retrieve by study')
}

interface Part {
  readonly resource: Resource
  /** Of a series only these. */
  readonly SOPInstanceUIDs?: ReadonlySet<string>
}

/** Fewer instances than these of one series are looked for one by one. */
const fewInstances = 4

/** Studies, series and instances that are there, of instances those of one series together. */
async function* partsOf(tools: RetrieveTools, scope: Scope, { level, keys }: RetrieveQuery): AsyncGenerator<Part> {
  const series = new Map<string, { readonly resource: InstanceResource; readonly SOPInstanceUIDs: Set<string> }>()
  for await (const { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } of found(
    tools,
    scope,
    level === 'patient' ? 'study' : level,
    keys,
  )) {
    if (StudyInstanceUID === undefined) continue
    if (SOPInstanceUID === undefined || SeriesInstanceUID === undefined) {
      yield { resource: { StudyInstanceUID, ...(SeriesInstanceUID !== undefined && { SeriesInstanceUID }) } }
      continue
    }
    const key = `${StudyInstanceUID} ${SeriesInstanceUID}`
    const known = series.get(key)
    if (known) known.SOPInstanceUIDs.add(SOPInstanceUID)
    else series.set(key, { resource: { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }, SOPInstanceUIDs: new Set([SOPInstanceUID]) })
  }
  for (const { resource, SOPInstanceUIDs } of series.values()) {
    const { SOPInstanceUID: _, ...whole } = resource
    if (SOPInstanceUIDs.size <= fewInstances) for (const SOPInstanceUID of SOPInstanceUIDs) yield { resource: { ...whole, SOPInstanceUID } }
    else yield { resource: whole, SOPInstanceUIDs }
  }
}

const pageSize = 1_000

async function* found(tools: RetrieveTools, scope: Scope, level: SearchLevel, keys: RetrieveQuery['keys']): AsyncGenerator<SearchResult> {
  const request = { matches: keysOf(keys), limit: pageSize, offset: 0, order: [], include: new Set<string>() }
  let after: Place | undefined
  do {
    const page = await search(tools, scope, level, { ...request, ...(after && { after }) })
    yield* page.results
    after = page.next
  } while (after !== undefined)
}

const keysOf = (keys: RetrieveQuery['keys']): Key[] =>
  [...keys].map(([level, values]) => ({
    keyword: levelTable[level].uniqueKey,
    match: values.length === 1 ? { kind: 'single', value: values[0]! } : { kind: 'list', values },
  }))

/** What was there when it was found and is not any more, is not there. */
async function* present(rows: AsyncIterable<InstanceRow>): AsyncGenerator<InstanceRow> {
  try {
    yield* rows
  } catch (error) {
    if (!(error instanceof NotFound)) throw error
  }
}
