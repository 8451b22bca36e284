/** What was drawn on a key image, as marks to be burned into its picture, with the words of each beside it. */
import type { KeyImage, Shape } from '../../../storage/index/key-objects.ts'
import type { Mark } from '../../rendered/marks.ts'
import { longestWord, type Point } from '../returns/annotation-shapes.ts'

/** A point is a small ring. */
const ring = 0.008

function drawn({ kind, points }: Shape): Mark[] {
  const [first, second] = points as readonly (Point | undefined)[]
  if (first === undefined) return []
  if (kind === 'point') {
    const [x, y] = first
    return [
      {
        kind: 'ellipse',
        points: [
          [x - ring, y - ring],
          [x + ring, y + ring],
        ],
      },
    ]
  }
  if (second === undefined) return []
  return kind === 'arrow' || kind === 'ellipse' ? [{ kind, points: [first, second] }] : [{ kind: 'polyline', points }]
}

/** Beside the lowest point, so that the words do not lie on what they are about. */
function written({ text, points }: Shape): Mark[] {
  const lowest = points.reduce<Point | undefined>((found, point) => (found === undefined || point[1] > found[1] ? point : found), undefined)
  if (!text || lowest === undefined) return []
  return [
    { kind: 'text', points: [[Math.min(0.75, lowest[0] + 0.02), Math.min(0.97, lowest[1] + 0.05)]], text: text.slice(0, longestWord) },
  ]
}

export const marksOf = ({ shapes = [] }: KeyImage): Mark[] => shapes.flatMap((shape) => [...drawn(shape), ...written(shape)])
