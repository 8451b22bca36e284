/** Charts of figures as options of ECharts without functions: drawn by the portal in the browser and by the printed pack as SVG, from the same object. */
import type { Chart } from './table.ts'

/** Told apart in grey and by those who do not see red and green; the first is the portal's own. */
const palette = ['#1f6fd1', '#e08a00', '#2e9e6b', '#8a5cc9', '#c0392b', '#5d6b7a', '#00a3a3', '#b5651d']
const limitColour = '#c0392b'

const frame = { top: 42, left: 12, right: 24, bottom: 12, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' } as const
const base = { animation: false, color: palette, textStyle: { fontSize: 12 } } as const
const legend = { top: 8, left: 'center', itemWidth: 14, itemHeight: 10 } as const
const valueAxis = (name: string) =>
  ({ type: 'value', name, nameTextStyle: { align: 'left' }, nameGap: 8, splitLine: { lineStyle: { color: '#e6eaee' } } }) as const
/** Of many sites the rows are narrower, so that a page holds them all. */
const rowHeight = (rows: number): number => (rows > 15 ? 18 : 24)

export interface Series {
  readonly name: string
  readonly values: readonly (number | null)[]
}

const sum = (values: readonly (number | null)[]): number => values.reduce<number>((total, value) => total + (value ?? 0), 0)

/** Over days or months. */
export const lines = (title: string, unit: string, labels: readonly string[], series: readonly Series[]): Chart => ({
  title,
  height: 260,
  option: {
    ...base,
    tooltip: { trigger: 'axis' },
    legend,
    grid: frame,
    xAxis: { type: 'category', data: labels, boundaryGap: labels.length < 3, axisLabel: { hideOverlap: true } },
    yAxis: valueAxis(unit),
    series: series.map(({ name, values }) => ({
      name,
      type: 'line',
      data: values,
      showSymbol: labels.length < 40,
      symbolSize: 5,
      connectNulls: false,
    })),
  },
})

interface Limit {
  readonly name: string
  readonly value: number
}

/** One bar or several for each row, lying: names of sites are long. `limit`: a line that none should cross. */
export function bars(title: string, unit: string, labels: readonly string[], series: readonly Series[], limit?: Limit): Chart {
  const thick = rowHeight(labels.length) + 8 * (series.length - 1)
  return {
    title,
    height: 80 + thick * Math.max(1, labels.length),
    option: {
      ...base,
      tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
      legend: { ...legend, show: series.length > 1 },
      grid: { ...frame, top: series.length > 1 ? 42 : 30, right: 56 },
      xAxis: { ...valueAxis(''), name: unit, nameLocation: 'end', position: 'top' },
      yAxis: { type: 'category', data: labels, inverse: true, axisTick: { show: false }, axisLabel: { interval: 0 } },
      series: series.map(({ name, values }, at) => ({
        name,
        type: 'bar',
        data: values,
        barMaxWidth: 16,
        label: { show: true, position: 'right', fontSize: 11 },
        ...(at === 0 && limit !== undefined
          ? {
              markLine: {
                symbol: 'none',
                lineStyle: { color: limitColour, type: 'dashed' },
                label: { formatter: limit.name, position: 'insideEndTop', color: limitColour, fontSize: 11 },
                data: [{ xAxis: limit.value }],
              },
            }
          : {}),
      })),
    },
  }
}

/** Parts of a whole, one bar for each row. */
export const stacked = (title: string, unit: string, labels: readonly string[], series: readonly Series[]): Chart => ({
  title,
  height: 80 + rowHeight(labels.length) * Math.max(1, labels.length),
  option: {
    ...base,
    tooltip: { trigger: 'axis', axisPointer: { type: 'shadow' } },
    legend: { ...legend, type: 'scroll' },
    grid: { ...frame, top: 52, right: 56 },
    xAxis: { ...valueAxis(''), name: unit, nameLocation: 'end', position: 'top' },
    yAxis: { type: 'category', data: labels, inverse: true, axisTick: { show: false }, axisLabel: { interval: 0 } },
    series: series
      .filter(({ values }) => sum(values) > 0)
      .map(({ name, values }) => ({ name, type: 'bar', stack: 'all', data: values, barMaxWidth: 16 })),
  },
})

/** Weekdays by hours. */
export const heat = (
  title: string,
  hours: readonly string[],
  days: readonly string[],
  cells: readonly (readonly [number, number, number])[],
): Chart => ({
  title,
  height: 250,
  option: {
    ...base,
    tooltip: { position: 'top' },
    grid: { ...frame, top: 12, bottom: 48 },
    xAxis: { type: 'category', data: hours, splitArea: { show: true } },
    yAxis: { type: 'category', data: days, inverse: true, splitArea: { show: true } },
    visualMap: {
      min: 0,
      max: Math.max(1, ...cells.map(([, , count]) => count)),
      calculable: false,
      orient: 'horizontal',
      left: 'center',
      bottom: 4,
      inRange: { color: ['#f3f7fc', '#8db9ec', '#1f6fd1'] },
      itemHeight: 120,
      textStyle: { fontSize: 11 },
    },
    series: [{ type: 'heatmap', data: cells, label: { show: false } }],
  },
})
