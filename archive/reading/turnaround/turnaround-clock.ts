/** The turnaround clock of one task (reading.md §3.3): it starts at READY, stands while the township has to do something, and says when the report is due. */
import type { Queryable } from '../../../storage/index/query.ts'
import type { ClockChange, LockedWorkitem } from '../../../storage/index/reading/workitem-change.ts'
import { modalityOf } from '../modality.ts'
import type { Changes } from '../workflow/machine.ts'
import { after, allowed, between, type CentreTurnaround, type Urgency } from './turnaround.ts'
import { turnaroundOf } from './turnaround-rules.ts'

type Running = Pick<LockedWorkitem, 'now' | 'readyAt' | 'limitMs' | 'workingHours' | 'pausedAt' | 'pausedSeconds'>

/** The clock after a verb. The rules are asked only where the verb moves it. */
export async function clockAfter(on: Queryable, workitem: LockedWorkitem, changes: Changes): Promise<ClockChange | undefined> {
  const moves = changes.clock !== 'keep' || changes.urgency !== workitem.urgency || changes.temporary !== workitem.temporary
  if (!moves) return undefined
  return moved(await turnaroundOf(on, workitem.centre), workitem, modalityOf(workitem.modalities), changes)
}

/** Another urgency allows another time, counted from READY as before. */
export async function clockForUrgency(on: Queryable, workitem: LockedWorkitem, urgency: Urgency): Promise<ClockChange> {
  const { temporary } = workitem
  return moved(await turnaroundOf(on, workitem.centre), workitem, modalityOf(workitem.modalities), { clock: 'keep', urgency, temporary })
}

export function moved(
  centre: CentreTurnaround,
  workitem: Running,
  modality: string,
  { clock, urgency, temporary }: Pick<Changes, 'clock' | 'urgency' | 'temporary'>,
): ClockChange {
  const { now, pausedAt } = workitem
  const rule = allowed(centre, urgency as Urgency, modality, temporary)
  const starts = clock === 'start' || clock === 'start-anew'
  // After a retake, and when a return is withdrawn, it goes on from where it stood.
  const begins = starts && (pausedAt === null || clock === 'start-anew' || workitem.readyAt === null)
  const ends = pausedAt !== null && !begins && (starts || clock === 'resume')
  const stood = ends ? between(workitem.workingHours ? centre.calendar : null, pausedAt, now) / 1000 : 0
  const pausedSeconds = begins ? 0 : workitem.pausedSeconds + Math.round(stood)
  const readyAt = begins ? now : workitem.readyAt
  return {
    readyAt,
    dueAt: readyAt === null ? null : after(rule.calendar, readyAt, rule.ms + pausedSeconds * 1000),
    limitMs: rule.ms,
    workingHours: rule.calendar !== null,
    pausedAt: clock === 'pause' ? (pausedAt ?? now) : begins || ends ? null : pausedAt,
    pausedSeconds,
    started: starts,
  }
}

/** Turnaround so far: from READY to the report, without pauses, in hours that count; null before READY. */
export function turnaroundSoFar({ calendar }: CentreTurnaround, workitem: Running & { readonly finalAt: Date | null }): number | null {
  const { readyAt, now, finalAt, pausedAt, pausedSeconds, workingHours } = workitem
  if (readyAt === null) return null
  const until = finalAt ?? pausedAt ?? now
  return Math.max(0, between(workingHours ? calendar : null, readyAt, until) - pausedSeconds * 1000)
}
