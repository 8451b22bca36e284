/** Talks on tasks, asked again when an event says so. */
import { useQuery } from '@tanstack/react-query'
import { request } from './http.ts'
import { type Preset, type Thread, type ThreadSummary, threadAddress } from './question-types.ts'

export const useThread = (workitem: string) =>
  useQuery({
    queryKey: ['questions', workitem],
    queryFn: ({ signal }) => request<Thread>('GET', threadAddress(workitem), { signal }),
  })

/** What waits for the asker's side. */
export const useThreads = (enabled: boolean, refetchMs: number) =>
  useQuery({
    queryKey: ['questions'],
    enabled,
    queryFn: ({ signal }) => request<{ items: readonly ThreadSummary[] }>('GET', '/api/questions', { signal }),
    refetchInterval: refetchMs,
  })

export const usePresets = (enabled: boolean) =>
  useQuery({
    queryKey: ['answer-presets'],
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => request<{ items: readonly Preset[] }>('GET', '/api/answer-presets', { signal }),
  })
