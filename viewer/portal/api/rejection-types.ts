/** What the portal and `/api` say to each other of rejected images. */
import type { Patient } from './types.ts'

export const rejectionStates = ['rejected', 'purge-requested', 'purged', 'restored'] as const
export type RejectionState = (typeof rejectionStates)[number]
export type RejectionVerb = 'restore' | 'request-purge' | 'confirm-purge' | 'withdraw-purge'
/** CID 7011 and its neighbours. */
export type RejectionCode = '113001' | '113037' | '113038' | '113039'

export interface Rejection {
  readonly id: string
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string | null
  readonly level: 'study' | 'series' | 'instances'
  readonly instances: number
  readonly bytes: number
  readonly patient: Patient
  readonly modality: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly code: RejectionCode
  readonly meaning: { readonly zh: string; readonly en: string }
  readonly comment: string
  readonly by: string
  readonly at: string
  readonly state: RejectionState
  readonly purge: {
    readonly requestedBy: string
    readonly requestedAt: string
    readonly reason: string
    readonly confirmedBy: string | null
    readonly purgedAt: string | null
  } | null
  readonly restored: { readonly by: string; readonly at: string } | null
  /** Came again since with another content. */
  readonly resent: number
  readonly retainUntil: string
  readonly verbs: readonly string[]
}

export interface RejectionInput {
  readonly code: RejectionCode
  readonly comment: string
  readonly SeriesInstanceUID?: string
}
