/** Working hours: laws that hold for any calendar, and days that people know. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { afterWork, type Calendar, defaultCalendar, type Hours, workBetween } from '../../../../archive/reading/turnaround/calendar.ts'
import { wallClock } from '../../../../archive/reading/turnaround/wall-clock.ts'

const minute = 60_000
const hour = 60 * minute
const at = (text: string): Date => new Date(`${text}+08:00`)
const text = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`

/** Stretches of a day that do not overlap. */
const hours: fc.Arbitrary<Hours[]> = fc
  .uniqueArray(fc.integer({ min: 0, max: 1_440 }), { maxLength: 6 })
  .map((marks) => [...marks].sort((a, b) => a - b))
  .map((marks) => {
    const stretches: Hours[] = []
    for (let i = 0; i + 1 < marks.length; i += 2) stretches.push({ from: text(marks[i]!), to: text(marks[i + 1]!) })
    return stretches
  })
const date = fc.integer({ min: 0, max: 59 }).map((day) => new Date(Date.UTC(2026, 8, 1 + day)).toISOString().slice(0, 10))
const calendar: fc.Arbitrary<Calendar> = fc
  .record({
    weekly: fc.array(hours, { minLength: 7, maxLength: 7 }),
    holidays: fc.uniqueArray(date, { maxLength: 5 }),
    extraDays: fc.uniqueArray(fc.record({ date, hours }), { maxLength: 3, selector: (day) => day.date }),
  })
  // Somebody works some day of the week: what happens otherwise has a test of its own.
  .filter(({ weekly }) => weekly.some((day) => day.length > 0))
const moment = fc.integer({ min: Date.UTC(2026, 8, 1), max: Date.UTC(2026, 9, 20) }).map((ms) => new Date(ms))
const length = fc.integer({ min: 1, max: 30 * hour })

describe('any calendar', () => {
  test('after so much work exactly so much work has been done, and not a moment earlier', () => {
    fc.assert(
      fc.property(calendar, moment, length, (hours, from, ms) => {
        const due = afterWork(hours, from, ms)
        expect(workBetween(hours, from, due)).toBe(ms)
        expect(workBetween(hours, from, new Date(due.getTime() - 1))).toBe(ms - 1)
      }),
    )
  })

  test('work adds up over any moment between, is never negative, and never more than the time that passed', () => {
    fc.assert(
      fc.property(calendar, moment, moment, moment, (hours, ...moments) => {
        const [a, b, c] = [...moments].sort((x, y) => x.getTime() - y.getTime()) as [Date, Date, Date]
        const whole = workBetween(hours, a, c)
        expect(workBetween(hours, a, b) + workBetween(hours, b, c)).toBe(whole)
        expect(whole).toBeGreaterThanOrEqual(0)
        expect(whole).toBeLessThanOrEqual(c.getTime() - a.getTime())
        expect(workBetween(hours, c, a)).toBe(0)
      }),
    )
  })

  test('more time is never due earlier, and who begins later is never due earlier', () => {
    fc.assert(
      fc.property(calendar, moment, moment, length, length, (hours, a, b, x, y) => {
        const [early, late] = a <= b ? [a, b] : [b, a]
        const [short, long] = x <= y ? [x, y] : [y, x]
        expect(afterWork(hours, early, long).getTime()).toBeGreaterThanOrEqual(afterWork(hours, early, short).getTime())
        expect(afterWork(hours, late, short).getTime()).toBeGreaterThanOrEqual(afterWork(hours, early, short).getTime())
      }),
    )
  })

  test('a pause of any length moves the due time by the work that fell into it', () => {
    fc.assert(
      fc.property(
        calendar,
        moment,
        length,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 0, max: 72 * hour }),
        (hours, from, ms, share, pause) => {
          const due = afterWork(hours, from, ms)
          const pausedAt = new Date(from.getTime() + Math.floor((due.getTime() - from.getTime()) * share))
          const resumedAt = new Date(pausedAt.getTime() + pause)
          const stood = workBetween(hours, pausedAt, resumedAt)
          const later = afterWork(hours, from, ms + stood)
          // What was left before the pause is left after it.
          expect(workBetween(hours, resumedAt, later)).toBe(workBetween(hours, pausedAt, due))
        },
      ),
    )
  })
})

describe('a week as people know it', () => {
  test('an order of Friday afternoon is due on Monday', () => {
    expect(afterWork(defaultCalendar, at('2026-11-20T16:30:00'), 4 * hour)).toEqual(at('2026-11-23T11:00:00'))
    expect(workBetween(defaultCalendar, at('2026-11-20T12:30:00'), at('2026-11-20T13:30:00'))).toBe(0)
  })

  test('a holiday is not worked, a day of 调休 is', () => {
    const october: Calendar = {
      ...defaultCalendar,
      holidays: ['2026-10-01', '2026-10-02'],
      extraDays: [{ date: '2026-10-10', hours: [{ from: '08:00', to: '12:00' }] }],
    }
    expect(wallClock(at('2026-10-10T09:00:00'))).toEqual({ date: '2026-10-10', weekday: 5, minute: 540 })
    expect(afterWork(october, at('2026-09-30T17:00:00'), hour)).toEqual(at('2026-10-05T08:30:00'))
    expect(workBetween(october, at('2026-10-10T00:00:00'), at('2026-10-11T00:00:00'))).toBe(4 * hour)
  })

  test('shifts go to midnight and on from it', () => {
    const always: Hours[] = [{ from: '00:00', to: '24:00' }]
    const day: Calendar = { weekly: Array.from({ length: 7 }, () => always), holidays: [], extraDays: [] }
    expect(afterWork(day, at('2026-11-20T23:30:00'), 2 * hour)).toEqual(at('2026-11-21T01:30:00'))
  })

  test('where nobody ever works a due time is far away, but there is one', () => {
    const never: Calendar = { weekly: Array.from({ length: 7 }, () => []), holidays: [], extraDays: [] }
    expect(afterWork(never, at('2026-01-01T00:00:00'), hour).getTime()).toBeGreaterThan(at('2027-01-01T00:00:00').getTime())
    expect(workBetween(never, at('2026-01-01T00:00:00'), at('2026-12-01T00:00:00'))).toBe(0)
  })
})
