/** Retrieving in another transfer syntax than the stored one: PS3.18 §8.7.3, §10.4.1.1.1, §10.4.1.1.6. Foreign decoders say what is in it. */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ctSeries, drStudy, type Instance, usStudy } from '../../../test-images/index.ts'
import { imageOf } from '../../archive/rendered/sample.ts'
import { describeWithPeers } from '../../support/foreign-peers.ts'
import { partsOf, type Service, startService } from './service.ts'

const explicit = '1.2.840.10008.1.2.1'
const lossless = {
  'image/dicom-rle': '1.2.840.10008.1.2.5',
  'image/jls': '1.2.840.10008.1.2.4.80',
  'image/jp2': '1.2.840.10008.1.2.4.90',
  'image/jphc': '1.2.840.10008.1.2.4.201',
} as const
const rpcl = '1.2.840.10008.1.2.4.202'

let service: Service
let ct: Instance[]
let us: Instance
let dr: Instance

const all = async (images: AsyncIterable<Instance>) => {
  const instances: Instance[] = []
  for await (const instance of images) instances.push(instance)
  return instances
}

beforeAll(async () => {
  service = await startService()
  ct = await all(ctSeries(3, { seed: 'transcoded' }))
  ;[us] = (await all(usStudy({ seed: 'transcoded us', frames: 3, transferSyntax: 'jpegBaseline' }))) as [Instance]
  ;[dr] = (await all(drStudy({ seed: 'transcoded dr', transferSyntax: 'bigEndian' }))) as [Instance]
  expect((await service.stow([...ct, us, dr].map(({ part10 }) => part10))).status).toBe(200)
})
afterAll(() => service?.close())

const studyOf = ({ StudyInstanceUID }: Instance) => `/studies/${StudyInstanceUID}`
const seriesOf = (instance: Instance) => `${studyOf(instance)}/series/${instance.SeriesInstanceUID}`
const pathOf = (instance: Instance) => `${seriesOf(instance)}/instances/${instance.SOPInstanceUID}`
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer())
/** Of the numbers, whatever holds them: a million of them are compared by their digest. */
const digest = (numbers: ArrayLike<number>) =>
  createHash('sha256')
    .update(new Uint8Array(Float64Array.from(numbers).buffer))
    .digest('hex')
const values = async (part10: Buffer, frame = 1) => digest((await imageOf(part10).decode(frame)).samples)

describe('instances', () => {
  test.each([explicit, '1.2.840.10008.1.2', ...Object.values(lossless), rpcl])('as one body in %s', async (to) => {
    for (const instance of [ct[0]!, us]) {
      const response = await service.get(pathOf(instance), { Accept: `application/dicom; transfer-syntax=${to}` })
      expect([response.status, response.headers.get('content-type')]).toEqual([200, `application/dicom; transfer-syntax=${to}`])
      const bytes = await bytesOf(response)
      expect(imageOf(bytes).header.TransferSyntaxUID).toBe(to)
      expect(await values(bytes)).toEqual(await values(instance.part10))
    }
  })

  test('a series as parts, of a length that is not announced, each with its transfer syntax', async () => {
    const response = await service.get(seriesOf(ct[0]!), {
      Accept: `multipart/related; type="application/dicom"; transfer-syntax=${lossless['image/jls']}`,
    })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, null])
    const parts = await partsOf(response)
    expect(parts).toHaveLength(3)
    for (const [n, { headers, body }] of parts.entries()) {
      expect(headers.get('content-type')).toBe(`application/dicom; transfer-syntax=${lossless['image/jls']}`)
      expect(await values(body)).toEqual(await values(ct[n]!.part10))
    }
  })

  test('the stored one where none is named, and where any is wanted', async () => {
    for (const parameter of ['', '; transfer-syntax=*']) {
      const response = await service.get(pathOf(us), { Accept: `application/dicom${parameter}` })
      expect((await bytesOf(response)).equals(us.part10)).toBe(true)
    }
  })

  test.each([
    [`application/dicom; transfer-syntax=${rpcl}; q=0.4, application/dicom; transfer-syntax=${explicit}; q=0.6`, explicit],
    [`application/dicom; transfer-syntax=${rpcl}, application/dicom; transfer-syntax=${explicit}`, rpcl],
    [`application/dicom;transfer-syntax="${explicit}"`, explicit],
    [`application/dicom; transfer-syntax=1.2.840.10008.1.2.4.57, application/dicom; transfer-syntax=${rpcl}; q=0.1`, rpcl],
    [`application/dicom; transfer-syntax=${explicit}; q=0, */*;q=0.1`, '1.2.840.10008.1.2.4.50'],
  ])('negotiated: %s', async (Accept, to) => {
    const response = await service.get(pathOf(us), { Accept })
    expect(response.headers.get('content-type')).toContain(Accept.includes('*/*') ? 'multipart/related' : to)
    const body = Accept.includes('*/*') ? (await partsOf(response))[0]!.body : await bytesOf(response)
    expect(imageOf(body).header.TransferSyntaxUID).toBe(to)
  })

  test.each([
    '1.2.840.10008.1.2.4.51',
    '1.2.840.10008.1.2.4.57',
    '1.2.840.10008.1.2.4.70',
    '1.2.840.10008.1.2.4.91',
    '1.2.840.10008.1.2.4.102',
    '1.2.3',
  ])('406 for %s, which nothing here makes', async (to) => {
    expect((await service.get(pathOf(ct[0]!), { Accept: `application/dicom; transfer-syntax=${to}` })).status).toBe(406)
  })

  test('304, and another tag for another transfer syntax', async () => {
    const tags = new Set<string>()
    for (const to of [explicit, rpcl]) {
      const Accept = `application/dicom; transfer-syntax=${to}`
      const first = await service.get(pathOf(us), { Accept })
      await first.arrayBuffer()
      tags.add(first.headers.get('etag')!)
      expect((await service.get(pathOf(us), { Accept, 'If-None-Match': first.headers.get('etag')! })).status).toBe(304)
    }
    expect(tags.size).toBe(2)
  })

  test('of another institution: 404', async () => {
    const Accept = `application/dicom; transfer-syntax=${rpcl}`
    expect((await service.get(pathOf(ct[0]!), { Accept, 'x-asker': 'east' })).status).toBe(404)
  })
})

