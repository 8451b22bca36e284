/** Reports in their versions, who has them, notices and recalls; and what a doctor signs with. */
import { useQuery } from '@tanstack/react-query'
import type { Line } from './events.ts'
import { pollMs } from './events.ts'
import { act, request } from './http.ts'
import type { Patient, Report } from './types.ts'

export type ReportKind = 'temporary' | 'final' | 'addendum' | 'correction'
export type Fate = 'standing' | 'superseded' | 'unsigned' | 'retracted'

export interface ReportVersion {
  readonly id: string
  readonly version: number
  readonly status: ReportKind
  readonly fate: Fate
  readonly signedAt: string
  readonly author: string
  readonly reviewer: string
  readonly hash: string
  readonly correction: { readonly class: string; readonly reason: string } | null
  readonly withdrawn: { readonly by: string; readonly at: string; readonly reason: string } | null
}

export interface ReportDetail extends Report {
  readonly workitem: string
  readonly versions: readonly ReportVersion[]
  readonly standingId: string | null
}

export const useReportDetail = (id: string) =>
  useQuery({
    queryKey: ['report', id],
    queryFn: ({ signal }) => request<ReportDetail>('GET', `/api/reports/${encodeURIComponent(id)}`, { signal }),
  })

export interface Reader {
  readonly channel: 'web' | 'print' | 'download' | 'dicom'
  readonly recipient: string
  readonly institution: string | null
  readonly at: string
  readonly printNumber: number | null
  readonly copies: number | null
}

export const useReaders = (id: string, wanted: boolean) =>
  useQuery({
    queryKey: ['readers', id],
    enabled: wanted,
    queryFn: ({ signal }) => request<{ items: readonly Reader[] }>('GET', `/api/reports/${encodeURIComponent(id)}/readers`, { signal }),
  })

export const notePrint = (id: string, copies: number): Promise<{ number: number; at: string }> =>
  act(`/api/reports/${encodeURIComponent(id)}/printed`, { copies })

export interface Notice {
  readonly id: string
  readonly kind: ReportKind | 'retraction'
  readonly report: string
  readonly successor: string | null
  readonly text: { readonly zh: string; readonly en: string }
  readonly patient: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly printed: number
  readonly at: string
  readonly seenAt: string | null
}

export const useNotices = (line: Line) =>
  useQuery({
    queryKey: ['notices'],
    queryFn: ({ signal }) => request<{ items: readonly Notice[] }>('GET', '/api/notices', { signal }),
    refetchInterval: line === 'live' ? false : pollMs,
  })
export const seeNotice = (id: string): Promise<void> => act(`/api/notices/${encodeURIComponent(id)}/seen`)

export interface Recall {
  readonly id: string
  readonly report: string
  readonly version: number
  readonly why: 'correction' | 'retraction'
  readonly standing: string | null
  readonly patient: string
  readonly PatientID: string
  readonly AccessionNumber: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly printNumber: number
  readonly copies: number
  readonly printedAt: string
  readonly printedBy: string
  readonly institution: string
  readonly done: { readonly by: string; readonly at: string; readonly note: string } | null
}

export const useRecalls = (open: boolean, line: Line) =>
  useQuery({
    queryKey: ['recalls', open],
    queryFn: ({ signal }) => request<{ items: readonly Recall[] }>('GET', `/api/recalls?open=${open}`, { signal }),
    refetchInterval: line === 'live' ? false : pollMs,
  })
export const markRecalled = (id: string, note: string): Promise<void> => act(`/api/recalls/${encodeURIComponent(id)}/done`, { note })

export interface SigningAccount {
  readonly username: string
  readonly displayName: string
  readonly title: string
  readonly pinSet: boolean
  readonly signingUntil: string | null
  readonly picture: string | null
  readonly keys: readonly {
    readonly keyId: string
    readonly algorithm: string
    readonly createdAt: string
    readonly retiredAt: string | null
  }[]
}

export const useSigningAccount = (wanted = true) =>
  useQuery({
    queryKey: ['signing-account'],
    enabled: wanted,
    queryFn: ({ signal }) => request<SigningAccount>('GET', '/api/account', { signal }),
  })
export const setPIN = (password: string, pin: string): Promise<void> => request('PUT', '/api/account/pin', { body: { password, pin } })
export const setTitle = (title: string): Promise<SigningAccount> => request('PUT', '/api/account/title', { body: { title } })
export const setPicture = (picture: string | null): Promise<SigningAccount> =>
  request('PUT', '/api/account/signature-picture', { body: { picture } })
export const rotateKey = (pin: string): Promise<{ keyId: string }> => act('/api/account/key/rotate', { pin })
export const openSigning = (pin: string): Promise<{ until: string }> => request('POST', '/api/signing-session', { body: { pin } })
export const closeSigning = (): Promise<void> => request('DELETE', '/api/signing-session')

export interface BatchItem {
  readonly id: string
  readonly generation: number
  readonly patient: Patient
  readonly institution: string
  readonly modality: string
  readonly StudyDescription: string
  readonly StudyDate: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly author: string
  readonly submittedAt: string | null
  /** Its images were opened by whoever asks. */
  readonly seen: boolean
}

export const useBatch = (line: Line) =>
  useQuery({
    queryKey: ['sign-batch'],
    queryFn: ({ signal }) => request<{ items: readonly BatchItem[] }>('GET', '/api/workitems/sign-batch?limit=200', { signal }),
    refetchInterval: line === 'live' ? false : pollMs,
  })
export const signBatch = (
  ids: readonly string[],
  reason?: string,
): Promise<{ signed: readonly string[]; refused: readonly { readonly id: string; readonly code: string }[] }> =>
  act('/api/workitems/sign-batch', { ids, reason })
