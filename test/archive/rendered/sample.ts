/** Frames of a Part 10 file as the archive would find them, without an index: header, metadata, stored bytes. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { inflateRawSync } from 'node:zlib'
import { frameEntryOf } from '../../../archive/dicom/frame-table.ts'
import { type Header, HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-fragment.ts'
import { transferSyntaxOf } from '../../../archive/dicom/transfer-syntaxes.ts'
import { type Described, type DICOMJSON, describeFrame } from '../../../archive/rendered/display.ts'

export const samplesFolder = process.env.DICOM_SAMPLES ?? path.resolve(import.meta.dirname, '../../../../shared/samples')
export const missingSamples = existsSync(samplesFolder) ? undefined : `no samples at ${samplesFolder} (DICOM_SAMPLES)`

export interface Sample {
  readonly header: Header
  readonly json: DICOMJSON
  /** The stored bytes of frame n, from 1; big endian turned round. */
  frame(n: number): Buffer
  describe(n: number): Promise<Described>
}

export function readSample(name: string): Sample {
  return readPart10(readFileSync(path.join(samplesFolder, name)))
}

export function readPart10(bytes: Buffer): Sample {
  const reader = new HeaderReader({ publicPath: '' })
  reader.write(bytes)
  const header = reader.end()
  const syntax = transferSyntaxOf(header.TransferSyntaxUID)!
  const dataset = syntax.deflated ? inflateRawSync(bytes.subarray(header.datasetOffset)) : bytes
  const json = JSON.parse(inflateFragment(header.metadata).toString()) as DICOMJSON
  return {
    header,
    json,
    frame(n) {
      const layout = header.pixels!
      if (layout.kind === 'encapsulated') {
        const entry = frameEntryOf(layout.frameTable!, n)
        const parts: Buffer[] = []
        for (let left = entry.fragments, at = entry.offset; left > 0; left--) {
          const length = bytes.readUInt32LE(at + 4)
          parts.push(bytes.subarray(at + 8, at + 8 + length))
          at += 8 + length
        }
        return Buffer.concat(parts)
      }
      const bits = (n - 1) * layout.bitsPerFrame
      if (layout.bitsPerFrame % 8 !== 0) return shifted(dataset, layout.offset * 8 + bits, layout.bitsPerFrame)
      const start = layout.offset + bits / 8
      const frame = Buffer.from(dataset.subarray(start, start + layout.bitsPerFrame / 8))
      if (layout.bigEndian && layout.BitsAllocated === 16) frame.swap16()
      return frame
    },
    describe: (n) =>
      describeFrame(json, n, async (wanted) => {
        const value = header.bulk.find((bulk) => bulk.path === wanted)!
        const found = Buffer.from(dataset.subarray(value.offset, value.offset + value.length))
        return syntax.bigEndian ? found.swap16() : found
      }),
  }
}

function shifted(bytes: Buffer, firstBit: number, count: number): Buffer {
  const out = Buffer.alloc(Math.ceil(count / 8))
  for (let bit = 0; bit < count; bit++) {
    const from = firstBit + bit
    if ((bytes[from >> 3]! >> (from & 7)) & 1) out[bit >> 3]! |= 1 << (bit & 7)
  }
  return out
}
