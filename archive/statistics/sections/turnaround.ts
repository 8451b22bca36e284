/** 时效: turnaround by urgency beside its limit, where the time goes, and uploads by site. reading.md §3.3. */
import { type ExamKind, type Figures, figuresBy } from '../../../storage/index/statistics/figures.ts'
import { bars } from '../charts.ts'
import { type Column, type FigureTable, type Row, share } from '../table.ts'
import { bySite, kindName, minutes, none, percent, type Section, type SectionContext, textColumn, urgencyName } from './context.ts'

/** The promise of the county: three minutes from the end of the exam. reading.md §1. */
const uploadLimitMinutes = 3

const times = (figures: Figures): Row => ({
  reports: figures.reports,
  turnaroundP50: figures.turnaroundP50,
  turnaroundP90: figures.turnaroundP90,
  timed: figures.timed,
  late: figures.late,
  timely: share(figures.timely, figures.timed),
  waitP50: figures.waitP50,
  readP50: figures.readP50,
  reviewP50: figures.reviewP50,
  patientP50: figures.patientP50,
  patientP90: figures.patientP90,
  unopened: figures.unopened,
})

const timeColumns = ({ say }: SectionContext): Column[] => [
  { key: 'reports', title: say('报告量', 'Reports'), kind: 'count', definition: 'reports', cases: 'reports' },
  { key: 'turnaroundP50', title: 'TAT P50', kind: 'duration', definition: 'turnaround' },
  { key: 'turnaroundP90', title: 'TAT P90', kind: 'duration', definition: 'turnaround' },
  { key: 'late', title: say('超时', 'Late'), kind: 'count', definition: 'timely', cases: 'late' },
  { key: 'timely', title: say('及时率', 'In time'), kind: 'share', definition: 'timely' },
  { key: 'waitP50', title: say('等待 P50', 'Wait P50'), kind: 'duration', definition: 'wait' },
  { key: 'readP50', title: say('书写 P50', 'Reading P50'), kind: 'duration', definition: 'read' },
  { key: 'reviewP50', title: say('审核 P50', 'Review P50'), kind: 'duration', definition: 'review' },
  { key: 'patientP50', title: say('患者等候 P50', 'Patient P50'), kind: 'duration', definition: 'patient' },
  { key: 'patientP90', title: say('患者等候 P90', 'Patient P90'), kind: 'duration', definition: 'patient' },
]

export const turnaroundSection: Section = async (context) => [await byUrgency(context), await bySites(context), await uploads(context)]

async function byUrgency(context: SectionContext): Promise<FigureTable> {
  const { pool, search, say, limitMinutes } = context
  const [rows, [all]] = await Promise.all([figuresBy(pool, search, ['urgency', 'kind']), figuresBy(pool, search, [])])
  const shown = rows
    .filter(({ reports }) => reports > 0)
    .map((row): Row => {
      const [urgency, kind] = [Number(row.urgency), row.kind as ExamKind]
      return {
        urgency: urgencyName(say, urgency),
        kind: kindName(say, kind),
        only: `urgency=${urgency}&kind=${kind}`,
        limit: limitMinutes(urgency, kind) * 60,
        ...times(row),
      }
    })
  const labels = shown.map(({ urgency, kind }) => `${urgency} ${kind}`)
  return {
    key: 'urgency',
    title: say('各紧急程度的周转时间与时限', 'Turnaround by urgency, and its limit'),
    columns: [
      textColumn('urgency', say('紧急程度', 'Urgency')),
      textColumn('kind', say('类别', 'Kind')),
      { key: 'limit', title: say('时限', 'Limit'), kind: 'duration', definition: 'timely' },
      ...timeColumns(context),
    ],
    rows: shown,
    total:
      shown.length === 0 || all === undefined ? null : { urgency: say('合计', 'Total'), kind: '', only: '', limit: null, ...times(all) },
    charts:
      shown.length === 0
        ? []
        : [
            bars(
              say('TAT P50、P90 占时限的比例', 'TAT P50 and P90 as a part of the limit'),
              '%',
              labels,
              (['turnaroundP50', 'turnaroundP90'] as const).map((key, at) => ({
                name: at === 0 ? 'P50' : 'P90',
                // Limits of half an hour and of a day stand beside each other: what of each is used compares.
                values: shown.map((row) => percent(row[key] === null ? null : share(Number(row[key]), Number(row.limit)))),
              })),
              { name: say('时限', 'Limit'), value: 100 },
            ),
          ],
    empty: none(say),
  }
}

