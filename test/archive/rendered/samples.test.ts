/** Every sample that the archive accepts and that has pixels: a picture, or the one right reason why there is none. */
import sharp from 'sharp'
import { afterAll, describe, expect, test } from 'vitest'
import { Renderer } from '../../../archive/rendered/renderer.ts'
import { haveSamples, samples } from '../../support/samples.ts'
import { sampleImage } from './sample.ts'

const without: Record<string, RegExp> = {
  // its SIZ segment was overwritten so that a sequence delimiter stands in it
  'pyd-JPEG2000-embedded-sequence-delimiter.dcm': /the data set says 256 × 1024/,
}

describe.skipIf(!haveSamples)('every sample with pixels has its picture', () => {
  const renderer = new Renderer({ workers: 1 })
  afterAll(() => renderer.close())

  for (const { name, expected, frame_kind, pixel } of samples) {
    if (expected !== 'accept' || frame_kind === 'video' || !/^(Float|DoubleFloat)?PixelData/.test(pixel)) continue
    const reason = without[name]
    test(reason === undefined ? name : `${name}: none, ${reason}`, async () => {
      const image = sampleImage(name)
      const picture = async (frame: number) => renderer.render({ ...(await image.request(frame)), format: 'image/png' })
      if (reason !== undefined) {
        await expect(picture(1)).rejects.toThrow(reason)
        return
      }
      for (const frame of new Set([1, Math.ceil(image.frames / 2), image.frames])) {
        const { bytes } = await picture(frame)
        const { width, height } = await sharp(bytes).metadata()
        const { pixels, display } = await image.request(frame)
        if (Math.abs(display.pixelAspect - 1) < 0.01) expect([width, height]).toEqual([pixels.Columns, pixels.Rows])
      }
    })
  }
})
