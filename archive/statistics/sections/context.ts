/** What each section is made from: whose figures of which days, in which language, with the names that belong to the numbers. */
import type { Queryable } from '../../../storage/index/query.ts'
import type { Scope } from '../../../storage/index/records.ts'
import type { ExamKind, FactSearch, FigureRow, Figures } from '../../../storage/index/statistics/figures.ts'
import type { TariffRow } from '../../../storage/index/statistics/tariff.ts'
import { findReason } from '../../reading/returns/return-reasons.ts'
import type { Column, FigureTable, Row, Say } from '../table.ts'

export interface SectionContext {
  readonly pool: Queryable
  /** Whose studies the asker may see: what names single studies is counted in it. */
  readonly scope: Scope
  readonly search: FactSearch
  readonly say: Say
  /** Names of institutions by their key. */
  readonly siteName: (institution: number) => string
  /** Minutes allowed, by urgency and kind of examination. */
  readonly limitMinutes: (urgency: number, kind: ExamKind) => number
  /** Whether figures of single doctors and the centre's tariff may be shown. */
  readonly ofCentre: boolean
  readonly tariff: readonly TariffRow[]
}

export type Section = (context: SectionContext) => Promise<FigureTable[]>

export const textColumn = (key: string, title: string): Column => ({ key, title, kind: 'text' })

const urgencyNames: readonly (readonly [zh: string, en: string])[] = [
  ['绿色通道', 'Fast track'],
  ['急诊', 'Emergency'],
  ['加急', 'Urgent'],
  ['平诊', 'Routine'],
  ['批量', 'Screening'],
]
export const urgencyName = (say: Say, urgency: number): string => say(...(urgencyNames[urgency] ?? [String(urgency), String(urgency)]))

const kindNames: Readonly<Record<ExamKind, readonly [zh: string, en: string]>> = {
  radiograph: ['X 线', 'Radiography'],
  ct: ['CT', 'CT'],
  mr: ['磁共振', 'MR'],
  other: ['超声及其他', 'US and others'],
}
export const kindName = (say: Say, kind: ExamKind): string => say(...kindNames[kind])

const weekdayNames: readonly (readonly [zh: string, en: string])[] = [
  ['周一', 'Mon'],
  ['周二', 'Tue'],
  ['周三', 'Wed'],
  ['周四', 'Thu'],
  ['周五', 'Fri'],
  ['周六', 'Sat'],
  ['周日', 'Sun'],
]
/** 1 Monday to 7 Sunday (ISO 8601). */
export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const
export const weekdayName = (say: Say, weekday: number): string => say(...(weekdayNames[weekday - 1] ?? ['', '']))
export const hourName = (say: Say, hour: number): string => say(`${hour}–${hour + 1} 时`, `${hour}:00–${hour + 1}:00`)

const letters: Readonly<Record<string, string>> = { 甲: 'A', 乙: 'B', 丙: 'C', 丁: 'D' }
export const gradeName = (say: Say, grade: string): string =>
  /^\d$/.test(grade) ? say(`${grade} 级`, `Grade ${grade}`) : say(`${grade}级`, `Grade ${letters[grade] ?? grade}`)

export function reasonName(say: Say, code: string): string {
  const known = findReason(code)
  return known === undefined ? code : say(known.zh, known.en)
}

/** Rows by site, the busiest first. */
export const bySite = ({ siteName }: SectionContext, rows: readonly FigureRow[], rowOf: (figures: Figures) => Row): Row[] =>
  [...rows]
    .sort((a, b) => b.studies - a.studies || b.reports - a.reports)
    .map((row) => ({ site: siteName(Number(row.institution)), only: `institution=${row.institution}`, ...rowOf(row) }))

/** Minutes with one decimal, for charts. */
export const minutes = (seconds: number | null): number | null => (seconds === null ? null : Math.round(seconds / 6) / 10)
/** Per cent with one decimal, for charts. */
export const percent = (value: number | null): number | null => (value === null ? null : Math.round(value * 1_000) / 10)

export const none = (say: Say): string => say('所选时间内没有数据。', 'Nothing was counted in these days.')
