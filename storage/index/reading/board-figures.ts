/** What an imaging room is measured by, from the facts of its own tasks (migrations/0180-statistics.sql). Days are the county's, which has one time zone. */
import { type Queryable, query } from '../query.ts'

export interface BoardFigures {
  readonly studies: number
  /** Of which somebody looked before sending. */
  readonly checked: number
  /** Exam end (or first byte) to readable, in seconds. */
  readonly arrivals: number
  readonly arrivedInTime: number
  readonly arrivalP50: number | null
  readonly arrivalP95: number | null
  readonly graded: number
  /** 甲, or 3 of sectional exams. */
  readonly excellent: number
  /** With at least one return for retake. */
  readonly returned: number
}

/** The promise: three minutes from the end of the exam until it can be read. */
export const arrivalSeconds = 180

/** A time that a wrong clock made negative is not known by it: then the first byte counts. */
const arrival = `extract(epoch from f.ready_at - case when f.study_end_at <= f.ready_at then f.study_end_at else least(f.first_byte_at, f.ready_at) end)`
const figures = `count(*)::int as studies, count(c.study_pk)::int as checked, count(${arrival})::int as arrivals,
  count(*) filter (where ${arrival} <= ${arrivalSeconds})::int as "arrivedInTime",
  round(percentile_cont(0.5) within group (order by ${arrival})::numeric)::int as "arrivalP50",
  round(percentile_cont(0.95) within group (order by ${arrival})::numeric)::int as "arrivalP95",
  count(f.grade)::int as graded, count(*) filter (where f.grade in ('甲', '3'))::int as excellent,
  count(*) filter (where f.returns > 0)::int as returned`
/** `$1` institution, `$2` days. */
const facts = `reading_fact f left join workitem w on w.id = f.workitem_id left join study_self_check c on c.study_pk = w.study_pk
  where f.institution_id = $1 and not f.canceled and f.ready_day > (now() at time zone 'Asia/Shanghai')::date - $2::int`
/** `$3`: whoever sent it, or looked at it before. */
const own = `(c.account_id = $3 or exists (select from workitem_event e where e.workitem_id = f.workitem_id and e.verb = 'ready' and e.actor_id = $3))`

export async function boardFigures(on: Queryable, institution: number, days: number, account: number | null): Promise<BoardFigures> {
  const [row] = await query<BoardFigures & { [column: string]: unknown }>(
    on,
    `select ${figures} from ${facts}${account === null ? '' : ` and ${own}`}`,
    account === null ? [institution, days] : [institution, days, account],
  )
  return row!
}

export interface WeekFigures extends BoardFigures {
  /** Its Monday. */
  readonly week: string
}

export const weeklyFigures = (on: Queryable, institution: number, days: number): Promise<WeekFigures[]> =>
  query<WeekFigures & { [column: string]: unknown }>(
    on,
    `select to_char(date_trunc('week', f.ready_day), 'YYYY-MM-DD') as week, ${figures} from ${facts} group by 1 order by 1`,
    [institution, days],
  )

export interface ReasonWeek {
  readonly code: string
  readonly week: string
  readonly count: number
}

/** Why studies were returned, week by week. */
export const returnedReasons = (on: Queryable, institution: number, days: number): Promise<ReasonWeek[]> =>
  query<ReasonWeek & { [column: string]: unknown }>(
    on,
    `select reason as code, to_char(date_trunc('week', f.ready_day), 'YYYY-MM-DD') as week, count(*)::int as count
     from reading_fact f cross join unnest(f.return_reasons) as reason
     where f.institution_id = $1 and not f.canceled and f.ready_day > (now() at time zone 'Asia/Shanghai')::date - $2::int
     group by 1, 2 order by 1, 2`,
    [institution, days],
  )
