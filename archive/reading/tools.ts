/** What the reading workflow works with. */
import type { Index } from '../../storage/index/postgres.ts'

export interface ReadingTools {
  readonly index: Index
  /** A fresh UID; passed in so that tests can foresee it. */
  readonly newUID: () => string
  /** How long a claim lasts without a heartbeat. */
  readonly leaseSeconds: number
  /** A signature needs a password given so lately. */
  readonly signingSeconds: number
  /** Title of the reading centre at the head of reports. */
  readonly centreTitle: string
}

export const readingDefaults = { leaseSeconds: 30 * 60, signingSeconds: 30 * 60 } as const
  /** Whether critical values are told outside the portal too (CRITICAL_WEBHOOK_URL). */
  readonly outwardChannel?: boolean
