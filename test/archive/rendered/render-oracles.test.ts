/** Pictures against those of DCMTK's dcm2pnm: the grayscale pipeline, palettes, colour. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Window } from '../../../archive/rendered/grey.ts'
import { toBytes } from '../../../archive/rendered/render.ts'
import { describeWithPeers } from '../../support/foreign-peers.ts'
import { haveSamples, samplePath } from '../../support/samples.ts'
import { sampleImage } from './sample.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'oracle-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** The pixels of a binary PGM or PPM of 8 bits. */
function picture(program: string, args: readonly string[], name: string): Buffer {
  const output = path.join(folder, 'picture.pnm')
  execFileSync(program, ['+op', ...args, samplePath(name), output], { stdio: 'pipe' })
  const bytes = readFileSync(output)
  const header = /^P[56]\s+(?:#.*\s+)*\d+\s+\d+\s+255\s/.exec(bytes.toString('latin1', 0, 200))!
  return bytes.subarray(header[0].length)
}

function differences(a: Uint8Array, b: Uint8Array): { largest: number; mean: number } {
  expect(a.length).toBe(b.length)
  let largest = 0
  let sum = 0
  for (let at = 0; at < a.length; at++) {
    const difference = Math.abs(a[at]! - b[at]!)
    largest = Math.max(largest, difference)
    sum += difference
  }
  return { largest, mean: sum / a.length }
}

const window = (center: number, width: number, shape: Window['function'] = 'LINEAR'): Window => ({ center, width, function: shape })

/** Sample, frame, what dcm2pnm is asked for, what we are asked for, how much a pixel may differ (it truncates where we round). */
const cases: [string, number, string[], Window | undefined, number][] = [
  ['fod-ct.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['fod-ct.dcm', 1, ['+Ww', '-600', '1500'], window(-600, 1500), 1],
  ['fod-ct.dcm', 1, ['+Ww', '40', '400', '+Wfs'], window(40, 400, 'SIGMOID'), 1],
  ['dcmqi-01.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['dcmqats-1.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['dicomweb-sample.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['dicom-1.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['pyd-CT_small.dcm', 1, ['+Ww', '0', '2000'], window(0, 2000), 1],
  ['pyd-CT_small.dcm', 1, ['+Wm'], undefined, 1],
  ['hd-dx_image.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['pyd-MR_small_padded.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['pydd-MR-SIEMENS-DICOM-WithOverlays.dcm', 1, ['-O', '+Wi', '1'], undefined, 1],
  ['dcmqauih-dti134057_00000001.dcm', 1, ['+Wi', '1'], undefined, 1],
  ['dcmjs-cine-test.dcm', 3, ['+F', '3', '+Ww', '63', '110'], window(63, 110), 1],
  ['dicomweb-US-PAL-8-10x-echo.dcm', 2, ['+F', '2'], undefined, 0],
  ['pyd-SC_rgb_small_odd.dcm', 1, [], undefined, 0],
  ['pyd-SC_ybr_full_422_uncompressed.dcm', 1, [], undefined, 2],
  ['pyd-ExplVR_BigEnd.dcm', 1, [], undefined, 0],
  ['pydd-SC_rgb_expb_16bit_2frame.dcm', 2, ['+F', '2'], undefined, 1],
  ['hd-sm_image.dcm', 5, ['+F', '5'], undefined, 0],
  ['pyd-image_dfl.dcm', 1, [], undefined, 0],
]

describeWithPeers('pictures are those of dcm2pnm', ['dcm2pnm'], () => {
  test.skipIf(!haveSamples).each(cases)('%s frame %i, %j', async (name, frame, args, asked, tolerance) => {
    const image = sampleImage(name)
    const { pixels, display } = await image.request(frame)
    const ours = toBytes(await image.decode(frame), pixels, display, asked)
    expect(differences(ours, picture('dcm2pnm', args, name)).largest).toBeLessThanOrEqual(tolerance)
  })
})
