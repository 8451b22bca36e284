/** Digital X-Ray Image Storage – For Presentation (PS3.3 §A.26): a chest from behind (PA) and from the side, as ray paths through a geometric body. */
import type { Attributes } from './attributes.ts'
import { code, commonModules, type Study, type StudyOptions, seriesOf, studyOf } from './modules.ts'
import { type Instance, instanceOf } from './part10.ts'
import { Plane } from './plane.ts'
import { noiseMask, noiseOffset, noiseTile, type Random, randomOf } from './random.ts'

const DigitalXRayImageStorageForPresentation = '1.2.840.10008.5.1.4.1.1.1.1'

/** Attenuation per mm, relative to soft tissue. */
const tissue = 0.02
const air = -0.0185
const bone = 0.034

/** Lung markings: vessels that leave the hilum and thin out. */
function markings(plane: Plane, random: Random, x: number, y: number, heading: number, radius: number, side: number): void {
  if (radius < 0.45) return
  const length = 7 + radius * 6
  const bend = (random() - 0.5) * 0.5
  const end: readonly [number, number] = [x + Math.cos(heading) * length * side, y + Math.sin(heading) * length]
  plane.addTube(
    (t) => [x + (end[0] - x) * t - Math.sin(heading) * bend * t * (1 - t) * length, y + (end[1] - y) * t],
    () => radius,
    radius * 2 * tissue,
    Math.ceil(length * 1.5),
  )
  for (const fork of [-1, 1])
    markings(plane, random, end[0], end[1], heading + fork * (0.2 + random() * 0.4), radius * (0.66 + random() * 0.14), side)
}

function vertebrae(plane: Plane, x: (y: number) => number, rx: number, depth: number): void {
  for (let level = 0; level < 17; level++) {
    const y = -205 + level * (20 + level * 0.55)
    const half = 8.5 + level * 0.28
    for (let line = -half; line <= half; line += plane.spacing * 0.5) {
      const edge = Math.abs(line) > half - 1.8 ? 1.25 : 0.9
      plane.addEllipsoid(
        x(y + line),
        y + line,
        rx * (1 - 0.12 * (1 - (line / half) ** 2)) + level * 0.35,
        plane.spacing * 0.6,
        (depth * edge * bone) / 1.4,
      )
    }
    plane.addEllipsoid(x(y), y + 3, 2.6, 5.5, 9 * bone)
    for (const side of [-1, 1]) plane.addEllipsoid(x(y) + side * (rx - 6), y - 1, 3.2, 4.2, 7 * bone)
  }
}

