/**
 * Which task is read next (reading.md §6.1): points for urgency, for the time that is left, for waiting, for a site that was served less than others, for
 * what this reader reads best, and for what is kept for them. A table of weights; the due time counts by itself, so that nothing waits for ever.
 */

export interface Weights {
  readonly urgency: readonly [number, number, number, number, number]
  /** When the allowed time is used up; twice that when as much again has passed. */
  readonly due: number
  /** Each minute, up to the most. */
  readonly waitMinute: number
  readonly waitMost: number
  /** For a site of which nothing was taken lately, while others were served. */
  readonly fairness: number
  readonly preferred: number
  readonly reserved: number
}

export const weights: Weights = {
  urgency: [4_000, 2_000, 600, 300, 0],
  due: 1_000,
  waitMinute: 2,
  waitMost: 480,
  fairness: 120,
  preferred: 150,
  reserved: 3_000,
}

/** What a reader reads best: modalities, and body parts as the machines write them. */
export interface Preference {
  readonly modalities: readonly string[]
  readonly bodyParts: readonly string[]
}

export const noPreference: Preference = { modalities: [], bodyParts: [] }

/** What is asked besides the task: for whom, and how often each site was served in the last day. */
export interface Waiting {
  readonly account: number
  readonly preference: Preference
  readonly served: ReadonlyMap<number, number>
}

export interface Candidate {
  readonly urgency: number
  readonly institutionId: number
  readonly modalities: readonly string[]
  readonly bodyPart: string | null
  readonly readyAt: Date | null
  readonly dueAt: Date | null
  readonly limitMs: number | null
  readonly reservedForId: number | null
  readonly now: Date
}

export function scoreOf({ account, preference, served }: Waiting, task: Candidate): number {
  const now = task.now.getTime()
  // 0 when it could just be read, 1 when it is due, 2 when it is as late as it was long.
  const used =
    task.dueAt === null || task.limitMs === null ? 0 : clamp(1 - (task.dueAt.getTime() - now) / Math.max(task.limitMs, 60_000), 0, 2)
  const waited = task.readyAt === null ? 0 : Math.max(0, now - task.readyAt.getTime()) / 60_000
  const most = Math.max(1, ...served.values())
  const share = (served.get(task.institutionId) ?? 0) / most
  const prefers =
    task.modalities.some((modality) => preference.modalities.includes(modality)) ||
    (task.bodyPart !== null && preference.bodyParts.includes(task.bodyPart.toUpperCase()))
  return Math.round(
    (weights.urgency[task.urgency] ?? 0) +
      weights.due * used +
      Math.min(weights.waitMost, weights.waitMinute * waited) +
      weights.fairness * (1 - share) +
      (prefers ? weights.preferred : 0) +
      (task.reservedForId === account ? weights.reserved : 0),
  )
}

const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))
