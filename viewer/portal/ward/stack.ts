/**
 * The light viewer's stack: which pictures a series has, where the server renders them (PS3.18 §8.3.5, §10.4.1.1.3), which to fetch ahead.
 */
import type { LightSeries, WindowPreset } from '../api/types.ts'

export interface StackFrame {
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  /** From 1, as PS3.18 counts. */
  readonly frame: number
}

export function framesOf({ SeriesInstanceUID, instances }: LightSeries): readonly StackFrame[] {
  return instances.flatMap(({ SOPInstanceUID, frames }) =>
    Array.from({ length: Math.max(1, frames) }, (_, index) => ({ SeriesInstanceUID, SOPInstanceUID, frame: index + 1 })),
  )
}

/** Pixels asked for; a zoomed picture is asked for twice as large. */
export const viewportPixels = 768

export function renderedAddress(
  study: string,
  { SeriesInstanceUID, SOPInstanceUID, frame }: StackFrame,
  preset: WindowPreset | null,
  pixels = viewportPixels,
): string {
  const window = preset ? `window=${preset.center},${preset.width},linear&` : ''
  return `/dicomweb/studies/${study}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}/frames/${frame}/rendered?${window}viewport=${pixels},${pixels}`
}

export type PresetName = 'lung' | 'mediastinum' | 'bone' | 'brain' | 'abdomen'

/** Hounsfield windows in common use; a series may bring its own. */
const hounsfield: readonly (WindowPreset & { readonly name: PresetName })[] = [
  { name: 'lung', center: -600, width: 1500 },
  { name: 'mediastinum', center: 40, width: 400 },
  { name: 'bone', center: 400, width: 1800 },
  { name: 'brain', center: 40, width: 80 },
  { name: 'abdomen', center: 50, width: 350 },
]

export const presetsOf = ({ Modality, presets }: LightSeries): readonly WindowPreset[] =>
  presets && presets.length > 0 ? presets : Modality === 'CT' ? hounsfield : []

/** The indices to fetch ahead, nearest first: most in the direction of travel, a few behind. */
export function ahead(at: number, count: number, direction: 1 | -1, most = 12): readonly number[] {
  const order: number[] = []
  for (let step = 1; step <= most; step++) {
    order.push(at + direction * step)
    if (step <= most / 4) order.push(at - direction * step)
  }
  return order.filter((index) => index >= 0 && index < count)
}

/** Wheel travel gathered into whole steps: a notch of a mouse is one picture, a touchpad's many small events are not many pictures. */
export function wheelSteps(gathered: number, deltaY: number, notch = 60): { steps: number; gathered: number } {
  const sum = Math.sign(gathered) === -Math.sign(deltaY) ? deltaY : gathered + deltaY
  if (Math.abs(deltaY) >= notch) return { steps: Math.sign(deltaY), gathered: 0 }
  const steps = Math.trunc(sum / notch)
  return { steps, gathered: sum - steps * notch }
}

export const clamp = (value: number, least: number, most: number): number => Math.min(most, Math.max(least, value))
