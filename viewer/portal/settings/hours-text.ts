/** Working hours as people type them: `08:00-12:00 14:00-17:30`, days as `2026-10-10 08:00-12:00`. */

export interface Hours {
  readonly from: string
  readonly to: string
}

export const hoursText = (hours: readonly Hours[]): string => hours.map(({ from, to }) => `${from}-${to}`).join(' ')

const clock = /^([01]?\d|2[0-3])[:：]([0-5]\d)$|^24[:：]00$/

const time = (text: string): string | undefined => {
  if (!clock.test(text)) return undefined
  const [hours = '', minutes = ''] = text.replace('：', ':').split(':')
  return `${hours.padStart(2, '0')}:${minutes}`
}

/** Undefined: not understood. Full-width signs and 至 are taken as they are meant. */
export function hoursFrom(text: string): Hours[] | undefined {
  const parts = text
    .replace(/[，,；;、]/g, ' ')
    .replace(/\s*[-–—－~～至到]\s*/g, '-')
    .trim()
    .split(/\s+/)
    .filter((part) => part !== '')
  const hours: Hours[] = []
  for (const part of parts) {
    const [from, to, ...more] = part.split('-').map(time)
    if (from === undefined || to === undefined || more.length > 0 || from >= to) return undefined
    hours.push({ from, to })
  }
  return hours
}

/** `2026-10-01` of what was typed as a day; undefined: not understood. */
export function dateFrom(text: string): string | undefined {
  const [, year, month, day] = /^(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?$/.exec(text.trim()) ?? []
  if (year === undefined || month === undefined || day === undefined) return undefined
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  const real = new Date(`${date}T00:00:00Z`)
  return Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== date ? undefined : date
}

export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
