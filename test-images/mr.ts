/** MR Image Storage (PS3.3 §A.4): one head in T1, T2, FLAIR and diffusion (b 0 and b 1000), with a fresh infarct that only the last two show well. */
import { commonModules, type Study, type StudyOptions, seriesOf, studyOf } from './modules.ts'
import { type Instance, instanceOf } from './part10.ts'
import { headPhantom, type Tissue, tissues } from './phantom-head.ts'
import { Plane } from './plane.ts'
import { noiseMask, noiseOffset, noiseTile, type Random, randomOf, uidOf } from './random.ts'

const MRImageStorage = '1.2.840.10008.5.1.4.1.1.4'
const fieldOfView = 230

interface Sequence {
  readonly name: string
  readonly size: number
  readonly signal: Readonly<Record<Tissue, number>>
  readonly noise: number
  readonly ScanningSequence: string | readonly string[]
  readonly SequenceVariant: string
  readonly ScanOptions: string
  readonly SequenceName: string
  readonly RepetitionTime: number
  readonly EchoTime: number
  readonly InversionTime?: number
  readonly EchoTrainLength: number
  readonly FlipAngle: number
  readonly DiffusionBValue?: number
}

const signal = (values: string): Readonly<Record<Tissue, number>> => {
  const numbers = values.split(' ').map(Number)
  return Object.fromEntries(tissues.map((tissue, index) => [tissue, numbers[index]!])) as Record<Tissue, number>
}

/** Signal of air, skin, fat, bone, marrow, csf, gray, white, nuclei, vitreous, muscle, lesion. */
const sequences: readonly Sequence[] = [
  {
    name: 'AX T1 SE',
    size: 256,
    signal: signal('8 520 900 60 560 170 430 610 480 190 420 380'),
    noise: 14,
    ScanningSequence: 'SE',
    SequenceVariant: 'OSP',
    ScanOptions: 'SP',
    SequenceName: 'se2d1',
    RepetitionTime: 480,
    EchoTime: 9,
    EchoTrainLength: 1,
    FlipAngle: 90,
  },
  {
    name: 'AX T2 TSE',
    size: 320,
    signal: signal('8 300 640 50 420 1050 560 390 450 1080 220 720'),
    noise: 16,
    ScanningSequence: 'SE',
    SequenceVariant: 'SK',
    ScanOptions: 'SP',
    SequenceName: 'tse2d1_15',
    RepetitionTime: 4200,
    EchoTime: 98,
    EchoTrainLength: 15,
    FlipAngle: 150,
  },
  {
    name: 'AX FLAIR',
    size: 256,
    signal: signal('8 320 560 50 380 70 520 400 470 110 260 900'),
    noise: 16,
    ScanningSequence: ['SE', 'IR'],
    SequenceVariant: 'SK',
    ScanOptions: 'SP',
    SequenceName: 'tir2d1_16',
    RepetitionTime: 8500,
    EchoTime: 110,
    InversionTime: 2440,
    EchoTrainLength: 16,
    FlipAngle: 150,
  },
  {
    name: 'AX DWI B0',
    size: 128,
    signal: signal('10 80 90 20 60 980 520 360 420 900 160 640'),
    noise: 22,
    ScanningSequence: 'EP',
    SequenceVariant: 'SK',
    ScanOptions: 'FS',
    SequenceName: 'ep_b0',
    RepetitionTime: 5200,
    EchoTime: 88,
    EchoTrainLength: 1,
    FlipAngle: 90,
    DiffusionBValue: 0,
  },
  {
    name: 'AX DWI B1000',
    size: 128,
    signal: signal('10 40 50 15 30 60 230 190 215 70 60 780'),
    noise: 22,
    ScanningSequence: 'EP',
    SequenceVariant: 'SK',
    ScanOptions: 'FS',
    SequenceName: 'ep_b1000',
    RepetitionTime: 5200,
    EchoTime: 88,
    EchoTrainLength: 1,
    FlipAngle: 90,
    DiffusionBValue: 1000,
  },
]

