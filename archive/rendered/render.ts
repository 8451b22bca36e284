/** One frame from its stored bytes to a picture. Runs in a worker (`renderer.ts`). */
import { type Palette, renderColour, renderPalette } from './colour.ts'
import { type DecodeRequest, decodeFrame } from './decode.ts'
import { NotRenderable } from './errors.ts'
import { type GreyDisplay, renderGrey, type Window } from './grey.ts'
import { encodePicture, type PictureOptions } from './picture.ts'
import type { Decoded, PixelDescription } from './pixels.ts'

/** How the data set wants its pixels shown. */
export interface Display {
  readonly grey: GreyDisplay
  /** For PALETTE COLOR. */
  readonly palette: Palette | null
  readonly pixelAspect: number
}

export interface RenderRequest extends DecodeRequest, PictureOptions {
  readonly display: Display
  /** In the units that the modality LUT or rescale gives (HU in CT); it replaces what the data set proposes. Grey only. */
  readonly window?: Window
}

/** @throws PixelsNotDecoded, NotRenderable */
export async function render(request: RenderRequest): Promise<Buffer> {
  const { pixels, display } = request
  const decoded = await decodeFrame(request)
  const bytes = toBytes(decoded, pixels, display, request.window)
  return encodePicture(bytes, pixels.Columns, pixels.Rows, { ...request, pixelAspect: display.pixelAspect })
}

/** 8-bit grey or RGB, not scaled. */
export function toBytes(decoded: Decoded, pixels: PixelDescription, display: Display, window: Window | undefined): Uint8Array {
  if (pixels.SamplesPerPixel === 3) return renderColour(decoded, pixels)
  if (decoded.PhotometricInterpretation === 'PALETTE COLOR') {
    if (display.palette === null) throw new NotRenderable('The palette that the pixels need is missing')
    return renderPalette(decoded.samples, display.palette)
  }
  if (!decoded.PhotometricInterpretation.startsWith('MONOCHROME')) {
    throw new NotRenderable(`There is no picture of ${decoded.PhotometricInterpretation || 'undeclared'} pixels`)
  }
  return renderGrey(decoded.samples, pixels, display.grey, window)
}
