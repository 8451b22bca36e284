/** 安全: critical values, quality events, peer review, and what surgery and pathology said. reading.md §3.4, §4. */
import { countQualityEvents } from '../../../storage/index/quality/events.ts'
import { concordanceFigures } from '../../../storage/index/quality/follow-ups.ts'
import { peerFigures } from '../../../storage/index/quality/peer-reviews.ts'
import { type Figures, figuresBy } from '../../../storage/index/statistics/figures.ts'
import { bars } from '../charts.ts'
import { type FigureTable, type Row, share } from '../table.ts'
import { bySite, percent, type Section, type SectionContext, textColumn } from './context.ts'

export const safety: Section = async (context) => [
  await criticals(context),
  await events(context),
  await peers(context),
  await outcomes(context),
]

async function criticals(context: SectionContext): Promise<FigureTable> {
  const { pool, search, say } = context
  const [rows, [all]] = await Promise.all([figuresBy(pool, search, ['institution']), figuresBy(pool, search, [])])
  const rowOf = (figures: Figures): Row => ({
    criticals: figures.criticals,
    inTime: figures.criticalsInTime,
    late: figures.criticalsLate,
    critical: share(figures.criticalsInTime, figures.criticalsDecided),
  })
  const shown = bySite(
    context,
    rows.filter(({ criticals }) => criticals > 0),
    rowOf,
  )
  return {
    key: 'criticals',
    title: say('危急值', 'Critical values'),
    columns: [
      textColumn('site', say('检查单位', 'Site')),
      { key: 'criticals', title: say('危急值', 'Raised'), kind: 'count', definition: 'critical', cases: 'criticals' },
      {
        key: 'inTime',
        title: say('10 分钟内确认', 'Acknowledged ≤10 min'),
        kind: 'count',
        definition: 'critical',
        cases: 'criticalsInTime',
      },
      { key: 'late', title: say('10 分钟内未确认', 'Not within 10 min'), kind: 'count', definition: 'critical', cases: 'criticalsLate' },
      { key: 'critical', title: say('10 分钟率', '≤10 min'), kind: 'share', definition: 'critical' },
    ],
    rows: shown,
    total: shown.length === 0 || all === undefined ? null : { site: say('合计', 'Total'), only: '', ...rowOf(all) },
    charts:
      shown.length === 0
        ? []
        : [
            bars(
              say('各单位危急值 10 分钟率', 'Critical values within 10 minutes by site'),
              '%',
              shown.map(({ site }) => String(site)),
              [{ name: say('10 分钟率', '≤10 min'), values: shown.map((row) => percent(row.critical as number | null)) }],
            ),
          ],
    empty: say('所选时间内没有危急值。', 'No critical value was raised in these days.'),
  }
}

const kinds: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  missed: ['漏诊', 'Missed'],
  misread: ['误诊', 'Misread'],
  side: ['左右错误', 'Wrong side'],
  identity: ['身份错误', 'Wrong patient'],
  typo: ['笔误', 'Typing error'],
  late: ['迟报', 'Late'],
  image: ['图像质量', 'Image quality'],
  position: ['定位', 'Position'],
  description: ['描述', 'Description'],
  advice: ['建议', 'Advice'],
  other: ['其他', 'Other'],
}
const kindOfEvent = (say: SectionContext['say'], kind: string): string => say(...(kinds[kind] ?? [kind, kind]))

const where = ({ search: { scope, from, to } }: SectionContext) => ({ centre: scope.centre, institution: scope.institution, from, to })

