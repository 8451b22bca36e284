/** A small map to point at: the others, the county's outline, and the one dot that is set by a click, by dragging or by the arrow keys. */
import { type KeyboardEvent, type PointerEvent, useMemo, useRef } from 'react'
import type { Ring } from '../api/map.ts'
import { Outline, placesOf } from '../map/outline.tsx'
import { fitted, type Place, type Point } from '../map/projection.ts'

const size = { width: 560, height: 280 }
const sheet = { ...size, marginX: 40, marginY: 30 }

interface Props {
  readonly label: string
  readonly place: Place | null
  /** What the sheet shows besides the others, so that it does not move under the hand. */
  readonly around: Place | null
  readonly others: readonly Place[]
  readonly rings: readonly Ring[]
  readonly onMove: (place: Place) => void
}

/** A metre. */
const rounded = (degrees: number): number => Math.round(degrees * 100_000) / 100_000

const steps: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}
const [small, large] = [2, 20]

export function PlaceSheet({ label, place, around, others, rings, onMove }: Props) {
  const dragging = useRef(false)
  const projection = useMemo(
    () => fitted([...others, ...placesOf(rings), ...(around === null ? [] : [around])], sheet),
    [others, rings, around],
  )
  const moveTo = ({ x, y }: Point) => {
    const inside = { x: Math.max(0, Math.min(size.width, x)), y: Math.max(0, Math.min(size.height, y)) }
    const { longitude, latitude } = projection.placeOf(inside)
    onMove({ longitude: rounded(longitude), latitude: rounded(latitude) })
  }
  const follow = (event: PointerEvent<HTMLButtonElement>) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
    moveTo({ x: ((event.clientX - left) * size.width) / width, y: ((event.clientY - top) * size.height) / height })
  }
  const step = (event: KeyboardEvent) => {
    const by = steps[event.key]
    if (by === undefined) return
    event.preventDefault()
    const from = place === null ? { x: size.width / 2, y: size.height / 2 } : projection.pointOf(place)
    const far = event.shiftKey ? large : small
    moveTo({ x: from.x + by.x * far, y: from.y + by.y * far })
  }
  const at = place === null ? null : projection.pointOf(place)
  return (
    <button
      type="button"
      className="place-sheet"
      aria-label={label}
      title={label}
      onKeyDown={step}
      onPointerDown={(event) => {
        dragging.current = true
        event.currentTarget.setPointerCapture(event.pointerId)
        follow(event)
      }}
      onPointerMove={(event) => dragging.current && follow(event)}
      onPointerUp={() => {
        dragging.current = false
      }}
      onPointerCancel={() => {
        dragging.current = false
      }}
    >
      <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden="true">
        <Outline rings={rings} projection={projection} />
        {others.map((other) => {
          const { x, y } = projection.pointOf(other)
          return <circle key={`${x} ${y}`} className="place-other" cx={x} cy={y} r={4} />
        })}
        {at !== null && <circle className="place-own" cx={at.x} cy={at.y} r={9} />}
      </svg>
    </button>
  )
}
