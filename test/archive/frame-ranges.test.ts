import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { HeaderReader } from '../../archive/dicom/header-reader.ts'
import { BadRequest, NotFound } from '../../archive/errors.ts'
import { type FramedInstance, frameLengthOf, openBulkValue, openFrame } from '../../archive/frame-ranges.ts'
import type { ObjectStore } from '../../storage/objects/objects.ts'
import { haveSamples, sampleBytes, sampleFrames, samples } from '../support/samples.ts'

/** One object, given out in small chunks so that headers and words are cut anywhere. */
function oneObject(bytes: Buffer, chunk = 777): Pick<ObjectStore, 'getRange'> {
  return {
    getRange: async (_key, offset, length) => {
      if (offset < 0 || offset + length > bytes.length) throw new Error(`no bytes ${offset}+${length} of ${bytes.length}`)
      const part = bytes.subarray(offset, offset + length)
      return Readable.from(
        (function* () {
          for (let at = 0; at < part.length; at += chunk) yield part.subarray(at, at + chunk)
        })(),
        { objectMode: false },
      )
    },
  }
}

function stored(name: string) {
  const bytes = sampleBytes(name)
  const reader = new HeaderReader({ publicPath: '' })
  reader.write(bytes)
  const header = reader.end()
  const instance: FramedInstance = { ...header, objectKey: name, objectSize: bytes.length }
  return { header, instance, objects: oneObject(bytes) as ObjectStore }
}

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

describe('every frame of the samples is the one that FRAMES.tsv lists', () => {
  for (const [name, frames] of sampleFrames) {
    const sample = samples.find((candidate) => candidate.name === name)
    // Of the video it has the whole element, item headers and all, which is no frame.
    if (sample?.expected !== 'accept' || sample.frame_kind === 'video') continue
    test(name, async () => {
      const { instance, objects } = stored(name)
      expect(instance.pixels).toMatchObject({ NumberOfFrames: frames.length, unavailable: null })
      for (const [i, expected] of frames.entries()) {
        const { stream, length } = await openFrame(objects, instance, i + 1)
        const bytes = await buffer(stream)
        expect([i + 1, bytes.length, length, frameLengthOf(instance.pixels, i + 1)]).toEqual([
          i + 1,
          expected.bytes,
          expected.bytes,
          expected.bytes,
        ])
        expect([i + 1, sha256(bytes)]).toEqual([i + 1, expected.sha256])
      }
    })
  }
})

describe('parts of a frame (Range)', () => {
  const parts = (length: number) => [
    [0, 0],
    [0, length - 1],
    [1, Math.min(7, length - 1)],
    [length >> 1, length - 1],
    [length - 1, length - 1],
  ]
  test.each([
    ['explicit little endian', 'pyd-CT_small.dcm', 1],
    ['big endian words', 'pydd-SC_rgb_expb_16bit_2frame.dcm', 2],
    ['big endian bytes', 'pyd-ExplVR_BigEnd.dcm', 1],
    ['bits off the byte grid', 'hd-seg_image_sm_dots_tiled_full.dcm', 2],
    ['bits off the byte grid, last frame', 'hd-seg_image_sm_dots_tiled_full.dcm', 1250],
    ['one fragment', 'staticdi-jpeg8bit.dcm', 96],
    ['many fragments', 'pydd-RG3_J2KR.dcm', 1],
    ['deflated', 'pyd-image_dfl.dcm', 1],
  ])('%s', { skip: !haveSamples }, async (_, name, frame) => {
    const { instance, objects } = stored(name)
    const whole = await buffer((await openFrame(objects, instance, frame)).stream)
    for (const [start, end] of parts(whole.length)) {
      const { stream, length } = await openFrame(objects, instance, frame, { start: start!, end: end! })
      expect(length).toBe(end! - start! + 1)
      expect((await buffer(stream)).equals(whole.subarray(start, end! + 1))).toBe(true)
    }
    await expect(openFrame(objects, instance, frame, { start: 0, end: whole.length })).rejects.toThrow(BadRequest)
  })

  test('one entry of the table serves its frame as the whole table does', { skip: !haveSamples }, async () => {
    const { instance, objects } = stored('staticdi-jpeg8bit.dcm')
    const pixels = instance.pixels!
    const frameTable = pixels.frameTable!.subarray(16 * 44, 16 * 45)
    const frame = await buffer((await openFrame(objects, { ...instance, pixels: { ...pixels, frameTable } }, 45)).stream)
    expect(frame.equals(await buffer((await openFrame(objects, instance, 45)).stream))).toBe(true)
  })

  test.each([0, -1, 1.5, 97, Number.NaN])('there is no frame %s', { skip: !haveSamples }, async (frame) => {
    const { instance, objects } = stored('staticdi-jpeg8bit.dcm')
    await expect(openFrame(objects, instance, frame)).rejects.toThrow(NotFound)
  })

  test('a video has no frames, and says why', { skip: !haveSamples }, async () => {
    const { instance, objects } = stored('syn-video-mpeg2-mpml.dcm')
    await expect(openFrame(objects, instance, 1)).rejects.toThrow(/one stream/)
  })
})

describe('bulk data', () => {
  test.each(samples.filter(({ expected }) => expected === 'accept').map(({ name }) => name))(
    '%s: every value that the metadata leave out is where they say',
    async (name) => {
      const { instance, header, objects } = stored(name)
      for (const value of header.bulk) {
        const { stream, length } = await openBulkValue(objects, instance, value)
        expect([value.path, (await buffer(stream)).length, length]).toEqual([value.path, value.length, value.length])
      }
    },
  )

  test('Pixel Data as bulk data is the element of the manifest', { skip: !haveSamples }, async () => {
    for (const { name, expected, frame_kind, pixel, pixel_element_sha256 } of samples) {
      if (expected !== 'accept' || frame_kind !== 'native' || !pixel.startsWith('PixelData ')) continue
      const { instance, header, objects } = stored(name)
      if (instance.pixels!.bigEndian) continue
      const value = header.bulk.find(({ path }) => path === '7FE00010')!
      expect([name, sha256(await buffer((await openBulkValue(objects, instance, value)).stream))]).toEqual([name, pixel_element_sha256])
    }
  })
})
