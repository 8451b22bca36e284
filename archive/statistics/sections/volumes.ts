/** 工作量分布: sites by modalities, days, and the hours of the week. */
import { figuresBy, figuresByDay, figuresByHour } from '../../../storage/index/statistics/figures.ts'
import { heat, lines, stacked } from '../charts.ts'
import { daysOf } from '../period.ts'
import type { Column, FigureTable, Row } from '../table.ts'
import { none, type Section, type SectionContext, textColumn, weekdayName, weekdays } from './context.ts'

export const volumes: Section = async (context) => [await matrix(context), await days(context), await week(context)]

async function matrix({ pool, search, say, siteName }: SectionContext): Promise<FigureTable> {
  const cells = await figuresBy(pool, search, ['institution', 'modality'])
  const modalities = [...new Set(cells.map(({ modality }) => String(modality)))].sort()
  const sites = new Map<number, Record<string, number>>()
  for (const { institution, modality, studies, reports, emergencies } of cells) {
    const site = sites.get(Number(institution)) ?? { studies: 0, reports: 0, emergencies: 0 }
    site[`m_${modality}`] = (site[`m_${modality}`] ?? 0) + studies
    site.studies! += studies
    site.reports! += reports
    site.emergencies! += emergencies
    sites.set(Number(institution), site)
  }
  const columns: Column[] = [
    textColumn('site', say('检查单位', 'Site')),
    ...modalities.map(
      (modality): Column => ({
        key: `m_${modality}`,
        title: modality || say('未知', 'unknown'),
        kind: 'count',
        definition: 'studies',
        // Studies whose modality nobody knows are not asked for by it.
        ...(modality === '' ? {} : { cases: 'studies', only: new URLSearchParams({ modality }).toString() }),
      }),
    ),
    { key: 'studies', title: say('检查量合计', 'Studies'), kind: 'count', definition: 'studies', cases: 'studies' },
    { key: 'emergencies', title: say('急诊', 'Emergencies'), kind: 'count', definition: 'emergencies', cases: 'emergencies' },
    { key: 'reports', title: say('报告量', 'Reports'), kind: 'count', definition: 'reports', cases: 'reports' },
  ]
  const counted = columns.filter(({ kind }) => kind === 'count').map(({ key }) => key)
  const rows = [...sites]
    .map(
      ([institution, site]): Row => ({
        site: siteName(institution),
        only: `institution=${institution}`,
        ...Object.fromEntries(counted.map((key) => [key, site[key] ?? 0])),
      }),
    )
    .sort((a, b) => Number(b.studies) - Number(a.studies))
  const total: Row = {
    site: say('合计', 'Total'),
    only: '',
    ...Object.fromEntries(counted.map((key) => [key, rows.reduce((all, row) => all + Number(row[key]), 0)])),
  }
  return {
    key: 'sites-modalities',
    title: say('各单位 × 检查类别', 'Sites by modality'),
    columns,
    rows,
    total: rows.length === 0 ? null : total,
    charts:
      rows.length === 0
        ? []
        : [
            stacked(
              say('各单位检查量', 'Studies by site'),
              say('例', 'studies'),
              rows.map(({ site }) => String(site)),
              modalities.map((modality) => ({
                name: modality || say('未知', 'unknown'),
                values: rows.map((row) => row[`m_${modality}`] as number),
              })),
            ),
          ],
    empty: none(say),
  }
}

/** Every day has a row, the quiet ones too. */
async function days({ pool, search, say }: SectionContext): Promise<FigureTable> {
  const counted = new Map((await figuresByDay(pool, search)).map((row) => [row.day, row]))
  const rows = daysOf(search).map(
    (day): Row => ({
      day,
      only: `from=${day}&to=${day}`,
      studies: counted.get(day)?.studies ?? 0,
      reports: counted.get(day)?.reports ?? 0,
    }),
  )
  const columns: Column[] = [
    textColumn('day', say('日期', 'Day')),
    { key: 'studies', title: say('检查量', 'Studies'), kind: 'count', definition: 'studies', cases: 'studies' },
    { key: 'reports', title: say('报告量', 'Reports'), kind: 'count', definition: 'reports', cases: 'reports' },
  ]
  return {
    key: 'days',
    title: say('逐日', 'By day'),
    columns,
    rows,
    total: {
      day: say('合计', 'Total'),
      only: '',
      studies: rows.reduce((all, row) => all + Number(row.studies), 0),
      reports: rows.reduce((all, row) => all + Number(row.reports), 0),
    },
    charts: [
      lines(
        say('逐日检查量与报告量', 'Studies and reports by day'),
        say('例', 'studies'),
        rows.map(({ day }) => String(day)),
        columns.slice(1).map(({ key, title }) => ({ name: title, values: rows.map((row) => row[key] as number) })),
      ),
    ],
    empty: none(say),
  }
}

async function week({ pool, search, say }: SectionContext): Promise<FigureTable> {
  const cells = await figuresByHour(pool, search)
  const names = weekdays.map((weekday) => weekdayName(say, weekday))
  const hours = Array.from({ length: 24 }, (_, hour) => String(hour))
  const at = new Map(cells.map(({ weekday, hour, studies }) => [`${weekday} ${hour}`, studies]))
  const rows = names.map((name, place): Row => {
    const counts = hours.map((hour) => at.get(`${place + 1} ${hour}`) ?? 0)
    return {
      weekday: name,
      only: `weekday=${place + 1}`,
      ...Object.fromEntries(counts.map((count, hour) => [`h${hour}`, count])),
      all: counts.reduce((all, count) => all + count, 0),
    }
  })
  return {
    key: 'week',
    title: say('一周各时段', 'Hours of the week'),
    columns: [
      textColumn('weekday', say('星期', 'Weekday')),
      ...hours.map(
        (hour): Column => ({ key: `h${hour}`, title: hour, kind: 'count', definition: 'studies', cases: 'studies', only: `hour=${hour}` }),
      ),
      { key: 'all', title: say('合计', 'Total'), kind: 'count', definition: 'studies', cases: 'studies' },
    ],
    rows: cells.length === 0 ? [] : rows,
    total: null,
    charts:
      cells.length === 0
        ? []
        : [
            heat(
              say('检查到达的时段', 'When studies arrive'),
              hours,
              names,
              cells.map(({ weekday, hour, studies }) => [hour, weekday - 1, studies] as const),
            ),
          ],
    empty: none(say),
  }
}
