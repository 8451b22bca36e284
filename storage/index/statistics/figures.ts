/**
 * Figures of a period, counted from `reading_fact`. Each figure has a clock that says which day a task counts on: the day it became readable (R), the day
 * its first final report was signed (F), the day its critical value was raised (C).
 */
import { type Queryable, query } from '../query.ts'
import { Values } from '../reading/found.ts'

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
export type ExamKind = 'radiograph' | 'ct' | 'mr' | 'other'
const kind = `case when f.modality in ('CR', 'DX', 'MG', 'RF', 'XA', 'IO', 'PX') then 'radiograph'
  when f.modality = 'CT' then 'ct' when f.modality = 'MR' then 'mr' else 'other' end`

const groups = {
  institution: 'f.institution_id',
  modality: 'f.modality',
  urgency: 'f.urgency',
  kind,
} as const
export type FactGroup = keyof typeof groups

/** The best grades, and those that still serve. */
const excellent = `f.grade in ('甲', '0')`
const acceptable = `f.grade in ('甲', '乙', '0', '1')`

const seconds = (from: string, to: string) => `extract(epoch from ${to} - ${from})`
/** Times that a wrong clock made negative are not known. */
const upload = `case when f.ready_at >= f.study_end_at then ${seconds('f.study_end_at', 'f.ready_at')} end`
const turnaround = `greatest(0, ${seconds('f.ready_at', 'f.final_at')} - f.paused_seconds)`
const percentile = (share: number, of: string, clock: string) =>
  `round(percentile_cont(${share}) within group (order by ${of}) filter (where ${clock})::numeric)::int`

/** A condition for each clock: its day lies in the period. */
type Clocks = Readonly<Record<'R' | 'F' | 'C', string>>

const measures = ({ R, F, C }: Clocks) => ({
  studies: `count(*) filter (where ${R})`,
  emergencies: `count(*) filter (where ${R} and f.urgency <= 1)`,
  returned: `count(*) filter (where ${R} and f.returns > 0)`,
  returns: `coalesce(sum(f.returns) filter (where ${R}), 0)`,
  uploads: `count(${upload}) filter (where ${R})`,
  uploadsInTime: `count(*) filter (where ${R} and ${upload} <= 180)`,
  uploadP50: percentile(0.5, upload, R),
  uploadP95: percentile(0.95, upload, R),
  reports: `count(*) filter (where ${F})`,
  polar: `count(f.polarity) filter (where ${F})`,
  positive: `count(*) filter (where ${F} and f.polarity = 'positive')`,
  graded: `count(f.grade) filter (where ${F})`,
  excellent: `count(*) filter (where ${F} and ${excellent})`,
  acceptable: `count(*) filter (where ${F} and ${acceptable})`,
  timed: `count(f.due_at) filter (where ${F})`,
  timely: `count(*) filter (where ${F} and f.final_at <= f.due_at)`,
  turnaroundP50: percentile(0.5, turnaround, `${F} and f.ready_at is not null`),
  turnaroundP90: percentile(0.9, turnaround, `${F} and f.ready_at is not null`),
  waitP50: percentile(0.5, seconds('f.ready_at', 'f.claimed_at'), `${F} and f.claimed_at >= f.ready_at`),
  readP50: percentile(0.5, seconds('f.claimed_at', 'f.submitted_at'), `${F} and f.submitted_at >= f.claimed_at`),
  reviewP50: percentile(0.5, seconds('f.submitted_at', 'f.final_at'), `${F} and f.final_at >= f.submitted_at`),
  patientP50: percentile(0.5, seconds('f.study_end_at', 'f.final_at'), `${F} and f.final_at >= f.study_end_at`),
  patientP90: percentile(0.9, seconds('f.study_end_at', 'f.final_at'), `${F} and f.final_at >= f.study_end_at`),
  opened: `count(f.opened_at) filter (where ${F})`,
  samePerson: `count(*) filter (where ${F} and f.same_person)`,
  corrected: `count(*) filter (where ${F} and f.corrections > 0)`,
  amended: `count(*) filter (where ${F} and f.addenda > 0)`,
  retracted: `count(*) filter (where ${F} and f.retracted)`,
  criticals: `coalesce(sum(f.criticals) filter (where ${C}), 0)`,
  criticalsInTime: `coalesce(sum(f.criticals_in_time) filter (where ${C}), 0)`,
})

