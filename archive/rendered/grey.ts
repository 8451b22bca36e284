/**
 * From stored values to grey: modality LUT or rescale, VOI LUT or window, presentation. PS3.3 §C.11.1–C.11.2, PS3.4 §N.2.
 * The steps are put together once per frame; up to 16 bits they become one table of all values there can be.
 */
import { type LookupTable, lookUp } from './lookup-table.ts'
import type { PixelDescription, Samples } from './pixels.ts'

export type WindowFunction = 'LINEAR' | 'LINEAR_EXACT' | 'SIGMOID'

export interface Window {
  readonly center: number
  readonly width: number
  readonly function: WindowFunction
}

export interface GreyDisplay {
  /** Modality LUT, or RescaleSlope and RescaleIntercept. */
  readonly modality: LookupTable | { readonly slope: number; readonly intercept: number }
  /** What the data set proposes: the first window, else the first VOI LUT. Neither: the range that the frame uses. */
  readonly voi: Window | LookupTable | null
  /** The lowest value is shown white: MONOCHROME1, or Presentation LUT Shape INVERSE. */
  readonly inverse: boolean
  /** Stored values, inclusive, that are no picture: shown black, not counted into the range. */
  readonly padding: { readonly low: number; readonly high: number } | null
}

/** 8-bit grey, one byte a pixel. */
export function renderGrey(samples: Samples, pixels: PixelDescription, display: GreyDisplay, asked: Window | undefined): Uint8Array {
  const voi = asked ?? display.voi ?? rangeOf(samples, pixels, display)
  const shown = (stored: number): number => {
    if (display.padding !== null && stored >= display.padding.low && stored <= display.padding.high) return 0
    const level = clampByte(255 * shade(voi, modalityValue(display.modality, stored)))
    return display.inverse ? 255 - level : level
  }
  const out = new Uint8Array(samples.length)
  if (samples.BYTES_PER_ELEMENT > 2) {
    for (let at = 0; at < samples.length; at++) out[at] = shown(samples[at]!)
    return out
  }
  // an entry for every value that the samples can have, made when it is first met
  const table = new Int16Array(65_536).fill(-1)
  for (let at = 0; at < samples.length; at++) {
    const stored = samples[at]!
    const index = stored & 0xffff
    if (table[index]! < 0) table[index] = shown(stored)
    out[at] = table[index]!
  }
  return out
}

export function modalityValue(modality: GreyDisplay['modality'], stored: number): number {
  return 'entries' in modality ? lookUp(modality, stored) : stored * modality.slope + modality.intercept
}

/** From 0 (black) to 1. */
function shade(voi: Window | LookupTable, value: number): number {
  if ('entries' in voi) return lookUp(voi, value) / (2 ** voi.bits - 1)
  const { center, width } = voi
  if (voi.function === 'SIGMOID') return 1 / (1 + Math.exp((-4 * (value - center)) / width))
  // §C.11.2.1.2.1; a width of 1 or less would divide by nothing, it is a threshold
  if (voi.function === 'LINEAR') return width > 1 ? (value - (center - 0.5)) / (width - 1) + 0.5 : value > center - 0.5 ? 1 : 0
  return width > 0 ? (value - center) / width + 0.5 : value > center ? 1 : 0
}

/** Up to 8 bits without rescale are shown as they are, everything else from its lowest to its highest value. */
function rangeOf(
  samples: Samples,
  { BitsStored, PixelRepresentation, kind }: PixelDescription,
  { modality, padding }: GreyDisplay,
): Window {
  const plain = !('entries' in modality) && modality.slope === 1 && modality.intercept === 0
  if (plain && kind === 'integer' && BitsStored <= 8 && PixelRepresentation === 0) return exact(0, 2 ** BitsStored - 1)
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (let at = 0; at < samples.length; at++) {
    const stored = samples[at]!
    if (padding !== null && stored >= padding.low && stored <= padding.high) continue
    if (stored < low) low = stored
    if (stored > high) high = stored
  }
  if (!Number.isFinite(low) || !Number.isFinite(high)) return exact(0, 1)
  const ends = [modalityValue(modality, low), modalityValue(modality, high)]
  return exact(Math.min(...ends), Math.max(...ends))
}

function exact(low: number, high: number): Window {
  const width = high > low ? high - low : 1
  return { center: low + width / 2, width, function: 'LINEAR_EXACT' }
}

function clampByte(level: number): number {
  return level > 0 ? (level < 255 ? Math.round(level) : 255) : 0
}
