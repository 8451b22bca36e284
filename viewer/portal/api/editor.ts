/** The editor's questions: checks of a text as it stands, texts beside the draft, reviews. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { isSignedOut, request } from './http.ts'
import type { ReviewChange } from './review-types.ts'
import type { Draft, Person, ReportText } from './types.ts'

export interface Finding {
  readonly rule: string
  readonly severity: 'error' | 'warning'
  readonly overridable: boolean
  readonly zh: string
  readonly en: string
  readonly where: { readonly field: keyof ReportText; readonly start: number; readonly end: number } | null
  readonly explanation: { readonly zh: string; readonly en: string }
  readonly key: string
  readonly justified: { readonly by: string; readonly reason: string; readonly at: string; readonly mine: boolean } | null
}

export interface Override {
  readonly rule: string
  readonly key: string
  readonly reason: string
}

export const lintNow = async (workitem: string, draft: ReportText, signal?: AbortSignal): Promise<readonly Finding[]> =>
  (await request<{ findings: readonly Finding[] }>('POST', '/api/lint', { body: { workitem, draft }, ...(signal ? { signal } : {}) }))
    .findings

const settleMs = 700

/**
 * Checks the text a moment after it, or the `images` that it is about, changed; while the server is away the findings stay as they were. Null: nothing has been
 * checked yet.
 */
export function useLint(workitem: string, text: ReportText, images: string, active: boolean): readonly Finding[] | null {
  const [findings, setFindings] = useState<readonly Finding[] | null>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: other images are checked anew
  useEffect(() => {
    if (!active) return
    const given = new AbortController()
    const timer = setTimeout(() => {
      lintNow(workitem, text, given.signal).then(setFindings, (error) => {
        // Not told here: saving says so, and so does whoever submits.
        if (!given.signal.aborted && isSignedOut(error)) setFindings(null)
      })
    }, settleMs)
    return () => {
      clearTimeout(timer)
      given.abort()
    }
  }, [workitem, text, images, active])
  return active ? findings : null
}

export interface Fork {
  readonly id: number
  readonly author: Person
  readonly baseRev: number
  readonly text: ReportText
  readonly savedAt: string
}

export interface Texts {
  readonly versions: readonly (Draft & { readonly keptFor: string })[]
  readonly forks: readonly Fork[]
  readonly reviews: readonly {
    readonly verb: 'rework' | 'sign'
    readonly reviewer: Person
    readonly baseRev: number | null
    readonly rev: number
    readonly grade: number | null
    readonly comment: string
    readonly changes: readonly ReviewChange[]
    readonly at: string
  }[]
  /** Version that was submitted last. */
  readonly submitted: number | null
}

export const useTexts = (workitem: string, enabled: boolean) =>
  useQuery({
    queryKey: ['workitem', workitem, 'texts'],
    queryFn: ({ signal }) => request<Texts>('GET', `/api/workitems/${encodeURIComponent(workitem)}/texts`, { signal }),
    enabled,
  })

export function useSettleFork(workitem: string) {
  const queries = useQueryClient()
  return async (fork: number, merged: boolean): Promise<void> => {
    await request('POST', `/api/workitems/${encodeURIComponent(workitem)}/forks/${fork}/settle`, { body: { merged } })
    await queries.invalidateQueries({ queryKey: ['workitem', workitem, 'texts'] })
  }
}
