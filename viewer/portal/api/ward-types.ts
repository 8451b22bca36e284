/** The ward as `/api/ward` answers it. */
import type { WardStudy as Listed, Report } from './types.ts'

export interface WardReport {
  readonly id: string
  readonly finalAt: string
  readonly status: string
  readonly version: number
  readonly positive: boolean
  readonly impression: string
  /** This account has not had this version open. */
  readonly unread: boolean
  /** … but an earlier one. */
  readonly amended: boolean
}

export interface WardStudy extends Omit<Listed, 'report'> {
  readonly workitem: string | null
  readonly department: string
  readonly ward: string
  readonly bed: string
  /** Why it is open to this account's institution, and until when. */
  readonly access: 'owner' | 'grant' | 'care' | 'break-glass'
  readonly until: string | null
  readonly report: WardReport | null
}

export interface WardInbox {
  readonly items: readonly WardStudy[]
  readonly unread: number
}

export interface ReadReport {
  readonly report: Report | null
  /** What this account read last, when another version stands now. */
  readonly amended: { readonly id: string; readonly version: number; readonly readAt: string } | null
}

export interface Elsewhere {
  readonly StudyInstanceUID: string
  readonly name: string
  readonly sex: string
  readonly birthYear: string
  readonly studies: number
  readonly institutions: readonly string[]
  readonly newest: string
}
