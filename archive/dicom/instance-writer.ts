/**
 * An instance written from DICOM JSON and the bytes of the values that are not in it: a Part 10 object in Explicit VR Little Endian or, with compressed
 * pixels, in their transfer syntax; text in UTF-8. PS3.10 §7, PS3.5 §7, §A.4. Bytes pass through as they are read; only their lengths are known before.
 */
import { Buffer } from 'node:buffer'
import { NotUnderstood } from '../errors.ts'
import { encoderFor } from './character-encoding.ts'
import { bytesOf } from './dataset-writer.ts'
import type { AttributeJSON, DicomJSON } from './dicom-json.ts'
import { nameOf } from './dictionary.ts'
import { ElementWriter, padOf, undefinedLength } from './element-writer.ts'
import { fileMeta } from './part10.ts'
import { transferSyntaxOf } from './transfer-syntaxes.ts'
import { OB, SQ, vrOf } from './value-representations.ts'

export interface BulkBytes {
  readonly length: number
  read(): AsyncIterable<Uint8Array>
}

export interface InstanceContent {
  readonly dataset: DicomJSON
  readonly TransferSyntaxUID: string
  /** The bytes that a BulkDataURI stands for; of compressed pixels one for each frame. */
  readonly bulk: (BulkDataURI: string) => readonly BulkBytes[]
}

const SpecificCharacterSet = '00080005'
const PixelData = 0x7fe00010
const longestValue = 0xfffffffe
const writer = new ElementWriter({ implicit: false, bigEndian: false })

/** @throws NotUnderstood for a value that its VR cannot hold */
export async function* writeInstance({ dataset, TransferSyntaxUID, bulk }: InstanceContent): AsyncGenerator<Uint8Array> {
  yield fileMeta({ SOPClassUID: textOf(dataset, '00080016'), SOPInstanceUID: textOf(dataset, '00080018'), TransferSyntaxUID })
  const encapsulated = transferSyntaxOf(TransferSyntaxUID)?.encapsulated ?? false
  const declared: DicomJSON = { ...dataset, [SpecificCharacterSet]: { vr: 'CS', Value: ['ISO_IR 192'] } }
  for (const [hex, attribute] of ordered(declared)) {
    const tag = Number.parseInt(hex, 16)
    if (tag === PixelData && encapsulated && attribute.BulkDataURI !== undefined) yield* fragments(bulk(attribute.BulkDataURI))
    else yield* element(tag, attribute, bulk)
  }
}

const textOf = (dataset: DicomJSON, tag: string): string => String(dataset[tag]?.Value?.[0] ?? '')

const ordered = (dataset: DicomJSON): [string, AttributeJSON][] => Object.entries(dataset).sort(([a], [b]) => (a < b ? -1 : 1))

async function* element(tag: number, attribute: AttributeJSON, bulk: InstanceContent['bulk']): AsyncGenerator<Uint8Array> {
  if (attribute.vr === SQ.name) yield* sequence(tag, attribute, bulk)
  else if (attribute.BulkDataURI !== undefined) yield* bulkElement(tag, attribute, bulk(attribute.BulkDataURI))
  else yield plainElement(tag, attribute)
}

/** Items and sequences without lengths, which nobody knows before. */
async function* sequence(tag: number, { Value = [] }: AttributeJSON, bulk: InstanceContent['bulk']): AsyncGenerator<Uint8Array> {
  yield writer.header(tag, SQ, undefinedLength)
  for (const item of Value) {
    yield writer.item()
    // What an item says of its characters is said for the whole.
    for (const [hex, attribute] of ordered((item ?? {}) as DicomJSON))
      if (hex !== SpecificCharacterSet) yield* element(Number.parseInt(hex, 16), attribute, bulk)
    yield writer.endItem()
  }
  yield writer.endSequence()
}

function plainElement(tag: number, attribute: AttributeJSON): Buffer {
  const vr = vrOf(attribute.vr)
  try {
    return writer.element(tag, vr, bytesOf(vr, attribute, false, encoderFor('ISO_IR 192')))
  } catch (cause) {
    throw new NotUnderstood(`${nameOf(tag)} has a value that ${vr.name} cannot hold`, { cause, attribute: nameOf(tag) })
  }
}

async function* bulkElement(tag: number, { vr: name }: AttributeJSON, [value, ...more]: readonly BulkBytes[]): AsyncGenerator<Uint8Array> {
  if (value === undefined || more.length > 0)
    throw new NotUnderstood(`${nameOf(tag)} has ${more.length === 0 ? 'no' : 'several'} bulk data in the body`)
  if (value.length > longestValue) throw new NotUnderstood(`${nameOf(tag)} is longer than a value can be`)
  const vr = vrOf(name)
  yield writer.header(tag, vr, value.length + (value.length % 2))
  yield* value.read()
  if (value.length % 2 === 1) yield Buffer.of(padOf(vr))
}

/** One fragment a frame, each of even length; a Basic Offset Table where there are several and it can say where they begin (PS3.5 §A.4). */
async function* fragments(frames: readonly BulkBytes[]): AsyncGenerator<Uint8Array> {
  yield writer.header(PixelData, OB, undefinedLength)
  yield offsetTable(frames)
  for (const frame of frames) {
    if (frame.length > longestValue) throw new NotUnderstood('A frame is longer than a fragment can be')
    yield writer.fragment(frame.length + (frame.length % 2))
    yield* frame.read()
    if (frame.length % 2 === 1) yield Buffer.of(0)
  }
  yield writer.endSequence()
}

function offsetTable(frames: readonly BulkBytes[]): Buffer {
  const offsets: number[] = []
  let at = 0
  for (const { length } of frames) {
    offsets.push(at)
    at += 8 + length + (length % 2)
  }
  if (frames.length < 2 || offsets.at(-1)! > 0xffffffff) return writer.fragment(0)
  const table = Buffer.alloc(4 * offsets.length)
  offsets.forEach((offset, i) => {
    table.writeUInt32LE(offset, 4 * i)
  })
  return Buffer.concat([writer.fragment(table.length), table])
}
