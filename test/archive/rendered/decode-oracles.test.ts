/** Decoded pixels against another maker's decoders (DCMTK), and the same pixels in nine encodings against each other. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { transferSyntaxOf } from '../../../archive/dicom/transfer-syntaxes.ts'
import type { Samples } from '../../../archive/rendered/pixels.ts'
import { describeWithPeers } from '../../support/foreign-peers.ts'
import { haveSamples, samplePath, samples } from '../../support/samples.ts'
import { imageOf, sampleImage } from './sample.ts'

const oracles: Record<string, string> = { jpeg: 'dcmdjpeg', 'jpeg-lossless': 'dcmdjpeg', 'jpeg-ls': 'dcmdjpls', rle: 'dcmdrle' }

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'oracle-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const made = (program: string, args: readonly string[], input: string): string => {
  const output = path.join(folder, `${program}-${Math.random()}.dcm`)
  execFileSync(program, [...args, input, output], { stdio: 'pipe' })
  return output
}

const fileImage = (file: string) => imageOf(readFileSync(file))

function largestDifference(a: Samples, b: Samples): number {
  expect(a.length).toBe(b.length)
  let largest = 0
  for (let at = 0; at < a.length; at++) largest = Math.max(largest, Math.abs(a[at]! - b[at]!))
  return largest
}

describe.skipIf(!haveSamples)('nine encodings of one image', () => {
  test.each(Array.from({ length: 9 }, (_, n) => `dcmqats-${n + 1}.dcm`))('%s has the pixels of the uncompressed one', async (name) => {
    const plain = await sampleImage('dcmqats-1.dcm').decode(1)
    const decoded = await sampleImage(name).decode(1)
    expect(largestDifference(decoded.samples, plain.samples)).toBe(0)
  })
})

describeWithPeers('compressed samples decode to what DCMTK decodes', ['dcmdjpeg', 'dcmdjpls', 'dcmdrle'], () => {
  for (const { name, expected, transfer_syntax_uid } of samples) {
    const codec = transferSyntaxOf(transfer_syntax_uid)?.codec
    const oracle = oracles[codec ?? '']
    if (expected !== 'accept' || oracle === undefined) continue
    test(`${name} (${oracle})`, async () => {
      const ours = sampleImage(name)
      const theirs = fileImage(made(oracle, [], samplePath(name)))
      for (let frame = 1; frame <= Math.min(4, ours.frames); frame++) {
        const decoded = await ours.decode(frame)
        const other = await theirs.decode(frame)
        expect([frame, decoded.PhotometricInterpretation]).toEqual([frame, other.PhotometricInterpretation])
        expect([frame, largestDifference(decoded.samples, other.samples)]).toEqual([frame, 0])
      }
    })
  }
})

describeWithPeers('what DCMTK encodes decodes to what it was', ['dcmcjpeg', 'dcmcjpls', 'dcmcrle'], () => {
  const images = ['dcmqats-1.dcm', 'fod-ct.dcm', 'hd-dx_image.dcm', 'hd-sm_image.dcm', 'pyd-SC_rgb_small_odd.dcm', 'pyd-CT_small.dcm']
  const selections = [1, 2, 3, 4, 5, 6, 7]
  const lossless: [string, string[]][] = [
    ['dcmcjpeg', ['+e1']],
    ...selections.map((selection): [string, string[]] => ['dcmcjpeg', ['+el', '+sv', String(selection)]]),
    ['dcmcjpls', []],
    ['dcmcjpls', ['+il']],
    ['dcmcjpls', ['+in']],
    ['dcmcrle', []],
  ]
  for (const name of haveSamples ? images : []) {
    test.each(lossless)(`${name} by %s %j`, async (program, args) => {
      const plain = await sampleImage(name).decode(1)
      const decoded = await fileImage(made(program, args, samplePath(name))).decode(1)
      expect(decoded.samples.constructor).toBe(plain.samples.constructor)
      expect(largestDifference(decoded.samples, plain.samples)).toBe(0)
    })
  }
})

describeWithPeers('lossy streams that DCMTK encodes decode as it decodes them', ['dcmcjpeg', 'dcmdjpeg', 'dcmcjpls', 'dcmdjpls'], () => {
  const cases: [string, string, string[], number][] = [
    ['dcmqats-1.dcm', 'dcmcjpeg', ['+ee'], 1], // 12 bits: our own decoder, another inverse DCT
    ['dcmqats-1.dcm', 'dcmcjpeg', ['+ee', '+q', '40'], 1],
    ['dcmqats-1.dcm', 'dcmcjpeg', ['+eb'], 0],
    ['dcmqats-1.dcm', 'dcmcjpeg', ['+el', '+pt', '2'], 0],
    ['hd-dx_image.dcm', 'dcmcjpeg', ['+eb'], 0],
    ['hd-sm_image.dcm', 'dcmcjpeg', ['+eb', '+s2'], 0],
    ['hd-sm_image.dcm', 'dcmcjpeg', ['+eb', '+s4'], 0],
    ['dcmqats-1.dcm', 'dcmcjpls', ['+en', '+md', '3'], 0],
  ]
  test.skipIf(!haveSamples).each(cases)('%s by %s %j', async (name, program, args, tolerance) => {
    const encoded = made(program, args, samplePath(name))
    const decoded = await fileImage(encoded).decode(1)
    const other = await fileImage(made(program === 'dcmcjpls' ? 'dcmdjpls' : 'dcmdjpeg', [], encoded)).decode(1)
    expect(largestDifference(decoded.samples, other.samples)).toBeLessThanOrEqual(tolerance)
  })
})

describe.skipIf(!haveSamples)('one picture in three lossy encodings', () => {
  const [jpeg, jpegls, jpeg2000] = ['JPEG-Baseline_YBR422', 'JPEG-LS_NearLossless', 'JPEG2000-Lossy50'].map(
    (encoding) => `fodicomc-PM5644-960x540_${encoding}.dcm`,
  )
  test.each([jpeg, jpeg2000])('%s is RGB and nearly the near-lossless one', async (name) => {
    const reference = await sampleImage(jpegls!).decode(1)
    const decoded = await sampleImage(name!).decode(1)
    expect(decoded.PhotometricInterpretation).toBe('RGB')
    let sum = 0
    for (let at = 0; at < decoded.samples.length; at++) sum += Math.abs(decoded.samples[at]! - reference.samples[at]!)
    expect(sum / decoded.samples.length).toBeLessThan(8)
  })
})