/** Tissue numbers → signal, with the coil's slow shading and Rician noise (the magnitude of a complex signal). */
function measured(plane: Plane, { signal: values, noise }: Sequence, random: Random): Int16Array<ArrayBuffer> {
  const { width, height, data } = plane
  const lookup = tissues.map((tissue) => values[tissue])
  for (let index = 0; index < data.length; index++) data[index] = lookup[data[index]!]!
  plane.smooth()
  const tile = noiseTile()
  const real = noiseOffset(random)
  const imaginary = noiseOffset(random)
  const pixels = new Int16Array(data.length)
  for (let index = 0; index < data.length; index++) {
    const x = (index % width) / width - 0.5
    const y = Math.floor(index / width) / height - 0.5
    const shading = 1.08 - 0.35 * (x * x + y * y) + 0.06 * x - 0.05 * y
    const value = data[index]! * shading + noise * tile[(real + index) & noiseMask]!
    const other = noise * tile[(imaginary + index * 3) & noiseMask]!
    pixels[index] = Math.round(Math.sqrt(value * value + other * other))
  }
  return pixels
}

function sliceAttributes(study: Study, sequence: Sequence, SeriesNumber: number, InstanceNumber: number, z: number, thickness: number) {
  const { name, size, signal: _signal, noise: _noise, InversionTime, DiffusionBValue, ...acquisition } = sequence
  const spacing = fieldOfView / size
  const corner = -(size / 2) * spacing
  const bright = Math.max(sequence.signal.white, sequence.signal.gray)
  return {
    ...commonModules(study, seriesOf(study, SeriesNumber, name, 'MR', 'HEAD', 'MR 1.5T'), InstanceNumber, MRImageStorage),
    ...acquisition,
    ...(InversionTime !== undefined && { InversionTime }),
    ...(DiffusionBValue !== undefined && { DiffusionBValue }),
    ImageType: ['ORIGINAL', 'PRIMARY', 'OTHER'],
    MRAcquisitionType: '2D',
    MagneticFieldStrength: 1.5,
    AcquisitionNumber: 1,
    ProtocolName: name,
    PatientPosition: 'HFS',
    FrameOfReferenceUID: uidOf(study.seed, 'frame of reference'),
    PositionReferenceIndicator: '',
    ImagePositionPatient: [corner, corner, z],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SliceThickness: thickness - 1,
    SpacingBetweenSlices: thickness,
    SliceLocation: z,
    PixelSpacing: [spacing, spacing],
    WindowCenter: Math.round(bright * 0.8),
    WindowWidth: Math.round(bright * 1.6),
  }
}

export interface MROptions extends StudyOptions {
  /** Slices of each sequence. */
  readonly slices?: number
}

/** Five series of the same slices, feet to head. Signed 16 bit, as many scanners store magnitude images. */
export async function* mrStudy(options: MROptions = {}): AsyncGenerator<Instance> {
  const { slices = 20, ...chosen } = options
  const study = studyOf('mr', { han: '颅脑MR平扫+弥散', latin: 'MR HEAD DWI' }, chosen)
  const paint = headPhantom(study.seed)
  const thickness = 6
  for (const [number, sequence] of sequences.entries()) {
    const { size } = sequence
    const plane = new Plane(size, size, fieldOfView / size)
    const random = randomOf(`${study.seed} ${sequence.name}`)
    for (let slice = 0; slice < slices; slice++) {
      const z = (slice - (slices - 1) / 2) * thickness + 8
      paint(plane, z)
      const pixels = measured(plane, sequence, random)
      yield await instanceOf(
        {
          attributes: sliceAttributes(study, sequence, number + 1, slice + 1, z, thickness),
          format: { rows: size, columns: size, samples: 1, bitsAllocated: 16, bitsStored: 16, signed: true, photometric: 'MONOCHROME2' },
          frames: [Buffer.from(pixels.buffer)],
        },
        study.transferSyntax,
        study.characterSet,
      )
    }
  }
}
