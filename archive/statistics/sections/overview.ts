/** 总览: the figures of the period beside those of the period before it, and how the year went. */
import type { Count } from '../../../storage/index/statistics/counts.ts'
import { type Figures, figuresBy } from '../../../storage/index/statistics/figures.ts'
import { lines } from '../charts.ts'
import type { DefinitionKey } from '../definitions.ts'
import { before, monthsOf } from '../period.ts'
import { type FigureTable, type Row, share, type ValueKind } from '../table.ts'
import { none, percent, type Section, type SectionContext, textColumn } from './context.ts'

interface KeyFigure {
  readonly key: string
  readonly definition: DefinitionKey
  readonly kind: ValueKind
  readonly zh: string
  readonly en: string
  readonly value: (figures: Figures) => number | null
  /** Part and whole, where it is a share. */
  readonly parts?: readonly [part: Count, whole: Count]
  /** The value itself, where it is a count. */
  readonly counted?: Count
}

const ratio = (key: string, definition: DefinitionKey, zh: string, en: string, part: Count, whole: Count): KeyFigure => ({
  key,
  definition,
  kind: 'share',
  zh,
  en,
  value: (figures) => share(figures[part], figures[whole]),
  parts: [part, whole],
})
const time = (key: string, definition: DefinitionKey, zh: string, en: string, of: keyof Figures): KeyFigure => ({
  key,
  definition,
  kind: 'duration',
  zh,
  en,
  value: (figures) => figures[of],
})
const plain = (key: Count, definition: DefinitionKey, zh: string, en: string): KeyFigure => ({
  key,
  definition,
  kind: 'count',
  zh,
  en,
  value: (figures) => figures[key],
  counted: key,
})

export const keyFigures: readonly KeyFigure[] = [
  plain('studies', 'studies', '检查量', 'Studies'),
  plain('emergencies', 'emergencies', '其中急诊', 'of these emergencies'),
  plain('reports', 'reports', '报告量', 'Reports'),
  time('turnaroundP50', 'turnaround', 'TAT P50', 'TAT P50', 'turnaroundP50'),
  time('turnaroundP90', 'turnaround', 'TAT P90', 'TAT P90', 'turnaroundP90'),
  ratio('timely', 'timely', '报告及时率', 'Reports in time', 'timely', 'timed'),
  time('patientP50', 'patient', '患者等候 P50', 'Felt by the patient P50', 'patientP50'),
  time('uploadP95', 'upload', '上传 P95', 'Upload P95', 'uploadP95'),
  ratio('uploadInTime', 'uploadInTime', '3 分钟上传率', 'Uploads within 3 min', 'uploadsInTime', 'uploads'),
  ratio('excellent', 'excellent', '甲级率', 'Best grade', 'excellent', 'graded'),
  ratio('acceptable', 'acceptable', '优良率', 'Good or best grade', 'acceptable', 'graded'),
  ratio('positive', 'positive', '阳性率', 'Positive', 'positive', 'polar'),
  ratio('retake', 'retake', '重拍率', 'Retakes', 'returned', 'studies'),
  ratio('critical', 'critical', '危急值 10 分钟率', 'Critical values within 10 min', 'criticalsInTime', 'criticalsDecided'),
  ratio('corrected', 'corrected', '报告修正率', 'Corrected reports', 'corrected', 'reports'),
  plain('samePerson', 'samePerson', '同一人签', 'Signed by one person'),
]

export const overview: Section = async (context) => [await keyTable(context), await course(context)]

