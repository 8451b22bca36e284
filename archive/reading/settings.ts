/** What a county sets for its reading centre: times allowed, working hours, policies. Every change is in the audit, with what was there before. */
import { transaction } from '../../storage/index/query.ts'
import { deleteCalendar, listCalendars, writeCalendar, writeTurnaround } from '../../storage/index/reading/calendars.ts'
import { writePolicy } from '../../storage/index/reading/policies.ts'
import { type Asker, answersFor, may } from '../access.ts'
import { auditIn } from '../audit.ts'
import { BadRequest, Forbidden, NotFound } from '../errors.ts'
import { type Policies, policies } from './policies.ts'
import type { ReadingTools } from './tools.ts'
import { type Calendar, defaultCalendar, type Hours } from './turnaround/calendar.ts'
import { defaultRules, type Kind, type Rule, type Rules, type Urgency } from './turnaround/turnaround.ts'
import { turnaroundOf } from './turnaround/turnaround-rules.ts'
import { minuteOfDay } from './turnaround/wall-clock.ts'

type Tools = Pick<ReadingTools, 'index'>

/** The administrator and the chief of the reading centre. @throws Forbidden */
function demandCentre(asker: Asker): void {
  if (!asker.institution.readingCentre || !(may(asker, 'administer') || may(asker, 'direct')))
    throw new Forbidden('The rules of a reading centre are set by its administrator or its chief')
}

export interface TurnaroundTable {
  readonly rules: Rules
  readonly defaults: Rules
  readonly mayChange: boolean
}

const mayChange = (asker: Asker): boolean => asker.institution.readingCentre && (may(asker, 'administer') || may(asker, 'direct'))

/** @throws Forbidden outside a reading centre */
export async function turnaroundTable({ index: { pool } }: Tools, asker: Asker): Promise<TurnaroundTable> {
  if (!asker.institution.readingCentre) throw new Forbidden('Times are allowed by reading centres')
  const { rules } = await turnaroundOf(pool, asker.institution.id)
  return { rules, defaults: defaultRules, mayChange: mayChange(asker) }
}

export interface RuleChange extends Rule {
  readonly urgency: Urgency
  readonly kind: Kind
}

/** What was promised stays: the new times count from the next READY or change of urgency on. @throws Forbidden, BadRequest */
export async function setTurnaround(tools: Tools, asker: Asker, changes: readonly RuleChange[]): Promise<TurnaroundTable> {
  demandCentre(asker)
  const named = new Set(changes.map(({ urgency, kind }) => `${urgency} ${kind}`))
  if (named.size !== changes.length) throw new BadRequest('A rule is named twice')
  await transaction(tools.index.pool, async (client) => {
    const { rules: before } = await turnaroundOf(client, asker.institution.id)
    const changed = changes.filter(({ urgency, kind, minutes, workingHours }) => {
      const rule = before[urgency][kind]
      return rule.minutes !== minutes || rule.workingHours !== workingHours
    })
    if (changed.length === 0) return
    await writeTurnaround(client, asker.institution.id, changed)
    const detail = { rules: changed.map((rule) => ({ ...rule, before: before[rule.urgency][rule.kind] })) }
    await auditIn(client, asker, { action: 'set-turnaround', object: asker.institution.code, detail })
  })
  return turnaroundTable(tools, asker)
}

export interface InstitutionCalendar {
  readonly institution: { readonly id: number; readonly name: string }
  /** Null: it keeps the hours of the institution above it. */
  readonly calendar: Calendar | null
  readonly mayChange: boolean
}

/** Own institution; at the reading centre all. */
export async function calendars({ index: { pool } }: Tools, asker: Asker): Promise<{ items: InstitutionCalendar[]; default: Calendar }> {
  const rows = await listCalendars(pool)
  const shown = rows.filter(({ id }) => asker.institution.readingCentre || id === asker.institution.id)
  return {
    items: shown.map(({ id, name, weekly, holidays = [], extraDays }) => ({
      institution: { id, name },
      calendar:
        weekly === null || weekly === undefined
          ? null
          : { weekly: weekly as Calendar['weekly'], holidays, extraDays: extraDays as Calendar['extraDays'] },
      mayChange: mayChangeHours(asker, id),
    })),
    default: defaultCalendar,
  }
}

const mayChangeHours = (asker: Asker, institution: number): boolean =>
  mayChange(asker) || (may(asker, 'administer') && answersFor(asker, institution))

/** Null: it keeps the hours of the institution above it again. @throws Forbidden, NotFound, BadRequest */
export async function setCalendar(tools: Tools, asker: Asker, institution: number, calendar: Calendar | null): Promise<void> {
  if (!mayChangeHours(asker, institution)) throw new Forbidden('The hours of an institution are set by its administrator')
  if (calendar !== null) demandHours(calendar)
  await transaction(tools.index.pool, async (client) => {
    const known = (await listCalendars(client)).find(({ id }) => id === institution)
    if (known === undefined) throw new NotFound(`There is no institution ${institution}`)
    if (calendar === null) await deleteCalendar(client, institution)
    else await writeCalendar(client, institution, calendar, asker.account === 0 ? null : asker.account)
    const before = known.weekly === null ? null : { weekly: known.weekly, holidays: known.holidays, extraDays: known.extraDays }
    await auditIn(client, asker, { action: 'set-calendar', object: known.code, detail: { before, calendar } })
  })
}

/** Stretches of a day begin before they end and do not overlap; a day is named once. @throws BadRequest */
function demandHours({ weekly, holidays, extraDays }: Calendar): void {
  for (const hours of [...weekly, ...extraDays.map((day) => day.hours)]) {
    let end = -1
    for (const { from, to } of byBeginning(hours)) {
      if (minuteOfDay(from) >= minuteOfDay(to)) throw new BadRequest(`Hours end after they begin: ${from}–${to}`)
      if (minuteOfDay(from) < end) throw new BadRequest(`Hours overlap at ${from}`)
      end = minuteOfDay(to)
    }
  }
  const days = [...holidays, ...extraDays.map(({ date }) => date)]
  const twice = days.find((date, at) => days.indexOf(date) !== at)
  if (twice !== undefined) throw new BadRequest(`${twice} is named twice`)
}

const byBeginning = (hours: readonly Hours[]): Hours[] => [...hours].sort((a, b) => minuteOfDay(a.from) - minuteOfDay(b.from))

/** Everybody who is signed in: pages keep to them. */
export const readPolicies = async ({ index: { pool } }: Tools, asker: Asker): Promise<{ policies: Policies; mayChange: boolean }> => ({
  policies: await policies(pool),
  mayChange: mayChange(asker),
})

/** @throws Forbidden, BadRequest */
export async function setPolicies(
  tools: Tools,
  asker: Asker,
  changes: Partial<Policies>,
): Promise<{ policies: Policies; mayChange: boolean }> {
  demandCentre(asker)
  const { escalationMinutes } = changes
  if (escalationMinutes !== undefined && !escalationMinutes.every((minutes, at) => at === 0 || minutes > escalationMinutes[at - 1]!))
    throw new BadRequest('Each step of the escalation comes after the one before')
  await transaction(tools.index.pool, async (client) => {
    const before = await policies(client)
    for (const [name, value] of Object.entries(changes)) await writePolicy(client, name, value, asker.account === 0 ? null : asker.account)
    const was = Object.fromEntries(Object.keys(changes).map((name) => [name, before[name as keyof Policies]]))
    await auditIn(client, asker, { action: 'set-policies', object: asker.institution.code, detail: { before: was, after: changes } })
  })
  return readPolicies(tools, asker)
}
