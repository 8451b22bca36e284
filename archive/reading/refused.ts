/** A deed that was not done, for a reason that people can do something about. `gateway/reading/refusals.ts` has status and sentences. */
import { ArchiveError } from '../errors.ts'
import type { CardProblem } from '../orders/identity-card.ts'
import type { QualityRefusal } from '../quality/refusals.ts'
import type { CriticalRefusal } from './critical/machine.ts'
import type { GlassRefusal } from './ward/break-glass.ts'
import type { Refusal } from './workflow/machine.ts'

export type RefusalCode =
  | Refusal
  | QualityRefusal
  | CriticalRefusal
  | GlassRefusal
  | 'wrong-password'
  | 'wrong-pin'
  | 'pin-unset'
  | 'pin-locked'
  | 'pin-weak'
  | 'not-normal'
  | 'locked'
  | 'busy'
  | 'signed-out'
  | 'screen-locked'
  | 'cross-site'
  | 'draft-conflict'
  | 'lease-lost'
  | 'unchecked'
  | 'phrases-full'
  | 'key-reused'
  | 'other-person'
  | 'supplement-conflict'
  | 'not-read-at-county'
  | 'return-closed'
  | 'retake-unfit'
  | 'order-changed'
  | 'order-state'
  | 'order-settled'
  | 'already-matched'
  | 'not-matched'
  | 'card-contradicts'
  | `card-${CardProblem}`

export class Refused extends ArchiveError {
  readonly code: RefusalCode
  /** What stands now, where that helps: the draft of the other side, the workitem. */
  readonly current: unknown
  constructor(code: RefusalCode, message: string, current?: unknown, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.current = current
  }
}
