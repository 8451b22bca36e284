/** 质量: grade of the images, positive findings, retakes and their reasons, corrections, by site. reading.md §4. */
import { type Figures, figuresBy, gradesGiven, returnReasons } from '../../../storage/index/statistics/figures.ts'
import { bars } from '../charts.ts'
import { type FigureTable, type Row, share } from '../table.ts'
import { bySite, gradeName, kindName, none, percent, reasonName, type Section, type SectionContext, textColumn } from './context.ts'

export const qualitySection: Section = async (context) => [await sites(context), await reasons(context), await grades(context)]

const shares = (figures: Figures): Row => ({
  studies: figures.studies,
  reports: figures.reports,
  graded: figures.graded,
  excellent: share(figures.excellent, figures.graded),
  acceptable: share(figures.acceptable, figures.graded),
  positive: share(figures.positive, figures.polar),
  returned: figures.returned,
  retake: share(figures.returned, figures.studies),
  corrected: figures.corrected,
  correctedShare: share(figures.corrected, figures.reports),
  amended: figures.amended,
  criticals: figures.criticals,
  critical: share(figures.criticalsInTime, figures.criticalsDecided),
})

async function sites(context: SectionContext): Promise<FigureTable> {
  const { pool, search, say } = context
  const [rows, [all]] = await Promise.all([figuresBy(pool, search, ['institution']), figuresBy(pool, search, [])])
  const shown = bySite(context, rows, shares)
  const labels = shown.map(({ site }) => String(site))
  const values = (key: string) => shown.map((row) => percent(row[key] as number | null))
  return {
    key: 'site-quality',
    title: say('各单位质量指标', 'Quality by site'),
    columns: [
      textColumn('site', say('检查单位', 'Site')),
      { key: 'studies', title: say('检查量', 'Studies'), kind: 'count', definition: 'studies', cases: 'studies' },
      { key: 'graded', title: say('评级数', 'Graded'), kind: 'count', definition: 'excellent', cases: 'graded' },
      { key: 'excellent', title: say('甲级率', 'Best grade'), kind: 'share', definition: 'excellent' },
      { key: 'acceptable', title: say('优良率', 'Good or best'), kind: 'share', definition: 'acceptable' },
      { key: 'positive', title: say('阳性率', 'Positive'), kind: 'share', definition: 'positive' },
      { key: 'returned', title: say('重拍数', 'Retaken'), kind: 'count', definition: 'retake', cases: 'returned' },
      { key: 'retake', title: say('重拍率', 'Retakes'), kind: 'share', definition: 'retake' },
      { key: 'corrected', title: say('修正数', 'Corrected'), kind: 'count', definition: 'corrected', cases: 'corrected' },
      { key: 'correctedShare', title: say('修正率', 'Of reports'), kind: 'share', definition: 'corrected' },
      { key: 'amended', title: say('补充数', 'Addenda'), kind: 'count', definition: 'amended', cases: 'amended' },
      { key: 'criticals', title: say('危急值', 'Critical values'), kind: 'count', definition: 'critical', cases: 'criticals' },
      { key: 'critical', title: say('10 分钟率', '≤10 min'), kind: 'share', definition: 'critical' },
    ],
    rows: shown,
    total: shown.length === 0 || all === undefined ? null : { site: say('合计', 'Total'), only: '', ...shares(all) },
    charts:
      shown.length === 0
        ? []
        : [
            bars(say('各单位甲级率', 'Best grade by site'), '%', labels, [
              { name: say('甲级率', 'Best grade'), values: values('excellent') },
            ]),
            bars(say('各单位重拍率', 'Retakes by site'), '%', labels, [{ name: say('重拍率', 'Retakes'), values: values('retake') }]),
          ],
    empty: none(say),
  }
}

async function reasons({ pool, search, say }: SectionContext): Promise<FigureTable> {
  const counted = await returnReasons(pool, search)
  const all = counted.reduce((total, { returns }) => total + returns, 0)
  const rows = counted.map(
    ({ reason, returns }): Row => ({
      only: new URLSearchParams({ reason }).toString(),
      code: reason,
      reason: reasonName(say, reason),
      returns,
      part: share(returns, all),
    }),
  )
  return {
    key: 'reasons',
    title: say('退回重拍的原因', 'Why images were taken again'),
    columns: [
      textColumn('reason', say('原因', 'Reason')),
      textColumn('code', say('代码（CID 7011）', 'Code (CID 7011)')),
      { key: 'returns', title: say('次数', 'Times'), kind: 'count', definition: 'retake', cases: 'reasons' },
      { key: 'part', title: say('占比', 'Share'), kind: 'share' },
    ],
    rows,
    total: rows.length === 0 ? null : { reason: say('合计', 'Total'), only: '', code: '', returns: all, part: share(all, all) },
    charts:
      rows.length === 0
        ? []
        : [
            bars(
              say('退回重拍的原因', 'Why images were taken again'),
              say('次', 'times'),
              rows.map(({ reason }) => String(reason)),
              [{ name: say('次数', 'Times'), values: rows.map(({ returns }) => Number(returns)) }],
            ),
          ],
    empty: say('所选时间内没有退回重拍。', 'Nothing was returned in these days.'),
  }
}

async function grades({ pool, search, say }: SectionContext): Promise<FigureTable> {
  const counted = await gradesGiven(pool, search)
  const wholes = new Map<string, number>()
  for (const { kind, reports } of counted) wholes.set(kind, (wholes.get(kind) ?? 0) + reports)
  return {
    key: 'grades',
    title: say('图像质量等级', 'Grades of images'),
    columns: [
      textColumn('kind', say('类别', 'Kind')),
      textColumn('grade', say('等级', 'Grade')),
      { key: 'reports', title: say('报告数', 'Reports'), kind: 'count', definition: 'excellent', cases: 'graded' },
      { key: 'part', title: say('占本类', 'Of its kind'), kind: 'share' },
    ],
    rows: counted.map(
      ({ kind, grade, reports }): Row => ({
        kind: kindName(say, kind),
        only: new URLSearchParams({ kind, grade }).toString(),
        grade: gradeName(say, grade),
        reports,
        part: share(reports, wholes.get(kind) ?? 0),
      }),
    ),
    total: null,
    charts: [],
    empty: say('所选时间内没有评定图像质量。', 'No images were graded in these days.'),
  }
}
