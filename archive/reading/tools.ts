/** What the reading workflow works with. */
import { randomBytes } from 'node:crypto'
import type { Index } from '../../storage/index/postgres.ts'
import type { Signer } from './signing/signer.ts'

export interface ReadingTools {
  readonly index: Index
  /** A fresh UID; passed in so that tests can foresee it. */
  readonly newUID: () => string
  /** What the QR code of a print is known by: 128 random bits. */
  readonly newCode: () => string
  /** Who signs in the doctors' names. */
  readonly signer: Signer
  /** Where the archive is found from outside, without a slash at the end: in QR codes. */
  readonly publicURL: string
  /** How long a claim lasts without a heartbeat. */
  readonly leaseSeconds: number
  /** A signature needs the PIN given so lately: the signing session. */
  readonly signingSeconds: number
  /** Title of the reading centre at the head of reports. */
  readonly centreTitle: string
  /** Whether critical values are told outside the portal too (CRITICAL_WEBHOOK_URL). */
  readonly outwardChannel?: boolean
}

export const newCode = (): string => randomBytes(16).toString('base64url')

export const readingDefaults = { leaseSeconds: 30 * 60, signingSeconds: 30 * 60, newCode } as const
