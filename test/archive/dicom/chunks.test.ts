import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { element, encapsulated, image, instance, part10, sequence } from '../../support/dataset.ts'
import { haveSamples, sampleBytes } from '../../support/samples.ts'

/** The header, as text, of bytes that come in pieces of these sizes, over and over; each piece in memory that is used again for the next. */
function readInChunks(bytes: Buffer, sizes: readonly number[]): string {
  const reader = new HeaderReader({ publicPath: '' })
  const memory = Buffer.alloc(Math.max(...sizes))
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const end = Math.min(bytes.length, at + sizes[i % sizes.length]!)
    bytes.copy(memory, 0, at, end)
    reader.write(memory.subarray(0, end - at))
    at = end
  }
  const header = reader.end()
  memory.fill(0xee)
  return JSON.stringify(header)
}

const whole = (bytes: Buffer) => readInChunks(bytes, [Math.max(1, bytes.length)])

const nested = sequence(0x00081140, [
  sequence(0x00081199, [element(0x00081155, 'UI', '1.2'), Buffer.alloc(0)], { defined: true }),
  Buffer.concat([element(0x00080005, 'CS', 'GB18030'), element(0x00080104, 'LO', Buffer.from('d6d0cec4', 'hex'))]),
])
const rich = instance({
  before: [element(0x00091001, 'OB', Buffer.alloc(260, 3)), nested, element(0x00100010, 'PN', 'Zhang^San')],
  after: [element(0x00204000, 'LT', 'x'.repeat(90)), ...image(2)],
})
const files: readonly (readonly [string, Buffer])[] = [
  ['native', part10(Buffer.concat([rich, element(0x7fe00010, 'OW', Buffer.alloc(16)), element(0xfffcfffc, 'OB', Buffer.alloc(6))]))],
  [
    'encapsulated',
    part10(
      Buffer.concat([rich, encapsulated([Buffer.from('ffd8ff01', 'hex'), Buffer.alloc(2), Buffer.from('ffd8ff02', 'hex')])]),
      '1.2.840.10008.1.2.4.50',
    ),
  ],
  ['deflated', part10(deflateRawSync(Buffer.concat([rich, element(0x7fe00010, 'OW', Buffer.alloc(16))])), '1.2.840.10008.1.2.1.99')],
]

describe('however the bytes are cut, the header is the same', () => {
  test.each(files)('%s: byte by byte', (_, bytes) => {
    expect(readInChunks(bytes, [1])).toBe(whole(bytes))
  })

  test.each(files)('%s: cut once, anywhere', (_, bytes) => {
    const expected = whole(bytes)
    for (let at = 100; at < bytes.length; at++)
      if (readInChunks(bytes, [at, bytes.length]) !== expected) expect.fail(`another header when cut at byte ${at}`)
  })

  test.each(files)('%s: cut at random', (_, bytes) => {
    const expected = whole(bytes)
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        expect(readInChunks(bytes, sizes)).toBe(expected)
      }),
      { numRuns: 60 },
    )
  })

  test.each([
    'pyd-CT_small.dcm',
    'dcmqaenh-6_1.dcm',
    'pyd-waveform_ecg.dcm',
    'hd-sm_image_jpegls.dcm',
    'pyd-ExplVR_BigEnd.dcm',
    'pyd-rtdose.dcm',
    'dcmqi-sr.dcm',
  ])('%s', { skip: !haveSamples }, (name) => {
    const bytes = sampleBytes(name)
    const expected = whole(bytes)
    for (const sizes of [[1], [7], [13, 1, 300], [1 << 12, 3], [1460]]) expect(readInChunks(bytes, sizes)).toBe(expected)
  })
})
