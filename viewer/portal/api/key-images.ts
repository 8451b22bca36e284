/** Key images of a study that were kept as selections; what was opened for a workitem. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { KeyImage } from '../reading/messages.ts'
import { act, request } from './http.ts'

export interface Selection {
  readonly SOPInstanceUID: string
  readonly title: { readonly code: string; readonly zh: string; readonly en: string }
  readonly comment: string
  readonly by: string
  readonly at: string
  readonly stored: boolean
  readonly images: readonly KeyImage[]
}

export interface Opening {
  readonly StudyInstanceUID: string
  readonly what: 'images' | 'report'
  readonly at: string
}

const studyAddress = (StudyInstanceUID: string) => `/api/studies/${encodeURIComponent(StudyInstanceUID)}/key-images`

export const useSelections = (StudyInstanceUID: string, enabled = true) =>
  useQuery({
    queryKey: ['key-images', StudyInstanceUID],
    queryFn: () => request<{ items: readonly Selection[] }>('GET', studyAddress(StudyInstanceUID)),
    enabled,
  })

/** CID 7010, as the server has it. */
export const useTitles = (enabled: boolean) =>
  useQuery({
    queryKey: ['key-image-titles'],
    queryFn: () => request<{ items: readonly Selection['title'][] }>('GET', '/api/key-image-titles'),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  })

export function useSelect(StudyInstanceUID: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (selection: { readonly title: string; readonly comment: string; readonly images: readonly KeyImage[] }) =>
      act<{ SOPInstanceUID: string }>(studyAddress(StudyInstanceUID), selection),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['key-images', StudyInstanceUID] }),
  })
}

const openedAddress = (workitem: string) => `/api/workitems/${encodeURIComponent(workitem)}/opened`
const openedKey = (workitem: string) => ['opened', workitem]

export const useOpened = (workitem: string) =>
  useQuery({
    queryKey: openedKey(workitem),
    queryFn: async () => (await request<{ opened: readonly Opening[] }>('GET', openedAddress(workitem))).opened,
    staleTime: Number.POSITIVE_INFINITY,
  })

export function useNoteOpened(workitem: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: async (opening: Omit<Opening, 'at'> & { readonly upTo?: number | undefined }) =>
      (await request<{ opened: readonly Opening[] }>('POST', openedAddress(workitem), { body: opening })).opened,
    onSuccess: (opened) => {
      queries.setQueryData(openedKey(workitem), opened)
      // What may be done without a reason changes with it.
      void queries.invalidateQueries({ queryKey: ['workitem', workitem] })
    },
    retry: 3,
  })
}
