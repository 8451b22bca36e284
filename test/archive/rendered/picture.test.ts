/** Rendering Query Parameters, PS3.18 §8.3.5.1: viewport, quality; and square pixels. */
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { NotRenderable } from '../../../archive/rendered/errors.ts'
import { encodePicture, type PictureOptions } from '../../../archive/rendered/picture.ts'

/** 4 columns, 2 rows: 0 10 20 30 / 40 50 60 70. */
const bytes = Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70)
const png = async (options: Omit<PictureOptions, 'format'>) => {
  const { data, info } = await sharp(await encodePicture(bytes, 4, 2, { format: 'image/png', ...options }))
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { size: [info.width, info.height], first: [...data].filter((_, at) => at % info.channels === 0) }
}

test('without a viewport every pixel stays what it is', async () => {
  expect(await png({})).toEqual({ size: [4, 2], first: [...bytes] })
})

describe('a viewport', () => {
  test.each([
    [8, 8, [8, 4]],
    [2, 100, [2, 1]],
    [100, 3, [6, 3]],
    [1, 1, [1, 1]],
  ])('of %i × %i gets the largest picture that fits, its proportions kept', async (width, height, size) => {
    expect((await png({ viewport: { width, height } })).size).toEqual(size)
  })
  test('shows the region asked for', async () => {
    const region = { x: 1, y: 1, regionWidth: 2, regionHeight: 1 }
    expect(await png({ viewport: { width: 2, height: 1, ...region } })).toEqual({ size: [2, 1], first: [50, 60] })
  })
  test('shows the rest from a corner on', async () => {
    expect(await png({ viewport: { width: 2, height: 2, x: 2 } })).toEqual({ size: [2, 2], first: [20, 30, 60, 70] })
  })
  test('mirrors where the region is negative', async () => {
    expect((await png({ viewport: { width: 4, height: 2, regionWidth: -4, regionHeight: 2 } })).first).toEqual([
      30, 20, 10, 0, 70, 60, 50, 40,
    ])
    expect((await png({ viewport: { width: 4, height: 2, regionWidth: 4, regionHeight: -2 } })).first).toEqual([
      40, 50, 60, 70, 0, 10, 20, 30,
    ])
  })
  test('is cut at the edge of the image', async () => {
    expect((await png({ viewport: { width: 2, height: 2, x: 3, y: 0, regionWidth: 10, regionHeight: 10 } })).first).toEqual([30, 70])
  })
  test('beside the image has no picture', async () => {
    await expect(png({ viewport: { width: 2, height: 2, x: 4 } })).rejects.toThrow(NotRenderable)
  })
})

describe('pixels that are not square', () => {
  test('are made so, giving up none', async () => {
    expect((await png({ pixelAspect: 2 })).size).toEqual([4, 4])
    expect((await png({ pixelAspect: 0.5 })).size).toEqual([8, 2])
  })
  test('fit into a viewport', async () => {
    expect((await png({ pixelAspect: 2, viewport: { width: 2, height: 2 } })).size).toEqual([2, 2])
  })
  test('nearly so, or beyond reason, are left alone', async () => {
    expect((await png({ pixelAspect: 1.005 })).size).toEqual([4, 2])
    expect((await png({ pixelAspect: 1_000 })).size).toEqual([4, 2])
  })
})

test('quality makes the file larger', async () => {
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, at) => (at * 7_919) % 251)
  const sizes = await Promise.all(
    [1, 50, 100].map(async (quality) => (await encodePicture(noise, 64, 64, { format: 'image/jpeg', quality })).length),
  )
  expect(sizes).toEqual(sizes.toSorted((a, b) => a - b))
})
