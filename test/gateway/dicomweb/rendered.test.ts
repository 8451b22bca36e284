/** Rendered resources and thumbnails: PS3.18 §8.3.5, §8.7.4, §10.4.1.1.3, .4. */
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileMeta } from '../../../archive/dicom/part10.ts'
import { ctSeries, type Instance, usStudy } from '../../../test-images/index.ts'
import { imageOf } from '../../archive/rendered/sample.ts'
import { element } from '../../support/dataset.ts'
import { haveSamples, sampleBytes } from '../../support/samples.ts'
import { partsOf, type Service, startService } from './service.ts'

let service: Service
let ct: Instance[]
let us: Instance

const all = async (images: AsyncIterable<Instance>) => {
  const instances: Instance[] = []
  for await (const instance of images) instances.push(instance)
  return instances
}

beforeAll(async () => {
  service = await startService()
  ct = await all(ctSeries(3, { seed: 'rendered' }))
  ;[us] = (await all(usStudy({ seed: 'rendered us', frames: 3, transferSyntax: 'jpegBaseline' }))) as [Instance]
  expect((await service.stow([...ct, us].map(({ part10 }) => part10))).status).toBe(200)
})
afterAll(() => service?.close())

type UIDs = Pick<Instance, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'>
const seriesOf = ({ StudyInstanceUID, SeriesInstanceUID }: UIDs) => `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}`
const pathOf = (instance: UIDs) => `${seriesOf(instance)}/instances/${instance.SOPInstanceUID}`
const png = { Accept: 'image/png' }

/** The pixels of a picture. */
async function shown(path: string) {
  const response = await service.get(path, png)
  expect(response.status).toBe(200)
  const { data, info } = await sharp(Buffer.from(await response.arrayBuffer()))
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { ...info, at: (x: number, y: number) => data[(y * info.width + x) * info.channels]!, data }
}

describe('viewport (§8.3.5.1.3)', () => {
  test('scales to fit, the proportions kept', async () => {
    const { width, height } = await shown(`${pathOf(ct[0]!)}/rendered?viewport=100,50`)
    expect([width, height]).toEqual([50, 50])
  })

  test('shows a region of the image', async () => {
    const whole = await shown(`${pathOf(ct[0]!)}/rendered`)
    const part = await shown(`${pathOf(ct[0]!)}/rendered?viewport=64,32,200,180,64,32`)
    expect([part.width, part.height]).toEqual([64, 32])
    for (const [x, y] of [
      [0, 0],
      [63, 31],
      [20, 10],
    ] as const)
      expect(part.at(x, y)).toBe(whole.at(200 + x, 180 + y))
  })

  test('a negative width mirrors from left to right, a negative height upside down', async () => {
    const whole = await shown(`${pathOf(ct[0]!)}/rendered`)
    const { width, height } = whole
    const [across, down] = [
      await shown(`${pathOf(ct[0]!)}/rendered?viewport=${width},${height},0,0,-${width},${height}`),
      await shown(`${pathOf(ct[0]!)}/rendered?viewport=${width},${height},,,,-${height}`),
    ]
    for (const [x, y] of [
      [5, 9],
      [200, 100],
      [300, 411],
    ] as const) {
      expect(across.at(x, y)).toBe(whole.at(width - 1 - x, y))
      expect(down.at(x, y)).toBe(whole.at(x, height - 1 - y))
    }
  })

  test.each(['100', '0,10', '10,10,0,0,0,5', 'a,b', '1,2,3,4,5,6,7', '20000,20000', '10,10,-5,0'])(
    'viewport=%s is 400',
    async (viewport) => {
      expect((await service.get(`${pathOf(ct[0]!)}/rendered?viewport=${viewport}`)).status).toBe(400)
    },
  )
})

