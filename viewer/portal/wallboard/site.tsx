/** One site on the map: its line to the centre beneath everything, its dot and its name above. */
import type { WallSite } from '../api/statistics-types.ts'
import type { Dot, Label } from '../map/placement.ts'
import type { Point } from '../map/projection.ts'
import { lineOf, meaningOf, signOf } from './site-state.ts'

export interface SiteDrawn {
  readonly site: WallSite
  readonly dot: Dot
  /** Undefined: there was no room for its name; the dot and the panel have it. */
  readonly label: Label | undefined
  readonly detail: string
  /** Undefined: nobody has said where it stands. */
  readonly centre: Point | undefined
}

interface Props {
  readonly drawn: SiteDrawn
  readonly part: 'line' | 'dot'
  readonly onChoose: (id: number) => void
}

export const addressOf = (id: number): string => `/wallboard?site=${id}`

export function Site({ drawn, part, onChoose }: Props) {
  const { site, dot, label, detail, centre } = drawn
  if (part === 'line') return centre === undefined ? null : <Line site={site} dot={dot} centre={centre} />
  return (
    <a
      className={`map-site meaning-${meaningOf(site)} at-${lineOf(site)}`}
      data-site={site.id}
      href={addressOf(site.id)}
      aria-label={`${site.name} ${site.waiting} ${detail}`}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        onChoose(site.id)
      }}
    >
      <title>{`${site.name} ${detail}`}</title>
      {label?.led && <path className="map-lead" d={leadOf(dot, label)} />}
      <circle cx={dot.x} cy={dot.y} r={dot.radius} />
      <text className="map-count number" x={dot.x} y={dot.y}>
        {site.waiting > 0 ? site.waiting : signOf(site)}
      </text>
      {label !== undefined && <Name label={label} name={site.name} detail={detail} />}
    </a>
  )
}

/** The name in its box, and what is told beneath it, on the side of the dot. */
export function Name({ label, name, detail }: { readonly label: Label; readonly name: string; readonly detail: string }) {
  const { y, height, anchor } = label
  const x = label.x + { start: 0, middle: label.width / 2, end: label.width }[anchor]
  return (
    <g className="map-label" textAnchor={anchor}>
      <text className="map-name" x={x} y={y}>
        <tspan dy="1.08em">{name}</tspan>
      </text>
      {detail !== '' && (
        <text className="map-detail number" x={x} y={y + height}>
          <tspan dy="-0.32em">{detail}</tspan>
        </text>
      )}
    </g>
  )
}

function Line({ site, dot, centre }: { readonly site: WallSite; readonly dot: Point; readonly centre: Point }) {
  const state = lineOf(site)
  return (
    <g className={`map-line line-${state}`}>
      <line x1={dot.x} y1={dot.y} x2={centre.x} y2={centre.y} />
      {state === 'stalled' && (
        <text x={(dot.x + centre.x) / 2} y={(dot.y + centre.y) / 2}>
          ✕
        </text>
      )}
    </g>
  )
}

/** To the nearest spot of the name's box. */
function leadOf({ x, y }: Point, box: Label): string {
  const toX = Math.max(box.x, Math.min(box.x + box.width, x))
  const toY = Math.max(box.y, Math.min(box.y + box.height, y))
  return `M${x},${y}L${toX},${toY}`
}
