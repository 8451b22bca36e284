/** Multi-frame Grayscale Word Secondary Capture (PS3.3 §A.8.4) of any size, made while it is read: what a test of memory needs. */
import { encodeDataset, pixelDataHeader } from './dataset.ts'
import { commonModules, seriesOf, studyOf } from './modules.ts'
import { encodingOf, fileMeta } from './part10.ts'
import { randomOf } from './random.ts'
import { transferSyntaxes } from './transfer-syntaxes.ts'

const MultiFrameGrayscaleWordSecondaryCaptureImageStorage = '1.2.840.10008.5.1.4.1.1.7.3'

export interface HugeOptions {
  readonly seed?: string
  readonly frames: number
  readonly rows?: number
  readonly columns?: number
  /** Bytes handed over at a time. */
  readonly chunk?: number
}

/** An instance that is never held: each call of `dataset` or `part10` makes the same bytes again. */
export interface HugeInstance {
  readonly StudyInstanceUID: string
  readonly SeriesInstanceUID: string
  readonly SOPInstanceUID: string
  readonly SOPClassUID: string
  readonly TransferSyntaxUID: string
  readonly datasetLength: number
  readonly part10Length: number
  dataset(): AsyncGenerator<Buffer>
  part10(): AsyncGenerator<Buffer>
}

/** 2048 × 2048 at 16 bits unless told otherwise: 128 frames are 1 GiB. Native, so at most 4 GiB (PS3.5 §7.1.1: a length of 32 bits). */
export function hugeInstance({ seed = 'huge', frames, rows = 2048, columns = 2048, chunk = 65_536 }: HugeOptions): HugeInstance {
  const frameLength = rows * columns * 2
  const pixelLength = frameLength * frames
  if (pixelLength >= 0xffff_fffe) throw new RangeError('native pixel data has a length of 32 bits: less than 4 GiB')
  const study = studyOf('huge', { han: '大型多帧', latin: 'HUGE' }, { seed })
  const common = commonModules(
    study,
    seriesOf(study, 1, 'HUGE', 'OT', 'CHEST', 'SC'),
    1,
    MultiFrameGrayscaleWordSecondaryCaptureImageStorage,
  )
  const encoding = encodingOf('explicit', study.characterSet)
  const elements = encodeDataset(
    {
      SpecificCharacterSet: 'ISO_IR 192',
      ...common,
      ImageType: ['DERIVED', 'SECONDARY'],
      ConversionType: 'WSD',
      PatientOrientation: '',
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      NumberOfFrames: frames,
      FrameTime: 40,
      FrameIncrementPointer: 0x00181063,
      Rows: rows,
      Columns: columns,
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 0,
      BurnedInAnnotation: 'NO',
      RescaleIntercept: 0,
      RescaleSlope: 1,
      RescaleType: 'US',
      PresentationLUTShape: 'IDENTITY',
    },
    encoding,
  )
  const head = Buffer.concat([elements, pixelDataHeader(pixelLength, 'OW', encoding)])
  const meta = fileMeta(common.SOPClassUID, common.SOPInstanceUID, transferSyntaxes.explicit)

  async function* dataset(): AsyncGenerator<Buffer> {
    yield head
    const frame = Buffer.alloc(frameLength)
    const random = randomOf(seed)
    for (let index = 0; index < frame.length; index += 4) frame.writeUInt32LE(Math.floor(random() * 0xffff_ffff), index)
    for (let number = 0; number < frames; number++) {
      const first = Buffer.from(frame.subarray(0, Math.min(chunk, frameLength)))
      first.writeUInt32LE(number, 0)
      yield first
      for (let offset = chunk; offset < frameLength; offset += chunk) yield frame.subarray(offset, Math.min(frameLength, offset + chunk))
    }
  }

  return {
    StudyInstanceUID: common.StudyInstanceUID,
    SeriesInstanceUID: common.SeriesInstanceUID,
    SOPInstanceUID: common.SOPInstanceUID,
    SOPClassUID: common.SOPClassUID,
    TransferSyntaxUID: transferSyntaxes.explicit,
    datasetLength: head.length + pixelLength,
    part10Length: meta.length + head.length + pixelLength,
    dataset,
    async *part10() {
      yield meta
      yield* dataset()
    },
  }
}
