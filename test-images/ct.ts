/** CT Image Storage (PS3.3 §A.3): a head or a chest in Hounsfield units, thick and thin series, 12 bits unsigned with a rescale intercept of −1024. */
import type { Attributes } from './attributes.ts'
import { type CommonAttributes, commonModules, type Series, type Study, type StudyOptions, seriesOf, studyOf } from './modules.ts'
import { type Instance, instanceOf } from './part10.ts'
import { chestPhantom } from './phantom-chest.ts'
import { headPhantom, type Tissue, tissues } from './phantom-head.ts'
import { Plane } from './plane.ts'
import { noiseOffset, randomOf, uidOf } from './random.ts'

const CTImageStorage = '1.2.840.10008.5.1.4.1.1.2'
const size = 512
const intercept = -1024

/** Hounsfield units of the head's tissues; the lesion is fresh blood. */
const hounsfield: Readonly<Record<Tissue, number>> = {
  air: -1000,
  skin: 40,
  fat: -90,
  bone: 1150,
  marrow: 420,
  csf: 6,
  gray: 38,
  white: 28,
  nuclei: 39,
  vitreous: 8,
  muscle: 55,
  lesion: 68,
}

interface Reconstruction {
  readonly SliceThickness: number
  readonly kernel: string
  readonly noise: number
  readonly window: { readonly center: readonly number[]; readonly width: readonly number[]; readonly names: readonly string[] }
}

interface Region {
  readonly BodyPartExamined: string
  readonly spacing: number
  /** Feet to head, in mm. */
  readonly from: number
  readonly to: number
  paint(seed: string): (plane: Plane, z: number) => void
}

const head = (seed: string) => {
  const paint = headPhantom(seed)
  const values = tissues.map((tissue) => hounsfield[tissue])
  return (plane: Plane, z: number) => {
    paint(plane, z)
    for (let index = 0; index < plane.data.length; index++) plane.data[index] = values[plane.data[index]!]!
  }
}

const regions = {
  head: { BodyPartExamined: 'HEAD', spacing: 0.45, from: -60, to: 85, paint: head },
  chest: { BodyPartExamined: 'CHEST', spacing: 0.74, from: -150, to: 130, paint: chestPhantom },
} as const satisfies Record<string, Region>

const soft: Reconstruction['window'] = { center: [40, -600], width: [350, 1500], names: ['MEDIASTINUM', 'LUNG'] }
const brain: Reconstruction['window'] = { center: [40, 500], width: [80, 2500], names: ['BRAIN', 'BONE'] }
const lung: Reconstruction['window'] = { center: [-600, 40], width: [1500, 350], names: ['LUNG', 'MEDIASTINUM'] }

interface Acquisition {
  readonly study: Study
  readonly series: Series
  readonly region: Region
  readonly reconstruction: Reconstruction
}

function sliceAttributes({ study, series, region, reconstruction }: Acquisition, InstanceNumber: number, z: number): CommonAttributes {
  const { spacing, BodyPartExamined } = region
  const { SliceThickness, kernel, window } = reconstruction
  const corner = -(size / 2) * spacing
  const geometry: Attributes = {
    ImagePositionPatient: [corner, corner, z],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    FrameOfReferenceUID: uidOf(study.seed, 'frame of reference'),
    PositionReferenceIndicator: '',
    SliceLocation: z,
    SliceThickness,
    SpacingBetweenSlices: SliceThickness,
    PixelSpacing: [spacing, spacing],
    PatientPosition: 'HFS',
  }
  return {
    ...commonModules(study, series, InstanceNumber, CTImageStorage),
    ...geometry,
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    AcquisitionNumber: 1,
    KVP: 120,
    ReconstructionDiameter: size * spacing,
    GantryDetectorTilt: 0,
    ExposureTime: 500,
    XRayTubeCurrent: BodyPartExamined === 'HEAD' ? 260 : 180,
    Exposure: BodyPartExamined === 'HEAD' ? 130 : 90,
    ConvolutionKernel: kernel,
    ProtocolName: BodyPartExamined === 'HEAD' ? 'HEAD ROUTINE' : 'CHEST ROUTINE',
    RescaleIntercept: intercept,
    RescaleSlope: 1,
    RescaleType: 'HU',
    WindowCenter: window.center,
    WindowWidth: window.width,
    WindowCenterWidthExplanation: window.names,
  }
}

