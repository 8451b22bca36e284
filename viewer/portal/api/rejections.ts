/** Rejected images: the list, rejecting, and what can be done with a rejection. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Line, pollMs } from './events.ts'
import { act, request } from './http.ts'
import type { Rejection, RejectionInput, RejectionState, RejectionVerb } from './rejection-types.ts'
import type { LightSeries, WardStudy } from './types.ts'

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

export const rejectStudy = (StudyInstanceUID: string, input: RejectionInput): Promise<unknown> =>
  act(`/api/studies/${encodeURIComponent(StudyInstanceUID)}/rejection`, { ...input })

export const performOnRejection = (id: string, verb: RejectionVerb, reason: string): Promise<unknown> =>
  act(`/api/rejections/${encodeURIComponent(id)}/${verb}`, { reason })
