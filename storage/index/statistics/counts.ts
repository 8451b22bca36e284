/**
 * What figures count, said once: `figures.ts` counts these and `cases.ts` lists them, so that a number and the list behind it cannot differ. Each counts by
 * a clock, the day on which a task became readable (R), its first final report was signed (F) or its critical value was raised (C), and counts facts (`f`)
 * or, where a task can have several, what they hold (`u`).
 */

export type Clock = 'R' | 'F' | 'C'
/** A condition for each clock: its day lies in the period. */
export type Clocks = Readonly<Record<Clock, string>>

/** What a fact holds several of. */
const units = {
  critical: 'unnest(f.critical_raised_at, f.critical_acknowledged_at) with ordinality as u (raised_at, acknowledged_at, number)',
  reason: 'unnest(f.return_reasons) with ordinality as u (reason, number)',
} as const

/** Seconds from the end of the exam to readable. Times that a wrong clock made negative are not known. */
export const upload = `case when f.ready_at >= f.study_end_at then extract(epoch from f.ready_at - f.study_end_at) end`
/** The promise of the county (reading.md §1). */
const promised = 180
/** From raised to acknowledged (reading.md §3.4). */
const tenMinutes = `interval '10 minutes'`

interface Counted {
  readonly clock: Clock
  readonly of: 'fact' | keyof typeof units
  readonly when: string
}
const facts = (clock: Clock, when: string): Counted => ({ clock, of: 'fact', when })
const criticals = (when: string): Counted => ({ clock: 'C', of: 'critical', when })

export const counts = {
  studies: facts('R', 'true'),
  emergencies: facts('R', 'f.urgency <= 1'),
  returned: facts('R', 'f.returns > 0'),
  uploads: facts('R', `${upload} is not null`),
  uploadsInTime: facts('R', `${upload} <= ${promised}`),
  uploadsLate: facts('R', `${upload} > ${promised}`),
  reasons: { clock: 'R', of: 'reason', when: 'true' },
  reports: facts('F', 'true'),
  polar: facts('F', 'f.polarity is not null'),
  positive: facts('F', `f.polarity = 'positive'`),
  graded: facts('F', 'f.grade is not null'),
  // The best grades, and those that still serve.
  excellent: facts('F', `f.grade in ('甲', '0')`),
  acceptable: facts('F', `f.grade in ('甲', '乙', '0', '1')`),
  timed: facts('F', 'f.due_at is not null'),
  timely: facts('F', 'f.final_at <= f.due_at'),
  late: facts('F', 'f.final_at > f.due_at'),
  unopened: facts('F', 'f.opened_at is null'),
  samePerson: facts('F', 'f.same_person'),
  corrected: facts('F', 'f.corrections > 0'),
  amended: facts('F', 'f.addenda > 0'),
  criticals: criticals('true'),
  // Younger than ten minutes and not acknowledged: nobody can say yet.
  criticalsDecided: criticals(`(u.acknowledged_at is not null or u.raised_at + ${tenMinutes} < now())`),
  criticalsInTime: criticals(`u.acknowledged_at <= u.raised_at + ${tenMinutes}`),
  criticalsLate: criticals(`coalesce(u.acknowledged_at, now()) > u.raised_at + ${tenMinutes}`),
} as const satisfies Readonly<Record<string, Counted>>
export type Count = keyof typeof counts
export const countNames = Object.keys(counts) as Count[]

/** One row for each thing that counts: `… from reading_fact f ${join} where …`. */
export function countedRows(count: Count, clocks: Clocks): { readonly join: string; readonly where: string } {
  const { clock, of, when }: Counted = counts[count]
  return { join: of === 'fact' ? '' : `cross join lateral ${units[of]}`, where: `${clocks[clock]} and ${when}` }
}

const clockTimes: Readonly<Record<Clock, string>> = { R: 'f.ready_at', F: 'f.final_at', C: 'f.critical_at' }

/** When such a row counts, what it holds besides its fact, and its place in it. */
export function countedColumns(count: Count): { readonly at: string; readonly item: string; readonly place: string } {
  const { clock, of }: Counted = counts[count]
  const plain = of === 'fact'
  return { at: clockTimes[clock], item: plain ? 'null::jsonb' : 'to_jsonb(u)', place: plain ? '1' : 'u.number' }
}

/** How many, of the facts of a group. */
export function countOf(count: Count, clocks: Clocks): string {
  const { clock, of, when }: Counted = counts[count]
  if (of === 'fact') return `count(*) filter (where ${clocks[clock]} and ${when})`
  return `coalesce(sum((select count(*)::int from ${units[of]} where ${when})) filter (where ${clocks[clock]}), 0)`
}
