/** `?version=n`: what was kept besides the instance that was published first. It is read like the current one, and within the same scope. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileMeta } from '../../../archive/dicom/part10.ts'
import { type Instance, usStudy } from '../../../test-images/index.ts'
import { element, image, instance, uids } from '../../support/dataset.ts'
import { partsOf, type Service, startService } from './service.ts'

let service: Service
/** One SOPInstanceUID, uncompressed and as JPEG. */
let native: Instance
let jpeg: Instance

beforeAll(async () => {
  service = await startService()
  ;[native] = (await all(usStudy({ seed: 'versions' }))) as [Instance]
  ;[jpeg] = (await all(usStudy({ seed: 'versions', transferSyntax: 'jpegBaseline' }))) as [Instance]
  expect((await service.stow([native.part10], '/studies', east)).status).toBe(200)
  expect((await service.stow([jpeg.part10], '/studies', east)).status).toBe(202)
})
afterAll(() => service?.close())

const all = async (images: AsyncIterable<Instance>) => {
  const list: Instance[] = []
  for await (const one of images) list.push(one)
  return list
}
const east = { 'x-asker': 'east' }
const dicom = { Accept: 'application/dicom' }
const path = () => `/studies/${native.StudyInstanceUID}/series/${native.SeriesInstanceUID}/instances/${native.SOPInstanceUID}`
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())

describe('of an instance', () => {
  test('1 is the current one, 2 the next that was kept, byte for byte', async () => {
    expect((await bytesOf(await service.get(path(), dicom))).equals(native.part10)).toBe(true)
    expect((await bytesOf(await service.get(`${path()}?version=1`, dicom))).equals(native.part10)).toBe(true)
    const second = await service.get(`${path()}?version=2`, dicom)
    expect(second.headers.get('content-type')).toContain(jpeg.TransferSyntaxUID)
    expect((await bytesOf(second)).equals(jpeg.part10)).toBe(true)
    const [part] = await partsOf(await service.get(`${path()}?version=2`))
    expect(part!.headers.get('content-location')).toMatch(/\?version=2$/)
    expect(part!.body.equals(jpeg.part10)).toBe(true)
  })

  test('its metadata, whose BulkDataURIs lead to its own values', async () => {
    const [current] = await service.json(`${path()}/metadata`)
    const [second] = await service.json(`${path()}/metadata?version=2`)
    expect([current!['00282110']?.Value, second!['00282110']?.Value]).toEqual([['00'], ['01']])
    const { BulkDataURI } = second!['7FE00010'] as unknown as { BulkDataURI: string }
    expect(BulkDataURI).toMatch(/7FE00010\?version=2$/)
    const frames = await partsOf(await fetch(`${service.url}${BulkDataURI}`))
    expect(frames[0]!.headers.get('content-type')).toContain('image/jpeg')
    expect(frames[0]!.headers.get('content-location')).toMatch(/frames\/1\?version=2$/)
    const gzip = await service.get(`${path()}/metadata?version=2`, { 'Accept-Encoding': 'gzip' })
    expect(gzip.headers.get('etag')).not.toBe((await service.get(`${path()}/metadata`)).headers.get('etag'))
  })

  test('its frames and its picture', async () => {
    const frame = await service.get(`${path()}/frames/2?version=2`, { Accept: 'image/jpeg; transfer-syntax=*' })
    expect(frame.status).toBe(200)
    expect((await bytesOf(frame)).subarray(0, 2).toString('hex')).toBe('ffd8')
    expect((await service.get(`${path()}/frames/2`, { Accept: 'image/jpeg; transfer-syntax=*' })).status).toBe(406)
    const picture = await service.get(`${path()}/rendered?version=2`)
    expect(picture.status).toBe(200)
    expect(picture.headers.get('etag')).not.toBe((await service.get(`${path()}/rendered`)).headers.get('etag'))
  })

  test.each(['/metadata', '/frames/1', '/rendered', '/bulkdata/7FE00010', '/pixeldata', ''])(
    '%s of one that there is not: 404',
    async (what) => {
      expect((await service.get(`${path()}${what}?version=3`)).status).toBe(404)
    },
  )

  test.each(['/metadata', '/frames/1', '/rendered', '/pixeldata', ''])('%s outside the scope: 404', async (what) => {
    expect((await service.get(`${path()}${what}?version=2`, { 'x-asker': 'west' })).status).toBe(404)
    expect((await service.get(`${path()}${what}?version=2`, east)).status).toBe(200)
  })

  test('what is no version is refused, and so is a version of a study or series', async () => {
    for (const version of ['0', '-1', 'x', '1.5', '']) expect((await service.get(`${path()}?version=${version}`)).status).toBe(400)
    expect((await service.get(`/studies/${native.StudyInstanceUID}?version=2`)).status).toBe(400)
    expect((await service.get(`/studies/${native.StudyInstanceUID}/metadata?version=2`)).status).toBe(400)
  })
})

describe('other content under the same UID', () => {
  const meta = fileMeta({ ...uids, TransferSyntaxUID: '1.2.840.10008.1.2.1' })
  const content = (description: string, StudyInstanceUID = uids.StudyInstanceUID) => {
    const dataset = instance({
      before: [element(0x00081030, 'LO', description)],
      after: [...image(), element(0x7fe00010, 'OW', Buffer.alloc(8))],
    })
    const study = Buffer.from(dataset.toString('latin1').replace(`${uids.StudyInstanceUID}\0`, `${StudyInstanceUID}\0`), 'latin1')
    return Buffer.concat([meta, study])
  }
  const address = `/studies/${uids.StudyInstanceUID}/series/${uids.SeriesInstanceUID}/instances/${uids.SOPInstanceUID}`

  test('is a version; that of an institution without access to the study is not shown to those who have it', async () => {
    expect((await service.stow([content('first ')], '/studies', east)).status).toBe(200)
    // A UID that was used twice, in a study of its own: nobody of the other study has a right to it.
    expect((await service.stow([content('foreign ', '1.2.9')], '/studies', { 'x-asker': 'west' })).status).toBe(202)
    expect((await service.get(`${address}?version=2`, dicom)).status).toBe(404)
    expect((await service.stow([content('second')], '/studies', east)).status).toBe(202)
    const second = await service.get(`${address}?version=2`, dicom)
    expect((await bytesOf(second)).equals(content('second'))).toBe(true)
    expect((await service.get(`${address}?version=3`, dicom)).status).toBe(404)
  })
})