test('window (§8.3.5.1.4): each function makes another picture, a width of nothing is 400', async () => {
  const pictures = await Promise.all(
    ['linear', 'linear-exact', 'sigmoid'].map(async (shape) =>
      (await shown(`${pathOf(ct[0]!)}/rendered?window=40,80,${shape}`)).data.toString('latin1'),
    ),
  )
  expect(new Set(pictures).size).toBe(3)
  for (const window of ['40', '40,0', '40,400,round', '40,-1,sigmoid', 'x,400,linear'])
    expect((await service.get(`${pathOf(ct[0]!)}/rendered?window=${window}`)).status).toBe(400)
})

describe('annotation (§8.3.5.1.1)', () => {
  test('burns in the patient above, the technique below, and nothing where nothing was asked', async () => {
    const plain = await shown(`${pathOf(ct[0]!)}/rendered`)
    // of all channels alike: the words are white and black
    const greyOf = ({ data, channels, width, height }: Awaited<ReturnType<typeof shown>>) =>
      Buffer.from(Uint8Array.from({ length: width * height }, (_, at) => data[at * channels]!))
    const differs = async (annotation: string) => {
      const grey = greyOf(await shown(`${pathOf(ct[0]!)}/rendered?annotation=${annotation}`))
      const half = grey.length / 2
      return [0, half].map((from) => !grey.subarray(from, from + half).equals(greyOf(plain).subarray(from, from + half)))
    }
    expect(await differs('patient')).toEqual([true, false])
    expect(await differs('technique')).toEqual([false, true])
    expect(await differs('technique,patient')).toEqual([true, true])
  })

  test('another word is 400', async () => {
    for (const annotation of ['all', 'patient,', 'Patient;technique'])
      expect((await service.get(`${pathOf(ct[0]!)}/rendered?annotation=${annotation}`)).status).toBe(400)
  })
})

test.skipIf(!haveSamples)(
  'iccprofile (§8.3.5.1.5): of colour, sRGB where it is wanted, none otherwise, 400 for what is not made',
  async () => {
    const colour = sampleBytes('pyd-SC_rgb_small_odd.dcm')
    expect((await service.stow([colour])).status).toBe(200)
    const profileOf = async (query: string) => {
      const response = await service.get(`${pathOf(imageOf(colour).header)}/rendered${query}`, { Accept: 'image/jpeg' })
      expect(response.status).toBe(200)
      return (await sharp(Buffer.from(await response.arrayBuffer())).metadata()).icc
    }
    expect(await profileOf('')).toBeUndefined()
    expect(await profileOf('?iccprofile=no')).toBeUndefined()
    for (const name of ['yes', 'srgb', 'displayp3']) expect(await profileOf(`?iccprofile=${name}`)).toBeDefined()
    expect((await service.get(`${pathOf(us)}/rendered?iccprofile=adobergb`)).status).toBe(400)
  },
)