/** From behind: x to the patient's left (the right of the picture), y down. Each rib is drawn as its back and its front half. */
function frontal(plane: Plane, random: Random, nodule: boolean): void {
  const heart = 0.9 + random() * 0.22
  plane.addEllipsoid(0, 90, 178, 420, 225 * tissue)
  plane.addEllipsoid(0, -255, 62, 150, 120 * tissue)
  for (const side of [-1, 1]) {
    plane.addEllipsoid(side * 168, -120, 82, 120, 62 * tissue, side * 0.5)
    plane.addEllipsoid(side * 74, -22, 62, side < 0 ? 158 : 166, 168 * air, side * 0.07)
    plane.addEllipsoid(side * 62, -110, 46, 82, 78 * air, side * 0.12)
  }
  plane.addEllipsoid(-78, 190, 88, 96, 190 * tissue)
  plane.addEllipsoid(80, 202, 82, 88, 165 * tissue)
  plane.addEllipsoid(72, 138, 34, 17, 90 * air)
  plane.addEllipsoid(30, 58, 66 * heart, 74 * heart, 118 * heart * tissue, 0.62)
  if (nodule) plane.addEllipsoid(-84, -62, 6, 5.5, 32 * tissue)
  plane.addEllipsoid(-26, 44, 34, 58, 90 * tissue)
  plane.addEllipsoid(0, -40, 29, 150, 60 * tissue)
  plane.addEllipsoid(25, -74, 20, 22, 40 * tissue)
  plane.addEllipsoid(38, -24, 15, 20, 34 * tissue)
  for (const side of [-1, 1]) {
    plane.addEllipsoid(side * 42, -12, 15, 28, 34 * tissue, side * -0.3)
    plane.addEllipsoid(side * 84, 96, 58, 44, 34 * tissue)
  }
  for (let y = -250; y < -46; y += 3) plane.addEllipsoid(2 + (y + 250) * -0.012, y, 9.5, 5, 9 * air)
  for (const side of [-1, 1]) {
    for (let y = 0; y < 34; y += 2) plane.addEllipsoid(side * (4 + y * (side < 0 ? 0.7 : 0.95)), -46 + y, 6, 4, 6 * air)
    for (let trunk = 0; trunk < 8; trunk++) markings(plane, random, side * 38, -14 + trunk * 3, -1.25 + trunk * 0.36, 3.1, side)
  }
  vertebrae(plane, (y) => 2 * Math.sin(y / 130), 17, 34)
  for (let rib = 0; rib < 11; rib++) {
    const top = -196 + rib * 27
    const width = 62 + 76 * Math.sin(Math.min(1, (rib + 1) / 8) * (Math.PI / 2))
    for (const side of [-1, 1]) {
      plane.addTube(
        (t) => [side * (15 + (width - 15) * Math.sin(t * 1.57)), top + (24 + rib * 2.6) * (t * t * 1.35 - Math.sin(t * 3.1) * 0.3)],
        () => 5.6,
        11.5 * bone,
        130,
      )
      const low = top + (24 + rib * 2.6) * 1.35
      if (rib < 9) {
        plane.addTube(
          (t) => [side * (width - (width - 62 + rib * 2) * (1 - Math.cos(t * 1.5))), low + t * (30 + rib * 2.2)],
          () => 6.2,
          7 * bone,
          110,
        )
      }
    }
  }
  for (const side of [-1, 1]) {
    plane.addTube(
      (t) => [side * (16 + 132 * t), -178 - 26 * Math.sin(t * 2.1) + t * 14],
      (t) => 6.4 - Math.sin(t * Math.PI) * 1.2,
      13 * bone,
      160,
    )
    plane.addTube(
      (t) => [side * (150 - 52 * t), -142 + 150 * t],
      (t) => 2.6 + 2 * (1 - t),
      9 * bone,
      150,
    )
    plane.addTube(
      (t) => [side * (98 + 66 * (1 - t)), -160 + (1 - t) * 14],
      () => 5,
      9 * bone,
      80,
    )
    plane.addEllipsoid(side * 178, -152, 23, 24, 42 * bone)
    plane.addTube(
      (t) => [side * (182 + 14 * t), -140 + 190 * t],
      () => 14,
      30 * bone,
      130,
    )
  }
}

