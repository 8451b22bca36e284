/** ECharts with the parts that figures need and no more; loaded when the first chart is drawn. */
import { BarChart, HeatmapChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([
  BarChart,
  HeatmapChart,
  LineChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TooltipComponent,
  VisualMapComponent,
  SVGRenderer,
])

export interface Drawn {
  set(option: Record<string, unknown>): void
  resize(): void
  dispose(): void
}

export function draw(element: HTMLElement): Drawn {
  const chart = init(element, null, { renderer: 'svg' })
  return {
    set: (option) => chart.setOption(option, true),
    resize: () => chart.resize(),
    dispose: () => chart.dispose(),
  }
}
