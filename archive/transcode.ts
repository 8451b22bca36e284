/**
 * An instance in another transfer syntax, without loss, as a stream: PS3.5 §8.2, §10, Annex A; PS3.18 §8.7.3.5.
 *
 * The data set is written anew as it streams by; frames go through the workers one by one, a few at a time, and are sent only after they were decoded
 * again and compared. Never held: more than a few frames, or more than the head of an encoded Pixel Data (`fragmented-pixels.ts`).
 */
import { pipeline, Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createDeflateRaw } from 'node:zlib'
import type { PixelLayout } from '../storage/index/records.ts'
import type { InstanceRow } from '../storage/index/retrieve.ts'
import { ElementParser } from './dicom/element-parser.ts'
import { ElementWriter } from './dicom/element-writer.ts'
import { parseFileMeta } from './dicom/file-meta.ts'
import { frameEntryLength, frameEntryOf } from './dicom/frame-table.ts'
import { Inflater } from './dicom/inflater.ts'
import { fileMeta } from './dicom/part10.ts'
import { PixelSurvey } from './dicom/pixel-survey.ts'
import { type Edits, type PixelFrames, Recoder } from './dicom/recoder.ts'
import {
  DeflatedExplicitVRLittleEndian,
  ExplicitVRBigEndian,
  ExplicitVRLittleEndian,
  ImplicitVRLittleEndian,
  RLELossless,
  type TransferSyntax,
  transferSyntaxOf,
} from './dicom/transfer-syntaxes.ts'
import { littleEndian } from './dicom/value-json.ts'
import { OB, OW } from './dicom/value-representations.ts'
import { NotTranscodable } from './errors.ts'
import { FragmentedPixels } from './fragmented-pixels.ts'
import { openFrame, pixelWord, type ReadsRanges } from './frame-ranges.ts'
import { describePixels } from './rendered/display.ts'
import { NotRenderable } from './rendered/errors.ts'
import { maximumFrameBytes, type PixelDescription } from './rendered/pixels.ts'
import type { Renderer } from './rendered/renderer.ts'
import type { TranscodedFrame } from './rendered/transcode-frame.ts'
import { editsAfter, isPreview } from './transcoded-attributes.ts'

/** What can be made, without loss; the first are had by every receiver. Nothing here encodes JPEG Lossless, and nothing is made lossy. */
export const targets: readonly string[] = [
  ExplicitVRLittleEndian,
  ImplicitVRLittleEndian,
  '1.2.840.10008.1.2.4.202',
  '1.2.840.10008.1.2.4.201',
  '1.2.840.10008.1.2.4.80',
  '1.2.840.10008.1.2.4.90',
  RLELossless,
  DeflatedExplicitVRLittleEndian,
  ExplicitVRBigEndian,
]

/** The stored transfer syntax, then those that the instance can be transcoded to, as far as its row tells. */
export function transferSyntaxesOf({ TransferSyntaxUID, pixels }: Pick<InstanceRow, 'TransferSyntaxUID' | 'pixels'>): readonly string[] {
  const from = transferSyntaxOf(TransferSyntaxUID)
  if (from === undefined || from.video || pixels?.unavailable) return [TransferSyntaxUID]
  const possible = targets.filter((uid) => {
    if (uid === TransferSyntaxUID) return false
    const { encapsulated, codec } = transferSyntaxOf(uid)!
    if (!encapsulated) return true
    // without pixels there is nothing to encapsulate
    return pixels !== null && encodable(pixels, codec === 'rle' ? 32 : 16)
  })
  return [TransferSyntaxUID, ...possible]
}

const encodable = ({ vr, BitsAllocated }: PixelLayout, most: number) =>
  vr !== 'OF' && vr !== 'OD' && (BitsAllocated === 8 || (BitsAllocated === 16 && most >= 16) || (BitsAllocated === 32 && most >= 32))

/** Where the bytes come from. */
export interface Part10Source {
  /** All of them, from the first on, as often as asked for. */
  open(): Promise<AsyncIterable<Buffer>>
  /** Ranges of the stored object, for its first frame. */
  readonly objects: ReadsRanges
  /** Of encapsulated pixels, whole. */
  frameTable(): Promise<Uint8Array | null>
}

export interface Transcoded {
  readonly datasetOffset: number
  readonly part10: Readable
}

/** Frames that are being transcoded at once, so that the workers have something to do. */
const ahead = 3

