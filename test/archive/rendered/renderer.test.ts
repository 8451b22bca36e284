/** The workers: bounded, replaced when they fail, let go when idle. */
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { NotEncodable, NotRenderable, PixelsNotDecoded, RendererBusy } from '../../../archive/rendered/errors.ts'
import type { RenderRequest } from '../../../archive/rendered/render.ts'
import { Renderer, type RendererOptions } from '../../../archive/rendered/renderer.ts'

const shared = new Renderer({ workers: 1 })
afterAll(() => shared.close())

/** One of its own, for tests that fill, break or close it. */
let own: Renderer | undefined
const open = (options: RendererOptions = {}) => {
  own = new Renderer({ workers: 1, ...options })
  return own
}
afterEach(() => own?.close())

function request(Rows = 4, Columns = 4, changes: Partial<RenderRequest> = {}): RenderRequest {
  return {
    frame: new Uint8Array(Rows * Columns * 2),
    TransferSyntaxUID: '1.2.840.10008.1.2.1',
    pixels: {
      Rows,
      Columns,
      SamplesPerPixel: 1,
      PhotometricInterpretation: 'MONOCHROME2',
      BitsAllocated: 16,
      BitsStored: 16,
      HighBit: 15,
      PixelRepresentation: 0,
      PlanarConfiguration: 0,
      kind: 'integer',
    },
    display: { grey: { modality: { slope: 1, intercept: 0 }, voi: null, inverse: false, padding: null }, palette: null, pixelAspect: 1 },
    format: 'image/png',
    ...changes,
  }
}

test('a picture is what was asked for', async () => {
  const png = await shared.render(request())
  expect(png.contentType).toBe('image/png')
  expect(png.bytes.subarray(1, 4).toString()).toBe('PNG')
  const jpeg = await shared.render(request(4, 4, { format: 'image/jpeg' }))
  expect(jpeg.bytes.readUInt16BE(0)).toBe(0xffd8)
})

test('decode gives the numbers', async () => {
  const { samples } = await shared.decode({ ...request(1, 2), frame: Uint8Array.of(1, 2, 3, 4) })
  expect(samples).toEqual(Uint16Array.of(0x0201, 0x0403))
})

test('transcode gives the frame in another transfer syntax, and what the data set has to say of it', async () => {
  const { bytes, pixels } = await shared.transcode({ ...request(), to: '1.2.840.10008.1.2.4.80' })
  expect([bytes[0], bytes[1], pixels.HighBit]).toEqual([0xff, 0xd8, 15])
})

test('pictures go before frames to be transcoded, which have a queue of their own', async () => {
  const renderer = open({ queue: 1, background: 3 })
  const done: string[] = []
  const transcode = (name: string) => renderer.transcode({ ...request(200, 200), to: '1.2.840.10008.1.2.5' }).then(() => done.push(name))
  const waiting = [transcode('first'), transcode('second'), transcode('third'), transcode('fourth')]
  await expect(transcode('too many')).rejects.toThrow(RendererBusy)
  waiting.push(renderer.render(request()).then(() => done.push('picture')))
  await Promise.all(waiting)
  expect(done).toEqual(['first', 'picture', 'second', 'third', 'fourth'])
})

test('failures keep their kind', async () => {
  await expect(shared.transcode({ ...request(), to: '1.2.840.10008.1.2.4.57' })).rejects.toThrow(NotEncodable)
  await expect(shared.render(request(4, 4, { frame: new Uint8Array(3) }))).rejects.toThrow(PixelsNotDecoded)
  await expect(shared.render(request(4, 4, { TransferSyntaxUID: '1.2.840.10008.1.2.4.100' }))).rejects.toThrow(NotRenderable)
  await shared.render(request())
})

test('more than the queue holds is refused at once, and what waits is done', async () => {
  const renderer = open({ queue: 3 })
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => renderer.render(request())))
  const refused = all.filter((one) => one.status === 'rejected')
  expect(refused.length).toBe(4) // one at work, three waiting
  for (const one of refused) expect(one.reason).toBeInstanceOf(RendererBusy)
})

describe('a job that takes too long', () => {
  test('fails alone; the next ones are done by a new worker', async () => {
    // real numbers go one by one: how long that takes on this machine is measured, and a third of it allowed
    const pixels = { ...request(4_000, 4_000).pixels, kind: 'double', BitsAllocated: 64, BitsStored: 64, HighBit: 63 } as const
    const sigmoid = { center: 0, width: 1, function: 'SIGMOID' } as const
    const slow = request(4_000, 4_000, { pixels, window: sigmoid, frame: new Uint8Array(4_000 * 4_000 * 8) })
    await shared.render(request())
    const started = performance.now()
    await shared.render(slow)
    const renderer = open({ timeout: (performance.now() - started) / 3 })
    const all = await Promise.allSettled([renderer.render(slow), renderer.render(request())])
    expect(all).toMatchObject([
      { status: 'rejected', reason: { message: expect.stringContaining('was not decoded within') } },
      { status: 'fulfilled' },
    ])
  })
})

test('an aborted job is not waited for, and one that has not begun is never done', async () => {
  const controller = new AbortController()
  const first = shared.render(request(2_000, 2_000))
  const second = shared.render(request(), { signal: controller.signal })
  const reason = new Error('the reader has gone')
  controller.abort(reason)
  await expect(second).rejects.toBe(reason)
  await expect(shared.render(request(), { signal: controller.signal })).rejects.toBe(reason)
  await first
})

test('an idle worker is let go, and another comes when it is needed', async () => {
  const renderer = open({ idle: 50 })
  await renderer.render(request())
  await new Promise((resolve) => setTimeout(resolve, 150))
  await renderer.render(request())
})

test('closing ends what is under way and refuses what comes', async () => {
  const renderer = open()
  const waiting = Promise.allSettled([renderer.render(request(3_000, 3_000)), renderer.render(request())])
  await renderer.close()
  for (const one of await waiting) expect(one).toMatchObject({ status: 'rejected', reason: expect.any(RendererBusy) })
  await expect(renderer.render(request())).rejects.toThrow(RendererBusy)
})