async function events(context: SectionContext): Promise<FigureTable> {
  const { pool, say, scope } = context
  const rows = (await countQualityEvents(pool, scope, where(context))).map(
    ({ kind, events }): Row => ({ kind: kindOfEvent(say, kind), events }),
  )
  return {
    key: 'events',
    title: say(
      '质量事件（更正、撤回、同行评议 3–4 分、随访不符合、人工登记）',
      'Quality events (corrections, retractions, peer scores 3–4, discordant outcomes, noted by hand)',
    ),
    columns: [textColumn('kind', say('类别', 'Kind')), { key: 'events', title: say('件数', 'Events'), kind: 'count' }],
    rows,
    total: rows.length === 0 ? null : { kind: say('合计', 'Total'), events: rows.reduce((all, row) => all + Number(row.events), 0) },
    charts: [],
    empty: say('所选时间内没有质量事件。', 'There was no quality event in these days.'),
  }
}

async function peers(context: SectionContext): Promise<FigureTable> {
  const { pool, say } = context
  const scores = await peerFigures(pool, where(context))
  const all = scores.reduce((total, { reports }) => total + reports, 0)
  const names = [
    say('1 一致', '1 agreed'),
    say('2 可理解的差异', '2 understandable miss'),
    say('3 多数情况应发现', '3 should mostly be made'),
    say('4 几乎总应发现', '4 should almost always be made'),
  ]
  const rows = scores.map(({ score, reports }): Row => ({ score: names[score - 1] ?? String(score), reports, part: share(reports, all) }))
  return {
    key: 'peer-scores',
    title: say('同行评议', 'Peer review'),
    columns: [
      textColumn('score', say('评分', 'Score')),
      { key: 'reports', title: say('报告数', 'Reports'), kind: 'count', definition: 'peer' },
      { key: 'part', title: say('占比', 'Share'), kind: 'share', definition: 'peer' },
    ],
    rows,
    total: rows.length === 0 ? null : { score: say('合计', 'Total'), reports: all, part: share(all, all) },
    charts: [],
    empty: say('所选时间内没有完成的同行评议。', 'No peer review was done in these days.'),
  }
}

const sources: Readonly<Record<string, readonly [zh: string, en: string]>> = {
  surgery: ['手术', 'Surgery'],
  pathology: ['病理', 'Pathology'],
  're-exam': ['复查', 'Later examination'],
  clinical: ['临床随访', 'Clinical course'],
}

async function outcomes(context: SectionContext): Promise<FigureTable> {
  const { pool, say } = context
  const counted = await concordanceFigures(pool, where(context))
  const rowOf = (name: string, part: { outcomes: number; concordant: number; partly: number; discordant: number }): Row => ({
    source: name,
    outcomes: part.outcomes,
    concordant: part.concordant,
    partly: part.partly,
    discordant: part.discordant,
    rate: share(part.concordant, part.outcomes),
  })
  const all = counted.reduce(
    (sum, row) => ({
      outcomes: sum.outcomes + row.outcomes,
      concordant: sum.concordant + row.concordant,
      partly: sum.partly + row.partly,
      discordant: sum.discordant + row.discordant,
    }),
    { outcomes: 0, concordant: 0, partly: 0, discordant: 0 },
  )
  return {
    key: 'concordance',
    title: say('影像与手术、病理、随访的符合', 'Concordance with surgery, pathology and outcome'),
    columns: [
      textColumn('source', say('来源', 'Source')),
      { key: 'outcomes', title: say('随访数', 'Outcomes'), kind: 'count', definition: 'concordance' },
      { key: 'concordant', title: say('符合', 'Concordant'), kind: 'count', definition: 'concordance' },
      { key: 'partly', title: say('部分符合', 'Partly'), kind: 'count', definition: 'concordance' },
      { key: 'discordant', title: say('不符合', 'Discordant'), kind: 'count', definition: 'concordance' },
      { key: 'rate', title: say('符合率', 'Concordance'), kind: 'share', definition: 'concordance' },
    ],
    rows: counted.map((row) => rowOf(say(...(sources[row.source] ?? [row.source, row.source])), row)),
    total: counted.length === 0 ? null : rowOf(say('合计', 'Total'), all),
    charts: [],
    empty: say('所选时间内没有登记随访。', 'No outcome was recorded in these days.'),
  }
}
