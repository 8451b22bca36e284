/** Retrieve Transaction: PS3.18 §10.4. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import type { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ctSeries, drStudy, type Instance, usStudy } from '../../../test-images/index.ts'
import { partsOf, type Service, startService } from './service.ts'

let service: Service
let ct: Instance[] = []
let us: Instance
let dr: Instance
/** Streams opened of the object store. */
const opened: Readable[] = []

const all = async (images: AsyncIterable<Instance>) => {
  const instances: Instance[] = []
  for await (const instance of images) instances.push(instance)
  return instances
}

beforeAll(async () => {
  service = await startService((tools) => {
    const noted = async (stream: Promise<Readable>) => {
      opened.push(await stream)
      return stream
    }
    const { objects } = tools
    return {
      objects: {
        put: (...args) => objects.put(...args),
        get: (key) => noted(objects.get(key)),
        getRange: (...args) => noted(objects.getRange(...args)),
        stat: (key) => objects.stat(key),
        remove: (key) => objects.remove(key),
        list: (prefix) => objects.list(prefix),
        check: () => objects.check(),
        close: () => objects.close(),
      },
    }
  })
  ct = await all(ctSeries(10, { seed: 'retrieve' }))
  ;[us] = (await all(usStudy({ seed: 'retrieve us', transferSyntax: 'jpegBaseline' }))) as [Instance]
  ;[dr] = (await all(drStudy({ seed: 'retrieve dr', transferSyntax: 'bigEndian' }))) as [Instance]
  const response = await service.stow([...ct, us, dr].map(({ part10 }) => part10))
  expect(response.status).toBe(200)
})
afterAll(() => service?.close())

const studyOf = ({ StudyInstanceUID }: Instance) => `/studies/${StudyInstanceUID}`
const seriesOf = (instance: Instance) => `${studyOf(instance)}/series/${instance.SeriesInstanceUID}`
const pathOf = (instance: Instance) => `${seriesOf(instance)}/instances/${instance.SOPInstanceUID}`
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
const dicom = { Accept: 'application/dicom' }

