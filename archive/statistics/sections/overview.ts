/** 总览: the figures of the period beside those of the period before it, and how the year went. */
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
  readonly parts?: (figures: Figures) => readonly [number, number]
}

const ratio = (key: string, definition: DefinitionKey, zh: string, en: string, part: keyof Figures, whole: keyof Figures): KeyFigure => ({
  key,
  definition,
  kind: 'share',
  zh,
  en,
  value: (figures) => share(figures[part], figures[whole]),
  parts: (figures) => [figures[part], figures[whole]],
})
const plain = (key: string, definition: DefinitionKey, kind: ValueKind, zh: string, en: string, of: keyof Figures): KeyFigure => ({
  key,
  definition,
  kind,
  zh,
  en,
  value: (figures) => figures[of],
})

export const keyFigures: readonly KeyFigure[] = [
  plain('studies', 'studies', 'count', '检查量', 'Studies', 'studies'),
  plain('emergencies', 'emergencies', 'count', '其中急诊', 'of these emergencies', 'emergencies'),
  plain('reports', 'reports', 'count', '报告量', 'Reports', 'reports'),
  plain('turnaroundP50', 'turnaround', 'duration', 'TAT P50', 'TAT P50', 'turnaroundP50'),
  plain('turnaroundP90', 'turnaround', 'duration', 'TAT P90', 'TAT P90', 'turnaroundP90'),
  ratio('timely', 'timely', '报告及时率', 'Reports in time', 'timely', 'timed'),
  plain('patientP50', 'patient', 'duration', '患者等候 P50', 'Felt by the patient P50', 'patientP50'),
  plain('uploadP95', 'upload', 'duration', '上传 P95', 'Upload P95', 'uploadP95'),
  ratio('uploadInTime', 'uploadInTime', '3 分钟上传率', 'Uploads within 3 min', 'uploadsInTime', 'uploads'),
  ratio('excellent', 'excellent', '甲级率', 'Best grade', 'excellent', 'graded'),
  ratio('acceptable', 'acceptable', '优良率', 'Good or best grade', 'acceptable', 'graded'),
  ratio('positive', 'positive', '阳性率', 'Positive', 'positive', 'polar'),
  ratio('retake', 'retake', '重拍率', 'Retakes', 'returned', 'studies'),
  ratio('critical', 'critical', '危急值 10 分钟率', 'Critical values within 10 min', 'criticalsInTime', 'criticals'),
  ratio('corrected', 'corrected', '报告修正率', 'Corrected reports', 'corrected', 'reports'),
  plain('samePerson', 'samePerson', 'count', '同一人签', 'Signed by one person', 'samePerson'),
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
      { key: 'value', title: say('本期', 'This period'), kind: 'own' },
      { key: 'part', title: say('分子', 'Part'), kind: 'count' },
      { key: 'whole', title: say('分母', 'Whole'), kind: 'count' },
      { key: 'before', title: `${say('上期', 'Before')} ${past.from} – ${past.to}`, kind: 'own' },
    ],
    rows: keyFigures.map(({ key, definition, kind, zh, en, value, parts }): Row => {
      const [part = null, whole = null] = parts?.(now!) ?? []
      return { key, definition, kind, figure: say(zh, en), value: value(now!), part, whole, before: value(earlier!) }
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
      studies: each.studies,
      reports: each.reports,
      timely: share(each.timely, each.timed),
      excellent: share(each.excellent, each.graded),
      positive: share(each.positive, each.polar),
      retake: share(each.returned, each.studies),
      critical: share(each.criticalsInTime, each.criticals),
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
      { key: 'studies', title: say('检查量', 'Studies'), kind: 'count', definition: 'studies' },
      { key: 'reports', title: say('报告量', 'Reports'), kind: 'count', definition: 'reports' },
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
