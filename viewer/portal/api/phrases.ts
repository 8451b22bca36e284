/** Templates and macros: `/api/templates`, `/api/macros`. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { request } from './http.ts'
import type { Phrase, PhraseKind } from './phrase-types.ts'

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
