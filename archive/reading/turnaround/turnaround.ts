/** Time allowed from READY to the signed report, by urgency and kind of examination (reading.md §3.3). Defaults: every county sets its own. */
import { afterWork, type Calendar, workBetween } from './calendar.ts'

export const urgencies = [0, 1, 2, 3, 4] as const
export type Urgency = (typeof urgencies)[number]

/** 平诊门诊, where nobody said otherwise. */
export const defaultUrgency: Urgency = 3

/** `formal`: the signed report, where a temporary one stands already. */
export const kinds = ['radiograph', 'ct', 'mr', 'other', 'formal'] as const
export type Kind = (typeof kinds)[number]

export interface Rule {
  readonly minutes: number
  /** Only hours that the reading centre works count. */
  readonly workingHours: boolean
}
export type Rules = Readonly<Record<Urgency, Readonly<Record<Kind, Rule>>>>

const all = (minutes: number): Rule => ({ minutes, workingHours: false })
const working = (minutes: number): Rule => ({ minutes, workingHours: true })
const hour = 60

export const defaultRules: Rules = {
  0: { radiograph: all(30), ct: all(30), mr: all(30), other: all(30), formal: working(4 * hour) },
  1: { radiograph: all(30), ct: all(hour), mr: all(hour), other: all(hour), formal: working(4 * hour) },
  2: { radiograph: working(6 * hour), ct: working(6 * hour), mr: working(6 * hour), other: working(6 * hour), formal: working(6 * hour) },
  3: { radiograph: all(2 * hour), ct: working(4 * hour), mr: working(4 * hour), other: working(4 * hour), formal: working(4 * hour) },
  4: { radiograph: all(24 * hour), ct: all(24 * hour), mr: all(24 * hour), other: all(24 * hour), formal: all(24 * hour) },
}

const radiographs: ReadonlySet<string> = new Set(['CR', 'DX', 'MG', 'RF', 'XA', 'IO', 'PX'])

export const kindOf = (modality: string): Exclude<Kind, 'formal'> =>
  radiographs.has(modality) ? 'radiograph' : modality === 'CT' ? 'ct' : modality === 'MR' ? 'mr' : 'other'

/** What is allowed, and the hours by which it counts; null: all hours. */
export interface Allowed {
  readonly ms: number
  readonly calendar: Calendar | null
}

/** The rules of a reading centre with its hours, as `turnaroundOf` reads them. */
export interface CentreTurnaround {
  readonly rules: Rules
  readonly calendar: Calendar
}

export function allowed({ rules, calendar }: CentreTurnaround, urgency: Urgency, modality: string, temporary = false): Allowed {
  const rule = rules[urgency][temporary ? 'formal' : kindOf(modality)]
  return { ms: rule.minutes * 60_000, calendar: rule.workingHours ? calendar : null }
}

/** When so much of the allowed time will have passed. */
export const after = (calendar: Calendar | null, from: Date, ms: number): Date =>
  calendar === null ? new Date(from.getTime() + ms) : afterWork(calendar, from, ms)

/** How much of the allowed time passes between two moments; never negative. */
export const between = (calendar: Calendar | null, from: Date, to: Date): number =>
  calendar === null ? Math.max(0, to.getTime() - from.getTime()) : workBetween(calendar, from, to)

/** Milliseconds allowed where a county has set nothing, whatever the hours. */
export const turnaround = (urgency: Urgency, modality: string): number => defaultRules[urgency][kindOf(modality)].minutes * 60_000