async function keyTable({ pool, search, say }: SectionContext): Promise<FigureTable> {
  const past = before(search)
  const [now, earlier] = await Promise.all([search, { ...search, ...past }].map(async (each) => (await figuresBy(pool, each, []))[0]!))
  return {
    key: 'key-figures',
    title: say('主要指标', 'Key figures'),
    columns: [
      textColumn('figure', say('指标', 'Figure')),
      { key: 'value', title: say('本期', 'This period'), kind: 'own', cases: { named: 'counted' } },
      { key: 'part', title: say('分子', 'Part'), kind: 'count', cases: { named: 'partCounted' } },
      { key: 'whole', title: say('分母', 'Whole'), kind: 'count', cases: { named: 'wholeCounted' } },
      {
        key: 'before',
        title: `${say('上期', 'Before')} ${past.from} – ${past.to}`,
        kind: 'own',
        cases: { named: 'counted' },
        only: `from=${past.from}&to=${past.to}`,
      },
    ],
    rows: keyFigures.map(({ key, definition, kind, zh, en, value, parts, counted = null }): Row => {
      const [partCounted, wholeCounted] = parts ?? [null, null]
      const [part, whole] = [partCounted, wholeCounted].map((count) => (count === null ? null : now![count]))
      return {
        key,
        definition,
        kind,
        figure: say(zh, en),
        only: '',
        counted,
        partCounted,
        wholeCounted,
        value: value(now!),
        part: part ?? null,
        whole: whole ?? null,
        before: value(earlier!),
      }
    }),
    total: null,
    charts: [],
    empty: none(say),
  }
}

/** The months of the period, or of the year that ends with it: what one month means is seen beside the others. */
async function course({ pool, search, say }: SectionContext): Promise<FigureTable> {
  const months = monthsOf(search, 12)
  const figures = await Promise.all(months.map(async (month) => (await figuresBy(pool, { ...search, ...month }, []))[0]!))
  const rows = figures.map(
    (each, at): Row => ({
      month: months[at]!.month,
      only: `from=${months[at]!.from}&to=${months[at]!.to}`,
      studies: each.studies,
      reports: each.reports,
      timely: share(each.timely, each.timed),
      excellent: share(each.excellent, each.graded),
      positive: share(each.positive, each.polar),
      retake: share(each.returned, each.studies),
      critical: share(each.criticalsInTime, each.criticalsDecided),
      corrected: share(each.corrected, each.reports),
    }),
  )
  const labels = months.map(({ month }) => month)
  const shares = (keys: readonly (readonly [key: string, name: string])[]) =>
    keys.map(([key, name]) => ({ name, values: rows.map((row) => percent(row[key] as number | null)) }))
  return {
    key: 'months',
    title: say('逐月走势', 'By month'),
    columns: [
      textColumn('month', say('月份', 'Month')),
      { key: 'studies', title: say('检查量', 'Studies'), kind: 'count', definition: 'studies', cases: 'studies' },
      { key: 'reports', title: say('报告量', 'Reports'), kind: 'count', definition: 'reports', cases: 'reports' },
      { key: 'timely', title: say('及时率', 'In time'), kind: 'share', definition: 'timely' },
      { key: 'excellent', title: say('甲级率', 'Best grade'), kind: 'share', definition: 'excellent' },
      { key: 'positive', title: say('阳性率', 'Positive'), kind: 'share', definition: 'positive' },
      { key: 'retake', title: say('重拍率', 'Retakes'), kind: 'share', definition: 'retake' },
      { key: 'critical', title: say('危急值 10 分钟率', 'Critical ≤10 min'), kind: 'share', definition: 'critical' },
      { key: 'corrected', title: say('修正率', 'Corrected'), kind: 'share', definition: 'corrected' },
    ],
    rows,
    total: null,
    charts: [
      lines(say('检查量与报告量', 'Studies and reports'), say('例', 'studies'), labels, [
        { name: say('检查量', 'Studies'), values: rows.map((row) => row.studies as number) },
        { name: say('报告量', 'Reports'), values: rows.map((row) => row.reports as number) },
      ]),
      lines(
        say('及时率、甲级率、危急值 10 分钟率', 'In time, best grade, critical values within 10 min'),
        '%',
        labels,
        shares([
          ['timely', say('及时率', 'In time')],
          ['excellent', say('甲级率', 'Best grade')],
          ['critical', say('危急值 10 分钟率', 'Critical ≤10 min')],
        ]),
      ),
      lines(
        say('重拍率、修正率', 'Retakes, corrected reports'),
        '%',
        labels,
        shares([
          ['retake', say('重拍率', 'Retakes')],
          ['corrected', say('修正率', 'Corrected')],
        ]),
      ),
    ],
    empty: none(say),
  }
}
