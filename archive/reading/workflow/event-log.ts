/** The log of a task: append-only, each event hashed with the one before it. What is answered is held against its hashes every time. */
import { brokenEvents, type EventRow, eventsOf, verifyEvents } from '../../../storage/index/reading/workitem-change.ts'
import { findWorkitem } from '../../../storage/index/reading/workitem-list.ts'
import { type Asker, demand } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'

export interface EventLog {
  readonly events: readonly EventRow[]
  /** `broken`: numbers of the events that are not what was written, or that something is missing before. */
  readonly chain: { readonly whole: boolean; readonly broken: readonly number[] }
}

/** @throws NotFound, Forbidden */
export async function eventLog(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  id: number,
): Promise<EventLog & { StudyInstanceUID: string }> {
  demand(asker, 'ward')
  const workitem = await findWorkitem(pool, asker.scope, id)
  if (workitem === undefined) throw new NotFound(`There is no workitem ${id}`)
  const [events, broken] = await Promise.all([eventsOf(pool, id), brokenEvents(pool, id)])
  return { events, chain: { whole: broken.length === 0, broken }, StudyInstanceUID: workitem.StudyInstanceUID }
}

export interface Verified {
  readonly workitems: number
  readonly events: number
  /** At most so many as one answer holds. */
  readonly broken: readonly { readonly workitem: string; readonly number: number }[]
  /** Pass it as `after` to go on; null: that was all. */
  readonly next: string | null
}

/** Workitems of one request: some tens of milliseconds. */
const batch = 2_000

/** The chains of a stretch of workitems. @throws Forbidden */
export async function verifyLogs({ index: { pool } }: ReadingTools, asker: Asker, after: number): Promise<Verified> {
  demand(asker, 'administer')
  const { last, workitems, events, broken } = await verifyEvents(pool, after, batch)
  return {
    workitems,
    events,
    broken: broken.slice(0, 100).map(({ workitem, number }) => ({ workitem: String(workitem), number })),
    next: last === null ? null : String(last),
  }
}
