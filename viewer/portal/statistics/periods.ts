/** Spans of days that are asked for again and again, by the calendar on the wall. */
import dayjs from 'dayjs'

export interface Span {
  readonly from: string
  readonly to: string
}

const dayOf = (day: dayjs.Dayjs): string => day.format('YYYY-MM-DD')

export const spans = {
  last30: (now) => ({ from: dayOf(now.subtract(29, 'day')), to: dayOf(now) }),
  thisMonth: (now) => ({ from: dayOf(now.startOf('month')), to: dayOf(now) }),
  lastMonth: (now) => {
    const month = now.subtract(1, 'month')
    return { from: dayOf(month.startOf('month')), to: dayOf(month.endOf('month')) }
  },
  last12: (now) => ({ from: dayOf(now.subtract(12, 'month').add(1, 'day')), to: dayOf(now) }),
} as const satisfies Readonly<Record<string, (now: dayjs.Dayjs) => Span>>
export type SpanName = keyof typeof spans
export const spanNames = Object.keys(spans) as SpanName[]

/** The month that a pack is made of: the one that the span ends in, or the one before while that still runs. */
export function packMonth({ to }: Span, now: dayjs.Dayjs = dayjs()): string {
  const last = dayjs(to)
  return (last.isSame(now, 'month') && !dayjs(to).isSame(now.endOf('month'), 'day') ? last.subtract(1, 'month') : last).format('YYYY-MM')
}
