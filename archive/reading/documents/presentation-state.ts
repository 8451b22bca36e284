/**
 * A Grayscale Softcopy Presentation State with what a reader drew on one image (PS3.3 A.33.1): the arrow as any workstation shows it. Grey values are
 * shown as the image itself proposes (its rescaling and window are repeated, C.11.8); nothing of the image is changed.
 */

import { type DescribedStudy, describedStudy } from '../../key-object-selection.ts'
import { type Annotation, arrowLine, inPixels, markSize, type Point, type Shape } from '../returns/annotation-shapes.ts'
import { doctorName } from './doctor-name.ts'
import { dicomDateTime, TimezoneOffsetFromUTC } from './local-time.ts'
import { limited } from './modules.ts'
import { type NaturalDataset, part10Of } from './part10.ts'

export const GrayscaleSoftcopyPresentationStateStorage = '1.2.840.10008.5.1.4.1.1.11.1'

/** What the presentation state must know of its image. */
export interface PresentedImage {
  readonly SeriesInstanceUID: string
  readonly SOPClassUID: string
  readonly SOPInstanceUID: string
  readonly NumberOfFrames: number
  readonly Rows: number
  readonly Columns: number
  readonly PhotometricInterpretation: string
  /** Millimetres between rows and between columns; null where the image does not say. */
  readonly PixelSpacing: readonly [string, string] | null
  readonly PixelAspectRatio: readonly [string, string] | null
  readonly rescale: { readonly slope: string; readonly intercept: string; readonly type: string } | null
  readonly window: { readonly center: string; readonly width: string } | null
}

export interface PresentationState {
  readonly study: DescribedStudy
  readonly image: PresentedImage
  readonly annotation: Annotation
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly SeriesNumber: number
  readonly description: string
  readonly creator: string
  readonly at: Date
}

/** The layer that the drawing lies in (CS). */
const layer = 'RETURNED'

export function presentationState(state: PresentationState): Buffer {
  const { image, annotation } = state
  const { date, time } = dicomDateTime(state.at.toISOString())
  const reference = referenceTo(image, annotation.frame)
  return part10Of({
    SpecificCharacterSet: 'ISO_IR 192',
    TimezoneOffsetFromUTC,
    ...describedStudy(state.study),
    Manufacturer: 'County Imaging Archive',
    Modality: 'PR',
    SeriesInstanceUID: state.SeriesInstanceUID,
    SeriesNumber: state.SeriesNumber,
    Laterality: '',
    SeriesDescription: limited(state.description, 64),
    SeriesDate: date,
    SeriesTime: time,
    SOPClassUID: GrayscaleSoftcopyPresentationStateStorage,
    SOPInstanceUID: state.SOPInstanceUID,
    InstanceNumber: 1,
    InstanceCreationDate: date,
    InstanceCreationTime: time,
    ContentLabel: layer,
    ContentDescription: limited(state.description, 64),
    PresentationCreationDate: date,
    PresentationCreationTime: time,
    ContentCreatorName: doctorName(state.creator),
    ReferencedSeriesSequence: [{ SeriesInstanceUID: image.SeriesInstanceUID, ReferencedImageSequence: [reference] }],
    ...greyValues(image),
    DisplayedAreaSelectionSequence: [
      {
        ReferencedImageSequence: [reference],
        DisplayedAreaTopLeftHandCorner: ['1', '1'],
        DisplayedAreaBottomRightHandCorner: [String(image.Columns), String(image.Rows)],
        PresentationSizeMode: 'SCALE TO FIT',
        ...pixelShape(image),
      },
    ],
    GraphicAnnotationSequence: [{ ReferencedImageSequence: [reference], GraphicLayer: layer, ...drawn(annotation.shapes, image) }],
    GraphicLayerSequence: [{ GraphicLayer: layer, GraphicLayerOrder: 1, GraphicLayerDescription: limited(state.description, 64) }],
  })
}

function referenceTo({ SOPClassUID, SOPInstanceUID, NumberOfFrames }: PresentedImage, frame: number): NaturalDataset {
  return {
    ReferencedSOPClassUID: SOPClassUID,
    ReferencedSOPInstanceUID: SOPInstanceUID,
    ...(NumberOfFrames > 1 ? { ReferencedFrameNumber: frame } : {}),
  }
}

/** Modality LUT (C.11.1), Softcopy VOI LUT (C.11.8) and Presentation LUT (C.11.6). */
function greyValues({ rescale, window, PhotometricInterpretation }: PresentedImage): NaturalDataset {
  return {
    ...(rescale === null
      ? {}
      : { RescaleIntercept: rescale.intercept, RescaleSlope: rescale.slope, RescaleType: rescale.type === '' ? 'US' : rescale.type }),
    ...(window === null ? {} : { SoftcopyVOILUTSequence: [{ WindowCenter: window.center, WindowWidth: window.width }] }),
    PresentationLUTShape: PhotometricInterpretation === 'MONOCHROME1' ? 'INVERSE' : 'IDENTITY',
  }
}

function pixelShape({ PixelSpacing, PixelAspectRatio }: PresentedImage): NaturalDataset {
  if (PixelSpacing !== null) return { PresentationPixelSpacing: [...PixelSpacing] }
  return { PresentationPixelAspectRatio: [...(PixelAspectRatio ?? ['1', '1'])] }
}

/** Graphic Annotation (C.10.5). PIXEL: the upper left corner of the image is 0\0, the lower right one Columns\Rows. */
function drawn(shapes: readonly Shape[], { Rows, Columns }: PresentedImage): NaturalDataset {
  const size = markSize(Columns, Rows)
  const graphics: NaturalDataset[] = []
  const texts: NaturalDataset[] = []
  for (const shape of shapes) {
    const places = shape.points.map((point) => inPixels(point, Columns, Rows))
    if (shape.kind === 'arrow') graphics.push(graphic('POLYLINE', arrowLine([places[0]!, places[1]!], size)))
    else if (shape.kind === 'ellipse') graphics.push(graphic('ELLIPSE', axes(places[0]!, places[1]!)))
    else
      texts.push({
        AnchorPointAnnotationUnits: 'PIXEL',
        UnformattedTextValue: shape.text,
        AnchorPoint: floats(places),
        AnchorPointVisibility: 'N',
      })
  }
  return {
    ...(graphics.length === 0 ? {} : { GraphicObjectSequence: graphics }),
    ...(texts.length === 0 ? {} : { TextObjectSequence: texts }),
  }
}

const graphic = (GraphicType: 'POLYLINE' | 'ELLIPSE', points: readonly Point[]): NaturalDataset => ({
  GraphicAnnotationUnits: 'PIXEL',
  GraphicDimensions: 2,
  NumberOfGraphicPoints: points.length,
  GraphicData: floats(points),
  GraphicType,
  GraphicFilled: 'N',
})

/** The ends of the longer axis, then those of the shorter (C.10.5.1.2). */
function axes([x0, y0]: Point, [x1, y1]: Point): Point[] {
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2]
  const across: Point[] = [
    [Math.min(x0, x1), cy],
    [Math.max(x0, x1), cy],
  ]
  const down: Point[] = [
    [cx, Math.min(y0, y1)],
    [cx, Math.max(y0, y1)],
  ]
  return Math.abs(x1 - x0) >= Math.abs(y1 - y0) ? [...across, ...down] : [...down, ...across]
}

/** FL, several values. */
const floats = (points: readonly Point[]): string[] => points.flat().map((value) => value.toFixed(2))
