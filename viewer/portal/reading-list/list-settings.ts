/** How a reader likes the list: which columns, in which order, how dense; kept with the account, so that it follows them to another PC. */

export const columnKeys = [
  'clock',
  'urgency',
  'state',
  'patient',
  'site',
  'exam',
  'accession',
  'images',
  'badges',
  'priors',
  'clinical',
  'arrived',
  'wait',
  'reader',
  'deeds',
] as const
export type ColumnKey = (typeof columnKeys)[number]

/** Whose study it is and what can be done with it is never hidden. */
export const alwaysShown: ReadonlySet<ColumnKey> = new Set(['patient', 'deeds'])
const hiddenAtFirst: ReadonlySet<ColumnKey> = new Set(['accession'])

export interface ListSettings {
  /** All columns, in their order. */
  readonly columns: readonly { readonly key: ColumnKey; readonly shown: boolean }[]
  readonly density: 'dense' | 'comfortable'
  /** After submitting or signing the next study is claimed and opened. */
  readonly autoNext: boolean
}

export const usualSettings: ListSettings = {
  columns: columnKeys.map((key) => ({ key, shown: !hiddenAtFirst.has(key) })),
  density: 'dense',
  autoNext: false,
}

const isColumn = (key: unknown): key is ColumnKey => columnKeys.some((each) => each === key)

/** Whatever was kept, by whichever version: columns that it does not know stand where they usually do. A list of names says which are shown, and no others. */
export function columnsFrom(kept: unknown): ListSettings['columns'] {
  if (!Array.isArray(kept)) return usualSettings.columns
  const names = kept.every((each) => typeof each === 'string')
  const known: { key: ColumnKey; shown: boolean }[] = []
  for (const each of kept as readonly unknown[]) {
    const { key, shown } = (typeof each === 'string' ? { key: each, shown: true } : (each ?? {})) as { key?: unknown; shown?: unknown }
    if (isColumn(key) && !known.some((column) => column.key === key)) known.push({ key, shown: shown === true || alwaysShown.has(key) })
  }
  if (known.length === 0) return usualSettings.columns
  // Each after the one that it usually stands behind.
  for (const [at, column] of usualSettings.columns.entries()) {
    if (known.some(({ key }) => key === column.key)) continue
    const before = usualSettings.columns.slice(0, at).reverse()
    const neighbour = before.find(({ key }) => known.some((one) => one.key === key))
    const place = neighbour === undefined ? 0 : known.findIndex(({ key }) => key === neighbour.key) + 1
    known.splice(place, 0, { key: column.key, shown: names ? alwaysShown.has(column.key) : column.shown })
  }
  return known
}

export function settingsFrom(kept: unknown): ListSettings {
  const { columns, density, autoNext } = (typeof kept === 'object' && kept !== null ? kept : {}) as Record<string, unknown>
  return {
    columns: columnsFrom(columns),
    density: density === 'comfortable' ? 'comfortable' : 'dense',
    autoNext: autoNext === true,
  }
}

export const rowHeights: Readonly<Record<ListSettings['density'], number>> = { dense: 32, comfortable: 44 }

export function moved(columns: ListSettings['columns'], from: number, to: number): ListSettings['columns'] {
  const next = [...columns]
  const [column] = next.splice(from, 1)
  if (column === undefined || to < 0 || to > next.length) return columns
  next.splice(to, 0, column)
  return next
}
