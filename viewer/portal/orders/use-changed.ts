/** Asks again for whatever an order or a match may have changed. */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

const keys = ['orders', 'unmatched', 'board', 'workitems', 'workitem'] as const

export function useChanged(): () => Promise<unknown> {
  const queries = useQueryClient()
  return useCallback(() => Promise.all(keys.map((key) => queries.invalidateQueries({ queryKey: [key] }))), [queries])
}