describe('frames', () => {
  test.each(Object.entries(lossless))('%s alone stands for its transfer syntax', async (mediaType, to) => {
    const response = await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept: mediaType })
    expect([response.status, response.headers.get('content-type')]).toEqual([200, `${mediaType}; transfer-syntax=${to}`])
    await response.arrayBuffer()
  })

  test('application/octet-stream is uncompressed, also of compressed ones', async () => {
    const parts = await partsOf(
      await service.get(`${pathOf(us)}/frames/3,1`, { Accept: 'multipart/related; type=application/octet-stream' }),
    )
    for (const [n, frame] of [3, 1].entries()) {
      expect(parts[n]!.headers.get('content-type')).toBe(`application/octet-stream; transfer-syntax=${explicit}`)
      expect(digest(parts[n]!.body)).toEqual(await values(us.part10, frame))
    }
  })

  test('in ranges', async () => {
    const Accept = 'image/jls'
    const whole = await bytesOf(await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept }))
    const part = await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept, Range: 'bytes=10-19' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 10-19/${whole.length}`])
    expect((await bytesOf(part)).equals(whole.subarray(10, 20))).toBe(true)
  })

  test('304', async () => {
    const Accept = 'image/jls'
    const first = await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept })
    await first.arrayBuffer()
    expect((await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept, 'If-None-Match': first.headers.get('etag')! })).status).toBe(304)
  })

  test('406 names from what to what', async () => {
    const response = await service.get(`${pathOf(ct[0]!)}/frames/1`, { Accept: 'image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50' })
    expect(response.status).toBe(406)
  })
})

describeWithPeers('foreign decoders', ['dcmdjpls', 'dcmdrle', 'gdcmconv', 'opj_decompress', 'dcmconv', 'dciodvfy'], () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'transcoded-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const retrieved = async (instance: Instance, to: string) => {
    const path = join(folder, `${instance.SOPInstanceUID}-${to}.dcm`)
    writeFileSync(path, await bytesOf(await service.get(pathOf(instance), { Accept: `application/dicom; transfer-syntax=${to}` })))
    return path
  }
  const made = (program: string, args: readonly string[], input: string) => {
    const output = `${input}.${program}`
    execFileSync(program, [...args, input, output], { stdio: 'pipe' })
    return readFileSync(output)
  }

  const decoders: readonly (readonly [string, readonly string[], string])[] = [
    ['dcmdjpls', [], lossless['image/jls']],
    ['dcmdrle', [], lossless['image/dicom-rle']],
    ['dcmconv', ['+te'], '1.2.840.10008.1.2'],
    ['gdcmconv', ['--raw'], lossless['image/jls']],
    ['gdcmconv', ['--raw'], lossless['image/jp2']],
    ['gdcmconv', ['--raw'], lossless['image/dicom-rle']],
  ]
  test.each(decoders)('%s %j finds the pixels in %s', async (program, args, to) => {
    for (const instance of [ct[0]!, us, dr]) {
      const decoded = made(program, args, await retrieved(instance, to))
      expect(imageOf(decoded).frames).toBe(imageOf(instance.part10).frames)
      for (let frame = 1; frame <= imageOf(decoded).frames; frame++)
        expect(await values(decoded, frame)).toEqual(await values(instance.part10, frame))
    }
  })

  // one is the other's foreign decoder: HTJ2K is encoded by OpenJPH, read by OpenJPEG
  test.each(['image/jp2', 'image/jphc', `image/jphc; transfer-syntax=${rpcl}`])('opj_decompress finds the pixels in %s', async (Accept) => {
    const j2k = join(folder, 'frame.j2k')
    writeFileSync(j2k, await bytesOf(await service.get(`${pathOf(dr)}/frames/1`, { Accept })))
    execFileSync('opj_decompress', ['-i', j2k, '-o', join(folder, 'frame.rawl')], { stdio: 'pipe' })
    const raw = readFileSync(join(folder, 'frame.rawl'))
    expect(digest(new Uint16Array(new Uint8Array(raw).buffer))).toEqual(await values(dr.part10))
  })

  test('dciodvfy finds no other error than in what was stored', async () => {
    const complaints = (path: string) => {
      try {
        execFileSync('dciodvfy', [path], { stdio: 'pipe' })
        return []
      } catch (error) {
        return String((error as { stderr: Buffer }).stderr)
          .split('\n')
          .filter((line) => line.startsWith('Error'))
      }
    }
    const stored = join(folder, 'stored.dcm')
    writeFileSync(stored, ct[0]!.part10)
    const known = new Set(complaints(stored))
    // which does not know HTJ2K
    for (const to of [lossless['image/dicom-rle'], lossless['image/jls'], lossless['image/jp2']])
      expect(complaints(await retrieved(ct[0]!, to)).filter((line) => !known.has(line))).toEqual([])
  })
})