/** Slices from head to feet, as scanners number them, painted one at a time. */
async function* slices(acquisition: Acquisition, count: number, top: number): AsyncGenerator<Instance> {
  const { study, series, region, reconstruction } = acquisition
  const paint = region.paint(study.seed)
  const plane = new Plane(size, size, region.spacing)
  const random = randomOf(`${study.seed} ${series.SeriesNumber}`)
  for (let index = 0; index < count; index++) {
    const z = top - index * reconstruction.SliceThickness
    paint(plane, z)
    plane.addNoise(reconstruction.noise * 2.6, noiseOffset(random))
    plane.smooth()
    const pixels = new Uint16Array(size * size)
    const { data } = plane
    for (let pixel = 0; pixel < data.length; pixel++) pixels[pixel] = Math.max(0, Math.min(4095, data[pixel]! - intercept + 0.5))
    yield await instanceOf(
      {
        attributes: sliceAttributes(acquisition, index + 1, z),
        format: { rows: size, columns: size, samples: 1, bitsAllocated: 16, bitsStored: 12, signed: false, photometric: 'MONOCHROME2' },
        frames: [Buffer.from(pixels.buffer)],
      },
      study.transferSyntax,
      study.characterSet,
    )
  }
}

export interface CTOptions extends StudyOptions {
  readonly region?: 'head' | 'chest'
  /** The first 5 mm series and the 1 mm series; by default both are made in full, which is many slices. */
  readonly thick?: number
  readonly thin?: number
}

/** A CT exam: a thick (5 mm) and a thin (1 mm) series of the same body. */
export async function* ctStudy(options: CTOptions = {}): AsyncGenerator<Instance> {
  const part = options.region ?? 'chest'
  const region = regions[part]
  const { thick, thin, region: _, ...chosen } = options
  const study = studyOf('ct', part === 'head' ? { han: '颅脑CT平扫', latin: 'CT HEAD' } : { han: '胸部CT平扫', latin: 'CT CHEST' }, chosen)
  const span = region.to - region.from
  const series = (number: number, description: string) => seriesOf(study, number, description, 'CT', region.BodyPartExamined, 'CT 16')
  const standard = part === 'head' ? brain : soft
  const sharp = part === 'head' ? brain : lung
  const top = (count: number, thickness: number) => Math.min(region.to, (region.from + region.to) / 2 + (count * thickness) / 2)
  const thickCount = Math.min(thick ?? Number.POSITIVE_INFINITY, Math.floor(span / 5) + 1)
  const thinCount = Math.min(thin ?? Number.POSITIVE_INFINITY, span + 1)
  yield* slices(
    {
      study,
      series: series(2, `${region.BodyPartExamined} 5.0 STANDARD`),
      region,
      reconstruction: { SliceThickness: 5, kernel: 'STANDARD', noise: 5, window: standard },
    },
    thickCount,
    top(thickCount, 5),
  )
  yield* slices(
    {
      study,
      series: series(3, `${region.BodyPartExamined} 1.0 SHARP`),
      region,
      reconstruction: { SliceThickness: 1, kernel: 'SHARP', noise: 12, window: sharp },
    },
    thinCount,
    top(thinCount, 1),
  )
}

/** One thin chest series of any length, 512 × 512 at 16 bits, for measurements: the slice after the last one is the first again, under its own UID. */
export async function* ctSeries(count: number, options: StudyOptions = {}): AsyncGenerator<Instance> {
  const study = studyOf('ct-series', { han: '胸部CT平扫', latin: 'CT CHEST' }, options)
  const region = regions.chest
  const thickness = Math.min(1, (region.to - region.from) / count)
  const reconstruction = { SliceThickness: Number(thickness.toFixed(4)), kernel: 'SHARP', noise: 12, window: lung }
  yield* slices({ study, series: seriesOf(study, 1, 'CHEST THIN', 'CT', 'CHEST', 'CT 16'), region, reconstruction }, count, region.to)
}
