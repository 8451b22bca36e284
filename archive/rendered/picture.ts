/** From 8-bit grey or RGB to the file that is sent: region, size, mirror, annotation, colour profile, quality. PS3.18 §8.3.5.1 (Rendering Query Parameters). */
import sharp from 'sharp'
import { type Annotation, drawAnnotation } from './annotation.ts'
import { NotRenderable } from './errors.ts'
import { drawMarks, type Mark } from './marks.ts'

export interface Viewport {
  /** Pixels of the picture; the region is scaled to the largest size that fits, its proportions kept. Neither: it is not scaled. */
  readonly width?: number
  readonly height?: number
  /** The region of the image to show, in its pixels: from the left upper corner and whole where nothing is said. Negative sizes mirror. */
  readonly x?: number
  readonly y?: number
  readonly regionWidth?: number
  readonly regionHeight?: number
  /** The same as parts of the whole from 0 to 1: left, upper, right and lower edge (WADO-URI). */
  readonly edges?: readonly [left: number, top: number, right: number, bottom: number]
}

/** Colours are sRGB; a profile says so in the picture, or brings them to another gamut. */
export type ColourProfile = 'srgb' | 'displayp3'
const profileNames = { srgb: 'srgb', displayp3: 'p3' } as const

export interface PictureOptions {
  readonly format: 'image/jpeg' | 'image/png'
  /** 1 to 100. */
  readonly quality?: number
  readonly viewport?: Viewport
  /** Burned in, in the size of the picture. */
  readonly words?: Annotation
  /** What a reader has drawn on the whole image; burned in. */
  readonly marks?: readonly Mark[]
  /** Of colour pictures. */
  readonly profile?: ColourProfile
  /** A font file for characters that the first lacks. */
  readonly fallbackFont?: string
  /** Height of a pixel divided by its width, from PixelSpacing or PixelAspectRatio. */
  readonly pixelAspect?: number
}

const largestSide = 8_192
/** Seconds; a worker that is given up cannot be stopped while it is in native code. */
const longestTime = 20

// a worker lives long and never sees a picture twice
sharp.cache(false)
sharp.concurrency(1)

export async function encodePicture(bytes: Uint8Array, Columns: number, Rows: number, options: PictureOptions): Promise<Buffer> {
  const channels = bytes.length === Columns * Rows ? 1 : 3
  let picture = sharp(bytes, { raw: { width: Columns, height: Rows, channels } }).timeout({ seconds: longestTime })
  let size = { width: Columns, height: Rows }
  const { viewport } = options
  if (viewport !== undefined) {
    const part = regionOf(viewport, Columns, Rows)
    picture = picture.extract(part)
    size = part
    if ((viewport.regionHeight ?? 1) < 0) picture = picture.flip()
    if ((viewport.regionWidth ?? 1) < 0) picture = picture.flop()
  }
  const target = targetSize(size, options)
  if (target.width !== size.width || target.height !== size.height) picture = picture.resize({ ...target, fit: 'fill', kernel: 'lanczos3' })
  const { words, marks, fallbackFont } = options
  const drawings = [
    ...(words === undefined ? [] : [drawAnnotation(words, target.width, target.height, fallbackFont)]),
    ...(marks === undefined ? [] : [drawMarks(marks, target.width, target.height, fallbackFont)]),
  ]
  if (drawings.length > 0) picture = picture.composite(drawings.map((input) => ({ input })))
  if (options.profile !== undefined && channels === 3) picture = picture.withIccProfile(profileNames[options.profile])
  const quality = Math.max(1, Math.min(100, Math.round(options.quality ?? 90)))
  // drawings are laid over in colour: brought back to one channel every grey would be another
  if (channels === 1) picture = picture.toColourspace(drawings.length === 0 ? 'b-w' : 'srgb')
  if (options.format === 'image/png') return picture.png({ compressionLevel: 6 }).toBuffer()
  return picture.jpeg({ quality, chromaSubsampling: quality >= 90 ? '4:4:4' : '4:2:0' }).toBuffer()
}

function regionOf(viewport: Viewport, Columns: number, Rows: number) {
  if (viewport.edges !== undefined) {
    const [left, top, right, bottom] = viewport.edges
    const part = { x: left * Columns, y: top * Rows, regionWidth: (right - left) * Columns, regionHeight: (bottom - top) * Rows }
    return regionOf(part, Columns, Rows)
  }
  const { x = 0, y = 0, regionWidth = Columns - x, regionHeight = Rows - y } = viewport
  const left = Math.max(0, Math.round(x))
  const top = Math.max(0, Math.round(y))
  const width = Math.min(Columns, Math.round(x + Math.abs(regionWidth))) - left
  const height = Math.min(Rows, Math.round(y + Math.abs(regionHeight))) - top
  if (!(width > 0 && height > 0))
    throw new NotRenderable(`The region asked for lies outside of the ${Columns} × ${Rows} pixels of the image`)
  return { left, top, width, height }
}

/** Square pixels, and as large as the viewport allows; without one no pixel of the image is given up. */
function targetSize({ width, height }: { width: number; height: number }, { viewport, pixelAspect = 1 }: PictureOptions) {
  const tall = Math.abs(pixelAspect - 1) > 0.01 && pixelAspect > 0.05 && pixelAspect < 20 ? pixelAspect : 1
  const square = tall > 1 ? { width, height: height * tall } : { width: width / tall, height }
  const { width: boxWidth, height: boxHeight } = viewport ?? {}
  const free = boxWidth === undefined && boxHeight === undefined
  const wanted = Math.min(clampSide(boxWidth ?? largestSide) / square.width, clampSide(boxHeight ?? largestSide) / square.height)
  const scale = free ? (tall === 1 ? 1 : Math.min(1, wanted)) : wanted
  return { width: Math.max(1, Math.round(square.width * scale)), height: Math.max(1, Math.round(square.height * scale)) }
}

function clampSide(side: number): number {
  return Math.max(1, Math.min(largestSide, Math.round(side)))
}
