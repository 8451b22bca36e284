/**
 * Frames and bulk data as ranged reads of the stored object. PS3.18 §10.4.1.1.6 (frames), §10.4.1.1.5 (bulk data), PS3.5 §8.
 *
 * One read covers a frame. On the way out item headers are dropped, big endian becomes little endian (Explicit VR Little Endian is what an uncompressed
 * frame is served as), frames off the byte grid are shifted to bit 0, a deflated data set is inflated on the thread pool, and kept for a while.
 */
import { pipeline, Readable } from 'node:stream'
import { createInflateRaw } from 'node:zlib'
import type { BulkValue, PixelLayout } from '../storage/index/records.ts'
import type { ObjectStore } from '../storage/objects/objects.ts'
import { masked, shifted, slice, swapped, withoutItemHeaders } from './byte-transforms.ts'
import { type FrameEntry, frameEntryLength, frameEntryOf } from './dicom/frame-table.ts'
import { transferSyntaxOf } from './dicom/transfer-syntaxes.ts'
import { type VR, vrOf } from './dicom/value-representations.ts'
import { BadRequest, NotFound } from './errors.ts'
import { inflatedObjectsOf } from './inflated-objects.ts'

/** All that is asked of a store here, so that bytes in memory can serve as one. */
export type ReadsRanges = Pick<ObjectStore, 'getRange'>

/** What is needed of an instance to read from its object. */
export interface StoredInstance {
  readonly objectKey: string
  /** Bytes. */
  readonly objectSize: number
  /** First byte after File Meta. */
  readonly datasetOffset: number
  readonly TransferSyntaxUID: string
}

export interface FramedInstance extends StoredInstance {
  /** `frameTable` is the whole table, or the one entry (16 bytes) of the frame that is asked for. */
  readonly pixels: PixelLayout | null
}

/** First and last byte of the result, both included. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

export interface OpenedBytes {
  readonly stream: Readable
  /** Bytes that the stream has. */
  readonly length: number
}

/** The pixels of an instance, if it has this frame. @throws NotFound that says why not. */
function pixelsWith(pixels: PixelLayout | null, frame: number): PixelLayout {
  if (pixels === null) throw new NotFound('The instance has no pixel data')
  if (pixels.unavailable !== null) throw new NotFound(`The frames cannot be told apart: ${pixels.unavailable}`)
  if (!Number.isInteger(frame) || frame < 1 || frame > pixels.NumberOfFrames) {
    throw new NotFound(`There is no frame ${frame}: the instance has ${pixels.NumberOfFrames}`)
  }
  return pixels
}

function entryOf(pixels: PixelLayout, frame: number): FrameEntry {
  const table = pixels.frameTable!
  return frameEntryOf(table, table.length === frameEntryLength ? 1 : frame)
}

/** Bytes of a frame as it is served. @throws NotFound where there is no such frame. */
export function frameLengthOf(pixels: PixelLayout | null, frame: number): number {
  const layout = pixelsWith(pixels, frame)
  return layout.kind === 'encapsulated' ? entryOf(layout, frame).length : Math.ceil(layout.bitsPerFrame / 8)
}

/** A frame, or a part of it. @throws NotFound where there is no such frame, BadRequest where it has no such part. */
export async function openFrame(objects: ReadsRanges, instance: FramedInstance, frame: number, range?: ByteRange): Promise<OpenedBytes> {
  const pixels = pixelsWith(instance.pixels, frame)
  const part = partOf(frameLengthOf(pixels, frame), range)
  if (pixels.kind === 'encapsulated') return openEncapsulated(objects, instance, entryOf(pixels, frame), part)
  return openNative(objects, instance, pixels, (frame - 1) * pixels.bitsPerFrame, part)
}

/** A value that the metadata has a BulkDataURI for, or a part of it; numbers in little endian. @throws BadRequest where it has no such part. */
export async function openBulkValue(
  objects: ReadsRanges,
  instance: StoredInstance,
  value: BulkValue,
  range?: ByteRange,
): Promise<OpenedBytes> {
  const unit = transferSyntaxOf(instance.TransferSyntaxUID)?.bigEndian ? vrOf(value.vr).unit : 1
  const part = partOf(value.length, range)
  return { stream: await openSwapped(objects, instance, value, unit, part.start, part.length), length: part.length }
}

