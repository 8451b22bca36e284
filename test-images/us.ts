/** Ultrasound Multi-frame Image Storage (PS3.3 §A.7): a beating heart in a fan of speckle, grey or RGB with a colour bar. */
import type { Attributes } from './attributes.ts'
import { commonModules, type StudyOptions, seriesOf, studyOf } from './modules.ts'
import { type Instance, instanceOf } from './part10.ts'
import { noiseMask, noiseOffset, noiseTile, randomOf } from './random.ts'

const UltrasoundMultiFrameImageStorage = '1.2.840.10008.5.1.4.1.1.3.1'
const columns = 640
const rows = 480
const apex = { x: columns / 2, y: 18 }
const depth = 440
const halfAngle = 0.68

/** Where each picture point lies in the fan: sample along the beam and across the beams; computed once. */
function fan(): { readonly beam: Int16Array; readonly sample: Int16Array } {
  const beam = new Int16Array(rows * columns).fill(-1)
  const sample = new Int16Array(rows * columns)
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const radius = Math.hypot(x - apex.x, y - apex.y)
      const angle = Math.atan2(x - apex.x, y - apex.y)
      if (radius < 14 || radius >= depth || Math.abs(angle) > halfAngle) continue
      beam[y * columns + x] = Math.floor(((angle + halfAngle) / (2 * halfAngle)) * 191)
      sample[y * columns + x] = Math.floor(radius)
    }
  }
  return { beam, sample }
}

/** How far out of an ellipse a point lies: 1 is its edge. */
function around(x: number, y: number, cx: number, cy: number, rx: number, ry: number): number {
  return Math.sqrt(((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2)
}

/** Echo strength at a point of the fan, in a heart that contracts with `phase`: blood is black, walls and valves are bright. */
function echo(beam: number, sample: number, squeeze: number): number {
  const angle = (beam / 191) * 2 * halfAngle - halfAngle
  const x = Math.sin(angle) * sample
  const y = Math.cos(angle) * sample
  const left = around(x, y, 30, 190, 52 - 16 * squeeze, 92 - 22 * squeeze)
  const right = around(x, y, -62, 200, 36 - 9 * squeeze, 74 - 14 * squeeze)
  const atrium = around(x, y, 34, 338, 50 + 8 * squeeze, 46 + 6 * squeeze)
  const nearest = Math.min(left, right, atrium)
  const valve = Math.abs(y - 282 - Math.abs(x - 32) * (0.9 - 1.5 * squeeze) * 0.4)
  if (valve < 3.5 && Math.abs(x - 32) < 40) return 1.5
  if (nearest < 1) return 0.05
  if (nearest < 1.1) return 1.35
  if (around(x, y, 0, 230, 150, 190) < 1) return 0.62
  if (around(x, y, 0, 230, 160, 200) < 1) return 1.6
  return sample > 360 ? 0.28 : 0.4
}

export interface USOptions extends StudyOptions {
  readonly frames?: number
  readonly color?: boolean
}

const region: Attributes = {
  RegionSpatialFormat: 1,
  RegionDataType: 1,
  RegionFlags: 0,
  RegionLocationMinX0: 0,
  RegionLocationMinY0: apex.y,
  RegionLocationMaxX1: columns - 1,
  RegionLocationMaxY1: rows - 1,
  PhysicalUnitsXDirection: 3,
  PhysicalUnitsYDirection: 3,
  PhysicalDeltaX: 0.035,
  PhysicalDeltaY: 0.035,
}

/** One cine loop in one series. */
export async function* usStudy(options: USOptions = {}): AsyncGenerator<Instance> {
  const { frames = 20, color = false, ...chosen } = options
  const study = studyOf('us', { han: '心脏彩超', latin: 'ECHOCARDIOGRAPHY' }, chosen)
  const random = randomOf(`${study.seed} speckle`)
  const { beam, sample } = fan()
  const tile = noiseTile()
  const real = noiseOffset(random)
  const imaginary = noiseOffset(random)
  const samples = color ? 3 : 1
  const pictures = Array.from({ length: frames }, (_, frame) => {
    const squeeze = (1 - Math.cos((frame / frames) * 2 * Math.PI)) / 2
    const polar = new Float32Array(192 * depth)
    for (let line = 0; line < 192; line++) {
      for (let at = 0; at < depth; at += 2) {
        const grain = line * 1201 + at / 2 + Math.floor(squeeze * 9)
        const speckle = Math.sqrt(tile[(real + grain) & noiseMask]! ** 2 + tile[(imaginary + grain) & noiseMask]! ** 2)
        const attenuation = Math.exp(-((at - 190) ** 2) / 90_000)
        const value = 58 * Math.log1p(4.2 * echo(line, at, squeeze) * speckle * attenuation)
        polar.fill(value, line * depth + at, line * depth + at + 2)
      }
    }
    const pixels = Buffer.alloc(rows * columns * samples)
    for (let index = 0; index < beam.length; index++) {
      const line = beam[index]!
      if (line < 0) continue
      const at = line * depth + sample[index]!
      const grey = Math.min(255, (polar[at]! + polar[Math.min(polar.length - 1, at + depth)]!) / 2)
      for (let part = index * samples; part < (index + 1) * samples; part++) pixels[part] = grey
    }
    for (let y = 40; y < 200; y++) {
      for (let x = 8; x < 20; x++) {
        const grey = Math.round(255 * (1 - (y - 40) / 160))
        const at = (y * columns + x) * samples
        if (color)
          pixels.set([y < 120 ? 255 - grey / 4 : 0, y < 120 ? grey - 128 : 128 - grey, y < 120 ? 0 : 255 - grey].map(Math.round), at)
        else pixels[at] = grey
      }
    }
    return pixels
  })
  yield await instanceOf(
    {
      attributes: {
        ...commonModules(study, seriesOf(study, 1, 'A4C', 'US', 'HEART', 'US 3'), 1, UltrasoundMultiFrameImageStorage),
        ImageType: ['ORIGINAL', 'PRIMARY', '', '0001'],
        PatientOrientation: '',
        NumberOfFrames: frames,
        FrameTime: 40,
        FrameIncrementPointer: 0x00181063,
        SequenceOfUltrasoundRegions: [region],
        LossyImageCompression: study.transferSyntax === 'jpegBaseline' ? '01' : '00',
        BurnedInAnnotation: 'NO',
      },
      format: { rows, columns, samples, bitsAllocated: 8, bitsStored: 8, signed: false, photometric: color ? 'RGB' : 'MONOCHROME2' },
      frames: pictures,
    },
    study.transferSyntax,
    study.characterSet,
  )
}
