/**
 * A table of figures as every page, sheet and document shows it: columns that say what kind of value they hold and how it is defined, rows of plain values,
 * and the charts drawn of them. Made once here; the portal, the workbook and the printed pack only lay it out.
 */
import type { Count } from '../../storage/index/statistics/counts.ts'
import type { DefinitionKey } from './definitions.ts'

/** Shares are 0 to 1, durations seconds, money integer fen. A value that nothing stands for is null: nothing is divided by zero. */
export type ValueKind = 'text' | 'count' | 'share' | 'duration' | 'points' | 'money'
/** `own`: each row says in its `kind` what it holds. */
export type ColumnKind = ValueKind | 'own'

export interface Column {
  readonly key: string
  readonly title: string
  readonly kind: ColumnKind
  readonly definition?: DefinitionKey
  /** What is counted here, whose cases can be listed; `{ named }`: each row says it under that key, or is no count. */
  readonly cases?: Count | { readonly named: string }
  /** What narrows the cases of this column, as a query such as `modality=CT`. */
  readonly only?: string
  /** The key under which each row says what narrows it; default `only`. */
  readonly narrowedBy?: string
}

export type Cell = string | number | null
/** `only`: what narrows the cases of the row, as a query; without it the row has no cases to list. */
export type Row = Readonly<Record<string, Cell>>

/** An option object of ECharts without functions, so that it travels as JSON; and the height that its labels need, in px at 760 wide. */
export interface Chart {
  readonly title: string
  readonly option: object
  readonly height: number
}

export interface FigureTable {
  readonly key: string
  readonly title: string
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
  /** Of all rows together, counted and not added up where it is a percentile. */
  readonly total: Row | null
  readonly charts: readonly Chart[]
  /** What the table says when it has no rows. */
  readonly empty: string
}

export const kindOf = (column: Column, row: Row): ValueKind => (column.kind === 'own' ? (row.kind as ValueKind) : column.kind)

/** Share of a part; null where there is no whole. */
export const share = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null)

export type Say = (zh: string, en: string) => string
export type Language = 'zh' | 'en'
export const speaker =
  (language: Language): Say =>
  (zh, en) =>
    language === 'zh' ? zh : en