interface Part {
  readonly start: number
  readonly length: number
}

function partOf(length: number, range: ByteRange | undefined): Part {
  if (range === undefined) return { start: 0, length }
  if (range.start < 0 || range.start > range.end || range.end >= length) {
    throw new BadRequest(`There are ${length} bytes, not bytes ${range.start} to ${range.end}`)
  }
  return { start: range.start, length: range.end - range.start + 1 }
}

async function openEncapsulated(
  objects: ReadsRanges,
  { objectKey }: StoredInstance,
  entry: FrameEntry,
  { start, length }: Part,
): Promise<OpenedBytes> {
  const { offset, fragments } = entry
  if (fragments === 1) return { stream: await objects.getRange(objectKey, offset + 8 + start, length), length }
  const items = await objects.getRange(objectKey, offset, entry.length + 8 * fragments)
  return { stream: follow(items, slice(withoutItemHeaders(items), start, length)), length }
}

/** Bytes of the words that big endian turns round: those of the pixel, or of OW where pixels are bytes. */
export function pixelWord({ BitsAllocated, vr }: PixelLayout): VR['unit'] {
  if (BitsAllocated === 16 || BitsAllocated === 32 || BitsAllocated === 64) return (BitsAllocated / 8) as VR['unit']
  return vrOf(vr).unit
}

async function openNative(
  objects: ReadsRanges,
  instance: StoredInstance,
  pixels: PixelLayout,
  firstBit: number,
  part: Part,
): Promise<OpenedBytes> {
  const { start, length } = part
  const firstByte = Math.floor(firstBit / 8)
  const shift = firstBit % 8
  const word = pixels.bigEndian ? pixelWord(pixels) : 1
  // A shifted byte needs the next one as well, if the frame has it.
  const frameEnd = Math.ceil((firstBit + pixels.bitsPerFrame) / 8)
  const end = Math.min(firstByte + start + length + (shift === 0 ? 0 : 1), frameEnd)
  const stored = await openSwapped(objects, instance, pixels, word, firstByte + start, end - firstByte - start)
  if (pixels.bitsPerFrame % 8 === 0 && shift === 0) return { stream: stored, length }
  const onGrid = shift === 0 ? stored : slice(shifted(stored, shift), 0, length)
  return { stream: follow(stored, masked(onGrid, pixels.bitsPerFrame - 8 * start)), length }
}

/** `length` bytes from `start` of a stored value, its words turned to little endian. */
async function openSwapped(
  objects: ReadsRanges,
  instance: StoredInstance,
  value: { readonly offset: number; readonly length: number },
  word: VR['unit'],
  start: number,
  length: number,
): Promise<Readable> {
  if (word === 1) return openStored(objects, instance, value.offset + start, length)
  const before = start % word
  const whole = Math.min(Math.ceil((before + length) / word) * word, value.length - start + before)
  const stored = await openStored(objects, instance, value.offset + start - before, whole)
  return follow(stored, slice(swapped(stored, word), before, length))
}

/** Bytes of the object, or of the inflated data set of a deflated one. */
async function openStored(objects: ReadsRanges, instance: StoredInstance, offset: number, length: number): Promise<Readable> {
  if (length === 0) return Readable.from([])
  const { objectKey, objectSize, datasetOffset, TransferSyntaxUID } = instance
  if (!transferSyntaxOf(TransferSyntaxUID)?.deflated) return objects.getRange(objectKey, offset, length)
  const whole = await inflatedObjectsOf(objects).get(instance)
  if (whole !== null) return Readable.from([whole.subarray(offset, offset + length)], { objectMode: false })
  const deflated = await objects.getRange(objectKey, datasetOffset, objectSize - datasetOffset)
  const inflated = pipeline(deflated, createInflateRaw(), () => undefined) // who reads it meets its failure
  return follow(deflated, slice(inflated, offset, length))
}

/** A stream of what is made of a source; the source is closed with it. */
function follow(source: Readable, made: AsyncIterable<Buffer>): Readable {
  return Readable.from(made, { objectMode: false }).once('close', () => source.destroy())
}
