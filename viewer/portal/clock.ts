/** The clock of a reading task and other times for people. reading.md §3.3: the turnaround runs from readable (T2) to final (T5). */
import { type Language, say, words } from './language/words.ts'

export const clockWords = words({
  left: ['剩 {time}', '{time} left'],
  over: ['超时 {time}', '{time} over'],
  taken: ['用时 {time}', 'took {time}'],
  takenLate: ['超时完成 {time}', 'late, {time}'],
  arriving: ['接收中', 'arriving'],
  open: ['已等 {time}', 'waited {time}'],
  closed: ['已结束', 'closed'],
  paused: ['暂停，剩 {time}', 'stands, {time} left'],
  pausedOver: ['暂停，超时 {time}', 'stands, {time} over'],
  now: ['刚刚', 'just now'],
  ago: ['{time}前', '{time} ago'],
  yesterday: ['昨天 {clock}', 'yesterday {clock}'],
})

/** What a clock means; each meaning has one colour and is always told by its words too. */
export type Meaning = 'none' | 'running' | 'soon' | 'late' | 'done'

export interface Clock {
  readonly meaning: Meaning
  readonly key: keyof typeof clockWords
  readonly ms: number
}

interface Timed {
  readonly state: string
  readonly receivedAt: string | null
  readonly readyAt: string | null
  readonly dueAt: string | null
  readonly finalAt: string | null
  /** It waits for an answer or a retake: the time allowed does not run. */
  readonly paused?: boolean
  readonly tat?: { readonly ms: number | null; readonly limitMs: number | null }
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** The last quarter of the time allowed, and never less than ten minutes, is "soon". */
const soonShare = 0.25
const soonLeast = 10 * minute

export function clockOf({ state, receivedAt, readyAt, dueAt, finalAt, paused, tat }: Timed, now: number): Clock {
  const ready = readyAt === null ? undefined : Date.parse(readyAt)
  const due = dueAt === null ? undefined : Date.parse(dueAt)
  if (finalAt !== null) {
    const final = Date.parse(finalAt)
    const ms = Math.max(0, final - (ready ?? final))
    return due !== undefined && final > due ? { meaning: 'done', key: 'takenLate', ms } : { meaning: 'done', key: 'taken', ms }
  }
  if (state === 'CANCELED' || state === 'RETRACTED') return { meaning: 'none', key: 'closed', ms: 0 }
  if (ready === undefined)
    return { meaning: 'none', key: 'arriving', ms: receivedAt === null ? 0 : Math.max(0, now - Date.parse(receivedAt)) }
  const limit = tat?.limitMs ?? undefined
  if (paused && limit !== undefined) {
    const left = limit - (tat?.ms ?? 0)
    return left < 0 ? { meaning: 'late', key: 'pausedOver', ms: -left } : { meaning: 'none', key: 'paused', ms: left }
  }
  if (due === undefined) return { meaning: 'running', key: 'open', ms: Math.max(0, now - ready) }
  if (now > due) return { meaning: 'late', key: 'over', ms: now - due }
  const soon = due - now <= Math.max(soonLeast, soonShare * (due - ready))
  return { meaning: soon ? 'soon' : 'running', key: 'left', ms: due - now }
}

/** How much of the time allowed is used: 0 to 1, and more when it is late. Undefined: it does not run. */
export function shareOf({ readyAt, dueAt, finalAt, paused, tat }: Timed, now: number): number | undefined {
  if (readyAt === null || dueAt === null) return undefined
  const allowed = tat?.limitMs ?? Date.parse(dueAt) - Date.parse(readyAt)
  if (allowed <= 0) return undefined
  if (paused) return Math.max(0, (tat?.ms ?? 0) / allowed)
  const until = finalAt === null ? now : Date.parse(finalAt)
  return Math.max(0, 1 - (Date.parse(dueAt) - until) / allowed)
}

/** `25分`, `1时20分`, `3天4时`: two units at most, rounded down. */
export function durationText(ms: number, language: Language): string {
  const units: readonly (readonly [number, string, string])[] = [
    [day, '天', 'd'],
    [hour, '时', 'h'],
    [minute, '分', 'min'],
  ]
  const parts: string[] = []
  let rest = ms
  for (const [size, zh, en] of units) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0 && parts.length < 2) parts.push(language === 'zh' ? `${count}${zh}` : `${count} ${en}`)
    else if (parts.length > 0) break
  }
  if (parts.length === 0) return language === 'zh' ? '不到1分' : '<1 min'
  return parts.join(language === 'zh' ? '' : ' ')
}

export function clockText(clock: Clock, language: Language): string {
  return say(clockWords[clock.key], language, { time: durationText(clock.ms, language) })
}

const two = (number: number): string => String(number).padStart(2, '0')
const dateText = (date: Date): string => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
const timeText = (date: Date): string => `${two(date.getHours())}:${two(date.getMinutes())}`

/** `2026-11-22 08:05`, in the reader's time zone; to the minute, as reports record times. */
export function exactTime(iso: string | null | undefined): string {
  if (!iso) return ''
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? '' : `${dateText(date)} ${timeText(date)}`
}

/** The same with seconds, for the audit. */
export function exactSecond(iso: string): string {
  const minutes = exactTime(iso)
  return minutes === '' ? '' : `${minutes}:${two(new Date(iso).getSeconds())}`
}

/** `刚刚`, `5分前`, `3时前`, `昨天 14:03`, `11-20 14:03`, `2025-11-20`; the exact time belongs on hover. */
export function relativeTime(iso: string | null | undefined, now: number, language: Language): string {
  if (!iso) return ''
  const date = new Date(iso)
  const past = now - date.getTime()
  if (Number.isNaN(past)) return ''
  const today = new Date(now)
  // What is yet to come, or was by another clock, is told by its time.
  if (past < -minute) return dateText(date) === dateText(today) ? timeText(date) : exactTime(iso)
  if (past < minute) return say(clockWords.now, language)
  if (past < hour) return say(clockWords.ago, language, { time: durationText(past, language) })
  if (dateText(date) === dateText(today))
    return say(clockWords.ago, language, { time: durationText(Math.floor(past / hour) * hour, language) })
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1)
  if (dateText(date) === dateText(yesterday)) return say(clockWords.yesterday, language, { clock: timeText(date) })
  if (date.getFullYear() === today.getFullYear()) return `${dateText(date).slice(5)} ${timeText(date)}`
  return dateText(date)
}

/** DA `20261122` → `2026-11-22`; a date that is already written so stays. PS3.5 §6.2. */
export function dicomDate(date: string | null | undefined): string {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})/.exec(date ?? '')
  return match ? `${match[1]}-${match[2]}-${match[3]}` : (date ?? '')
}

/** TM `080512.25` → `08:05`. */
export function dicomTime(time: string | null | undefined): string {
  const match = /^(\d{2}):?(\d{2})/.exec(time ?? '')
  return match ? `${match[1]}:${match[2]}` : ''
}

/** `3.4 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`
  return `${(bytes / 1e9).toFixed(1)} GB`
}
