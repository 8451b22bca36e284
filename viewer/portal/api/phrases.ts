/** Templates and macros: `/api/templates`, `/api/macros`. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from './http.ts'
import type { Polarity, Wording } from './types.ts'

export type PhraseKind = 'template' | 'macro'

export interface PhraseText {
  readonly title: string
  readonly abbreviation: string
  readonly modality: string
  readonly bodyPart: string
  readonly sex: '' | 'M' | 'F'
  readonly ageBand: '' | 'infant' | 'child' | 'adult' | 'elderly'
  readonly polarity: Polarity
  readonly wording: Wording | null
  /** Of a template by section; of a macro `{text}`. */
  readonly sections: Readonly<Record<string, string>>
}

export interface Phrase extends PhraseText {
  readonly id: string
  readonly kind: PhraseKind
  readonly scope: 'user' | 'centre' | 'starter'
  readonly state: 'approved' | 'proposed' | 'refused' | 'hidden'
  readonly replaces: string | null
  readonly rev: number
  readonly by: string | null
  readonly reason: string | null
  readonly initials: string
  readonly uses: number
  readonly verbs: readonly string[]
}

export const phrasesAddress = (kind: PhraseKind): string => `/api/${kind}s`

export const usePhrases = (kind: PhraseKind, enabled = true) =>
  useQuery({
    queryKey: ['phrases', kind],
    queryFn: async ({ signal }) => (await request<{ items: readonly Phrase[] }>('GET', phrasesAddress(kind), { signal })).items,
    staleTime: 300_000,
    enabled,
  })

/** Everything that changes them; the lists are asked again. */
export function usePhraseDeed() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: ({ method, path, body, rev }: { method: string; path: string; body?: unknown; rev?: number }) =>
      request<unknown>(method, path, { body, ...(rev === undefined ? {} : { headers: { 'if-match': `"${rev}"` } }) }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['phrases'] }),
  })
}

/** Counted so that the chooser begins with what is used; nobody waits for it. */
export const noteUsed = ({ kind, id }: Phrase): void =>
  void request('POST', `${phrasesAddress(kind)}/${encodeURIComponent(id)}/used`, { body: {} }).catch(() => undefined)