describe('several pictures', () => {
  test('all of a series, a multi-frame instance, a list of frames: as parts, in order', async () => {
    for (const [path, locations] of [
      [seriesOf(ct[0]!), ct.map((instance) => `${pathOf(instance)}/frames/1/rendered`)],
      [pathOf(us), [1, 2, 3].map((n) => `${pathOf(us)}/frames/${n}/rendered`)],
      [`${pathOf(us)}/frames/3,1`, [3, 1].map((n) => `${pathOf(us)}/frames/${n}/rendered`)],
    ] as const) {
      const response = await service.get(`${path}/rendered?viewport=32,32`)
      expect(response.headers.get('content-type')).toMatch(/^multipart\/related; type="image\/jpeg"/)
      const parts = await partsOf(response)
      expect(parts.map(({ headers }) => new URL(headers.get('content-location')!).pathname)).toEqual(
        locations.map((path) => `/dicomweb${path}`),
      )
      for (const { headers, body } of parts) {
        expect([headers.get('content-type'), headers.get('content-length')]).toEqual(['image/jpeg', String(body.length)])
        expect((await sharp(body).metadata()).width).toBe(32)
      }
    }
  })

  test('as PNG by name; 304', async () => {
    const headers = { Accept: 'multipart/related; type="image/png"' }
    const response = await service.get(`${seriesOf(ct[0]!)}/rendered?viewport=32,32`, headers)
    expect((await partsOf(response)).map(({ headers }) => headers.get('content-type'))).toEqual(Array(3).fill('image/png'))
    const again = { ...headers, 'If-None-Match': response.headers.get('etag')! }
    expect((await service.get(`${seriesOf(ct[0]!)}/rendered?viewport=32,32`, again)).status).toBe(304)
  })

  test('one that represents them for who wants one picture', async () => {
    const response = await service.get(`${seriesOf(ct[0]!)}/rendered`, { Accept: 'image/jpeg' })
    expect(response.headers.get('content-type')).toBe('image/jpeg')
    await response.arrayBuffer()
  })

  test('a frame that is not there: 404, and nothing is sent', async () => {
    expect((await service.get(`${pathOf(us)}/frames/1,9/rendered`)).status).toBe(404)
    expect((await service.get(`${pathOf(us)}/frames/9/rendered`)).status).toBe(404)
    expect((await service.get(`${pathOf(us)}/frames/1,2/rendered`, { Accept: 'image/jpeg' })).status).toBe(406)
    expect((await service.get(`${pathOf(us)}/frames/1,2/thumbnail`)).status).toBe(400)
  })
})

test.skipIf(!haveSamples)('a video passes through as what it is', async () => {
  const video = sampleBytes('syn-video-mpeg2-mpml.dcm')
  expect((await service.stow([video])).status).toBe(200)
  const response = await service.get(`${pathOf(imageOf(video).header)}/rendered`, { Range: 'bytes=0-3' })
  expect([response.status, response.headers.get('content-type')]).toEqual([206, 'video/mpeg'])
})

describe('a document passes through as what it is, of its own length', () => {
  const stored = async (document: Buffer, seed: string) => {
    const uids = ['StudyInstanceUID', 'SeriesInstanceUID', 'SOPInstanceUID'].map((_, n) => `2.25.${8800 + n}${seed}`) as [
      string,
      string,
      string,
    ]
    const SOPClassUID = '1.2.840.10008.5.1.4.1.1.104.2'
    const length = Buffer.alloc(4)
    length.writeUInt32LE(document.length)
    const padded = document.length % 2 === 0 ? document : Buffer.concat([document, Buffer.of(0)])
    const part10 = Buffer.concat([
      fileMeta({ SOPClassUID, SOPInstanceUID: uids[2], TransferSyntaxUID: '1.2.840.10008.1.2.1' }),
      element(0x00080016, 'UI', SOPClassUID),
      element(0x00080018, 'UI', uids[2]),
      element(0x0020000d, 'UI', uids[0]),
      element(0x0020000e, 'UI', uids[1]),
      element(0x00420011, 'OB', padded),
      element(0x00420015, 'UL', length),
    ])
    expect((await service.stow([part10])).status).toBe(200)
    return pathOf({ StudyInstanceUID: uids[0], SeriesInstanceUID: uids[1], SOPInstanceUID: uids[2] })
  }

  test.each([
    ['short', '<ClinicalDocument/>'],
    ['long', `<ClinicalDocument>${'报告'.repeat(200)}</ClinicalDocument>`],
  ])('CDA, %s', async (_, text) => {
    const document = Buffer.from(text)
    expect(document.length % 2).toBe(1)
    const path = await stored(document, String(document.length))
    const response = await service.get(`${path}/rendered`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/xml'])
    expect(await response.text()).toBe(text)
    const part = await service.get(`${path}/rendered`, { Range: 'bytes=-3' })
    expect([part.status, Buffer.from(await part.arrayBuffer()).toString()]).toEqual([206, document.subarray(-3).toString()])
    expect((await service.get(`${path}/rendered`, { Accept: 'image/jpeg' })).status).toBe(406)
  })
})
