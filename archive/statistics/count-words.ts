/** What the list behind each count is called, and the value by which a case counts. */
import type { CaseRow } from '../../storage/index/statistics/cases.ts'
import type { Count } from '../../storage/index/statistics/counts.ts'
import { gradeName, reasonName } from './sections/context.ts'
import type { Cell, Say, ValueKind } from './table.ts'

export interface CountedValue {
  readonly title: string
  readonly kind: ValueKind
  readonly of: (row: CaseRow) => Cell
}

type Pair = readonly [zh: string, en: string]
interface Shown {
  readonly title: Pair
  readonly value?: readonly [title: Pair, kind: ValueKind, of: (row: CaseRow, say: Say) => Cell]
}

const seconds = (from: Date | null, to: Date | null): number | null =>
  from === null || to === null ? null : (to.getTime() - from.getTime()) / 1_000

const upload: Shown['value'] = [['上传时间', 'Upload'], 'duration', (row) => seconds(row.studyEndAt, row.readyAt)]
const turnaround: Shown['value'] = [
  ['TAT', 'TAT'],
  'duration',
  (row) => {
    const whole = seconds(row.readyAt, row.finalAt)
    return whole === null ? null : Math.max(0, whole - row.pausedSeconds)
  },
]
const margin: Shown['value'] = [
  ['与时限相差', 'Against the limit'],
  'text',
  (row, say) => {
    const over = seconds(row.dueAt, row.finalAt)
    if (over === null) return null
    const minutes = Math.max(1, Math.round(Math.abs(over) / 60))
    return over > 0 ? say(`超时 ${minutes} 分`, `${minutes} min late`) : say(`提前 ${minutes} 分`, `${minutes} min early`)
  },
]
const polarity: Shown['value'] = [
  ['阴阳性', 'Polarity'],
  'text',
  ({ polarity: found }, say) => (found === 'positive' ? say('阳性', 'positive') : found === 'negative' ? say('阴性', 'negative') : null),
]
const grade: Shown['value'] = [['图像等级', 'Grade'], 'text', (row, say) => (row.grade === null ? null : gradeName(say, row.grade))]
const acknowledged: Shown['value'] = [
  ['上报到确认', 'Raised to acknowledged'],
  'duration',
  // A former system told how many were in time, and not when.
  (row, say) => (row.caseKind === 'figure' ? null : (seconds(row.raisedAt, row.acknowledgedAt) ?? say('尚未确认', 'not yet'))),
]

const shown: Readonly<Record<Count, Shown>> = {
  studies: { title: ['检查', 'Studies'] },
  emergencies: { title: ['急诊检查', 'Emergencies'] },
  returned: {
    title: ['退回重拍的检查', 'Studies taken again'],
    value: [
      ['退回原因', 'Reasons'],
      'text',
      ({ returns, reasons }, say) =>
        say(
          `${returns} 次：${reasons.map((code) => reasonName(say, code)).join('、')}`,
          `${returns}×: ${reasons.map((code) => reasonName(say, code)).join(', ')}`,
        ),
    ],
  },
  uploads: { title: ['上传时间已知的检查', 'Studies with a known upload time'], value: upload },
  uploadsInTime: { title: ['3 分钟内上传的检查', 'Studies uploaded within 3 min'], value: upload },
  uploadsLate: { title: ['上传超过 3 分钟的检查', 'Studies uploaded in more than 3 min'], value: upload },
  reasons: {
    title: ['退回重拍的原因', 'Reasons of retakes'],
    value: [['退回原因', 'Reason'], 'text', ({ reason }, say) => (reason === null ? null : reasonName(say, reason))],
  },
  reports: { title: ['已签发的报告', 'Signed reports'], value: turnaround },
  polar: { title: ['标有阴性或阳性的报告', 'Reports marked negative or positive'], value: polarity },
  positive: { title: ['阳性报告', 'Positive reports'], value: polarity },
  graded: { title: ['评定了图像质量的报告', 'Reports that grade the images'], value: grade },
  excellent: { title: ['甲级、0 级的报告', 'Reports with the best grade'], value: grade },
  acceptable: { title: ['甲、乙级或 0、1 级的报告', 'Reports with a good or the best grade'], value: grade },
  timed: { title: ['有时限的报告', 'Reports that had a due time'], value: margin },
  timely: { title: ['在时限前签发的报告', 'Reports signed in time'], value: margin },
  late: { title: ['超时签发的报告', 'Reports signed late'], value: margin },
  unopened: { title: ['临床尚未打开的报告', 'Reports that nobody at the site has opened'] },
  samePerson: { title: ['同一人签的报告', 'Reports signed by their author'] },
  corrected: {
    title: ['签发后更正过的报告', 'Reports corrected after signing'],
    value: [['更正次数', 'Corrections'], 'count', ({ corrections }) => corrections],
  },
  amended: {
    title: ['签发后补充过的报告', 'Reports with an addendum'],
    value: [['补充次数', 'Addenda'], 'count', ({ addenda }) => addenda],
  },
  criticals: { title: ['危急值', 'Critical values'], value: acknowledged },
  criticalsDecided: { title: ['计入 10 分钟率的危急值', 'Critical values of the 10-minute figure'], value: acknowledged },
  criticalsInTime: { title: ['10 分钟内确认的危急值', 'Critical values acknowledged within 10 min'], value: acknowledged },
  criticalsLate: { title: ['10 分钟内未确认的危急值', 'Critical values not acknowledged within 10 min'], value: acknowledged },
}

export function countWords(count: Count, say: Say): { readonly title: string; readonly value: CountedValue | null } {
  const { title, value } = shown[count]
  if (value === undefined) return { title: say(...title), value: null }
  const [name, kind, of] = value
  return { title: say(...title), value: { title: say(...name), kind, of: (row) => of(row, say) } }
}
