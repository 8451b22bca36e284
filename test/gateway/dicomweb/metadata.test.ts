/** Metadata: entity tags through what comes and goes, and the Native DICOM Model. PS3.18 §10.4, RFC 9110 §8.8.3. */
import { request } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readNativeXML } from '../../../gateway/dicomweb/native-xml-reader.ts'
import { ctSeries, type Instance } from '../../../test-images/index.ts'
import { partsOf, type Service, startService } from './service.ts'

let service: Service
const instances: Instance[] = []
beforeAll(async () => {
  service = await startService()
  for await (const instance of ctSeries(4, { seed: 'metadata' })) instances.push(instance)
  expect((await service.stow(instances.slice(0, 3).map(({ part10 }) => part10))).status).toBe(200)
})
afterAll(() => service?.close())

const levels = {
  study: () => `/studies/${instances[0]!.StudyInstanceUID}`,
  series: () => `${levels.study()}/series/${instances[0]!.SeriesInstanceUID}`,
  instance: () => `${levels.series()}/instances/${instances[0]!.SOPInstanceUID}`,
}
const metadata = async (level: keyof typeof levels, headers: Record<string, string> = {}) => {
  const response = await service.get(`${levels[level]()}/metadata`, headers)
  const body = Buffer.from(await response.arrayBuffer())
  return { status: response.status, tag: response.headers.get('etag')!, headers: response.headers, body }
}
const uidsIn = (body: Buffer) =>
  (JSON.parse(body.toString()) as Record<string, { Value: string[] }>[]).map((dataset) => dataset['00080018']!.Value[0])

describe.each(['study', 'series', 'instance'] as const)('the entity tag of a %s', (level) => {
  test('matches: 304 without a body, with the tag, not to be kept by others', async () => {
    const first = await metadata(level)
    expect(first.status).toBe(200)
    for (const known of [first.tag, `"other", ${first.tag}`, '*', first.tag.replace('W/', '')]) {
      const again = await metadata(level, { 'If-None-Match': known })
      expect([again.status, again.body.length, again.tag]).toEqual([304, 0, first.tag])
      expect(again.headers.get('cache-control')).toBe('private, no-cache')
      expect(again.headers.get('vary')).toBe('Accept-Encoding, Accept')
    }
  })

  test('does not match: the whole', async () => {
    const answer = await metadata(level, { 'If-None-Match': '"another"' })
    expect(answer.status).toBe(200)
    expect(uidsIn(answer.body)).toContain(instances[0]!.SOPInstanceUID)
  })

  test('nobody learns by it what they may not see', async () => {
    const { tag } = await metadata(level)
    expect((await metadata(level, { 'If-None-Match': tag, 'x-asker': 'west' })).status).toBe(404)
  })

  test('of another representation is another', async () => {
    const xml = { Accept: 'multipart/related; type="application/dicom+xml"' }
    const { tag } = await metadata(level)
    const asXML = await metadata(level, { ...xml, 'If-None-Match': tag })
    expect(asXML.status).toBe(200)
    expect((await metadata(level, { ...xml, 'If-None-Match': asXML.tag })).status).toBe(304)
  })
})

test('after an instance has come, and after one has gone, the tags of study and series are others', async () => {
  const tags = async () => [(await metadata('study')).tag, (await metadata('series')).tag]
  const before = await tags()
  expect((await service.stow([instances[0]!.part10])).status).toBe(200)
  expect(await tags()).toEqual(before)

  expect((await service.stow([instances[3]!.part10])).status).toBe(200)
  const added = await tags()
  for (const [at, level] of (['study', 'series'] as const).entries()) {
    const answer = await metadata(level, { 'If-None-Match': before[at]! })
    expect([answer.status, answer.tag]).toEqual([200, added[at]])
    expect(uidsIn(answer.body)).toHaveLength(4)
  }

  const reject = `${service.url}/dicomweb${levels.series()}/instances/${instances[3]!.SOPInstanceUID}/reject/113001%5EDCM`
  const rejected = await fetch(reject, { method: 'POST' })
  expect([rejected.status, await rejected.text()]).toEqual([200, expect.any(String)])
  for (const [at, level] of (['study', 'series'] as const).entries()) {
    const answer = await metadata(level, { 'If-None-Match': added[at]! })
    expect(answer.status).toBe(200)
    expect(uidsIn(answer.body)).toHaveLength(3)
    expect(before).not.toContain(answer.tag)
  }
  const gone = `${levels.series()}/instances/${instances[3]!.SOPInstanceUID}/metadata`
  expect((await service.get(gone, { 'If-None-Match': added[1]! })).status).toBe(404)
})

describe('as XML', () => {
  test('one part for each instance of a study or series', async () => {
    const response = await service.get(`${levels.series()}/metadata`, { Accept: 'multipart/related; type=application/dicom+xml' })
    expect(response.headers.get('content-type')).toMatch(/^multipart\/related; type="application\/dicom\+xml"; boundary=/)
    const parts = await partsOf(response)
    expect(parts).toHaveLength(3)
    expect(parts[0]!.headers.get('content-type')).toBe('application/dicom+xml')
    const [json] = await service.json(`${levels.instance()}/metadata`)
    expect(await readNativeXML(only(parts[0]!.body))).toEqual(json)
  })

  test('of one instance also as a document, by ?accept= too', async () => {
    const [json] = await service.json(`${levels.instance()}/metadata`)
    for (const [query, headers] of [
      ['', { Accept: 'application/dicom+xml' }],
      ['?accept=application/dicom%2Bxml', { Accept: 'application/json' }],
    ] as const) {
      const response = await service.get(`${levels.instance()}/metadata${query}`, headers)
      expect(response.headers.get('content-type')).toBe('application/dicom+xml')
      expect(await readNativeXML(only(Buffer.from(await response.arrayBuffer())))).toEqual(json)
    }
  })

  test('a study as one document cannot be had: 406, which names what can', async () => {
    const response = await service.get(`${levels.study()}/metadata`, { Accept: 'application/dicom+xml' })
    expect(response.status).toBe(406)
    expect(response.headers.get('warning')).toMatch(/multipart.related; type=.application.dicom.xml/)
  })

  test('compressed for who takes it', async () => {
    const raw = await new Promise<{ encoding: string | undefined; body: Buffer }>((resolve) =>
      request(
        `${service.url}/dicomweb${levels.series()}/metadata`,
        { headers: { Accept: 'multipart/related; type="application/dicom+xml"', 'Accept-Encoding': 'gzip' } },
        async (response) => resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(await response.toArray()) }),
      ).end(),
    )
    expect(raw.encoding).toBe('gzip')
    expect(gunzipSync(raw.body).toString()).toContain('<NativeDicomModel xml:space="preserve">')
  })
})

async function* only(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes
}
