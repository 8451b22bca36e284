/** What the list asks for. It stands in the address, so a view can be kept as a bookmark and sent to a colleague. */
import { type ListQuery, views } from '../api/workitems.ts'

/** Everything that narrows the list, apart from the view itself. */
export const conditions = ['q', 'state', 'modality', 'institution', 'urgency', 'bodyPart', 'assignee', 'flags', 'from', 'to'] as const
export type Condition = (typeof conditions)[number]

export const flags = ['critical', 'new-images', 'question', 'returned', 'reworked', 'amending'] as const
export const modalities = ['DX', 'CR', 'CT', 'MR', 'US', 'MG', 'XA', 'RF', 'ES'] as const

export const queryOf = (address: URLSearchParams): ListQuery => ({
  view: views.find((view) => view === address.get('view')) ?? 'todo',
  ...(Object.fromEntries(conditions.map((name) => [name, address.get(name) ?? ''])) as Record<Condition, string>),
})

export const isFiltered = (query: ListQuery): boolean => conditions.some((name) => query[name] !== '')

/** The change of the address that clears all, or takes over what a saved view asks for. */
export function changeTo(asked: Readonly<Record<string, unknown>>): Record<string, string | undefined> {
  const text = (value: unknown): string | undefined =>
    Array.isArray(value) ? value.join(',') || undefined : value === null || value === undefined || value === '' ? undefined : String(value)
  return { row: undefined, ...Object.fromEntries(['view', ...conditions].map((name) => [name, text(asked[name])])) }
}

/** What a view keeps of a query: only what is said. */
export const keptOf = (query: ListQuery): Record<string, string> =>
  Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== ''))

export const listText = (text: string): readonly string[] => text.split(',').filter((part) => part !== '')
