/** Orders (申请单), the machines they are for, and studies that arrived without one. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { type Line, pollMs } from './events.ts'
import { act, request } from './http.ts'
import type { EarlierPatient, IdCardCheck, Machine, Order, OrderInput, OrderQuery, UnmatchedStudy } from './order-types.ts'

const everyMs = (line: Line): number => (line === 'live' ? 60_000 : pollMs)
const pathOf = (id: string): string => `/api/orders/${encodeURIComponent(id)}`
const studyPath = (StudyInstanceUID: string): string => `/api/studies/${encodeURIComponent(StudyInstanceUID)}`

const ordersAddress = (query: OrderQuery): string => {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) search.set(name, value)
  return `/api/orders?${search}`
}

export const useOrders = (query: OrderQuery, line: Line) =>
  useQuery({
    queryKey: ['orders', query],
    queryFn: ({ signal }) => request<{ items: readonly Order[] }>('GET', ordersAddress(query), { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: everyMs(line),
  })

export const oneOrder = (id: string) =>
  queryOptions({
    queryKey: ['orders', 'one', id],
    queryFn: async ({ signal }) => (await request<{ order: Order }>('GET', pathOf(id), { signal })).order,
  })

export const useOrder = (id: string) => useQuery(oneOrder(id))

/** Orders that an image may still belong to, for the tray's own search. */
export const useOrderSearch = (q: string) =>
  useQuery({
    queryKey: ['orders', 'search', q],
    enabled: q !== '',
    queryFn: async ({ signal }) => (await request<{ items: readonly Order[] }>('GET', ordersAddress({ q }), { signal })).items,
  })

export const useMachines = () =>
  useQuery({
    queryKey: ['machines'],
    queryFn: async () => (await request<{ items: readonly Machine[] }>('GET', '/api/orders/machines')).items,
    staleTime: 600_000,
  })

export const useEarlierPatients = (q: string) =>
  useQuery({
    queryKey: ['earlier-patients', q],
    enabled: q !== '',
    staleTime: 60_000,
    queryFn: ({ signal }) => request<readonly EarlierPatient[]>('GET', `/api/orders/patients?${new URLSearchParams({ q })}`, { signal }),
  })

export const useUnmatched = (enabled: boolean, line: Line) =>
  useQuery({
    queryKey: ['unmatched'],
    enabled,
    queryFn: ({ signal }) => request<{ items: readonly UnmatchedStudy[] }>('GET', '/api/unmatched', { signal }),
    refetchInterval: everyMs(line),
  })

export const checkIdCard = (idCardNumber: string, signal?: AbortSignal): Promise<IdCardCheck> =>
  request('POST', '/api/orders/check', { body: { idCardNumber }, ...(signal ? { signal } : {}) })

export const createOrder = async (input: OrderInput): Promise<Order> => (await act<{ order: Order }>('/api/orders', input)).order

export const changeOrder = async ({ id, generation }: Order, input: OrderInput): Promise<Order> =>
  (await request<{ order: Order }>('PUT', pathOf(id), { body: input, headers: { 'if-match': `"${generation}"` } })).order

export const cancelOrder = async (id: string, reason: string): Promise<Order> =>
  (await act<{ order: Order }>(`${pathOf(id)}/cancel`, { reason })).order

/** `correct`: the study shows the order's patient from now on; what was received is kept. */
export const matchStudy = (StudyInstanceUID: string, match: { orderId: string; correct?: boolean; reason?: string }): Promise<unknown> =>
  act(`${studyPath(StudyInstanceUID)}/order`, match)

export const unmatchStudy = (StudyInstanceUID: string, reason: string): Promise<unknown> =>
  request('DELETE', `${studyPath(StudyInstanceUID)}/order`, { body: { reason } })

/** A walk-in: leaves the tray without an order. */
export const dismissStudy = (StudyInstanceUID: string, reason: string): Promise<unknown> =>
  act(`${studyPath(StudyInstanceUID)}/no-order`, { reason })
