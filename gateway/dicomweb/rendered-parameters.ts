/** Query parameters of rendered resources: PS3.18 §8.3.5. Read once, bounded, and named in the refusal. */
import { BadRequest } from '../../archive/errors.ts'
import type { AnnotationKind } from '../../archive/rendered/annotation-text.ts'
import type { WindowFunction } from '../../archive/rendered/grey.ts'
import type { ColourProfile, Viewport } from '../../archive/rendered/picture.ts'
import type { RenderOptions } from '../../archive/rendered.ts'

export type RenderedParameters = Pick<RenderOptions, 'annotation' | 'profile' | 'quality' | 'viewport' | 'window'>

const windowFunctions: Readonly<Record<string, WindowFunction>> = {
  linear: 'LINEAR',
  'linear-exact': 'LINEAR_EXACT',
  sigmoid: 'SIGMOID',
}

/** §8.3.5.1.5. Pictures are made in sRGB; the two that are none of its gamuts are not. */
const profiles: Readonly<Record<string, ColourProfile | null>> = { no: null, yes: 'srgb', srgb: 'srgb', displayp3: 'displayp3' }

const largestViewport = 16_384

export function renderedParameters(query: URLSearchParams): RenderedParameters {
  const of = <T>(name: string, parse: (text: string) => T): T | undefined => {
    const text = query.get(name)
    return text ? parse(text) : undefined
  }
  const found = {
    window: of('window', parseWindow),
    viewport: of('viewport', parseViewport),
    quality: of('quality', (text) => numberIn(text, 'quality', 1, 100, Number.isInteger)),
    annotation: of('annotation', parseAnnotation),
    profile: of('iccprofile', parseProfile) ?? undefined,
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

function parseWindow(text: string): NonNullable<RenderedParameters['window']> {
  const [center, width, name = 'linear', ...more] = text.split(',')
  const shape = windowFunctions[name.trim().toLowerCase().replace('_', '-')]
  if (shape === undefined || width === undefined || more.length > 0) {
    throw new BadRequest('window must be center,width[,function] where function is linear, linear-exact or sigmoid')
  }
  return {
    center: numberIn(center!, 'the center of window', -1e9, 1e9),
    width: numberIn(width, 'the width of window', shape === 'LINEAR' ? 1 : Number.MIN_VALUE, 1e9),
    function: shape,
  }
}

/** §8.3.5.1.3: an empty value stands for its default, the left or upper edge and the rest of the image; a negative extent mirrors. */
function parseViewport(text: string): Viewport {
  const values = text.split(',').map((value) => value.trim())
  if (values.length < 2 || values.length > 6) throw new BadRequest('viewport must be vw,vh[,sx,sy,sw,sh]')
  const size = (i: number, name: string) => numberIn(values[i]!, `${name} of viewport`, 1, largestViewport, Number.isInteger)
  const origin = (i: number, name: string) => numberIn(values[i]!, `${name} of viewport`, 0, 1e6)
  const extent = (i: number, name: string) =>
    numberIn(values[i]!, `${name} of viewport`, -1e6, 1e6, (value) => Number.isFinite(value) && value !== 0)
  return {
    width: size(0, 'vw'),
    height: size(1, 'vh'),
    ...(values[2] ? { x: origin(2, 'sx') } : {}),
    ...(values[3] ? { y: origin(3, 'sy') } : {}),
    ...(values[4] ? { regionWidth: extent(4, 'sw') } : {}),
    ...(values[5] ? { regionHeight: extent(5, 'sh') } : {}),
  }
}

export function parseAnnotation(text: string): AnnotationKind[] {
  const kinds = text.split(',').map((kind) => kind.trim().toLowerCase())
  const isKind = (kind: string): kind is AnnotationKind => kind === 'patient' || kind === 'technique'
  if (!kinds.every(isKind)) throw new BadRequest('annotation may be patient, technique, or both with a comma')
  return [...new Set(kinds)].sort()
}

function parseProfile(text: string): ColourProfile | null {
  const profile = profiles[text.trim().toLowerCase()]
  if (profile === undefined) throw new BadRequest(`iccprofile may be ${Object.keys(profiles).join(', ')}`)
  return profile
}

export function numberIn(
  text: string,
  name: string,
  least: number,
  most: number,
  fits: (value: number) => boolean = Number.isFinite,
): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (!fits(value) || value < least || value > most)
    throw new BadRequest(`${name} must be a number from ${least} to ${most}, not "${text.slice(0, 40)}"`)
  return value
}