/** From the left side: x to the back (the right of the picture), y down. */
function lateral(plane: Plane, random: Random, nodule: boolean): void {
  const heart = 0.9 + random() * 0.22
  plane.addEllipsoid(0, 90, 122, 420, 330 * tissue)
  plane.addEllipsoid(10, -260, 60, 150, 130 * tissue)
  plane.addEllipsoid(0, -200, 84, 92, 80 * tissue, 0.5)
  for (const [dx, dy] of [
    [0, 0],
    [9, 7],
  ] as const) {
    plane.addEllipsoid(12 + dx, -14 + dy, 88, 156, 108 * air, 0.05)
    plane.addEllipsoid(16 + dx, -104 + dy, 58, 88, 62 * air, 0.1)
  }
  plane.addEllipsoid(-22, 196, 112, 98, 190 * tissue)
  plane.addEllipsoid(48, 214, 78, 96, 150 * tissue)
  plane.addEllipsoid(-28, 56, 54 * heart, 72 * heart, 128 * heart * tissue, 0.5)
  if (nodule) plane.addEllipsoid(26, -62, 6, 5.5, 32 * tissue)
  plane.addEllipsoid(-18, -60, 26, 52, 46 * tissue, -0.25)
  plane.addEllipsoid(16, -78, 36, 20, 30 * tissue)
  plane.addEllipsoid(8, -10, 19, 22, 56 * tissue)
  for (let y = -250; y < -20; y += 3) plane.addEllipsoid(6 + (y + 250) * 0.06, y, 9, 5, 9 * air)
  for (let trunk = 0; trunk < 11; trunk++) markings(plane, random, 10, -12, -2.9 + trunk * 0.56, 2.8, 1)
  vertebrae(plane, (y) => 82 - 12 * Math.cos(y / 150), 15, 40)
  for (let rib = 0; rib < 11; rib++) {
    const top = -188 + rib * 27
    const reach = 120 + 52 * Math.sin(Math.min(1, (rib + 1) / 8) * (Math.PI / 2))
    for (const shift of [0, 7]) {
      plane.addTube(
        (t) => [84 + 10 * Math.sin(t * 6) - reach * t ** 1.25, top + shift + (96 + rib * 2) * t],
        () => 5,
        7.5 * bone,
        150,
      )
    }
  }
  plane.addTube(
    (t) => [-84 - 16 * t - 6 * Math.sin(t * 3), -120 + 170 * t],
    () => 5,
    9 * bone,
    130,
  )
  for (const shift of [0, 12]) {
    plane.addTube(
      (t) => [62 + shift + 26 * t, -150 + 140 * t],
      () => 4,
      8 * bone,
      110,
    )
    plane.addEllipsoid(24 + shift, -190, 25, 25, 30 * bone)
  }
}

/** The letter that the technologist puts on the cassette, as pixels of lead. */
const letters = {
  L: ['1000', '1000', '1000', '1000', '1000', '1000', '1111'],
  R: ['1110', '1001', '1001', '1110', '1010', '1001', '1001'],
} as const

function marker(plane: Plane, letter: keyof typeof letters, x: number, y: number): void {
  letters[letter].forEach((line, row) => {
    for (const [column, dot] of [...line].entries()) if (dot === '1') plane.ellipse(x + column * 3, y + row * 3, 2.1, 2.1, 8)
  })
}

/** What the machine's processing does: the broad differences compressed, edges lifted, film-like grey. */
function presentation(plane: Plane, scale: number, random: Random): Uint16Array<ArrayBuffer> {
  const { width, height, data } = plane
  const broad = boxBlur(boxBlur(data, width, height, 22), width, height, 22)
  const fine = boxBlur(data, width, height, 2)
  for (let index = 0; index < data.length; index++) {
    data[index] = 0.58 * broad[index]! + 1.05 * (data[index]! - broad[index]!) + 1.1 * (data[index]! - fine[index]!)
  }
  const columns = width * scale
  const pixels = new Uint16Array(columns * height * scale)
  const noise = noiseTile()
  let offset = noiseOffset(random)
  for (let row = 0; row < height * scale; row++) {
    const y = Math.min(height - 1.001, row / scale)
    const y0 = Math.floor(y)
    const fy = y - y0
    for (let column = 0; column < columns; column++) {
      const x = Math.min(width - 1.001, column / scale)
      const x0 = Math.floor(x)
      const fx = x - x0
      const index = y0 * width + x0
      const value =
        (data[index]! * (1 - fx) + data[index + 1]! * fx) * (1 - fy) +
        (data[index + width]! * (1 - fx) + data[index + width + 1]! * fx) * fy
      const grey = 4095 / (1 + Math.exp(-1.05 * (value - 2.2)))
      pixels[row * columns + column] = Math.max(0, Math.min(4095, grey + 14 * noise[offset++ & noiseMask]!))
    }
  }
  return pixels
}

/** The mean over a square of 2·reach+1, by running sums. */
function boxBlur(data: Float32Array, width: number, height: number, reach: number): Float32Array {
  const across = new Float32Array(data.length)
  const out = new Float32Array(data.length)
  const run = (from: Float32Array, into: Float32Array, start: number, step: number, length: number) => {
    let sum = 0
    for (let index = -reach; index < length + reach; index++) {
      if (index + reach < length && index >= -reach) sum += from[start + Math.max(0, index + reach) * step]!
      if (index - reach - 1 >= 0) sum -= from[start + (index - reach - 1) * step]!
      if (index >= 0 && index < length)
        into[start + index * step] = sum / (Math.min(length - 1, index + reach) - Math.max(0, index - reach) + 1)
    }
  }
  for (let row = 0; row < height; row++) run(data, across, row * width, 1, width)
  for (let column = 0; column < width; column++) run(across, out, column, width, height)
  return out
}

