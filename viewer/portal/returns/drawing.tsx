/** Drawing on a picture that the server made: places are parts of its width and height, so that they hold for the image itself. */
import { type PointerEvent, type ReactNode, useRef, useState } from 'react'
import type { Point, Shape } from '../api/returns.ts'

export type Tool = Shape['kind']

interface Props {
  readonly src: string
  readonly alt: string
  readonly tool: Tool
  readonly shapes: readonly Shape[]
  /** What is shown where the picture cannot be. */
  readonly broken: ReactNode
  readonly onDrawn: (shape: Shape) => void
  /** A place for words was chosen. */
  readonly onPlace: (place: Point) => void
}

/** Shorter is a slip of the hand, not a mark: parts of the picture. */
const shortest = 0.015

export function Drawing({ src, alt, tool, shapes, broken, onDrawn, onPlace }: Props) {
  const [drag, setDrag] = useState<readonly [Point, Point] | null>(null)
  const [natural, setNatural] = useState<{ src: string; width: number; height: number } | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  const box = useRef<HTMLDivElement>(null)

  const placeOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = box.current!.getBoundingClientRect()
    const part = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 10_000) / 10_000
    return [part((clientX - left) / width), part((clientY - top) / height)]
  }
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return
    event.preventDefault()
    const place = placeOf(event)
    if (tool === 'text') return onPlace(place)
    event.currentTarget.setPointerCapture(event.pointerId)
    setDrag([place, place])
  }
  const onPointerMove = (event: PointerEvent) => drag && setDrag([drag[0], placeOf(event)])
  const onPointerUp = (event: PointerEvent) => {
    if (drag === null || tool === 'text') return
    const points = [drag[0], placeOf(event)] as const
    setDrag(null)
    if (Math.hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]) >= shortest) onDrawn({ kind: tool, points })
  }
  const shown = natural?.src === src ? natural : null
  const drawing: readonly Shape[] = drag === null || tool === 'text' ? shapes : [...shapes, { kind: tool, points: drag }]
  if (failed === src) return <div className="drawing drawing-broken">{broken}</div>
  return (
    <div className="drawing">
      <div
        ref={box}
        className={`drawing-box drawing-${tool}`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(null)}
      >
        <img
          src={src}
          alt={alt}
          draggable={false}
          onLoad={({ currentTarget }) => setNatural({ src, width: currentTarget.naturalWidth, height: currentTarget.naturalHeight })}
          onError={() => setFailed(src)}
        />
        {shown && <Marks shapes={drawing} width={shown.width} height={shown.height} />}
      </div>
    </div>
  )
}

/** As `archive/rendered/marks.ts` burns them in. */
export function Marks({ shapes, width, height }: { readonly shapes: readonly Shape[]; readonly width: number; readonly height: number }) {
  const size = Math.max(8, Math.min(width, height) / 22)
  const line = Math.max(1.5, size / 9)
  const at = ([x, y]: Point): Point => [x * width, y * height]
  const lines = shapes.map((shape) => <MarkLine key={keyOf(shape)} shape={shape} at={at} size={size} />)
  return (
    <svg className="marks" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <g fill="none" strokeLinecap="round" strokeLinejoin="round" stroke="#000" strokeWidth={line * 2.2}>
        {lines}
      </g>
      <g fill="none" strokeLinecap="round" strokeLinejoin="round" stroke="#ffe14d" strokeWidth={line}>
        {lines}
      </g>
      <g fill="#ffe14d" stroke="#000" strokeWidth={size * 0.12} paintOrder="stroke" fontSize={size}>
        {shapes.map((shape) => {
          if (shape.kind !== 'text') return null
          const [x, y] = at(shape.points[0])
          return (
            <text key={keyOf(shape)} x={x} y={y}>
              {shape.text}
            </text>
          )
        })}
      </g>
    </svg>
  )
}

const keyOf = (shape: Shape): string => JSON.stringify(shape)

function MarkLine({ shape, at, size }: { readonly shape: Shape; readonly at: (point: Point) => Point; readonly size: number }) {
  if (shape.kind === 'text') return null
  const [[x0, y0], [x1, y1]] = [at(shape.points[0]), at(shape.points[1])]
  if (shape.kind === 'ellipse')
    return <ellipse cx={(x0 + x1) / 2} cy={(y0 + y1) / 2} rx={Math.abs(x1 - x0) / 2} ry={Math.abs(y1 - y0) / 2} />
  const along = Math.atan2(y1 - y0, x1 - x0)
  const barb = (turn: number) => `${x1 - size * Math.cos(along + turn)},${y1 - size * Math.sin(along + turn)}`
  return <polyline points={`${x0},${y0} ${x1},${y1} ${barb(Math.PI / 7)} ${x1},${y1} ${barb(-Math.PI / 7)}`} />
}
