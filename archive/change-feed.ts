/**
 * The change feed that other programs read over DICOMweb: what became of instances, each institution's in a numbering of its own without gaps, so that
 * nobody learns from a missing number how busy others are. Numbers are given by a follower of the archive's own feed, in its order.
 */
import { everything, lastRun, lastSequence, type Run, readEntries, saveRuns, spreadChanges } from '../storage/index/change-runs.ts'
import type { Index } from '../storage/index/postgres.ts'
import { transaction } from '../storage/index/query.ts'
import type { Scope } from '../storage/index/records.ts'
import type { Change } from './changes.ts'
import type { DicomJSON } from './dicom/dicom-json.ts'
import { inflateFragment } from './dicom/metadata-fragment.ts'
import { NotFound } from './errors.ts'
import { findMetadata, type MetadataTools } from './metadata.ts'

export const changeFeedConsumer = 'change-feed'

export type Action = 'create' | 'update' | 'delete'
/** Of the instance: this is the latest of it, something came after it, or it is there no more. */
export type State = 'current' | 'replaced' | 'deleted'

/** What the kinds of the archive's own feed that name an instance mean here. A purge is none: what it ends was deleted before. */
const actions: Readonly<Record<string, Action>> = { instance: 'create', restore: 'create', update: 'update', delete: 'delete' }
const kinds = Object.keys(actions)
/** Kinds that name a study, and are an update of each of its instances whose answer they changed. */
const spreadKinds: ReadonlySet<string> = new Set(['correction', 'patient'])

/** Changes of whole studies that are numbered in one transaction: a merge may tell of hundreds, each with thousands of instances. */
const mostSpreadAtOnce = 20

/** A change, and how many entries it makes. */
interface Counted {
  readonly number: number
  readonly spread: boolean
  readonly entries: number
}

/** Numbers these changes for everybody who may see them. Run twice over the same changes it does nothing new. */
export async function numberChanges({ index }: { readonly index: Index }, changes: readonly Change[]): Promise<void> {
  for (const some of inTurns(changes.filter(({ kind }) => Object.hasOwn(actions, kind) || spreadKinds.has(kind)))) {
    await transaction(index.pool, async (client) => {
      const spread = some.flatMap(({ kind, number }) => (spreadKinds.has(kind) ? [number] : []))
      const instances = spread.length === 0 ? new Map<number, number>() : await spreadChanges(client, spread)
      const counted = new Map<number, Counted[]>()
      for (const { number, kind, institutions } of some) {
        const isSpread = spreadKinds.has(kind)
        const change = { number, spread: isSpread, entries: isSpread ? (instances.get(number) ?? 0) : 1 }
        if (change.entries === 0) continue
        for (const institution of [everything, ...institutions]) counted.set(institution, [...(counted.get(institution) ?? []), change])
      }
      for (const institution of [...counted.keys()].sort((a, b) => a - b)) {
        const runs = runsOf(await lastRun(client, institution), counted.get(institution)!)
        if (runs.length > 0) await saveRuns(client, institution, runs)
      }
    })
  }
}

function* inTurns(changes: readonly Change[]): Generator<readonly Change[]> {
  let some: Change[] = []
  let spread = 0
  for (const change of changes) {
    if (spreadKinds.has(change.kind) && ++spread > mostSpreadAtOnce) {
      yield some
      some = []
      spread = 1
    }
    some.push(change)
  }
  if (some.length > 0) yield some
}

/** Runs that come to the last one, itself among them where it grows. */
export function runsOf(last: Run | undefined, changes: readonly Counted[]): Run[] {
  const runs: Run[] = []
  let at = last
  for (const { number, spread, entries } of changes) {
    const reached = at === undefined ? undefined : at.spread ? at.number : at.number + at.length - 1
    if (reached !== undefined && number <= reached) continue
    if (at !== undefined && !at.spread && !spread && number === reached! + 1) {
      at = { ...at, length: at.length + 1 }
      if (runs.length > 0) runs.pop()
    } else at = { sequence: at === undefined ? 1 : at.sequence + at.length, number, length: entries, spread }
    runs.push(at)
  }
  return runs
}

export interface FeedEntry {
  readonly sequence: number
  readonly timestamp: Date
  readonly action: Action
  readonly state: State
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  readonly SOPInstanceUID: string
  /** Where it was asked for and the instance is there. */
  readonly metadata?: DicomJSON
}

/** Entries behind `offset`, oldest first. */
export async function readChangeFeed(
  tools: MetadataTools,
  scope: Scope,
  { offset, limit, includeMetadata }: { readonly offset: number; readonly limit: number; readonly includeMetadata: boolean },
): Promise<FeedEntry[]> {
  const rows = await readEntries(tools.index.pool, scope, viewOf(scope), kinds, offset, limit)
  const entries: FeedEntry[] = []
  for (const { sequence, at, kind, isShown, isOutdated, StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID } of rows) {
    const state: State = !isShown ? 'deleted' : isOutdated ? 'replaced' : 'current'
    const uids = { StudyInstanceUID, SeriesInstanceUID, SOPInstanceUID }
    const entry = { sequence, timestamp: at, action: actions[kind] ?? 'update', state, ...uids }
    const metadata =
      includeMetadata && isShown && SeriesInstanceUID !== null ? await metadataOf(tools, scope, { ...uids, SeriesInstanceUID }) : undefined
    entries.push(metadata === undefined ? entry : { ...entry, metadata })
  }
  return entries
}

/** The newest entry; undefined while there is none. */
export async function latestChange(tools: MetadataTools, scope: Scope, includeMetadata: boolean): Promise<FeedEntry | undefined> {
  const last = await lastSequence(tools.index.pool, viewOf(scope))
  if (last === 0) return undefined
  const [entry] = await readChangeFeed(tools, scope, { offset: last - 1, limit: 1, includeMetadata })
  return entry
}

const viewOf = (scope: Scope): number => (scope.length === 1 ? scope[0]! : everything)

async function metadataOf(
  tools: MetadataTools,
  scope: Scope,
  resource: { StudyInstanceUID: string; SeriesInstanceUID: string; SOPInstanceUID: string },
): Promise<DicomJSON | undefined> {
  try {
    const { fragments } = await findMetadata(tools, scope, resource)
    for await (const fragment of fragments) return JSON.parse(inflateFragment(fragment).toString('utf8')) as DicomJSON
  } catch (error) {
    // Rejected this moment: the entry says what was when it was read.
    if (!(error instanceof NotFound)) throw error
  }
  return undefined
}