interface View {
  readonly series: string
  readonly ViewPosition: string
  readonly view: Attributes
  readonly PatientOrientation: readonly string[]
  readonly marker: readonly [keyof typeof letters, number, number]
  paint(plane: Plane, random: Random, nodule: boolean): void
}

const views: readonly View[] = [
  {
    series: 'PA',
    ViewPosition: 'PA',
    view: code('399348003', 'SCT', 'antero-posterior'),
    PatientOrientation: ['L', 'F'],
    marker: ['R', -160, -185],
    paint: frontal,
  },
  {
    series: 'LATERAL',
    ViewPosition: 'LL',
    view: code('399198007', 'SCT', 'left lateral'),
    PatientOrientation: ['P', 'F'],
    marker: ['L', -150, -185],
    paint: lateral,
  },
]

function viewAttributes(study: Study, { series, ViewPosition, view, PatientOrientation }: View, number: number, spacing: number) {
  return {
    ...commonModules(study, seriesOf(study, number, series, 'DX', 'CHEST', 'DR 14'), 1, DigitalXRayImageStorageForPresentation),
    ImageType: ['ORIGINAL', 'PRIMARY', ''],
    PresentationIntentType: 'FOR PRESENTATION',
    PatientOrientation,
    ImageLaterality: 'U',
    AnatomicRegionSequence: [code('51185008', 'SCT', 'Chest')],
    ViewCodeSequence: [{ ...view, ViewModifierCodeSequence: [] }],
    PatientOrientationCodeSequence: [{ ...code('10904000', 'SCT', 'erect') }],
    AcquisitionContextSequence: [],
    ViewPosition,
    PositionerType: 'NONE',
    DetectorType: 'SCINTILLATOR',
    ImagerPixelSpacing: [spacing, spacing],
    DistanceSourceToDetector: 1800,
    KVP: 120,
    XRayTubeCurrent: 200,
    ExposureTime: 12,
    Exposure: 2,
    BurnedInAnnotation: 'NO',
    PixelIntensityRelationship: 'LOG',
    PixelIntensityRelationshipSign: 1,
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: 'US',
    PresentationLUTShape: 'IDENTITY',
    LossyImageCompression: '00',
    WindowCenter: 2048,
    WindowWidth: 4096,
  } as const
}

export interface DROptions extends StudyOptions {
  /** Detector pixels per painted pixel: 2 gives 1456 × 1728 (5 MB a view), 1 a quarter of it. */
  readonly scale?: 1 | 2 | 3
  /** A nodule of 12 mm in the right upper lobe, as in the chest of `ctStudy`. */
  readonly nodule?: boolean
}

/** A chest in two views, one series each. */
export async function* drStudy(options: DROptions = {}): AsyncGenerator<Instance> {
  const { scale = 2, nodule = false, ...chosen } = options
  const study = studyOf('dr', { han: '胸部正侧位', latin: 'CHEST PA LAT' }, chosen)
  for (const [index, view] of views.entries()) {
    // One person: both views have the same heart.
    const random = randomOf(`${study.seed} chest`)
    const plane = new Plane(728, 864, 0.5)
    view.paint(plane, random, nodule)
    marker(plane, ...view.marker)
    const pixels = presentation(plane, scale, random)
    yield await instanceOf(
      {
        attributes: viewAttributes(study, view, index + 1, plane.spacing / scale),
        format: {
          rows: plane.height * scale,
          columns: plane.width * scale,
          samples: 1,
          bitsAllocated: 16,
          bitsStored: 12,
          signed: false,
          photometric: 'MONOCHROME2',
        },
        frames: [Buffer.from(pixels.buffer)],
      },
      study.transferSyntax,
      study.characterSet,
    )
  }
}