describe('instances', () => {
  test('a single part, byte for byte, in its own name', async () => {
    const response = await service.get(pathOf(ct[0]!), dicom)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/dicom; transfer-syntax=1.2.840.10008.1.2.1')
    expect(response.headers.get('content-disposition')).toContain(`${ct[0]!.SOPInstanceUID}.dcm`)
    expect(response.headers.get('content-length')).toBe(String(ct[0]!.part10.length))
    expect((await bytesOf(response)).equals(ct[0]!.part10)).toBe(true)
  })

  test('?accept= takes the place of the header', async () => {
    const response = await service.get(`${pathOf(ct[0]!)}?accept=application/dicom`, { Accept: 'text/html' })
    expect(response.headers.get('content-type')).toMatch(/^application\/dicom;/)
    await response.arrayBuffer()
  })

  test('multipart by default, each part with its transfer syntax', async () => {
    const parts = await partsOf(await service.get(pathOf(dr)))
    expect(parts).toHaveLength(1)
    expect(parts[0]!.headers.get('content-type')).toBe('application/dicom; transfer-syntax=1.2.840.10008.1.2.2')
    expect(parts[0]!.body.equals(dr.part10)).toBe(true)
  })

  test('a series, in order, of the length announced', async () => {
    const response = await service.get(seriesOf(ct[0]!), { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' })
    expect(response.headers.get('content-type')).toMatch(/^multipart\/related; type="application\/dicom"; boundary=\w+$/)
    const copy = response.clone()
    expect((await bytesOf(copy)).length).toBe(Number(response.headers.get('content-length')))
    const parts = await partsOf(response)
    expect(parts.map(({ body }) => body.equals(ct[parts.findIndex((part) => part.body === body)]!.part10))).toEqual(ct.map(() => true))
    expect(parts[3]!.headers.get('content-location')).toBe(`${service.url}/dicomweb${pathOf(ct[3]!)}`)
  })

  test('a study', async () => expect(await partsOf(await service.get(studyOf(us)))).toHaveLength(1))

  test('a transfer syntax that none has and nothing encodes is 406 and the refusal names what there is', async () => {
    const response = await service.get(seriesOf(ct[0]!), {
      Accept: 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.57',
    })
    expect(response.status).toBe(406)
    expect(response.headers.get('warning')).toContain('1.2.840.10008.1.2.1')
  })

  test('a series as one application/dicom is 406', async () => expect((await service.get(seriesOf(ct[0]!), dicom)).status).toBe(406))

  test('Range, from a byte on, the last bytes, behind the end', async () => {
    const { part10 } = ct[0]!
    const middle = await service.get(pathOf(ct[0]!), { ...dicom, Range: 'bytes=128-131' })
    expect(middle.status).toBe(206)
    expect(middle.headers.get('content-range')).toBe(`bytes 128-131/${part10.length}`)
    expect(await middle.text()).toBe('DICM')
    const last = await service.get(pathOf(ct[0]!), { ...dicom, Range: 'bytes=-10' })
    expect((await bytesOf(last)).equals(part10.subarray(-10))).toBe(true)
    const behind = await service.get(pathOf(ct[0]!), { ...dicom, Range: `bytes=${part10.length}-` })
    expect(behind.status).toBe(416)
    expect(behind.headers.get('content-range')).toBe(`bytes */${part10.length}`)
  })

  test('the tag saves a second transfer', async () => {
    const first = await service.get(pathOf(ct[0]!), dicom)
    await first.arrayBuffer()
    const tag = first.headers.get('etag')!
    expect(tag).toMatch(/^"[\w-]+"$/)
    const again = await service.get(pathOf(ct[0]!), { ...dicom, 'If-None-Match': tag })
    expect(again.status).toBe(304)
    const otherForm = await service.get(pathOf(ct[0]!), { 'If-None-Match': tag })
    expect(otherForm.status).toBe(200)
    await otherForm.arrayBuffer()
  })
})

describe('what is not there', () => {
  test.each([
    ['a study', '/studies/1.2.3'],
    ['a series', () => `${studyOf(ct[0]!)}/series/1.2.3`],
    ['an instance', () => `${seriesOf(ct[0]!)}/instances/1.2.3`],
    ['an instance of another series', () => `${seriesOf(us)}/instances/${ct[0]!.SOPInstanceUID}`],
    ['metadata', '/studies/1.2.3/metadata'],
    ['a frame', () => `${pathOf(ct[0]!)}/frames/2`],
    ['bulk data', () => `${pathOf(ct[0]!)}/bulkdata/00091001`],
    ['a thumbnail', '/studies/1.2.3/thumbnail'],
  ])('%s: 404', async (_, path) => {
    const response = await service.get(typeof path === 'string' ? path : path())
    expect(response.status).toBe(404)
    expect(response.headers.get('warning')).toContain('There is no')
  })

  test('of another institution: 404, at every resource', async () => {
    for (const suffix of [
      '',
      '/metadata',
      '/frames/1',
      '/rendered',
      '/thumbnail',
      '/pixeldata',
      '/bulkdata/7FE00010',
      '/frames/1/rendered',
    ]) {
      expect((await service.get(`${pathOf(ct[0]!)}${suffix}`, { 'x-asker': 'west' })).status).toBe(404)
    }
  })

  test('an address that holds no UID: 400', async () => expect((await service.get('/studies/abc/metadata')).status).toBe(400))

  test('another method: 405 with Allow', async () => {
    const response = await fetch(`${service.url}/dicomweb${pathOf(ct[0]!)}`, { method: 'DELETE' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('HEAD, GET')
  })
})

describe('metadata', () => {
  test('of a series: one gzip member, a DICOM JSON object for each instance', async () => {
    const raw = await new Promise<{ headers: NodeJS.Dict<string | string[]>; body: Buffer }>((resolve) =>
      request(`${service.url}/dicomweb${seriesOf(ct[0]!)}/metadata`, { headers: { 'Accept-Encoding': 'gzip' } }, async (response) => {
        resolve({ headers: response.headers, body: Buffer.concat(await response.toArray()) })
      }).end(),
    )
    expect(raw.headers['content-encoding']).toBe('gzip')
    expect(raw.headers['content-type']).toBe('application/dicom+json')
    const datasets = JSON.parse(gunzipSync(raw.body).toString()) as Record<string, { Value: unknown[]; BulkDataURI?: string }>[]
    expect(datasets.map((dataset) => dataset['00080018']!.Value[0])).toEqual(ct.map(({ SOPInstanceUID }) => SOPInstanceUID))
    expect(datasets[0]!['7FE00010']!.BulkDataURI).toBe(`/dicomweb${pathOf(ct[0]!)}/bulkdata/7FE00010`)
  })

  test('plain for who takes no gzip; the same for study and instance', async () => {
    const plain = await service.json(`${studyOf(ct[0]!)}/metadata`, { 'Accept-Encoding': 'identity' })
    expect(plain).toEqual(await service.json(`${seriesOf(ct[0]!)}/metadata`))
    expect(await service.json(`${pathOf(ct[4]!)}/metadata`)).toEqual([plain[4]])
  })

  test('304 until the series changes', async () => {
    const path = `${seriesOf(us)}/metadata`
    const first = await service.get(path, { Accept: 'application/json' })
    expect(first.headers.get('content-type')).toBe('application/json')
    await first.arrayBuffer()
    const tag = first.headers.get('etag')!
    expect((await service.get(path, { 'If-None-Match': tag })).status).toBe(304)
    expect((await service.get(path, { Accept: 'text/html' })).status).toBe(406)
  })
})

describe('frames', () => {
  test('compressed: in the stored transfer syntax, its own media type first', async () => {
    const response = await service.get(`${pathOf(us)}/frames/1,3`)
    expect(response.headers.get('content-type')).toMatch(/^multipart\/related; type="image\/jpeg"; boundary=/)
    const parts = await partsOf(response)
    expect(parts.map(({ headers }) => headers.get('content-type'))).toEqual(
      Array(2).fill('image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50'),
    )
    for (const { body } of parts) expect(body.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
    const octets = await service.get(`${pathOf(us)}/frames/3`, {
      Accept: 'multipart/related; type=application/octet-stream; transfer-syntax=*',
    })
    expect((await partsOf(octets))[0]!.body.equals(parts[1]!.body)).toBe(true)
  })

  test('compressed in another way than the instance says: the part names the real transfer syntax', async () => {
    const [mislabelled] = await all(usStudy({ seed: 'mislabelled', frames: 3, transferSyntax: 'jpegBaseline' }))
    const part10 = Buffer.from(mislabelled!.part10.toString('latin1').replace('1.2.840.10008.1.2.4.50', '1.2.840.10008.1.2.4.70'), 'latin1')
    expect((await service.stow([part10])).status).toBe(200)
    const response = await service.get(`${pathOf(mislabelled!)}/frames/1,2`, {
      Accept: 'multipart/related; type="application/octet-stream"; transfer-syntax=*',
    })
    const length = Number(response.headers.get('content-length'))
    const body = await response.clone().arrayBuffer()
    expect(body.byteLength).toBe(length)
    const parts = await partsOf(response)
    expect(parts.map(({ headers }) => headers.get('content-type'))).toEqual(
      Array(2).fill('application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.50'),
    )
    expect(parts.map(({ body }) => body.length)).toEqual(parts.map(({ headers }) => Number(headers.get('content-length'))))
  })

  test('uncompressed: little endian, whatever it is stored as', async () => {
    const single = await service.get(`${pathOf(dr)}/frames/1`, { Accept: 'application/octet-stream' })
    expect(single.headers.get('content-type')).toBe('application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1')
    const frame = await bytesOf(single)
    const stored = Buffer.from(dr.dataset.subarray(dr.dataset.length - frame.length)).swap16()
    expect(frame.equals(stored)).toBe(true)
    const parts = await partsOf(await service.get(`${pathOf(dr)}/frames/1`))
    expect(parts[0]!.body.equals(frame)).toBe(true)
    const range = await service.get(`${pathOf(dr)}/frames/1`, { Accept: 'application/octet-stream', Range: 'bytes=1001-1004' })
    expect((await bytesOf(range)).equals(frame.subarray(1001, 1005))).toBe(true)
  })

  test('what OHIF asks for', async () => {
    const Accept =
      'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.202, multipart/related; type="application/octet-stream"; transfer-syntax=*; q=0.5'
    expect((await partsOf(await service.get(`${pathOf(us)}/frames/1`, { Accept })))[0]!.headers.get('content-type')).toBe(
      'application/octet-stream; transfer-syntax=1.2.840.10008.1.2.4.50',
    )
    const uncompressed = await partsOf(await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept }))
    expect(uncompressed[0]!.headers.get('content-type')).toBe('application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1')
  })

  test.each(['0', '1,', 'a', '1-3', '-1', '1e3'])('a list that is none: %s', async (list) => {
    expect((await service.get(`${pathOf(us)}/frames/${list}`)).status).toBe(400)
  })

  test('304', async () => {
    const first = await service.get(`${pathOf(us)}/frames/2`)
    await first.arrayBuffer()
    expect((await service.get(`${pathOf(us)}/frames/2`, { 'If-None-Match': first.headers.get('etag')! })).status).toBe(304)
    expect((await service.get(`${pathOf(us)}/frames/3`, { 'If-None-Match': first.headers.get('etag')! })).status).toBe(200)
  })
})

describe('bulk data', () => {
  test('the pixels of an uncompressed image, in one part or in ranges', async () => {
    const path = `${pathOf(ct[0]!)}/bulkdata/7FE00010`
    const whole = await bytesOf(await service.get(path))
    expect(whole.equals(ct[0]!.dataset.subarray(-whole.length))).toBe(true)
    expect((await bytesOf(await service.get(`${pathOf(ct[0]!)}/pixeldata`))).equals(whole)).toBe(true)
    expect((await bytesOf(await service.get(path, { Range: 'bytes=100-199' }))).equals(whole.subarray(100, 200))).toBe(true)
    const parts = await partsOf(await service.get(path, { Accept: 'multipart/related; type="application/octet-stream"' }))
    expect(parts[0]!.body.equals(whole)).toBe(true)
  })

  test('compressed pixels: one part a frame', async () => {
    const parts = await partsOf(await service.get(`${pathOf(us)}/bulkdata/7FE00010`, { Accept: 'multipart/related; type="image/jpeg"' }))
    expect(parts).toHaveLength(20)
  })
})

describe('rendered', () => {
  test.each(['', '/frames/1'])('a picture of an instance%s', async (suffix) => {
    const response = await service.get(`${pathOf(ct[0]!)}${suffix}/rendered?window=40,400&quality=80`)
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect((await bytesOf(response)).subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]))
  })

  test('of series and study, as PNG, in a viewport', async () => {
    for (const path of [seriesOf(ct[0]!), studyOf(us)]) {
      const response = await service.get(`${path}/rendered?viewport=64,64`, { Accept: 'image/png' })
      expect(response.headers.get('content-type')).toBe('image/png')
      const png = await bytesOf(response)
      expect(Math.max(png.readUInt32BE(16), png.readUInt32BE(20))).toBe(64)
    }
  })

  test('a thumbnail', async () => {
    const response = await service.get(`${studyOf(dr)}/thumbnail`)
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    expect((await bytesOf(response)).length).toBeLessThan(20_000)
  })

  test.each([
    ['window', 'window=40'],
    ['window', 'window=40,0'],
    ['window', 'window=40,400,gamma'],
    ['viewport', 'viewport=64'],
    ['viewport', 'viewport=0,64'],
    ['quality', 'quality=0'],
  ])('a %s that is none is refused by name: %s', async (name, query) => {
    const response = await service.get(`${pathOf(ct[0]!)}/rendered?${query}`)
    expect(response.status).toBe(400)
    expect(response.headers.get('warning')).toContain(name)
  })

  test('304, and another picture for another window', async () => {
    const first = await service.get(`${pathOf(ct[0]!)}/rendered?window=40,400`)
    await first.arrayBuffer()
    const headers = { 'If-None-Match': first.headers.get('etag')! }
    expect((await service.get(`${pathOf(ct[0]!)}/rendered?window=40,400`, headers)).status).toBe(304)
    expect((await service.get(`${pathOf(ct[0]!)}/rendered?window=50,400`, headers)).status).toBe(200)
  })
})

test('HEAD tells length and type, and opens nothing', async () => {
  const before = opened.length
  for (const path of ['', '/metadata', '/frames/1', '/pixeldata']) {
    const response = await fetch(`${service.url}/dicomweb${pathOf(ct[0]!)}${path}`, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).not.toBeNull()
  }
  expect(opened.length).toBe(before)
})

test('whoever goes away leaves no stream open', async () => {
  opened.length = 0
  await new Promise<void>((resolve) => {
    const leaving = request(`${service.url}/dicomweb${studyOf(ct[0]!)}`, (response) => {
      response.once('data', () => {
        response.destroy()
        resolve()
      })
    })
    leaving.on('error', () => undefined).end()
  })
  await expect.poll(() => opened.length > 0 && opened.every((stream) => stream.destroyed)).toBe(true)
})

test('every view is noted, searches are not', async () => {
  service.views.length = 0
  await service.json(`/studies/${ct[0]!.StudyInstanceUID}/series`)
  expect(service.views).toEqual([])
  await (await service.get(`${pathOf(ct[0]!)}/frames/1`)).arrayBuffer()
  await (await service.get(`${pathOf(ct[0]!)}/thumbnail`)).arrayBuffer()
  expect(new Set(service.views)).toEqual(new Set([`COUNTY ${ct[0]!.StudyInstanceUID}`]))
})

test('the capabilities are a WADL document of all resources', async () => {
  const response = await fetch(`${service.url}/dicomweb`, { method: 'OPTIONS' })
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/vnd.sun.wadl+xml')
  const text = await response.text()
  expect(text).toContain(`<resources base="${service.url}/dicomweb/">`)
  expect(text).toContain('<resource path="studies/{study}/series/{series}/instances/{instance}/frames/{frames}">')
  expect(text).toContain('<method name="POST" id="StoreInstances">')
  expect(text).toMatch(/id="SearchForStudies">.*<param name="ModalitiesInStudy" style="query"\/>/)
})

test('the digest of what is retrieved is that of what was stored', async () => {
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
  const parts = await partsOf(await service.get(studyOf(ct[0]!)))
  expect(parts.map(({ body }) => digest(body))).toEqual(ct.map(({ part10 }) => digest(part10)))
})
