/** URI Service (WADO-URI): PS3.18 §9. */
import type { Middleware } from 'koa'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { wadoURIRoutes } from '../../../gateway/dicomweb/wado-uri.ts'
import { ctSeries, type Instance, usStudy } from '../../../test-images/index.ts'
import { imageOf } from '../../archive/rendered/sample.ts'
import { haveSamples, sampleBytes } from '../../support/samples.ts'
import { type Service, startService } from './service.ts'

let service: Service
let ct: Instance
let us: Instance

const first = async (images: AsyncIterable<Instance>): Promise<Instance> => {
  for await (const instance of images) return instance
  throw new Error('no image')
}

beforeAll(async () => {
  service = await startService(undefined, (tools) => [wadoURIRoutes(tools).routes() as unknown as Middleware])
  ct = await first(ctSeries(1, { seed: 'wado' }))
  us = await first(usStudy({ seed: 'wado us', frames: 3, transferSyntax: 'jpegBaseline' }))
  expect((await service.stow([ct, us].map(({ part10 }) => part10))).status).toBe(200)
})
afterAll(() => service?.close())

const wado = (
  instance: Pick<Instance, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'>,
  more: Record<string, string> = {},
  headers = {},
) => {
  const query = new URLSearchParams({
    requestType: 'WADO',
    studyUID: instance.StudyInstanceUID,
    seriesUID: instance.SeriesInstanceUID,
    objectUID: instance.SOPInstanceUID,
    ...more,
  })
  return fetch(`${service.url}/wado?${query}`, { headers })
}
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('a picture', () => {
  test('is JPEG unless another type is asked for', async () => {
    for (const [more, type] of [
      [{}, 'image/jpeg'],
      [{ contentType: 'image/png' }, 'image/png'],
      [{ contentType: 'image/gif, image/png;q=0.5' }, 'image/png'],
      [{ contentType: 'image/*' }, 'image/jpeg'],
    ] as const) {
      const response = await wado(ct, more)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type])
      await response.arrayBuffer()
    }
  })

  test('of a region, in the size of rows and columns, of a frame', async () => {
    const { width, height } = await sharp(await bytesOf(await wado(ct, { rows: '100', columns: '300' }))).metadata()
    expect([width, height]).toEqual([100, 100])
    const half = await sharp(await bytesOf(await wado(ct, { region: '0,0,1,0.5' }))).metadata()
    expect([half.width, half.height]).toEqual([512, 256])
    const pictures = await Promise.all(['1', '3'].map(async (frameNumber) => bytesOf(await wado(us, { frameNumber }))))
    expect(pictures[0]!.equals(pictures[1]!)).toBe(false)
  })

  test('in another window, of another quality, annotated', async () => {
    const plain = await bytesOf(await wado(ct, { contentType: 'image/png' }))
    for (const more of [{ windowCenter: '0', windowWidth: '10' }, { annotation: 'patient,technique' }]) {
      const other = await wado(ct, { contentType: 'image/png', ...more })
      expect(other.status).toBe(200)
      expect((await bytesOf(other)).equals(plain)).toBe(false)
    }
    const poor = await bytesOf(await wado(ct, { imageQuality: '10' }))
    expect(poor.length).toBeLessThan((await bytesOf(await wado(ct, { imageQuality: '95' }))).length)
  })
})

describe('DICOM', () => {
  const contentType = 'application/dicom'

  test('in Explicit VR Little Endian, unless another transfer syntax is asked for and can be made', async () => {
    for (const [transferSyntax, expected] of [
      [undefined, '1.2.840.10008.1.2.1'],
      ['1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.4.80'],
      ['1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.50'], // as it is stored
      ['1.2.840.10008.1.2.4.57', '1.2.840.10008.1.2.1'],
      ['*', '1.2.840.10008.1.2.4.50'],
    ] as const) {
      const response = await wado(us, { contentType, ...(transferSyntax === undefined ? {} : { transferSyntax }) })
      expect(response.headers.get('content-type')).toBe(`application/dicom; transfer-syntax=${expected}`)
      expect(imageOf(await bytesOf(response)).header.TransferSyntaxUID).toBe(expected)
    }
  })

  test.skipIf(!haveSamples)('a video as it is stored, and as the video that it is', async () => {
    const video = sampleBytes('syn-video-mpeg2-mpml.dcm')
    expect((await service.stow([video])).status).toBe(200)
    const { header } = imageOf(video)
    expect((await bytesOf(await wado(header, { contentType }))).equals(video)).toBe(true)
    expect((await wado(header)).headers.get('content-type')).toBe('video/mpeg')
    expect((await wado(header, { contentType: 'image/jpeg' })).status).toBe(406)
  })
})

describe('refused', () => {
  test.each([
    [{ requestType: 'WADI' }, 400],
    [{ studyUID: '' }, 400],
    [{ objectUID: 'abc' }, 400],
    [{ frameNumber: '0' }, 400],
    [{ frameNumber: '9' }, 404],
    [{ windowCenter: '40' }, 400],
    [{ windowCenter: '40', windowWidth: '0' }, 400],
    [{ region: '0,0,2,1' }, 400],
    [{ region: '0.5,0,0.5,1' }, 400],
    [{ rows: '1e9' }, 400],
    [{ imageQuality: '101' }, 400],
    [{ annotation: 'everything' }, 400],
    [{ contentType: 'image' }, 400],
    [{ contentType: 'text/html' }, 406],
    [{ anonymize: 'yes' }, 406],
    [{ presentationUID: '1.2.3' }, 406],
    [{ objectUID: '1.2.3.4' }, 404],
    [{ seriesUID: '1.2.3.4' }, 404],
  ] as [Record<string, string>, number][])('%j: %i', async (more, status) => {
    expect((await wado(us, more)).status).toBe(status)
  })

  test('of another institution: 404', async () => expect((await wado(ct, {}, { 'x-asker': 'east' })).status).toBe(404))

  test('what Accept does not take: 406', async () =>
    expect((await wado(ct, { contentType: 'image/jpeg' }, { Accept: 'image/png' })).status).toBe(406))
})

test('every view is noted; the tag saves a second transfer', async () => {
  service.views.length = 0
  const response = await wado(ct)
  await response.arrayBuffer()
  expect(service.views).toEqual([`COUNTY ${ct.StudyInstanceUID}`])
  expect((await wado(ct, {}, { 'If-None-Match': response.headers.get('etag')! })).status).toBe(304)
})
