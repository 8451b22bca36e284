/** Hostile and damaged frames: a sentence, never a wrong size, a crash, a hang, or a picture of what is not there. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { jpeg2000Codestream, jpeg2000Stream, jpegStream } from '../../../archive/rendered/codestream.ts'
import { decodeFrame } from '../../../archive/rendered/decode.ts'
import { NotRenderable, PixelsNotDecoded } from '../../../archive/rendered/errors.ts'
import { haveSamples } from '../../support/samples.ts'
import { sampleImage } from './sample.ts'

/** One of each codec. */
const compressed = {
  'JPEG baseline': 'plj-JPEGBaseline_1s_1f_u_08_08.dcm',
  'JPEG extended': 'plj-JPEGExtended_3s_1f_u_08_08.dcm',
  'JPEG Lossless': 'dcmqats-5.dcm',
  'JPEG-LS': 'dcmqats-7.dcm',
  'JPEG 2000': 'dcmqats-9.dcm',
  HTJ2K: 'syn-htj2k-lossless-fixed.dcm',
  RLE: 'dcmqats-4.dcm',
}
const names = haveSamples ? Object.entries(compressed) : []

describe.each(names)('%s', (_, name) => {
  test.each([0, 1, 10, 100, 0.3, 0.9, 0.999])('cut after %d (bytes, or part) is refused', async (cut) => {
    const request = await sampleImage(name).request(1)
    const length = Math.floor(cut < 1 ? cut * request.frame.length : cut)
    await expect(decodeFrame({ ...request, frame: request.frame.subarray(0, length) })).rejects.toThrow(PixelsNotDecoded)
  })

  // RLE does not say its size
  const lying =
    name === compressed.RLE
      ? []
      : ([
          ['Rows', { Rows: 1 }],
          ['Columns', { Columns: 65_535 }],
          ['SamplesPerPixel', { SamplesPerPixel: 3, Rows: 64 }],
        ] as const)
  test.each(lying)('that differs from the data set in %s is refused before it is decoded', async (_attribute, change) => {
    const request = await sampleImage(name).request(1)
    await expect(decodeFrame({ ...request, pixels: { ...request.pixels, ...change } })).rejects.toThrow(PixelsNotDecoded)
  })

  test('with damaged bytes decodes to the right size or is refused', async () => {
    const request = await sampleImage(name).request(1)
    const { Rows, Columns, SamplesPerPixel } = request.pixels
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(request.frame.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }),
        async (damages) => {
          const frame = Buffer.from(request.frame)
          for (const [at, value] of damages) frame[at] = value
          try {
            const { samples } = await decodeFrame({ ...request, frame })
            expect(samples.length).toBe(Rows * Columns * SamplesPerPixel)
          } catch (error) {
            expect(error).toBeInstanceOf(PixelsNotDecoded)
          }
        },
      ),
      { numRuns: 12 },
    )
  }, 60_000)

  test('decodes again after all that', async () => {
    const { samples } = await sampleImage(name).decode(1)
    expect(samples.length).toBeGreaterThan(0)
  })
})

test('any bytes are refused by the readers of headers, or read', () => {
  const beginnings = [[], [0xff, 0xd8], [0xff, 0x4f, 0xff, 0x51], [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20]]
  fc.assert(
    fc.property(fc.constantFrom(...beginnings), fc.uint8Array({ maxLength: 300 }), (beginning, rest) => {
      const bytes = Uint8Array.from([...beginning, ...rest])
      for (const read of [jpegStream, jpeg2000Stream, jpeg2000Codestream]) {
        try {
          read(bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(PixelsNotDecoded)
        }
      }
    }),
    { numRuns: 2_000 },
  )
})

test.skipIf(!haveSamples)('a stream that says another size than the data set is refused with both', async () => {
  await expect(sampleImage('pyd-JPEG2000-embedded-sequence-delimiter.dcm').decode(1)).rejects.toThrow(/the data set says 256 × 1024/)
})

test.skipIf(!haveSamples)('a video is no frame', async () => {
  const { pixels } = await sampleImage('dcmqats-1.dcm').request(1)
  const request = { frame: new Uint8Array(8), TransferSyntaxUID: '1.2.840.10008.1.2.4.102', pixels }
  await expect(decodeFrame(request)).rejects.toThrow(NotRenderable)
})
