/**
 * Figures of a period, counted from `reading_fact`. Each figure has a clock that says which day a task counts on: the day it became readable (R), the day
 * its first final report was signed (F), the day its critical value was raised (C).
 */
import { type Queryable, query } from '../query.ts'
import { Values } from '../reading/found.ts'
import { type Clocks, type Count, countedRows, countNames, countOf, upload } from './counts.ts'

/** Whose tasks: read by a centre, taken by an institution, or both. Never neither. */
export type FactScope =
  | { readonly centre: number; readonly institution: number | null }
  | { readonly centre: null; readonly institution: number }

/** Days of the county's calendar, `2026-11-22`, both inclusive. */
export interface Period {
  readonly from: string
  readonly to: string
}

export interface FactSearch extends Period {
  readonly scope: FactScope
  readonly modality: string | null
}

/** The kinds of examination that time limits tell apart (reading.md §3.3). PS3.3 C.7.3.1.1.1: projections first. */
export const examKinds = ['radiograph', 'ct', 'mr', 'other'] as const
export type ExamKind = (typeof examKinds)[number]
const kind = `case when f.modality in ('CR', 'DX', 'MG', 'RF', 'XA', 'IO', 'PX') then 'radiograph'
  when f.modality = 'CT' then 'ct' when f.modality = 'MR' then 'mr' else 'other' end`

const readyHere = `f.ready_at at time zone 'Asia/Shanghai'`
const groups = {
  institution: 'f.institution_id',
  modality: 'f.modality',
  urgency: 'f.urgency',
  kind,
  /** 1 Monday to 7 Sunday (ISO 8601), and the hour: when a study became readable. */
  weekday: `extract(isodow from ${readyHere})::int`,
  hour: `extract(hour from ${readyHere})::int`,
  grade: 'f.grade',
  author: 'f.author_id',
  reviewer: 'f.reviewer_id',
  /** Of `reasons` only. */
  reason: 'u.reason',
} as const
export type FactGroup = keyof typeof groups

const seconds = (from: string, to: string) => `extract(epoch from ${to} - ${from})`
const turnaround = `greatest(0, ${seconds('f.ready_at', 'f.final_at')} - f.paused_seconds)`
const percentile = (share: number, of: string, clock: string) =>
  `round(percentile_cont(${share}) within group (order by ${of}) filter (where ${clock})::numeric)::int`

const times = ({ R, F }: Clocks) => ({
  returns: `coalesce(sum(f.returns) filter (where ${R}), 0)`,
  uploadP50: percentile(0.5, upload, R),
  uploadP95: percentile(0.95, upload, R),
  turnaroundP50: percentile(0.5, turnaround, `${F} and f.ready_at is not null`),
  turnaroundP90: percentile(0.9, turnaround, `${F} and f.ready_at is not null`),
  waitP50: percentile(0.5, seconds('f.ready_at', 'f.claimed_at'), `${F} and f.claimed_at >= f.ready_at`),
  readP50: percentile(0.5, seconds('f.claimed_at', 'f.submitted_at'), `${F} and f.submitted_at >= f.claimed_at`),
  reviewP50: percentile(0.5, seconds('f.submitted_at', 'f.final_at'), `${F} and f.final_at >= f.submitted_at`),
  patientP50: percentile(0.5, seconds('f.study_end_at', 'f.final_at'), `${F} and f.final_at >= f.study_end_at`),
  patientP90: percentile(0.9, seconds('f.study_end_at', 'f.final_at'), `${F} and f.final_at >= f.study_end_at`),
})

export type Measure = Count | keyof ReturnType<typeof times>
/** Counts are 0 and times null where nothing was counted. */
export type Figures = Readonly<Record<Measure, number>>
export type FigureRow = Figures & Readonly<Partial<Record<FactGroup, string | number>>>

/** The facts of a search that count by one of the clocks. */
function counted(values: Values, { scope, modality, from, to }: FactSearch): { clocks: Clocks; conditions: string } {
  const [first, last] = [values.bind(from), values.bind(to)]
  const between = (day: string) => `f.${day} between ${first}::date and ${last}::date`
  const clocks = { R: `(${between('ready_day')} and not f.canceled)`, F: `(${between('final_day')})`, C: `(${between('critical_day')})` }
  const conditions = [
    ...(scope.centre === null ? [] : [`f.centre_id = ${values.bind(scope.centre)}`]),
    ...(scope.institution === null ? [] : [`f.institution_id = ${values.bind(scope.institution)}`]),
    ...(modality === null ? [] : [`f.modality = ${values.bind(modality)}`]),
  ]
  return { clocks, conditions: `${conditions.join(' and ')} and (${Object.values(clocks).join(' or ')})` }
}

