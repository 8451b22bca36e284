/** The clock on the wall of a Chinese hospital: one zone for the whole country (UTC+8), without summer time since 1991. */

const offsetMs = 8 * 3_600_000
const minuteMs = 60_000
export const dayMs = 24 * 3_600_000

export interface WallClock {
  /** `2026-11-22` */
  readonly date: string
  /** 0 is Monday. */
  readonly weekday: number
  /** Minutes since midnight. */
  readonly minute: number
}

export function wallClock(at: Date): WallClock {
  const local = at.getTime() + offsetMs
  const day = Math.floor(local / dayMs)
  return {
    date: new Date(day * dayMs).toISOString().slice(0, 10),
    weekday: (((day + 3) % 7) + 7) % 7,
    minute: Math.floor((local - day * dayMs) / minuteMs),
  }
}

/** Midnight on the wall before a moment, in milliseconds since 1970 UTC. */
export const midnightBefore = (at: number): number => Math.floor((at + offsetMs) / dayMs) * dayMs - offsetMs

/** `08:30` → 510; `24:00` is the end of the day. */
export function minuteOfDay(text: string): number {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(text) ?? []
  return Number(hours) * 60 + Number(minutes)
}
