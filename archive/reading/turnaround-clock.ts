/** The turnaround clock of one task (reading.md §3.3): it starts at READY, stands while the township has to do something, and says when the report is due. */
import type { Queryable } from '../../storage/index/query.ts'
import type { ClockChange, LockedWorkitem } from '../../storage/index/reading/workitem-change.ts'
import type { Changes } from './machine.ts'
import { modalityOf } from './modality.ts'
import type { ReadingTools } from './tools.ts'
import type { Urgency } from './turnaround.ts'

export async function clockAfter(tools: ReadingTools, _on: Queryable, workitem: LockedWorkitem, changes: Changes): Promise<ClockChange> {
  const { now } = workitem
  const limitMs = tools.turnaround(changes.urgency as Urgency, modalityOf(workitem.modalities))
  const starts = changes.clock === 'start' || changes.clock === 'start-anew'
  const goesOn = workitem.pausedAt !== null && changes.clock !== 'start-anew'
  const readyAt = starts && !goesOn ? now : workitem.readyAt
  const ends = (starts && goesOn) || changes.clock === 'resume'
  const stood = starts && !goesOn ? 0 : workitem.pausedSeconds
  const pausedSeconds =
    ends && workitem.pausedAt !== null ? stood + Math.round((now.getTime() - workitem.pausedAt.getTime()) / 1000) : stood
  const pausedAt = changes.clock === 'pause' ? (workitem.pausedAt ?? now) : ends || starts ? null : workitem.pausedAt
  return {
    readyAt,
    dueAt: readyAt === null ? null : new Date(readyAt.getTime() + limitMs + pausedSeconds * 1000),
    limitMs,
    workingHours: false,
    pausedAt,
    pausedSeconds,
    started: starts,
  }
}
