/** Rejected images: the list, rejecting, and what can be done with a rejection. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Line, pollMs } from './events.ts'
import { act, request } from './http.ts'
import type { LightSeries, Patient, WardStudy } from './types.ts'

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

export const useRejections = (state: RejectionState, line: Line) =>
  useQuery({
    queryKey: ['rejections', state],
    queryFn: ({ signal }) => request<{ items: readonly Rejection[] }>('GET', `/api/rejections?state=${state}&limit=500`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: line === 'live' ? 60_000 : pollMs,
  })

/** Studies that may be looked for to be rejected: the newest, or by name, pinyin and number. */
export const useStudies = (q: string) =>
  useQuery({
    queryKey: ['studies', q],
    queryFn: ({ signal }) =>
      request<{ items: readonly WardStudy[] }>('GET', `/api/ward/studies?${new URLSearchParams({ limit: '100', ...(q ? { q } : {}) })}`, {
        signal,
      }),
    placeholderData: keepPreviousData,
  })

export const useSeries = (StudyInstanceUID: string) =>
  useQuery({
    queryKey: ['series', StudyInstanceUID],
    queryFn: ({ signal }) =>
      request<readonly LightSeries[]>('GET', `/api/studies/${encodeURIComponent(StudyInstanceUID)}/series`, { signal }),
  })

export interface RejectionInput {
  readonly code: RejectionCode
  readonly comment: string
  readonly SeriesInstanceUID?: string
}

export const rejectStudy = (StudyInstanceUID: string, input: RejectionInput): Promise<unknown> =>
  act(`/api/studies/${encodeURIComponent(StudyInstanceUID)}/rejection`, { ...input })

export const performOnRejection = (id: string, verb: RejectionVerb, reason: string): Promise<unknown> =>
  act(`/api/rejections/${encodeURIComponent(id)}/${verb}`, { reason })
