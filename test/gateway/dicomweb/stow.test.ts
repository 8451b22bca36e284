/** Store Transaction: PS3.18 §10.5. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ObjectStoreFull } from '../../../archive/errors.ts'
import { ctSeries, type Instance } from '../../../test-images/index.ts'
import { multipart, type Service, sizeOf, startService } from './service.ts'

type DataSet = Record<string, { vr: string; Value?: DataSet[] | (string | number)[] }>

let service: Service
let full = false
const instances: Instance[] = []
const other: Instance[] = []

beforeAll(async () => {
  service = await startService((tools) => ({
    maxInstanceBytes: 4_000_000,
    patience: { windowMs: 300, bytesPerWindow: 1000 },
    objects: {
      ...tools.objects,
      put: (...args) => (full ? Promise.reject(new ObjectStoreFull('No room')) : tools.objects.put(...args)),
      get: (key) => tools.objects.get(key),
      getRange: (...args) => tools.objects.getRange(...args),
      remove: (key) => tools.objects.remove(key),
    },
  }))
  for await (const instance of ctSeries(4, { seed: 'stow' })) instances.push(instance)
  for await (const instance of ctSeries(1, { seed: 'stow other' })) other.push(instance)
})
afterAll(() => service?.close())

const bytes = (from: readonly Instance[]) => from.map(({ part10 }) => part10)
const items = (dataset: DataSet, tag: string) => (dataset[tag]?.Value ?? []) as DataSet[]
const first = (item: DataSet | undefined, tag: string) => item?.[tag]?.Value?.[0]

test('stores each part and answers where it can be had', async () => {
  const response = await service.stow(bytes(instances.slice(0, 2)))
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toBe('application/dicom+json')
  expect(response.headers.get('warning')).toBeNull()
  const dataset = (await response.json()) as DataSet
  const study = `${service.url}/dicomweb/studies/${instances[0]!.StudyInstanceUID}`
  expect(dataset['00081190']).toEqual({ vr: 'UR', Value: [study] })
  expect(dataset['00081198']).toBeUndefined()
  expect(items(dataset, '00081199').map((item) => [first(item, '00081155'), first(item, '00081190')])).toEqual(
    instances
      .slice(0, 2)
      .map(({ SOPInstanceUID, SeriesInstanceUID }) => [SOPInstanceUID, `${study}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`]),
  )
  const kept = await service.get(new URL(String(first(items(dataset, '00081199')[1], '00081190'))).pathname.replace('/dicomweb', ''), {
    Accept: 'application/dicom',
  })
  expect(Buffer.from(await kept.arrayBuffer()).equals(instances[1]!.part10)).toBe(true)
})

test('the same instances again are stored, and nothing is kept twice', async () => {
  const before = await sizeOf(service.objects)
  const response = await service.stow(bytes(instances.slice(0, 2)))
  expect(response.status).toBe(200)
  expect(await sizeOf(service.objects)).toBe(before)
})

test('a single part of application/dicom', async () => {
  const response = await service.stow([], '/studies', { 'Content-Type': 'application/dicom' })
  expect(response.status).toBe(409)
  const stored = await fetch(`${service.url}/dicomweb/studies`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/dicom' },
    body: instances[2]!.part10,
  })
  expect(stored.status).toBe(200)
})

test('parts without Content-Type, as octet-stream, and with a transfer-syntax parameter', async () => {
  for (const header of [
    '',
    'Content-Type: application/octet-stream\r\n',
    'content-type: application/dicom; transfer-syntax=1.2.840.10008.1.2.1\r\n',
  ]) {
    const response = await fetch(`${service.url}/dicomweb/studies`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/related; boundary="b"; type=application/dicom; start="<1>"' },
      body: multipart(bytes(instances.slice(0, 1)), header),
    })
    expect(response.status).toBe(200)
  }
})

test('an instance of another study than the address names fails alone, with its UIDs, and is not kept', async () => {
  const before = await sizeOf(service.objects)
  const response = await service.stow(bytes([...instances.slice(0, 1), ...other]), `/studies/${instances[0]!.StudyInstanceUID}`)
  expect(response.status).toBe(202)
  const dataset = (await response.json()) as DataSet
  expect(items(dataset, '00081199')).toHaveLength(1)
  const [failed] = items(dataset, '00081198')
  expect(first(failed, '00081155')).toBe(other[0]!.SOPInstanceUID)
  expect(first(failed, '00081150')).toBe(other[0]!.SOPClassUID)
  expect(first(failed, '00081197')).toBe(0xa900)
  expect(response.headers.get('warning')).toContain('part 2: StudyInstanceUID')
  expect(await sizeOf(service.objects)).toBe(before)
  expect((await service.get(`/studies/${other[0]!.StudyInstanceUID}`)).status).toBe(404)
})

test('one outcome for every part: not DICOM, truncated, of another type', async () => {
  const before = await sizeOf(service.objects)
  const response = await service.stow([Buffer.from('<html>'), instances[3]!.part10.subarray(0, -1000), instances[0]!.part10])
  expect(response.status).toBe(202)
  const dataset = (await response.json()) as DataSet
  expect(items(dataset, '0008119A').map((item) => first(item, '00081197'))).toEqual([0xc000])
  expect(items(dataset, '00081198').map((item) => [first(item, '00081155'), first(item, '00081197')])).toEqual([
    [instances[3]!.SOPInstanceUID, 0xc000],
  ])
  expect(items(dataset, '00081199')).toHaveLength(1)
  const text = await fetch(`${service.url}/dicomweb/studies`, {
    method: 'POST',
    headers: { 'Content-Type': 'multipart/related; type="application/dicom"; boundary=b' },
    body: multipart([instances[3]!.part10], 'Content-Type: text/plain\r\n'),
  })
  expect(text.status).toBe(409)
  expect(await sizeOf(service.objects)).toBe(before)
})

test('other content under a stored SOPInstanceUID: 202, B000, both kept', async () => {
  const changed = Buffer.from(instances[0]!.part10)
  changed[changed.length - 1]! ^= 1
  const response = await service.stow([changed])
  expect(response.status).toBe(202)
  const dataset = (await response.json()) as DataSet
  expect(first(items(dataset, '00081199')[0], '00081196')).toBe(0xb000)
  expect(response.headers.get('warning')).toMatch(/^299 http:\/\/127\.0\.0\.1:\d+\/dicomweb: part 1: another content/)
})

test('XML where it is asked for, 406 where neither can be given', async () => {
  const xml = await service.stow(bytes(instances.slice(0, 1)), '/studies', { Accept: 'application/dicom+xml' })
  expect(xml.headers.get('content-type')).toBe('application/dicom+xml')
  expect(await xml.text()).toContain('<DicomAttribute tag="00081190" vr="UR" keyword="RetrieveURL">')
  expect((await service.stow(bytes(instances.slice(0, 1)), '/studies', { Accept: 'text/html' })).status).toBe(406)
})

describe('no store request', () => {
  test.each([
    ['form data', 'multipart/form-data; boundary=b', 415],
    ['pictures', 'multipart/related; type="image/png"; boundary=b', 415],
    ['JSON', 'application/json', 415],
    ['no boundary', 'multipart/related; type="application/dicom"', 400],
    ['another boundary', 'multipart/related; type="application/dicom"; boundary=other', 400],
    ['a boundary without end', `multipart/related; type="application/dicom"; boundary=${'b'.repeat(300)}`, 400],
  ])('%s', async (_, type, status) => {
    const response = await service.stow(bytes(instances.slice(0, 1)), '/studies', { 'Content-Type': type })
    expect(response.status).toBe(status)
  })

  test('no part', async () => expect((await service.stow([])).status).toBe(400))
  test('a compressed body', async () =>
    expect((await service.stow(bytes(instances.slice(0, 1)), '/studies', { 'Content-Encoding': 'gzip' })).status).toBe(415))
  test('an address that is no UID', async () => expect((await service.stow([], '/studies/1.2.x')).status).toBe(400))
})

test('a full object store: 503 with Retry-After, the items say A700, and no row is kept', async () => {
  full = true
  const response = await service.stow(bytes(other))
  full = false
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('30')
  const dataset = (await response.json()) as DataSet
  expect(items(dataset, '0008119A').map((item) => first(item, '00081197'))).toEqual([0xa700])
  expect((await service.get(`/studies/${other[0]!.StudyInstanceUID}`)).status).toBe(404)
})

describe('bodies that do not end well', () => {
  /** Writes a request by hand and gives what is answered until the connection is closed. */
  const raw = (headers: string, pieces: readonly Uint8Array[], hangUp = false) =>
    new Promise<string>((resolve) => {
      let answer = ''
      const socket = connect(Number(new URL(service.url).port), '127.0.0.1', async () => {
        socket.write(`POST /dicomweb/studies HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/related; boundary=b\r\n${headers}\r\n\r\n`)
        for (const piece of pieces) {
          if (socket.destroyed) break
          await new Promise((written) => socket.write(piece, written))
        }
        if (hangUp) setTimeout(() => socket.destroy(), 50)
      })
      socket.setEncoding('latin1').on('data', (chunk) => {
        answer += chunk
      })
      socket.on('error', () => undefined).on('close', () => resolve(answer))
    })

  test('cut in the middle by the sender: what was whole stays, what was not leaves nothing', async () => {
    const before = await sizeOf(service.objects)
    const body = multipart(bytes(other))
    await raw(`Content-Length: ${body.length}`, [body.subarray(0, body.length / 2)], true)
    await expect.poll(() => sizeOf(service.objects)).toBe(before)
  })

  test('ended before its boundary: that part fails', async () => {
    const body = multipart(bytes([instances[0]!, other[0]!])).subarray(0, -40)
    const answer = await raw(`Connection: close\r\nContent-Length: ${body.length}`, [body])
    expect(answer).toMatch(/^HTTP\/1\.1 202/)
    expect(answer).toContain('ends within part 2')
  })

  test('stalled: 408', async () => {
    const body = multipart(bytes(other))
    expect(await raw(`Content-Length: ${body.length}`, [body.subarray(0, 5000)])).toMatch(/^HTTP\/1\.1 408/)
  })

  test('never ending: the part fails at the limit of its size, and the connection is closed', async () => {
    const before = await sizeOf(service.objects)
    const head = Buffer.from('--b\r\n\r\n')
    const endless = Array.from({ length: 200 }, (_, i) => (i === 0 ? Buffer.concat([head, other[0]!.part10]) : Buffer.alloc(100_000)))
    const answer = await raw('Content-Length: 100000000', endless)
    expect(answer).toMatch(/^HTTP\/1\.1 413/)
    expect(answer).toMatch(/connection: close/i)
    expect(await sizeOf(service.objects)).toBe(before)
  })
})
