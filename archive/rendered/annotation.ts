/**
 * Words burned into a picture: PS3.18 §8.3.5.1.1. Each character is drawn as the outline that its font has, so that no machine shows an empty box where
 * another shows 张, nothing of a name is ever taken for markup, and what no font has is said by its code point.
 */
import { createRequire } from 'node:module'
import { type Fonts, loadFonts } from '../reading/documents/glyphs.ts'

export interface Annotation {
  /** Above, on the left. */
  readonly patient?: readonly string[]
  /** Below, on the left. */
  readonly technique?: readonly string[]
}

interface OutlineFont {
  readonly unitsPerEm: number
  layout(text: string): {
    readonly glyphs: readonly { readonly path: { toSVG(): string } }[]
    readonly positions: readonly { readonly xAdvance: number }[]
  }
}

const require = createRequire(import.meta.url)
let loaded: { readonly fonts: Fonts; readonly own: OutlineFont; readonly second: OutlineFont | undefined } | undefined

/** 10 MB of font: read when the first annotation is drawn. */
function outlines(fallbackFont: string | undefined) {
  if (loaded === undefined) {
    const { create } = require('fontkit') as { create(bytes: Buffer): OutlineFont }
    const fonts = loadFonts(fallbackFont)
    loaded = { fonts, own: create(fonts.regular), second: fonts.fallback && create(fonts.fallback) }
  }
  return loaded
}

const longestLine = 200
const mostLines = 8

/** A drawing as large as the picture, to be laid over it. White with a black edge is read on any grey. */
export function drawAnnotation({ patient = [], technique = [] }: Annotation, width: number, height: number, fallbackFont?: string): Buffer {
  const size = Math.max(9, Math.round(Math.min(width, height) / 28))
  const step = size * 1.35
  const [above, below] = [patient.slice(0, mostLines), technique.slice(0, mostLines)]
  const lines = [
    ...above.map((text, n) => ({ text, y: step * (n + 1) })),
    ...below.map((text, n) => ({ text, y: height - step * (below.length - n) + size })),
  ]
  const paths = lines.map(({ text, y }) => drawLine(text.slice(0, longestLine), y, size, width, fallbackFont)).join('')
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g fill="#fff" stroke="#000" paint-order="stroke" stroke-linejoin="round">${paths}</g></svg>`,
  )
}

function drawLine(text: string, y: number, size: number, width: number, fallbackFont: string | undefined): string {
  const { glyphs, advance } = setText(text, fallbackFont)
  // a line that is too long is made smaller rather than cut: a name is shown whole
  const margin = size / 2
  const em = Math.min(size, (width - 2 * margin) / Math.max(advance, 1e-9))
  return outlined(glyphs, margin, y, em)
}

/** A word drawn from a place on, not farther than the right edge of the picture allows. */
export function drawWord(text: string, [x, y]: readonly [number, number], size: number, width: number, fallbackFont?: string): string {
  const { glyphs, advance } = setText(text, fallbackFont)
  return outlined(glyphs, Math.max(0, Math.min(x, width - advance * size)), y, size)
}

interface Glyph {
  readonly d: string
  /** In ems from the beginning of the line. */
  readonly at: number
  readonly scale: number
}

function setText(text: string, fallbackFont: string | undefined): { glyphs: Glyph[]; advance: number } {
  const { fonts, own, second } = outlines(fallbackFont)
  const glyphs: Glyph[] = []
  let advance = 0
  for (const { text: piece, fallback } of fonts.split(text)) {
    const font = fallback && second !== undefined ? second : own
    const scale = 1 / font.unitsPerEm
    const { glyphs: drawn, positions } = font.layout(piece)
    drawn.forEach((glyph, n) => {
      glyphs.push({ d: glyph.path.toSVG(), at: advance, scale })
      advance += positions[n]!.xAdvance * scale
    })
  }
  return { glyphs, advance }
}

const outlined = (glyphs: readonly Glyph[], x: number, y: number, em: number): string =>
  glyphs
    .map(({ d, at, scale }) => {
      const place = `translate(${(x + at * em).toFixed(2)} ${y.toFixed(2)}) scale(${scale * em} ${-scale * em})`
      return `<path transform="${place}" stroke-width="${(0.12 / scale).toFixed(1)}" d="${d}"/>`
    })
    .join('')
