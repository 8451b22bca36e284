/** Frames of a Part 10 file as the archive finds them, without an index: header, metadata, stored bytes. */
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { type Header, HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-fragment.ts'
import { openBulkValue, openFrame, type ReadsRanges } from '../../../archive/frame-ranges.ts'
import { type DecodeRequest, decodeFrame } from '../../../archive/rendered/decode.ts'
import { type Described, type DICOMJSON, describeFrame } from '../../../archive/rendered/display.ts'
import type { Decoded } from '../../../archive/rendered/pixels.ts'
import { sampleBytes } from '../../support/samples.ts'

export interface SampleImage {
  readonly header: Header
  readonly json: DICOMJSON
  readonly frames: number
  /** What a renderer is told of frame n, from 1. */
  request(n: number): Promise<DecodeRequest & Described>
  decode(n: number): Promise<Decoded>
}

export function sampleImage(name: string): SampleImage {
  return imageOf(sampleBytes(name))
}

export function imageOf(bytes: Buffer): SampleImage {
  const reader = new HeaderReader({ publicPath: '' })
  reader.write(bytes)
  const header = reader.end()
  const json = JSON.parse(inflateFragment(header.metadata).toString()) as DICOMJSON
  const instance = { ...header, objectKey: 'held', objectSize: bytes.length }
  const held: ReadsRanges = {
    getRange: async (_, offset, length) => Readable.from([bytes.subarray(offset, offset + length)], { objectMode: false }),
  }
  const readBulk = async (path: string) => {
    const { stream } = await openBulkValue(held, instance, header.bulk.find((value) => value.path === path)!)
    return buffer(stream)
  }
  const request = async (n: number) => {
    const { stream } = await openFrame(held, instance, n)
    return { ...(await describeFrame(json, n, readBulk)), frame: await buffer(stream), TransferSyntaxUID: header.TransferSyntaxUID }
  }
  return {
    header,
    json,
    frames: header.pixels?.NumberOfFrames ?? 0,
    request,
    decode: async (n) => decodeFrame(await request(n)),
  }
}
