/** Arrows, ellipses and words that a reader drew, as a drawing to be laid over the picture: yellow with a black edge is seen on any grey. */
import { arrowLine, inPixels, markSize, type Point, type Shape } from '../reading/returns/annotation-shapes.ts'
import { drawWord } from './annotation.ts'

/** Places are parts of the whole image's width and height. Lines are what a measurement has drawn. */
export type Mark = Shape | { readonly kind: 'polyline'; readonly points: readonly Point[] }

export function drawMarks(marks: readonly Mark[], width: number, height: number, fallbackFont?: string): Buffer {
  const size = markSize(width, height)
  const line = Math.max(1.5, size / 9)
  const lines = marks.map((mark) => drawLine(mark, width, height, size)).join('')
  const words = marks
    .map((mark) => (mark.kind === 'text' ? drawWord(mark.text, inPixels(mark.points[0], width, height), size, width, fallbackFont) : ''))
    .join('')
  const stroke = (colour: string, thickness: number) =>
    `<g fill="none" stroke="${colour}" stroke-width="${thickness.toFixed(2)}" stroke-linecap="round" stroke-linejoin="round">${lines}</g>`
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${stroke('#000', line * 2.2)}${stroke(yellow, line)}<g fill="${yellow}" stroke="#000" paint-order="stroke" stroke-linejoin="round">${words}</g></svg>`,
  )
}

const yellow = '#ffe14d'

function drawLine(mark: Mark, width: number, height: number, size: number): string {
  const places = mark.points.map((point) => inPixels(point, width, height))
  switch (mark.kind) {
    case 'arrow':
      return `<polyline points="${listed(arrowLine([places[0]!, places[1]!], size))}"/>`
    case 'ellipse': {
      const [[x0, y0], [x1, y1]] = [places[0]!, places[1]!]
      const [cx, cy, rx, ry] = [(x0 + x1) / 2, (y0 + y1) / 2, Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2]
      return `<ellipse cx="${cx.toFixed(2)}" cy="${cy.toFixed(2)}" rx="${rx.toFixed(2)}" ry="${ry.toFixed(2)}"/>`
    }
    case 'polyline':
      return `<polyline points="${listed(places)}"/>`
    case 'text':
      return ''
  }
}

const listed = (points: readonly Point[]): string => points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(' ')
