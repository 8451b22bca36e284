/** Returns for retake: the cards, the deed, the retake linked by hand. */
import { useQuery } from '@tanstack/react-query'
import { act, request } from './http.ts'
import type { Patient, Workitem } from './types.ts'

/** Parts of the image's width and height, 0 to 1. */
export type Point = readonly [x: number, y: number]

export type Shape =
  | { readonly kind: 'arrow'; readonly points: readonly [tail: Point, tip: Point] }
  | { readonly kind: 'ellipse'; readonly points: readonly [corner: Point, corner: Point] }
  | { readonly kind: 'text'; readonly points: readonly [Point]; readonly text: string }

export interface Said {
  readonly zh: string
  readonly en: string
}

export interface ReturnReason extends Said {
  readonly code: string
  readonly scheme?: string
  readonly advice: Said
}

export interface Return {
  readonly id: string
  readonly number: number
  readonly workitem: string
  readonly workitemState: string
  readonly StudyInstanceUID: string
  readonly AccessionNumber: string
  readonly patient: Patient
  readonly institution: { readonly id: number; readonly name: string }
  readonly modality: string
  readonly StudyDescription: string
  readonly reasons: readonly ReturnReason[]
  readonly comment: string
  readonly images: number
  readonly annotatedImage: string | null
  readonly by: { readonly username: string; readonly displayName: string }
  readonly at: string
  readonly state: 'open' | 'retaken' | 'withdrawn'
  readonly closedAt: string | null
  readonly seen: { readonly at: string; readonly by: string } | null
  readonly patientWaiting: boolean | null
  readonly waitingUntil: string | null
  readonly technologist: string
  readonly retakes: readonly string[]
}

export interface RetakeCandidate {
  readonly StudyInstanceUID: string
  readonly patient: Patient
  readonly modality: string
  readonly StudyDescription: string
  readonly receivedAt: string
  readonly instances: number
  readonly samePerson: boolean
}

export interface ReturnInput {
  readonly reasons: readonly string[]
  readonly comment: string
  readonly annotation?: { readonly SOPInstanceUID: string; readonly frame: number; readonly shapes: readonly Shape[] }
  readonly SeriesInstanceUID?: string
  readonly SOPInstanceUIDs?: readonly string[]
  readonly generation: number
}

/** Open ones of the asker's institution, or all of one task. */
export const useReturns = (of: { readonly workitem: string } | 'open', refetchMs?: number) =>
  useQuery({
    queryKey: ['returns', of],
    queryFn: ({ signal }) => {
      const search = of === 'open' ? 'state=open' : `workitem=${encodeURIComponent(of.workitem)}`
      return request<{ items: readonly Return[] }>('GET', `/api/returns?${search}`, { signal })
    },
    ...(refetchMs === undefined ? {} : { refetchInterval: refetchMs }),
  })

export const useReturnReasons = (enabled: boolean) =>
  useQuery({
    queryKey: ['return-reasons'],
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => request<{ items: readonly ReturnReason[] }>('GET', '/api/return-reasons', { signal }),
  })

export const useRetakeCandidates = (id: string) =>
  useQuery({
    queryKey: ['returns', id, 'candidates'],
    queryFn: ({ signal }) =>
      request<{ items: readonly RetakeCandidate[] }>('GET', `/api/returns/${encodeURIComponent(id)}/candidates`, { signal }),
  })

export const returnStudy = async (workitem: string, input: ReturnInput): Promise<Workitem> =>
  (await act<{ workitem: Workitem }>(`/api/workitems/${encodeURIComponent(workitem)}/return`, input)).workitem

export const seeReturn = (id: string): Promise<Return> => act<Return>(`/api/returns/${encodeURIComponent(id)}/seen`)

export const tellWaiting = (id: string, waiting: boolean, minutes?: number): Promise<Return> =>
  act<Return>(`/api/returns/${encodeURIComponent(id)}/patient-waiting`, { waiting, ...(minutes === undefined ? {} : { minutes }) })

export const linkRetake = (id: string, StudyInstanceUID: string): Promise<Return> =>
  act<Return>(`/api/returns/${encodeURIComponent(id)}/retake`, { StudyInstanceUID })