async function bySites(context: SectionContext): Promise<FigureTable> {
  const { pool, search, say } = context
  const [rows, [all]] = await Promise.all([figuresBy(pool, search, ['institution']), figuresBy(pool, search, [])])
  const shown = bySite(
    context,
    rows.filter(({ reports }) => reports > 0),
    times,
  )
  return {
    key: 'site-times',
    title: say('各单位的周转时间', 'Turnaround by site'),
    columns: [
      textColumn('site', say('检查单位', 'Site')),
      ...timeColumns(context),
      { key: 'unopened', title: say('临床未阅', 'Unread'), kind: 'count', definition: 'unopened', cases: 'unopened' },
    ],
    rows: shown,
    total: shown.length === 0 || all === undefined ? null : { site: say('合计', 'Total'), only: '', ...times(all) },
    charts:
      shown.length === 0
        ? []
        : [
            bars(
              say('各单位 TAT', 'TAT by site'),
              say('分', 'min'),
              shown.map(({ site }) => String(site)),
              [
                { name: 'P50', values: shown.map((row) => minutes(row.turnaroundP50 as number | null)) },
                { name: 'P90', values: shown.map((row) => minutes(row.turnaroundP90 as number | null)) },
              ],
            ),
          ],
    empty: none(say),
  }
}

const uploadTimes = (figures: Figures): Row => ({
  uploads: figures.uploads,
  uploadP50: figures.uploadP50,
  uploadP95: figures.uploadP95,
  uploadsLate: figures.uploadsLate,
  uploadInTime: share(figures.uploadsInTime, figures.uploads),
})

async function uploads(context: SectionContext): Promise<FigureTable> {
  const { pool, search, say } = context
  const [rows, [all]] = await Promise.all([figuresBy(pool, search, ['institution']), figuresBy(pool, search, [])])
  const shown = bySite(
    context,
    rows.filter(({ uploads }) => uploads > 0),
    uploadTimes,
  )
  return {
    key: 'uploads',
    title: say('各单位上传时间', 'Uploads by site'),
    columns: [
      textColumn('site', say('检查单位', 'Site')),
      { key: 'uploads', title: say('有记录的检查', 'Studies timed'), kind: 'count', definition: 'upload', cases: 'uploads' },
      { key: 'uploadP50', title: say('上传 P50', 'Upload P50'), kind: 'duration', definition: 'upload' },
      { key: 'uploadP95', title: say('上传 P95', 'Upload P95'), kind: 'duration', definition: 'upload' },
      { key: 'uploadsLate', title: say('超过 3 分钟', 'Over 3 min'), kind: 'count', definition: 'uploadInTime', cases: 'uploadsLate' },
      { key: 'uploadInTime', title: say('3 分钟上传率', 'Within 3 min'), kind: 'share', definition: 'uploadInTime' },
    ],
    rows: shown,
    total: shown.length === 0 || all === undefined ? null : { site: say('合计', 'Total'), only: '', ...uploadTimes(all) },
    charts:
      shown.length === 0
        ? []
        : [
            bars(
              say('各单位上传 P95', 'Upload P95 by site'),
              say('分', 'min'),
              shown.map(({ site }) => String(site)),
              [{ name: 'P95', values: shown.map((row) => minutes(row.uploadP95 as number | null)) }],
              { name: say('3 分钟', '3 min'), value: uploadLimitMinutes },
            ),
          ],
    empty: none(say),
  }
}
