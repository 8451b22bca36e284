/**
 * A key image as it was captured: rendered by the server at the same window, with what was drawn on it laid over. Uses no component library, so that the
 * ward page can show it too.
 */
import './picture.css'
import { useState } from 'react'
import type { KeyImage, Shape } from '../reading/messages.ts'

/** `size`: of the longer side, in pixels. */
export function keyImageURL(
  StudyInstanceUID: string,
  { SeriesInstanceUID, SOPInstanceUID, frame, window }: KeyImage,
  size: number,
): string {
  const voi = window ? `&window=${window.center},${window.width},linear` : ''
  return `/dicomweb/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}/frames/${frame}/rendered?viewport=${size},${size}${voi}`
}

interface Props {
  readonly StudyInstanceUID: string
  readonly image: KeyImage
  readonly size: number
  readonly alt: string
}

export function KeyImagePicture({ StudyInstanceUID, image, size, alt }: Props) {
  const [failed, setFailed] = useState(false)
  if (failed) return <span className="key-picture key-picture-missing">{alt}</span>
  return (
    <span className="key-picture">
      <img src={keyImageURL(StudyInstanceUID, image, size)} alt={alt} loading="lazy" onError={() => setFailed(true)} />
      {image.shapes && image.shapes.length > 0 && (
        <svg viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          {image.shapes.map((shape) => (
            <Drawing key={JSON.stringify(shape)} {...shape} />
          ))}
        </svg>
      )}
    </span>
  )
}

const listed = (points: Shape['points']): string => points.map(([x, y]) => `${x},${y}`).join(' ')

function Drawing({ kind, points }: Shape) {
  const [first, second] = points
  if (first === undefined) return null
  if (kind === 'point') return <circle cx={first[0]} cy={first[1]} r={0.015} />
  if (kind === 'ellipse' && second !== undefined) {
    const [[x0, y0], [x1, y1]] = [first, second]
    return <ellipse cx={(x0 + x1) / 2} cy={(y0 + y1) / 2} rx={Math.abs(x1 - x0) / 2} ry={Math.abs(y1 - y0) / 2} />
  }
  if (kind === 'arrow' && second !== undefined) {
    const along = Math.atan2(second[1] - first[1], second[0] - first[0])
    const barb = (turn: number): [number, number] => [second[0] - 0.06 * Math.cos(along + turn), second[1] - 0.06 * Math.sin(along + turn)]
    return <polyline points={listed([first, second, barb(0.5), second, barb(-0.5)])} />
  }
  return <polyline points={listed(points)} />
}
