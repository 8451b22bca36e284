/** A figure as it is read; `—` where nothing was counted. */
import type { FigureCell, FigureColumn, FigureRow, ValueKind } from '../api/statistics-types.ts'
import type { Language } from '../language/words.ts'

const grouped = (value: number, decimals: number): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
const two = (number: number): string => String(number).padStart(2, '0')

/** Two units: `45秒`, `12分05秒`, `3时20分`, `2天4时`. */
export function secondsText(seconds: number, language: Language): string {
  const whole = Math.round(seconds)
  const [days, hours, minutes, rest] = [
    Math.floor(whole / 86_400),
    Math.floor((whole % 86_400) / 3_600),
    Math.floor((whole % 3_600) / 60),
    whole % 60,
  ]
  const zh = language === 'zh'
  if (days > 0) return zh ? `${days}天${hours}时` : `${days} d ${hours} h`
  if (hours > 0) return zh ? `${hours}时${two(minutes)}分` : `${hours} h ${two(minutes)} min`
  if (minutes > 0) return zh ? `${minutes}分${two(rest)}秒` : `${minutes} min ${two(rest)} s`
  return zh ? `${rest}秒` : `${rest} s`
}

export function figureText(kind: ValueKind, value: FigureCell, language: Language): string {
  if (value === null) return '—'
  if (typeof value === 'string') return value
  switch (kind) {
    case 'share':
      return `${grouped(value * 100, 1)}%`
    case 'duration':
      return secondsText(value, language)
    case 'points':
      return grouped(value, 2)
    case 'money':
      return grouped(value / 100, 2)
    default:
      return grouped(value, 0)
  }
}

export const kindOf = (column: FigureColumn, row: FigureRow): ValueKind => (column.kind === 'own' ? (row.kind as ValueKind) : column.kind)

/** Sorting: what was not counted is last either way up. */
export const compared = (a: FigureCell, b: FigureCell): number => {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), 'zh')
}
