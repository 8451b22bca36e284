/**
 * Moments as a query writes them, to be compared with what is stored. PS3.5 §6.2 (DT: any precision, an offset from UTC at its end), PS3.4 §C.2.2.2.5.3.
 * A moment of less precision is the whole stretch of time that it names: 2026 is all of that year.
 */

export interface Stretch {
  /** `2026-03-01 10:15:00.000000`, of UTC where an offset is known, else of the clock on the wall. */
  readonly start: string
  /** The first moment after it. */
  readonly end: string
}

const pattern =
  /^([1-9]\d{3})(?:(0[1-9]|1[0-2])(?:(0[1-9]|[12]\d|3[01])(?:([01]\d|2[0-3])(?:([0-5]\d)(?:([0-5]\d|60)(?:\.(\d{1,6}))?)?)?)?)?)?([+-](?:0\d|1[0-4])[0-5]\d)?$/

/** `YYYYMMDDHHMMSS.FFFFFF&ZZXX` or the beginning of it; undefined when it is none. `zone` (`+0800`) is for one without an offset of its own. */
export function stretchOf(text: string, zone?: string): Stretch | undefined {
  const match = pattern.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => (part === undefined ? undefined : Number(part)))
  const fraction = match[7]
  const offset = minutesOf(match[8] ?? zone)
  const start = Date.UTC(year!, (month ?? 1) - 1, day ?? 1, hour ?? 0, (minute ?? 0) - offset, second ?? 0)
  if (month === undefined) return { start: written(start), end: written(Date.UTC(year! + 1, 0, 1, 0, -offset)) }
  if (day === undefined) return { start: written(start), end: written(Date.UTC(year!, month, 1, 0, -offset)) }
  const unit = hour === undefined ? 86_400 : minute === undefined ? 3_600 : second === undefined ? 60 : 1
  if (fraction === undefined) return { start: written(start), end: written(start + unit * 1_000) }
  const micros = Number(fraction.padEnd(6, '0'))
  const next = micros + 10 ** (6 - fraction.length)
  return { start: written(start, micros), end: next < 1_000_000 ? written(start, next) : written(start + 1_000) }
}

/** The offset from UTC that a moment names, `+0800`. */
export const zoneOf = (text: string): string | undefined => pattern.exec(text)?.[8]

function minutesOf(zone: string | undefined): number {
  if (zone === undefined) return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5))
  return zone.startsWith('-') ? -minutes : minutes
}

const written = (milliseconds: number, micros = 0): string =>
  `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')}.${String(micros).padStart(6, '0')}`
