/** 工作量与结算: points of doctors by the centre's weights, and what each township owes the centre. Whoever sees one institution only sees no doctors. */
import { doctorsWork, figuresBy } from '../../../storage/index/statistics/figures.ts'
import type { TariffRow } from '../../../storage/index/statistics/tariff.ts'
import { bars } from '../charts.ts'
import type { FigureTable, Row } from '../table.ts'
import { none, type Section, type SectionContext, textColumn } from './context.ts'

/** The row of a modality, or that of all others; without either it counts nothing. */
export const tariffOf = (tariff: readonly TariffRow[], modality: string): TariffRow =>
  tariff.find((row) => row.modality === modality) ??
  tariff.find((row) => row.modality === '*') ?? { modality, reportPoints: 0, reviewPoints: 0, feeFen: 0 }

/** Points have two decimals; sums of them too. */
const rounded = (points: number): number => Math.round(points * 100) / 100

export const workload: Section = async (context) => (context.ofCentre ? [await doctors(context)] : [])

async function doctors({ pool, search, say, tariff }: SectionContext): Promise<FigureTable> {
  const people = new Map<string, { account: number; doctor: string; reports: number; reviews: number; points: number }>()
  for (const { account, username, displayName, modality, reports, reviews } of await doctorsWork(pool, search)) {
    const person = people.get(username) ?? { account, doctor: displayName, reports: 0, reviews: 0, points: 0 }
    const { reportPoints, reviewPoints } = tariffOf(tariff, modality)
    person.reports += reports
    person.reviews += reviews
    person.points = rounded(person.points + reports * reportPoints + reviews * reviewPoints)
    people.set(username, person)
  }
  const rows = [...people]
    .map(
      ([username, { account, ...person }]): Row => ({ username, author: `author=${account}`, reviewer: `reviewer=${account}`, ...person }),
    )
    .sort((a, b) => Number(b.points) - Number(a.points))
  const all = (key: string) => rows.reduce((total, row) => total + Number(row[key]), 0)
  return {
    key: 'doctors',
    title: say('医师工作量', 'Work of doctors'),
    columns: [
      textColumn('doctor', say('医师', 'Doctor')),
      textColumn('username', say('账号', 'Account')),
      { key: 'reports', title: say('书写', 'Written'), kind: 'count', definition: 'points', cases: 'reports', narrowedBy: 'author' },
      { key: 'reviews', title: say('审核', 'Signed'), kind: 'count', definition: 'points', cases: 'reports', narrowedBy: 'reviewer' },
      { key: 'points', title: say('积分', 'Points'), kind: 'points', definition: 'points' },
    ],
    rows,
    total:
      rows.length === 0
        ? null
        : {
            doctor: say('合计', 'Total'),
            username: '',
            author: '',
            reviewer: '',
            reports: all('reports'),
            reviews: all('reviews'),
            points: rounded(all('points')),
          },
    charts:
      rows.length === 0
        ? []
        : [
            bars(
              say('工作量积分', 'Workload points'),
              say('分', 'points'),
              rows.map(({ doctor }) => String(doctor)),
              [{ name: say('积分', 'Points'), values: rows.map(({ points }) => Number(points)) }],
            ),
          ],
    empty: none(say),
  }
}

export const settlement: Section = async (context) => [await sheet(context)]

/** Studies whose modality nobody knows are not asked for by it. */
const casesOf = (institution: number, modality: string) =>
  modality === '' ? {} : { only: `institution=${institution}&modality=${encodeURIComponent(modality)}` }

async function sheet({ pool, search, say, siteName, tariff }: SectionContext): Promise<FigureTable> {
  const cells = (await figuresBy(pool, search, ['institution', 'modality'])).filter(({ reports }) => reports > 0)
  const rows = cells
    .map(({ institution, modality, reports }): Row => {
      const { feeFen } = tariffOf(tariff, String(modality))
      const only = casesOf(Number(institution), String(modality))
      return { site: siteName(Number(institution)), modality: String(modality), ...only, reports, fee: feeFen, amount: reports * feeFen }
    })
    .sort((a, b) => String(a.site).localeCompare(String(b.site), 'zh') || String(a.modality).localeCompare(String(b.modality)))
  const all = (key: string) => rows.reduce((total, row) => total + Number(row[key]), 0)
  return {
    key: 'settlement',
    title: say('结算单', 'Settlement sheet'),
    columns: [
      textColumn('site', say('检查单位', 'Site')),
      textColumn('modality', say('类别', 'Modality')),
      { key: 'reports', title: say('报告数', 'Reports'), kind: 'count', definition: 'settlement', cases: 'reports' },
      { key: 'fee', title: say('单价（元）', 'Price (CNY)'), kind: 'money', definition: 'settlement' },
      { key: 'amount', title: say('金额（元）', 'Amount (CNY)'), kind: 'money', definition: 'settlement' },
    ],
    rows,
    total:
      rows.length === 0
        ? null
        : { site: say('合计', 'Total'), modality: '', only: '', reports: all('reports'), fee: null, amount: all('amount') },
    charts: [],
    empty: none(say),
  }
}
