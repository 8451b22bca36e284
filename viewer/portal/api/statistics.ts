/** Figures, the tariff, the wallboard and the roster. */
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Language } from '../language/words.ts'
import { type Line, pollMs } from './events.ts'
import { request } from './http.ts'
import type {
  Cases,
  FigureColumn,
  FigureRow,
  Roster,
  SectionName,
  Shift,
  Statistics,
  Tariff,
  TariffRow,
  Wallboard,
} from './statistics-types.ts'

export interface Asked {
  readonly from: string
  readonly to: string
  /** Key of an institution; empty: all that the asker sees. */
  readonly institution: string
  readonly language: Language
}

const queryOf = ({ from, to, institution, language }: Asked, more: Readonly<Record<string, string>> = {}): string =>
  new URLSearchParams({ from, to, lang: language, ...(institution === '' ? {} : { institution }), ...more }).toString()

export const useStatistics = (section: SectionName, asked: Asked) =>
  useQuery({
    queryKey: ['statistics', section, asked],
    queryFn: ({ signal }) => request<Statistics>('GET', `/api/statistics/${section}?${queryOf(asked)}`, { signal }),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })

/** The query that lists what a cell counts; undefined: it counts nothing that can be listed. */
export function casesOf(column: FigureColumn, row: FigureRow): string | undefined {
  const figure = typeof column.cases === 'object' ? row[column.cases.named] : column.cases
  const only = row[column.narrowedBy ?? 'only']
  const value = row[column.key]
  if (typeof figure !== 'string' || typeof only !== 'string' || typeof value !== 'number' || value === 0) return undefined
  return [`figure=${figure}`, only, column.only ?? ''].filter((part) => part !== '').join('&')
}

/** `query` narrows what the page asks for: its own site and days stand over the page's. */
export function useCases(asked: Asked, query: string, page: number) {
  const all = new URLSearchParams(queryOf(asked, { page: String(page) }))
  for (const [name, value] of new URLSearchParams(query)) all.set(name, value)
  return useQuery({
    queryKey: ['statistics', 'cases', all.toString()],
    queryFn: ({ signal }) => request<Cases>('GET', `/api/statistics/cases?${all}`, { signal }),
    placeholderData: keepPreviousData,
  })
}

/** Addresses of files: the browser fetches them by itself, with its cookie. */
export const sectionFile = (section: SectionName, asked: Asked): string =>
  `/api/statistics/${section}?${queryOf(asked, { format: 'xlsx' })}`

export const monthFile = (month: string, { institution, language }: Asked, format: 'xlsx' | 'pdf'): string =>
  `/api/statistics/monthly?${new URLSearchParams({ month, format, lang: language, ...(institution === '' ? {} : { institution }) })}`

export const useTariff = (enabled: boolean) =>
  useQuery({ queryKey: ['tariff'], queryFn: () => request<Tariff>('GET', '/api/statistics/tariff'), enabled })

export const saveTariff = (items: readonly TariffRow[]): Promise<Tariff> => request('PUT', '/api/statistics/tariff', { body: { items } })

export const useWallboard = (line: Line) =>
  useQuery({
    queryKey: ['wallboard'],
    queryFn: ({ signal }) => request<Wallboard>('GET', '/api/wallboard', { signal }),
    placeholderData: keepPreviousData,
    // Live by events; what only time changes (a line that fell silent, a reader who left) is asked for again.
    refetchInterval: line === 'live' ? 30_000 : pollMs,
  })

export const useRoster = (from: string, to: string, enabled: boolean) =>
  useQuery({
    queryKey: ['roster', from, to],
    queryFn: () => request<Roster>('GET', `/api/roster?${new URLSearchParams({ from, to })}`),
    placeholderData: keepPreviousData,
    enabled,
  })

export const saveDuty = (day: string, shift: Shift, usernames: readonly string[]): Promise<Wallboard> =>
  request('PUT', '/api/roster', { body: { day, shift, usernames } })
