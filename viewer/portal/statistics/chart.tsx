/** One chart, drawn from the option that the server made; the table beside it says the same in numbers. */
import { useEffect, useRef, useState } from 'react'
import type { FigureChart } from '../api/statistics-types.ts'
import { useWords } from '../language/language.tsx'
import type { Drawn } from './draw.ts'
import { statisticsWords } from './words.ts'

export function Chart({ chart }: { chart: FigureChart }) {
  const say = useWords(statisticsWords)
  const place = useRef<HTMLDivElement>(null)
  const drawn = useRef<Drawn | null>(null)
  const latest = useRef(chart.option)
  latest.current = chart.option
  const [failed, setFailed] = useState(false)

  useEffect(() => {
    const element = place.current
    if (element === null) return
    let left = false
    const watching = new ResizeObserver(() => drawn.current?.resize())
    import('./draw.ts').then(
      ({ draw }) => {
        if (left) return
        drawn.current = draw(element)
        drawn.current.set(latest.current)
        watching.observe(element)
      },
      // A server that was renewed has other files: the numbers stand in the table all the same.
      () => setFailed(true),
    )
    return () => {
      left = true
      watching.disconnect()
      drawn.current?.dispose()
      drawn.current = null
    }
  }, [])
  useEffect(() => drawn.current?.set(chart.option), [chart.option])

  return (
    <figure className="figure-chart">
      <figcaption>{chart.title}</figcaption>
      {failed ? (
        <p className="quiet">{say('chartFailed')}</p>
      ) : (
        <div ref={place} style={{ height: chart.height }} role="img" aria-label={chart.title} />
      )}
    </figure>
  )
}
