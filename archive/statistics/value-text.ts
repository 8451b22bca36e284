/** A value as it is read: `—` where nothing was counted. */
import { type Cell, type Language, speaker, type ValueKind } from './table.ts'

const grouped = (value: number, decimals: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })

/** Two units: `45秒`, `12分05秒`, `3时20分`, `2天4时`. */
export function durationText(seconds: number, language: Language): string {
  const say = speaker(language)
  const whole = Math.round(seconds)
  const [days, hours, minutes, rest] = [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3_600),
    Math.floor((whole % 3_600) / 60),
    whole % 60,
  ]
  const two = (number: number) => String(number).padStart(2, '0')
  if (days > 0) return say(`${days}天${hours}时`, `${days} d ${hours} h`)
  if (hours > 0) return say(`${hours}时${two(minutes)}分`, `${hours} h ${two(minutes)} min`)
  if (minutes > 0) return say(`${minutes}分${two(rest)}秒`, `${minutes} min ${two(rest)} s`)
  return say(`${rest}秒`, `${rest} s`)
}

export function valueText(kind: ValueKind, value: Cell, language: Language): string {
  if (value === null) return '—'
  if (typeof value === 'string') return value
  switch (kind) {
    case 'share':
      return `${grouped(value * 100, 1)}%`
    case 'duration':
      return durationText(value, language)
    case 'points':
      return grouped(value, 2)
    case 'money':
      return grouped(value / 100, 2)
    default:
      return grouped(value, 0)
  }
}
