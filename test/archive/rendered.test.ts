/** Rendered frames from a real index and object store: scope, lookup tables out of line, and bytes that changed on the disk. */
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NotAcceptable, NotFound } from '../../archive/errors.ts'
import { openPublisher, type Publisher } from '../../archive/publisher.ts'
import { PixelsNotDecoded } from '../../archive/rendered/errors.ts'
import { Renderer } from '../../archive/rendered/renderer.ts'
import { type RenderTools, renderFrame } from '../../archive/rendered.ts'
import { type Stored, storeInstance } from '../../archive/store.ts'
import type { Index } from '../../storage/index/postgres.ts'
import type { Scope } from '../../storage/index/records.ts'
import { instancesOf } from '../../storage/index/retrieve.ts'
import { filesystemStore } from '../../storage/objects/filesystem.ts'
import { type County, makeCounty } from '../support/institutions.ts'
import { openTestIndex } from '../support/postgres.ts'
import { haveSamples, sampleBytes } from '../support/samples.ts'

describe.skipIf(!haveSamples)('a rendered frame', () => {
  let root: string
  let index: Index
  let publisher: Publisher
  let county: County
  let tools: RenderTools
  let scope: Scope

  beforeAll(async () => {
    root = await mkdtemp(path.join(tmpdir(), 'rendered-'))
    index = await openTestIndex()
    county = await makeCounty(index.pool)
    publisher = await openPublisher({ index, gateway: 'test' })
    tools = { index, objects: filesystemStore({ root, reserve: 0 }), publicPath: '/pacs', renderer: new Renderer({ workers: 1 }) }
    scope = [county.county]
  })
  afterAll(async () => {
    await tools.renderer.close()
    await publisher.close()
    await index.close()
    await rm(root, { recursive: true })
  })

  const store = (name: string): Promise<Stored> =>
    storeInstance(
      { ...tools, publisher, clock: () => new Date(), maxInstanceBytes: 2 ** 30 },
      county.sources[0],
      Readable.from([sampleBytes(name)], { objectMode: false }),
    )
  const sizeOf = async (bytes: Buffer) => {
    const { width, height } = await sharp(bytes).metadata()
    return [width, height]
  }
  const objectOf = async (stored: Stored): Promise<string> => {
    for await (const { objectKey } of instancesOf(index.pool, scope, stored)) return path.join(root, objectKey)
    throw new Error('not found')
  }

  test('is a JPEG where nothing is said, PNG where that is asked for, and fits the viewport', async () => {
    const stored = await store('fod-ct.dcm')
    const jpeg = await renderFrame(tools, scope, stored, 1)
    expect([jpeg.contentType, ...(await sizeOf(jpeg.bytes))]).toEqual(['image/jpeg', 512, 512])
    const png = await renderFrame(tools, scope, stored, 1, { format: 'image/png', viewport: { width: 100, height: 50 } })
    expect([png.contentType, ...(await sizeOf(png.bytes))]).toEqual(['image/png', 50, 50])
    const lung = await renderFrame(tools, scope, stored, 1, { window: { center: -600, width: 1500, function: 'LINEAR' } })
    expect(lung.bytes.equals(jpeg.bytes)).toBe(false)
  })

  test('has its palette, which stands out of line', async () => {
    const { bytes } = await renderFrame(tools, scope, await store('dicomweb-US-PAL-8-10x-echo.dcm'), 10, { format: 'image/png' })
    const { channels } = await sharp(bytes).stats()
    expect(channels.length).toBe(3)
    expect(channels[0]!.mean).not.toBeCloseTo(channels[2]!.mean, 3)
  })

  test('of big endian, deflated and binary pixels', async () => {
    for (const name of ['pydd-SC_rgb_expb_16bit_2frame.dcm', 'pyd-image_dfl.dcm', 'hd-seg_image_ct_binary_overlap.dcm']) {
      const { bytes } = await renderFrame(tools, scope, await store(name), 1)
      expect(bytes.length).toBeGreaterThan(100)
    }
  })

  test('that is not there is NotFound', async () => {
    const stored = await store('pyd-CT_small.dcm')
    await expect(renderFrame(tools, scope, stored, 2)).rejects.toThrow(NotFound)
    await expect(renderFrame(tools, scope, { ...stored, SOPInstanceUID: '1.2.3' }, 1)).rejects.toThrow(NotFound)
  })

  test('outside of the scope is NotFound', async () => {
    const stored = await store('pyd-CT_small.dcm')
    await expect(renderFrame(tools, [county.townships[1]], stored, 1)).rejects.toThrow(NotFound)
    await renderFrame(tools, [county.townships[0]], stored, 1)
  })

  test.each(['pyd-test-SR.dcm', 'syn-video-mpeg2-mpml.dcm'])('of %s there is none: NotAcceptable', async (name) => {
    await expect(renderFrame(tools, scope, await store(name), 1)).rejects.toThrow(NotAcceptable)
  })

  test.each([
    ['one bit', (bytes: Buffer) => (bytes[bytes.length - 5000]! ^= 1)],
    ['a bit in the File Meta', (bytes: Buffer) => (bytes[200]! ^= 1)],
  ])('whose object has %s changed is refused, though its decoder would not notice', async (_, damage) => {
    const stored = await store('syn-htj2k-lossless-fixed.dcm')
    await renderFrame(tools, scope, stored, 1)
    const place = await objectOf(stored)
    const good = await readFile(place)
    const bad = Buffer.from(good)
    damage(bad)
    await writeFile(place, bad)
    await expect(renderFrame(tools, scope, stored, 1)).rejects.toThrow(/its SHA-256 has changed/)
    await writeFile(place, good)
    await renderFrame(tools, scope, stored, 1)
  })

  test('whose object became longer or shorter is refused', async () => {
    const stored = await store('dcmqats-1.dcm')
    const place = await objectOf(stored)
    const good = await readFile(place)
    await appendFile(place, 'x')
    await expect(renderFrame(tools, scope, stored, 1)).rejects.toThrow(PixelsNotDecoded)
    await writeFile(place, good.subarray(0, -1))
    await expect(renderFrame(tools, scope, stored, 1)).rejects.toThrow(PixelsNotDecoded)
  })
})
