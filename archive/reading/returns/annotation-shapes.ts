/**
 * What a reader draws on an image: an arrow, an ellipse, a word. Places are parts of the image's width and height from 0 to 1, so that a drawing made on
 * a small picture lies right on the whole one. `presentation-state.ts` makes DICOM of it, `marked-picture.ts` a picture.
 */

/** Across, down. */
export type Point = readonly [x: number, y: number]

export type Shape =
  /** From the tail to the tip. */
  | { readonly kind: 'arrow'; readonly points: readonly [Point, Point] }
  /** Two opposite corners of the box around it. */
  | { readonly kind: 'ellipse'; readonly points: readonly [Point, Point] }
  /** Where it begins: the left end of its base line. */
  | { readonly kind: 'text'; readonly points: readonly [Point]; readonly text: string }

export interface Annotation {
  readonly SOPInstanceUID: string
  /** From 1. */
  readonly frame: number
  readonly shapes: readonly Shape[]
}

export const mostShapes = 20
export const longestWord = 40

/** Tail, tip, one barb, tip, other barb: one line without lifting the pen. In pixels. */
export function arrowLine([[x0, y0], [x1, y1]]: readonly [Point, Point], size: number): Point[] {
  const along = Math.atan2(y1 - y0, x1 - x0)
  const barb = (turn: number): Point => [x1 - size * Math.cos(along + turn), y1 - size * Math.sin(along + turn)]
  return [[x0, y0], [x1, y1], barb(Math.PI / 7), [x1, y1], barb(-Math.PI / 7)]
}

/** How large barbs and words are on an image of this size. */
export const markSize = (width: number, height: number): number => Math.max(8, Math.min(width, height) / 22)

export const inPixels = ([x, y]: Point, width: number, height: number): Point => [x * width, y * height]
