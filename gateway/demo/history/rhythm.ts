/** When people come: hours of the day, days of the week, holidays of China, the season of coughs. */

const dayMs = 86_400_000

/** Monday to Sunday; townships are busy on market days and quiet on Sundays. */
const weekdays = [1.18, 1.05, 1, 1.02, 1, 0.72, 0.52] as const
/** By hour of the day. */
const hours = [4, 3, 2, 2, 2, 4, 10, 30, 88, 128, 120, 78, 34, 40, 92, 104, 84, 52, 30, 24, 20, 16, 11, 7] as const
const hourWeights = Object.fromEntries(hours.map((weight, hour) => [String(hour), weight]))
/** January to December: winter coughs, summer injuries. */
const months = [1.2, 1.02, 1.06, 1, 0.96, 0.94, 0.97, 0.98, 0.95, 0.98, 1.06, 1.18] as const

/** Public holidays, as the State Council announced them. */
const holidays: readonly (readonly [from: string, to: string])[] = [
  ['2024-10-01', '2024-10-07'],
  ['2025-01-01', '2025-01-01'],
  ['2025-01-28', '2025-02-04'],
  ['2025-04-04', '2025-04-06'],
  ['2025-05-01', '2025-05-05'],
  ['2025-05-31', '2025-06-02'],
  ['2025-10-01', '2025-10-08'],
  ['2026-01-01', '2026-01-03'],
  ['2026-02-15', '2026-02-23'],
  ['2026-04-04', '2026-04-06'],
  ['2026-05-01', '2026-05-05'],
  ['2026-06-19', '2026-06-21'],
  ['2026-09-25', '2026-09-27'],
  ['2026-10-01', '2026-10-07'],
]
/** In any year, also those whose list is not known yet. */
const everyYear = ['01-01', '05-01', '05-02', '05-03', '10-01', '10-02', '10-03']
const holidayFactor = 0.38

export const isHoliday = (day: string): boolean =>
  everyYear.includes(day.slice(5)) || holidays.some(([from, to]) => from <= day && day <= to)

/** How busy a day is beside an ordinary one. */
export function factorOf(day: string): number {
  const at = Date.parse(`${day}T00:00:00Z`)
  const weekday = (new Date(at).getUTCDay() + 6) % 7
  return months[Number(day.slice(5, 7)) - 1]! * (isHoliday(day) ? holidayFactor : weekdays[weekday]!)
}

export { hourWeights }

/** The 365 days before a day, oldest first. */
export const yearBefore = (day: string): string[] =>
  Array.from({ length: 365 }, (_, back) => new Date(Date.parse(`${day}T00:00:00Z`) - (365 - back) * dayMs).toISOString().slice(0, 10))
