/** Query parameters of rendered resources: PS3.18 §8.3.5. Read once, bounded, and named in the refusal. */
import { BadRequest } from '../../archive/errors.ts'

export interface RenderedParameters {
  readonly window?: { readonly center: number; readonly width: number; readonly function: 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID' }
  /** Pixels of the picture, and the region of the image shown in it (§8.3.5.1.3); a negative extent mirrors. */
  readonly viewport?: {
    readonly width: number
    readonly height: number
    readonly region?: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
  }
  /** 1 to 100. */
  readonly quality?: number
}

const windowFunctions = { linear: 'LINEAR', 'linear-exact': 'LINEAR_EXACT', sigmoid: 'SIGMOID' } as const

const largestViewport = 16_384

export function renderedParameters(query: URLSearchParams): RenderedParameters {
  const [window, viewport, quality] = [query.get('window'), query.get('viewport'), query.get('quality')]
  return {
    ...(window ? { window: parseWindow(window) } : {}),
    ...(viewport ? { viewport: parseViewport(viewport) } : {}),
    ...(quality ? { quality: number(quality, 'quality', 1, 100, Number.isInteger) } : {}),
  }
}

function parseWindow(text: string): NonNullable<RenderedParameters['window']> {
  const [center, width, name = 'linear', ...more] = text.split(',')
  const shape = windowFunctions[name.trim().toLowerCase().replace('_', '-') as keyof typeof windowFunctions]
  if (shape === undefined || width === undefined || more.length > 0) {
    throw new BadRequest('window must be center,width[,function] where function is linear, linear-exact or sigmoid')
  }
  return {
    center: number(center!, 'the center of window', -1e9, 1e9),
    width: number(width, 'the width of window', shape === 'LINEAR' ? 1 : Number.MIN_VALUE, 1e9),
    function: shape,
  }
}

function parseViewport(text: string): NonNullable<RenderedParameters['viewport']> {
  const values = text.split(',')
  if (values.length < 2 || values.length > 6)
    throw new BadRequest('viewport must be width,height[,x,y,width of the region,height of the region]')
  const size = (i: number, name: string) => number(values[i]!, `${name} of viewport`, 1, largestViewport, Number.isInteger)
  // An empty value stands for its default: the left or upper edge, the rest of the image.
  const region = (i: number, name: string, otherwise: number) => {
    const value = values[i]?.trim() ?? ''
    return value === '' ? otherwise : number(value, `${name} of viewport`, -1e6, 1e6)
  }
  const viewport = { width: size(0, 'width'), height: size(1, 'height') }
  if (values.length === 2) return viewport
  return {
    ...viewport,
    region: {
      x: region(2, 'x', 0),
      y: region(3, 'y', 0),
      width: region(4, 'width of the region', Number.POSITIVE_INFINITY),
      height: region(5, 'height of the region', Number.POSITIVE_INFINITY),
    },
  }
}

function number(text: string, name: string, least: number, most: number, fits: (value: number) => boolean = Number.isFinite): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!fits(value) || value < least || value > most)
    throw new BadRequest(`${name} must be a number from ${least} to ${most}, not "${text.slice(0, 40)}"`)
  return value
}
