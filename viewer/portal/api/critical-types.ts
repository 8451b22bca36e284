/** Critical values as `/api/critical` answers them. */
import type { Patient, Person } from './types.ts'

export type CriticalState = 'NOTIFYING' | 'ACKNOWLEDGED' | 'ACTED' | 'CLOSED' | 'WITHDRAWN'

export interface Finding {
  readonly code: string
  readonly zh: string
  readonly en: string
}

export interface Contact {
  /** 0 at once · 1 the ward's duty · 2 the township's director on call · 3 the county's duty office. */
  readonly level: number
  readonly name: string
  readonly duty: string
  readonly phone: string
  readonly address: string
}

export interface Notice {
  readonly channel: 'portal' | 'webhook' | 'phone'
  readonly about: string
  readonly level: number
  readonly recipients: readonly { readonly name: string; readonly duty: string; readonly phone: string }[]
  readonly by: string | null
  readonly at: string
  readonly answer: string | null
  readonly deliveredAt: string | null
  readonly failed: boolean
}

export interface Critical {
  readonly id: string
  readonly workitem: string
  readonly StudyInstanceUID: string
  readonly patient: Patient
  /** Whom it was raised for, where the study names somebody else since. */
  readonly toldAs: { readonly name: string; readonly PatientID: string } | null
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly StudyDate: string
  readonly department: string
  readonly ward: string
  readonly bed: string
  readonly requester: string
  readonly finding: Finding | null
  readonly text: string
  readonly suspected: boolean
  readonly raisedBy: Person
  readonly raisedAt: string
  readonly state: CriticalState
  readonly level: number
  readonly nextEscalationAt: string | null
  readonly generation: number
  readonly acknowledged: {
    readonly by: Person
    readonly name: string
    readonly at: string
    readonly via: 'portal' | 'phone'
    readonly readBack: string
    readonly confirmed: { readonly by: Person; readonly at: string } | null
  } | null
  readonly action: { readonly by: Person; readonly at: string; readonly text: string } | null
  readonly ended: { readonly by: Person; readonly at: string; readonly reason: string | null } | null
  readonly notices: readonly Notice[]
  readonly withinMinutes: number
  /** What the asker may do now. */
  readonly verbs: readonly string[]
}

export interface CriticalPage {
  readonly items: readonly Critical[]
  readonly next: string | null
  /** The server's clock, which the times are of. */
  readonly now: string
}

export interface CriticalEvent {
  readonly at: string
  readonly actor: string | null
  readonly verb: string
  readonly detail: Readonly<Record<string, unknown>>
}

export interface CriticalDetail extends Critical {
  readonly contacts: readonly Contact[]
  readonly events: readonly CriticalEvent[]
  readonly chain: { readonly whole: boolean }
  readonly now: string
}

interface FindingList {
  readonly revision: number
  readonly items: readonly Finding[]
  readonly saved: { readonly by: string; readonly at: string } | null
  readonly approved: { readonly by: string; readonly at: string } | null
}

export interface FindingLists extends FindingList {
  readonly proposal: FindingList | null
  readonly mayEdit: boolean
  readonly mayApprove: boolean
}

export interface ContactList {
  readonly institution: number
  readonly items: readonly Contact[]
  readonly mayEdit: boolean
}

export interface Figures {
  readonly withinMinutes: number
  readonly raised: number
  readonly acknowledged: number
  readonly within: number
  readonly rate: number | null
  readonly institutions: readonly {
    readonly institution: { readonly id: number; readonly name: string }
    readonly raised: number
    readonly acknowledged: number
    readonly within: number
    readonly median: number | null
    readonly longest: number | null
    readonly rate: number
  }[]
}
