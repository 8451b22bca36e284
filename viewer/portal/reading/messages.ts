/** What the viewer may say, read once at the door: the channel is open to every page of the origin. */

export interface ViewerKey {
  readonly code: string
  readonly key: string
  readonly ctrlKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** Points are [across, down] in parts of the image's width and height. */
export interface Shape {
  readonly kind: 'line' | 'polyline' | 'ellipse' | 'arrow' | 'point'
  readonly points: readonly (readonly [number, number])[]
  readonly text?: string
}

/** An image as it was seen when it was captured: storage/index/key-objects.ts. */
export interface KeyImage {
  /** Of a report that reads several studies: where it lies, if not in the report's own. */
  readonly StudyInstanceUID?: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly frame: number
  readonly caption: string
  readonly window?: { readonly center: number; readonly width: number } | null
  readonly shapes?: readonly Shape[]
}

/** Where something was seen, by the numbers that people say. */
export interface Anchor {
  readonly StudyInstanceUID: string
  readonly StudyDate: string
  readonly series: number
  readonly image: number
}

export type ReportContent =
  | { readonly keyImage: KeyImage; readonly anchor: Anchor }
  | { readonly measurement: { readonly text: string; readonly anchor: Anchor } }

/** What follows the doctor to another PC and is set in the viewer or for it. */
export interface ViewerSettings {
  /** The best prior is hung beside the study as it opens. */
  readonly beside?: boolean
  readonly linked?: boolean
  readonly leftTool?: 'window' | 'scroll' | 'pan' | 'zoom'
  readonly presets?: readonly { readonly name: string; readonly center: number; readonly width: number }[]
  /** By modality. */
  readonly layouts?: Readonly<Record<string, { readonly rows: number; readonly columns: number }>>
}

export type FromViewer =
  | { readonly event: 'subscribe' | 'unsubscribe' | 'heartbeat' }
  | {
      readonly event: 'ImagingStudy-open'
      readonly context: {
        readonly StudyInstanceUID: string
        readonly PatientName: string | null
        readonly studies: readonly string[]
        readonly seen: readonly string[]
        readonly firstImageMs: number | null
      }
    }
  | { readonly event: 'DiagnosticReport-update'; readonly context: ReportContent }
  | { readonly event: 'key'; readonly context: ViewerKey }
  | { readonly event: 'settings'; readonly context: ViewerSettings }

type Loose = Readonly<Record<string, unknown>>
const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value)
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const finite = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isUID = (value: unknown): value is string => typeof value === 'string' && /^[0-9.]{1,64}$/.test(value)
const uidsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter(isUID) : [])