/** One row for each thing that counts, as `from … where …`: the same for a figure's groups and for its list. */
export type Narrowed = Readonly<Partial<Record<FactGroup, string | number>>>
export function countedFrom(values: Values, search: FactSearch, count: Count, narrowed: Narrowed = {}): string {
  const { clocks, conditions } = counted(values, search)
  const { join, where } = countedRows(count, clocks)
  const only = Object.entries(narrowed).map(([group, value]) => ` and ${groups[group as FactGroup]} = ${values.bind(value)}`)
  return `from reading_fact f ${join} where ${conditions} and ${where}${only.join('')}`
}

/** Figures for each combination of the groups that has any; without groups one row, whatever there is. */
export async function figuresBy(on: Queryable, search: FactSearch, by: readonly FactGroup[]): Promise<FigureRow[]> {
  const values = new Values()
  const { clocks, conditions } = counted(values, search)
  const measures = [...countNames.map((name) => [name, countOf(name, clocks)]), ...Object.entries(times(clocks))]
  const columns = measures.map(([name, measure]) => `${measure} as "${name}"`)
  const keys = by.map((group) => `${groups[group]} as "${group}"`)
  const places = by.map((_, place) => place + 1).join(', ')
  return query<FigureRow>(
    on,
    `select ${[...keys, ...columns].join(',\n ')} from reading_fact f where ${conditions} ${by.length === 0 ? '' : `group by ${places} order by ${places}`}`,
    values.list,
  )
}

export interface DayRow {
  /** `2026-11-22`. */
  readonly day: string
  readonly studies: number
  readonly reports: number
}

/** What became readable and what was signed on each day; days without either are left out. */
export function figuresByDay(on: Queryable, search: FactSearch): Promise<DayRow[]> {
  const values = new Values()
  return query<DayRow>(
    on,
    `select to_char(day, 'YYYY-MM-DD') as day, count(*) filter (where what = 'R') as studies, count(*) filter (where what = 'F') as reports
     from (select f.ready_day as day, 'R' as what ${countedFrom(values, search, 'studies')}
           union all select f.final_day, 'F' ${countedFrom(values, search, 'reports')}) days
     group by days.day order by days.day`,
    values.list,
  )
}

export interface HourRow {
  /** 1 Monday to 7 Sunday (ISO 8601). */
  readonly weekday: number
  readonly hour: number
  readonly studies: number
}

/** When in the week studies become readable. */
export function figuresByHour(on: Queryable, search: FactSearch): Promise<HourRow[]> {
  const values = new Values()
  return query<HourRow>(
    on,
    `select ${groups.weekday} as weekday, ${groups.hour} as hour, count(*) as studies
     ${countedFrom(values, search, 'studies')} group by 1, 2 order by 1, 2`,
    values.list,
  )
}

export interface ReasonRow {
  readonly reason: string
  readonly returns: number
}

export function returnReasons(on: Queryable, search: FactSearch): Promise<ReasonRow[]> {
  const values = new Values()
  return query<ReasonRow>(
    on,
    `select ${groups.reason} as reason, count(*) as returns ${countedFrom(values, search, 'reasons')} group by 1 order by returns desc, reason`,
    values.list,
  )
}

export interface GradeRow {
  readonly kind: ExamKind
  readonly grade: string
  readonly reports: number
}

export function gradesGiven(on: Queryable, search: FactSearch): Promise<GradeRow[]> {
  const values = new Values()
  return query<GradeRow>(
    on,
    `select ${groups.kind} as kind, ${groups.grade} as grade, count(*) as reports ${countedFrom(values, search, 'graded')} group by 1, 2 order by 1, 2`,
    values.list,
  )
}

export interface DoctorRow {
  readonly account: number
  readonly username: string
  readonly displayName: string
  readonly modality: string
  readonly reports: number
  readonly reviews: number
}

/** Who wrote and who signed what: first final versions, once for each signature. */
export function doctorsWork(on: Queryable, search: FactSearch): Promise<DoctorRow[]> {
  const values = new Values()
  return query<DoctorRow>(
    on,
    `select a.id as account, a.username, a.display_name as "displayName", work.modality,
       count(*) filter (where role = 'author') as reports, count(*) filter (where role = 'reviewer') as reviews
     from (select ${groups.author} as account_id, f.modality, 'author' as role ${countedFrom(values, search, 'reports')}
           union all select ${groups.reviewer}, f.modality, 'reviewer' ${countedFrom(values, search, 'reports')}) work
       join account a on a.id = work.account_id
     group by a.id, work.modality order by a.username, work.modality`,
    values.list,
  )
}