/** @throws NotTranscodable before anything is sent, unless a later frame differs from the first; PixelsNotDecoded, RendererBusy */
export async function transcode(
  renderer: Renderer,
  row: InstanceRow,
  source: Part10Source,
  to: string,
  signal?: AbortSignal,
): Promise<Transcoded> {
  const { SOPClassUID, SOPInstanceUID, TransferSyntaxUID } = row
  const [from, target] = [transferSyntaxOf(TransferSyntaxUID), transferSyntaxOf(to)]
  const cannot = (why: string) =>
    new NotTranscodable(
      `Instance ${SOPInstanceUID} cannot be given in ${target?.name ?? to}, it is stored in ${from?.name ?? TransferSyntaxUID}: ${why}`,
    )
  if (from === undefined || target === undefined || !targets.includes(to)) throw cannot('this is not encoded')
  if (from.video) throw cannot('it is a video')
  const survey = await surveyOf(source, from)
  if (![...survey.compressedInside].every(isPreview)) throw cannot('something besides its pixels is compressed')
  const ended = new AbortController()
  const stop = signal === undefined ? ended.signal : AbortSignal.any([signal, ended.signal])
  const frames = from.encapsulated || target.encapsulated ? await framesOf() : undefined
  const meta = fileMeta({ SOPClassUID, SOPInstanceUID, TransferSyntaxUID: to })
  const dataset = Readable.from(recoded(), { objectMode: false })
  dataset.once('close', () => ended.abort())
  if (!target.deflated) return { datasetOffset: meta.length, part10: prefixed(meta, dataset) }
  // who reads it meets its failure
  return {
    datasetOffset: meta.length,
    part10: prefixed(
      meta,
      pipeline(dataset, createDeflateRaw(), () => undefined),
    ),
  }

  /** The frames to be replaced, the first of them done: from it is known what the data set has to say. Undefined where there are none. */
  async function framesOf(): Promise<FramesPlan | undefined> {
    const { pixels } = survey
    const layout = row.pixels
    if (pixels === undefined || layout === null) {
      if (target!.encapsulated) throw cannot('it has no pixel data to be compressed')
      return undefined
    }
    if (layout.unavailable !== null) throw cannot(layout.unavailable)
    if (survey.hasEmbeddedOverlay && target!.codec !== 'rle' && target!.encapsulated)
      throw cannot('an overlay stands in the unused bits of its pixels')
    const description = described(() => describePixels(survey.values))
    const table = layout.kind === 'encapsulated' ? await source.frameTable() : null
    if (layout.kind === 'encapsulated' && table === null) throw cannot('its frames cannot be told apart')
    const first = await buffer((await openFrame(source.objects, { ...row, pixels: { ...layout, frameTable: table } }, 1)).stream)
    const result = await oneFrame(first, description)
    const bytes = layout.NumberOfFrames * result.bytes.length
    if (!target!.encapsulated && bytes > 0xfffffffe) throw cannot('uncompressed it is longer than 4 GiB')
    return { layout, table, description, first, result }
  }

  function described<T>(describe: () => T): T {
    try {
      return describe()
    } catch (error) {
      throw error instanceof NotRenderable ? cannot(error.message) : error
    }
  }

  async function oneFrame(frame: Buffer, pixels: PixelDescription): Promise<TranscodedFrame> {
    try {
      return await renderer.transcode({ frame, TransferSyntaxUID, pixels, to }, { signal: stop })
    } catch (error) {
      throw error instanceof NotTranscodable || error instanceof NotRenderable ? cannot(error.message) : error
    }
  }

  async function* recoded(): AsyncGenerator<Buffer> {
    const recoder = new Recoder({
      from: from!,
      to: target!,
      edits: editsOf(),
      ...(row.pixels === null ? {} : { pixelUnit: pixelWord(row.pixels) }),
      ...(frames === undefined ? {} : { frames: pixelFramesOf(frames) }),
    })
    const out = frames && pixelsOut(frames)
    const underWay: Promise<TranscodedFrame>[] = []
    for await (const chunk of datasetOf(await source.open(), from!)) yield* written(recoder.write(chunk))
    yield* written(recoder.end())

    async function* written(pieces: ReturnType<Recoder['write']>): AsyncGenerator<Buffer> {
      for (const piece of pieces) {
        if (Buffer.isBuffer(piece)) {
          yield piece
          continue
        }
        if (piece !== 'end of pixels') {
          const frame = frames!.first.equals(piece.frame) ? Promise.resolve(frames!.result) : oneFrame(piece.frame, frames!.description)
          frame.catch(() => undefined) // met when its turn comes
          underWay.push(frame)
        }
        while (underWay.length > (piece === 'end of pixels' ? 0 : ahead)) yield* out!.frame(alike(await underWay.shift()!))
        if (piece === 'end of pixels') yield* out!.end()
      }
    }
  }

  /** The data set says one thing of all frames. */
  function alike({ bytes, pixels }: TranscodedFrame): Buffer {
    const { PhotometricInterpretation } = frames!.result.pixels
    if (pixels.PhotometricInterpretation !== PhotometricInterpretation)
      throw cannot(`a frame is ${pixels.PhotometricInterpretation}, the first one ${PhotometricInterpretation}`)
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  function editsOf(): Edits {
    return frames === undefined ? new Map() : editsAfter(survey, from!, frames.description, frames.result, frames.first.length)
  }

  function pixelsOut({ layout, result }: FramesPlan): PixelsOut {
    const writer = new ElementWriter(target!)
    return target!.encapsulated
      ? new FragmentedPixels(writer, layout.NumberOfFrames)
      : nativePixels(writer, target!, layout.NumberOfFrames, result)
  }
}

interface FramesPlan {
  readonly layout: PixelLayout
  readonly table: Uint8Array | null
  readonly description: PixelDescription
  /** As stored, and what became of it. */
  readonly first: Buffer
  readonly result: TranscodedFrame
}

/** How frames leave. */
export interface PixelsOut {
  frame(bytes: Buffer): Iterable<Buffer>
  end(): Iterable<Buffer>
}

const PixelData = 0x7fe00010

function nativePixels(writer: ElementWriter, { bigEndian }: TransferSyntax, count: number, { bytes, pixels }: TranscodedFrame): PixelsOut {
  const length = bytes.length * count
  const vr = pixels.BitsAllocated > 8 ? OW : OB
  const unit = pixels.BitsAllocated === 8 ? 1 : pixels.BitsAllocated === 16 ? 2 : 4
  let begun = false
  return {
    *frame(frame) {
      if (!begun) yield writer.header(PixelData, vr, length + (length % 2))
      begun = true
      yield littleEndian(unit, frame, bigEndian)
    },
    *end() {
      if (length % 2 === 1) yield Buffer.of(0)
    },
  }
}

function pixelFramesOf({ layout, table, first }: FramesPlan): PixelFrames {
  const count = layout.NumberOfFrames
  if (table === null) {
    if (first.length > maximumFrameBytes) throw new NotTranscodable('A frame is too long')
    return { count, bytes: first.length, unit: pixelWord(layout) }
  }
  const fragmented = Array.from({ length: table.length / frameEntryLength }, (_, n) => frameEntryOf(table, n + 1))
  if (fragmented.some(({ length }) => length > maximumFrameBytes)) throw new NotTranscodable('A frame is too long')
  return { count, fragmented }
}

/** Reads as far as the pixels begin. */
async function surveyOf(source: Part10Source, from: TransferSyntax): Promise<PixelSurvey> {
  const survey = new PixelSurvey()
  const parser = new ElementParser(survey, from)
  for await (const chunk of datasetOf(await source.open(), from)) {
    parser.write(chunk)
    if (survey.pixels !== undefined) break
  }
  return survey
}

const inflatedAtOnce = 4 << 10

/** What follows File Meta, inflated. */
async function* datasetOf(part10: AsyncIterable<Buffer>, { deflated }: TransferSyntax): AsyncGenerator<Buffer> {
  let beginning: Buffer | undefined = Buffer.alloc(0)
  let inflated: Buffer[] = []
  const inflater = deflated ? new Inflater((bytes) => inflated.push(Buffer.from(bytes))) : undefined
  for await (const chunk of part10) {
    let bytes = chunk
    if (beginning !== undefined) {
      beginning = Buffer.concat([beginning, chunk])
      const meta = parseFileMeta(beginning)
      if (typeof meta === 'number') continue
      bytes = beginning.subarray(meta.end)
      beginning = undefined
    }
    if (inflater === undefined) {
      yield bytes
      continue
    }
    // little by little: what comes out may be a thousand times as much
    for (let at = 0; at < bytes.length; at += inflatedAtOnce) {
      inflater.write(bytes.subarray(at, at + inflatedAtOnce))
      yield* inflated
      inflated = []
    }
  }
  inflater?.end()
  yield* inflated
}

function prefixed(meta: Buffer, dataset: Readable): Readable {
  const whole = async function* () {
    yield meta
    yield* dataset
  }
  return Readable.from(whole(), { objectMode: false }).once('close', () => dataset.destroy())
}