const kinds: readonly string[] = ['line', 'polyline', 'ellipse', 'arrow', 'point'] satisfies readonly Shape['kind'][]
const isPoint = (value: unknown): value is readonly [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every((part) => finite(part) && part >= -1 && part <= 2)

function shapeOf(value: unknown): Shape | undefined {
  if (!isObject(value) || !kinds.includes(String(value.kind)) || !Array.isArray(value.points)) return undefined
  const points = value.points.filter(isPoint).slice(0, 200)
  return points.length === 0 ? undefined : { kind: value.kind as Shape['kind'], points, text: (text(value.text) ?? '').slice(0, 200) }
}

function keyImageOf(value: unknown): KeyImage | undefined {
  if (!isObject(value) || !isUID(value.SeriesInstanceUID) || !isUID(value.SOPInstanceUID)) return undefined
  const { window } = value
  return {
    SeriesInstanceUID: value.SeriesInstanceUID,
    SOPInstanceUID: value.SOPInstanceUID,
    frame: finite(value.frame) && value.frame >= 1 ? Math.floor(value.frame) : 1,
    caption: (text(value.caption) ?? '').slice(0, 100),
    window:
      isObject(window) && finite(window.center) && finite(window.width) && window.width > 0
        ? { center: window.center, width: window.width }
        : null,
    shapes: (Array.isArray(value.shapes) ? value.shapes : [])
      .map(shapeOf)
      .filter((shape) => shape !== undefined)
      .slice(0, 20),
  }
}

function anchorOf(value: unknown): Anchor | undefined {
  if (!isObject(value) || !isUID(value.StudyInstanceUID) || !finite(value.series) || !finite(value.image)) return undefined
  return { StudyInstanceUID: value.StudyInstanceUID, StudyDate: text(value.StudyDate) ?? '', series: value.series, image: value.image }
}

function contentOf(context: Loose): ReportContent | undefined {
  const { measurement } = context
  const keyImage = keyImageOf(context.keyImage)
  const anchor = anchorOf(isObject(measurement) ? measurement.anchor : context.anchor)
  if (anchor === undefined) return undefined
  if (keyImage !== undefined) return { keyImage, anchor }
  const sentence = isObject(measurement) ? text(measurement.text) : undefined
  return sentence ? { measurement: { text: sentence.slice(0, 500), anchor } } : undefined
}

const tools: readonly string[] = ['window', 'scroll', 'pan', 'zoom']

/** Whatever is none of ours, or broken, is left out. */
export function settingsOf(value: unknown): ViewerSettings {
  if (!isObject(value)) return {}
  const { beside, linked, leftTool, presets, layouts } = value
  return {
    ...(typeof beside === 'boolean' ? { beside } : {}),
    ...(typeof linked === 'boolean' ? { linked } : {}),
    ...(tools.includes(String(leftTool)) ? { leftTool: leftTool as NonNullable<ViewerSettings['leftTool']> } : {}),
    ...(Array.isArray(presets)
      ? {
          presets: presets.flatMap((preset: unknown) =>
            isObject(preset) && text(preset.name) && finite(preset.center) && finite(preset.width) && preset.width > 0
              ? [{ name: String(preset.name).slice(0, 20), center: preset.center, width: preset.width }]
              : [],
          ),
        }
      : {}),
    ...(isObject(layouts)
      ? {
          layouts: Object.fromEntries(
            Object.entries(layouts).flatMap(([modality, layout]) =>
              isObject(layout) && finite(layout.rows) && finite(layout.columns)
                ? [[modality.slice(0, 16), { rows: layout.rows, columns: layout.columns }]]
                : [],
            ),
          ),
        }
      : {}),
  }
}

/** A message of our viewer, or undefined when it is none. */
export function fromViewer(data: unknown, topic: string): FromViewer | undefined {
  if (!isObject(data) || data['hub.topic'] !== topic) return undefined
  const context = isObject(data.context) ? data.context : {}
  switch (data['hub.event']) {
    case 'subscribe':
    case 'unsubscribe':
    case 'heartbeat':
      return { event: data['hub.event'] }
    case 'ImagingStudy-open': {
      if (!isUID(context.StudyInstanceUID)) return undefined
      const studies = uidsOf(context.studies)
      return {
        event: 'ImagingStudy-open',
        context: {
          StudyInstanceUID: context.StudyInstanceUID,
          PatientName: text(context.PatientName) ?? null,
          studies: studies.includes(context.StudyInstanceUID) ? studies : [context.StudyInstanceUID, ...studies],
          seen: uidsOf(context.seen),
          firstImageMs: finite(context.firstImageMs) ? context.firstImageMs : null,
        },
      }
    }
    case 'DiagnosticReport-update': {
      const content = contentOf(context)
      return content && { event: 'DiagnosticReport-update', context: content }
    }
    case 'key': {
      const { code, ctrlKey, shiftKey, altKey } = context
      if (typeof code !== 'string') return undefined
      const key = { code, key: text(context.key) ?? '', ctrlKey: ctrlKey === true, shiftKey: shiftKey === true, altKey: altKey === true }
      return { event: 'key', context: key }
    }
    case 'settings':
      return { event: 'settings', context: settingsOf(context) }
    default:
      return undefined
  }
}
