/** What a site means on the wall, in one word: the worst of what there is. And how its line does. */
import type { Link, WallSite } from '../api/statistics-types.ts'

export type SiteMeaning = 'critical' | 'late' | 'urgent' | 'waiting' | 'done'
export type LineState = 'stalled' | 'arriving' | Link

export const meanings: readonly SiteMeaning[] = ['critical', 'late', 'urgent', 'waiting', 'done']
export const meaningSigns: Readonly<Record<SiteMeaning, string>> = { critical: '‼', late: '⚠', urgent: '!', waiting: '●', done: '✓' }

export const lineStates: readonly LineState[] = ['arriving', 'live', 'quiet', 'silent', 'never', 'stalled']
export const lineSigns: Readonly<Record<LineState, string>> = {
  stalled: '✕',
  arriving: '↓',
  live: '●',
  quiet: '◐',
  silent: '○',
  never: '–',
}

export function meaningOf({ criticals, overdue, urgent, waiting }: WallSite): SiteMeaning {
  if (criticals > 0) return 'critical'
  if (overdue > 0) return 'late'
  if (urgent > 0) return 'urgent'
  return waiting > 0 ? 'waiting' : 'done'
}

/** A study that stands still is told before another that comes in. */
export function lineOf({ stalledSince, bytesPerSecond, link }: WallSite): LineState {
  if (stalledSince !== null) return 'stalled'
  return bytesPerSecond > 0 ? 'arriving' : link
}

/** In a dot without a number. Of a site that nothing is heard from nobody can say that all is done. */
export function signOf(site: WallSite): string {
  const meaning = meaningOf(site)
  const line = lineOf(site)
  return meaning === 'done' && (line === 'silent' || line === 'never') ? lineSigns[line] : meaningSigns[meaning]
}
