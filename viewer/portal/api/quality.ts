/** Peer review, follow-up and quality events. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { request } from './http.ts'
import type {
  FollowUp,
  NewFollowUp,
  PeerCategory,
  PeerReview,
  PeerReviewDetail,
  PeerSample,
  PeerState,
  QualityEvent,
} from './quality-types.ts'

export const usePeerReviews = (state: PeerState | 'all', mine: boolean) =>
  useQuery({
    queryKey: ['peer-reviews', state, mine],
    queryFn: ({ signal }) =>
      request<{ items: readonly PeerReview[] }>('GET', `/api/peer-reviews?state=${state}&mine=${mine}&limit=500`, { signal }),
    placeholderData: keepPreviousData,
  })

export const usePeerReview = (id: string) =>
  useQuery({
    queryKey: ['peer-review', id],
    queryFn: () => request<PeerReviewDetail>('GET', `/api/peer-reviews/${encodeURIComponent(id)}`),
  })

export const usePeerSamples = (enabled: boolean) =>
  useQuery({
    queryKey: ['peer-samples'],
    queryFn: () => request<{ items: readonly PeerSample[] }>('GET', '/api/peer-reviews/samples'),
    enabled,
  })

export const drawSample = (month: string, share: number, blind: boolean): Promise<{ population: number }> =>
  request('POST', '/api/peer-reviews/samples', { body: { month, share, blind } })

export const scorePeer = (id: string, score: number, category: PeerCategory, comment: string): Promise<PeerReviewDetail> =>
  request('POST', `/api/peer-reviews/${encodeURIComponent(id)}/score`, { body: { score, category, comment } })

export const answerPeer = (id: string, agreed: boolean, text: string): Promise<PeerReviewDetail> =>
  request('POST', `/api/peer-reviews/${encodeURIComponent(id)}/answer`, { body: { agreed, text } })

export const settlePeer = (id: string, score: number, text: string): Promise<PeerReviewDetail> =>
  request('POST', `/api/peer-reviews/${encodeURIComponent(id)}/settle`, { body: { score, text } })

export const useFollowUps = () =>
  useQuery({ queryKey: ['follow-ups'], queryFn: () => request<{ items: readonly FollowUp[] }>('GET', '/api/follow-ups?limit=500') })

export const recordFollowUp = (report: string, followUp: NewFollowUp): Promise<{ id: string }> =>
  request('POST', `/api/reports/${encodeURIComponent(report)}/follow-up`, { body: followUp })

export const withdrawFollowUp = (id: string): Promise<unknown> => request('DELETE', `/api/follow-ups/${encodeURIComponent(id)}`)

export const useQualityEvents = (from: string, to: string) =>
  useQuery({
    queryKey: ['quality-events', from, to],
    queryFn: () =>
      request<{ items: readonly QualityEvent[] }>('GET', `/api/quality-events?${new URLSearchParams({ from, to, limit: '500' })}`),
    placeholderData: keepPreviousData,
  })

export const noteQualityEvent = (report: string, kind: string, text: string): Promise<{ id: string }> =>
  request('POST', '/api/quality-events', { body: { report, kind, text } })

export const choosePeerReview = (report: string, blind: boolean): Promise<{ id: string }> =>
  request('POST', '/api/peer-reviews', { body: { report, blind } })
