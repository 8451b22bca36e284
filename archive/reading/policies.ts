/** What the county decides about its reading centre (reading.md §3 and §10). Each has a default; whoever administers or directs the centre changes them. */
import type { Queryable } from '../../storage/index/query.ts'
import { readPolicies } from '../../storage/index/reading/policies.ts'
import { minuteOfDay, wallClock } from './turnaround/wall-clock.ts'

export interface Policies {
  /** Hours, by the centre's wall clock, in which one doctor may write and sign (同一人签); null: never. */
  readonly sameSigner: { readonly from: string; readonly to: string } | null
  /** Whether an emergency report may be released before it is reviewed. */
  readonly tempRelease: boolean
  /** So long a signature may be taken back by who gave it. */
  readonly undoSeconds: number
  /** A patient is under an institution's care so many days after an order, registration or visit. */
  readonly careDays: number
  /** Minutes without an answer after which a critical value goes to the ward's duty, the township's director, the county's duty. */
  readonly escalationMinutes: readonly [number, number, number]
  /** Minutes without a hand on the keyboard after which a page hides its patients. */
  readonly idleLockMinutes: number
  /** A task is kept for one reader so long after it could be read. */
  readonly reserveMinutes: number
}

export const defaultPolicies: Policies = {
  sameSigner: null,
  tempRelease: true,
  undoSeconds: 60,
  careDays: 30,
  escalationMinutes: [5, 10, 15],
  idleLockMinutes: 10,
  reserveMinutes: 30,
}

export async function policies(on: Queryable): Promise<Policies> {
  const kept = await readPolicies(on)
  return { ...defaultPolicies, ...Object.fromEntries(Object.entries(kept).filter(([name]) => name in defaultPolicies)) }
}

/** Whether one doctor may write and sign at this moment. Hours may go over midnight. */
export function mayBeSameSigner({ sameSigner }: Pick<Policies, 'sameSigner'>, now: Date): boolean {
  if (sameSigner === null) return false
  const [from, to] = [minuteOfDay(sameSigner.from), minuteOfDay(sameSigner.to)]
  const { minute } = wallClock(now)
  return from <= to ? from <= minute && minute < to : minute >= from || minute < to
}
