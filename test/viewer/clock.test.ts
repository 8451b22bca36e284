/** Clocks and times for people: reading.md §3.3, viewer/portal/clock.ts. */
import { describe, expect, test } from 'vitest'
import { clockOf, clockText, dicomDate, dicomTime, durationText, exactTime, relativeTime, sizeText } from '../../viewer/portal/clock.ts'

const at = (clock: string): number => Date.parse(`2026-11-22T${clock}:00Z`)
const iso = (clock: string): string => new Date(at(clock)).toISOString()
const open = { state: 'READY', receivedAt: iso('08:00'), readyAt: iso('08:00'), dueAt: iso('10:00'), finalAt: null }

describe('the clock of a workitem', () => {
  test('runs while more than a quarter of the time is left', () => {
    const clock = clockOf(open, at('09:00'))
    expect(clock).toEqual({ meaning: 'running', key: 'left', ms: 3_600_000 })
    expect(clockText(clock, 'zh')).toBe('剩 1时')
    expect(clockText(clock, 'en')).toBe('1 h left')
  })
  test('is soon in the last quarter', () => {
    expect(clockOf(open, at('09:29')).meaning).toBe('running')
    expect(clockOf(open, at('09:30')).meaning).toBe('soon')
  })
  test('is soon in the last ten minutes of a short time, however short', () => {
    const short = { ...open, dueAt: iso('08:30') }
    expect(clockOf(short, at('08:19')).meaning).toBe('running')
    expect(clockOf(short, at('08:20')).meaning).toBe('soon')
  })
  test('is late from the moment after it was due, and says by how much', () => {
    expect(clockOf(open, at('10:00')).meaning).toBe('soon')
    const clock = clockOf(open, at('11:20'))
    expect(clock.meaning).toBe('late')
    expect(clockText(clock, 'zh')).toBe('超时 1时20分')
  })
  test('says what a final report took, and whether that was late', () => {
    expect(clockOf({ ...open, state: 'FINAL', finalAt: iso('08:42') }, at('23:00'))).toEqual({
      meaning: 'done',
      key: 'taken',
      ms: 42 * 60_000,
    })
    expect(clockOf({ ...open, state: 'FINAL', finalAt: iso('10:05') }, at('23:00')).key).toBe('takenLate')
  })
  test('does not run before the study is readable', () => {
    expect(clockOf({ ...open, state: 'UPLOADING', readyAt: null, dueAt: null }, at('09:00')).key).toBe('arriving')
  })
  test('shows the wait where nothing is due', () => {
    expect(clockText(clockOf({ ...open, dueAt: null }, at('08:25')), 'zh')).toBe('已等 25分')
  })
  test('of a canceled workitem stands', () => {
    expect(clockOf({ ...open, state: 'CANCELED' }, at('23:00')).meaning).toBe('none')
  })
})

test('durations have two units at most and never a zero one', () => {
  expect(durationText(30_000, 'zh')).toBe('不到1分')
  expect(durationText(30_000, 'en')).toBe('<1 min')
  expect(durationText(61 * 60_000, 'zh')).toBe('1时1分')
  expect(durationText(24 * 3_600_000 + 5 * 60_000, 'zh')).toBe('1天')
  expect(durationText(76 * 3_600_000, 'en')).toBe('3 d 4 h')
})

test('relative times are of the reader’s own day', () => {
  const now = new Date(2026, 10, 22, 9, 30).getTime()
  const then = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString()
  expect(relativeTime(then(2026, 10, 22, 9, 29.5), now, 'zh')).toBe('1分前')
  expect(relativeTime(then(2026, 10, 22, 9, 30), now, 'zh')).toBe('刚刚')
  expect(relativeTime(then(2026, 10, 22, 8, 0), now, 'en')).toBe('1 h ago')
  expect(relativeTime(then(2026, 10, 21, 14, 3), now, 'zh')).toBe('昨天 14:03')
  expect(relativeTime(then(2026, 10, 20, 14, 3), now, 'zh')).toBe('11-20 14:03')
  expect(relativeTime(then(2025, 10, 20, 14, 3), now, 'zh')).toBe('2025-11-20')
  expect(relativeTime(then(2026, 10, 22, 16, 5), now, 'zh')).toBe('16:05')
  expect(relativeTime(then(2026, 10, 23, 8, 0), now, 'zh')).toBe('2026-11-23 08:00')
  expect(relativeTime(null, now, 'zh')).toBe('')
  expect(relativeTime('not a time', now, 'zh')).toBe('')
})

test('exact times are to the minute, in the reader’s time zone', () => {
  expect(exactTime(new Date(2026, 0, 5, 7, 8).toISOString())).toBe('2026-01-05 07:08')
  expect(exactTime(undefined)).toBe('')
})

test('DA and TM values are written for people, PS3.5 §6.2', () => {
  expect(dicomDate('20261122')).toBe('2026-11-22')
  expect(dicomDate('2026-11-22')).toBe('2026-11-22')
  expect(dicomDate('')).toBe('')
  expect(dicomTime('080512.25')).toBe('08:05')
})

test('sizes have the digits that matter', () => {
  expect([950, 12_345, 3_400_000, 14_200_000, 5.5e9].map(sizeText)).toEqual(['950 B', '12 kB', '3.4 MB', '14 MB', '5.5 GB'])
})
