/** What reader and township say to each other on a task; without a library, so that the ward page can have it. */
import { act, request } from './http.ts'
import type { Patient } from './types.ts'

export type MessageKind = 'question' | 'answer' | 'remark'
export type Side = 'centre' | 'owner'

export interface Message {
  readonly id: string
  readonly by: { readonly username: string; readonly displayName: string; readonly institution: string }
  readonly at: string
  readonly text: string
  readonly kind: MessageKind
  readonly side: Side
  /** The own side said it. */
  readonly mine: boolean
  readonly seenAt: string | null
  readonly seenBy: string | null
}

export interface Thread {
  readonly items: readonly Message[]
  readonly open: boolean
  readonly waitingFor: Side | null
  readonly unread: number
  readonly mayWrite: boolean
}

export interface ThreadSummary {
  readonly workitem: string
  readonly state: string
  readonly StudyInstanceUID: string
  readonly patient: Patient
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly StudyDescription: string
  /** The asker holds the task. */
  readonly held: boolean
  readonly unread: number
  readonly awaitsUs: boolean
  readonly last: { readonly kind: MessageKind; readonly text: string; readonly by: string; readonly at: string; readonly mine: boolean }
}

export interface Preset {
  readonly id: string
  readonly zh: string
  readonly en: string
}

export interface MessageInput {
  readonly text: string
  readonly kind: MessageKind
  readonly pause?: boolean
  readonly generation?: number
}

export const threadAddress = (workitem: string): string => `/api/workitems/${encodeURIComponent(workitem)}/questions`

export const sayOn = (workitem: string, input: MessageInput): Promise<Thread> => act<Thread>(threadAddress(workitem), input)

export const seeThread = (workitem: string, upTo: string): Promise<void> =>
  request<void>('POST', `${threadAddress(workitem)}/seen`, { body: { upTo } })