export type Measure = keyof ReturnType<typeof measures>
/** Counts are 0 and times null where nothing was counted. */
export type Figures = Readonly<Record<Measure, number>>
export type FigureRow = Figures & Readonly<Partial<Record<FactGroup, string | number>>>

/** The facts of a search that count by one of the clocks, as `from … where …`. */
function counted(values: Values, { scope, modality, from, to }: FactSearch): { clocks: Clocks; from: string } {
  const [first, last] = [values.bind(from), values.bind(to)]
  const between = (day: string) => `f.${day} between ${first}::date and ${last}::date`
  const clocks = { R: `(${between('ready_day')} and not f.canceled)`, F: `(${between('final_day')})`, C: `(${between('critical_day')})` }
  const conditions = [
    ...(scope.centre === null ? [] : [`f.centre_id = ${values.bind(scope.centre)}`]),
    ...(scope.institution === null ? [] : [`f.institution_id = ${values.bind(scope.institution)}`]),
    ...(modality === null ? [] : [`f.modality = ${values.bind(modality)}`]),
  ]
  return { clocks, from: `from reading_fact f where ${conditions.join(' and ')} and (${Object.values(clocks).join(' or ')})` }
}

/** Figures for each combination of the groups that has any; without groups one row, whatever there is. */
export async function figuresBy(on: Queryable, search: FactSearch, by: readonly FactGroup[]): Promise<FigureRow[]> {
  const values = new Values()
  const { clocks, from } = counted(values, search)
  const columns = Object.entries(measures(clocks)).map(([name, measure]) => `${measure} as "${name}"`)
  const keys = by.map((group) => `${groups[group]} as "${group}"`)
  const places = by.map((_, place) => place + 1).join(', ')
  return query<FigureRow>(
    on,
    `select ${[...keys, ...columns].join(',\n ')} ${from} ${by.length === 0 ? '' : `group by ${places} order by ${places}`}`,
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
  const { clocks, from } = counted(values, search)
  return query<DayRow>(
    on,
    `select to_char(day, 'YYYY-MM-DD') as day, count(*) filter (where what = 'R') as studies, count(*) filter (where what = 'F') as reports
     from (select f.ready_day as day, 'R' as what ${from} and ${clocks.R}
           union all select f.final_day, 'F' ${from} and ${clocks.F}) days
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
  const { clocks, from } = counted(values, search)
  return query<HourRow>(
    on,
    `select extract(isodow from f.ready_at at time zone 'Asia/Shanghai')::int as weekday,
       extract(hour from f.ready_at at time zone 'Asia/Shanghai')::int as hour, count(*) as studies
     ${from} and ${clocks.R} group by 1, 2 order by 1, 2`,
    values.list,
  )
}

export interface ReasonRow {
  readonly reason: string
  readonly returns: number
}

export function returnReasons(on: Queryable, search: FactSearch): Promise<ReasonRow[]> {
  const values = new Values()
  const { clocks, from } = counted(values, search)
  return query<ReasonRow>(
    on,
    `select reason, count(*) as returns from (select unnest(f.return_reasons) as reason ${from} and ${clocks.R}) reasons
     group by reason order by returns desc, reason`,
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
  const { clocks, from } = counted(values, search)
  return query<GradeRow>(
    on,
    `select ${groups.kind} as kind, f.grade, count(*) as reports ${from} and ${clocks.F} and f.grade is not null group by 1, 2 order by 1, 2`,
    values.list,
  )
}

export interface DoctorRow {
  readonly username: string
  readonly displayName: string
  readonly modality: string
  readonly reports: number
  readonly reviews: number
}

/** Who wrote and who signed what: first final versions, once for each signature. */
export function doctorsWork(on: Queryable, search: FactSearch): Promise<DoctorRow[]> {
  const values = new Values()
  const { clocks, from } = counted(values, search)
  return query<DoctorRow>(
    on,
    `select a.username, a.display_name as "displayName", work.modality,
       count(*) filter (where role = 'author') as reports, count(*) filter (where role = 'reviewer') as reviews
     from (select f.author_id as account_id, f.modality, 'author' as role ${from} and ${clocks.F}
           union all select f.reviewer_id, f.modality, 'reviewer' ${from} and ${clocks.F}) work
       join account a on a.id = work.account_id
     group by a.id, work.modality order by a.username, work.modality`,
    values.list,
  )
}
