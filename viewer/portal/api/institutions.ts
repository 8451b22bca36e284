/** The institutions of the county: lists are filtered by them, devices and accounts belong to them. */
import { useQuery } from '@tanstack/react-query'
import { request } from './http.ts'
import type { Institution } from './types.ts'

export const useInstitutions = () =>
  useQuery({
    queryKey: ['institutions'],
    queryFn: () => request<readonly Institution[]>('GET', '/api/institutions'),
    staleTime: 600_000,
  })
