/** What a data set says about the display of its frames: top level, functional groups, tables. */
import { describe, expect, test } from 'vitest'
import { type DICOMJSON, describeFrame } from '../../../archive/rendered/display.ts'
import { NotRenderable } from '../../../archive/rendered/errors.ts'
import { haveSamples } from '../../support/samples.ts'
import { sampleImage } from './sample.ts'

const value = (vr: string, ...Value: unknown[]) => ({ vr, Value })
const sequence = (...items: DICOMJSON[]) => ({ vr: 'SQ', Value: items })
const image: DICOMJSON = {
  '00280002': value('US', 1),
  '00280004': value('CS', 'MONOCHROME2'),
  '00280010': value('US', 2),
  '00280011': value('US', 2),
  '00280100': value('US', 16),
  '00280101': value('US', 12),
  '00280102': value('US', 11),
  '00280103': value('US', 0),
}
const noBulk = () => Promise.reject(new Error('nothing to read'))
const greyOf = async (changes: DICOMJSON, frame = 1) => (await describeFrame({ ...image, ...changes }, frame, noBulk)).display.grey

test('the first of several windows is proposed', async () => {
  const { voi } = await greyOf({ '00281050': value('DS', 40, 400), '00281051': value('DS', 80, 2000) })
  expect(voi).toEqual({ center: 40, width: 80, function: 'LINEAR' })
})

test.each([
  [{ '00281056': value('CS', 'SIGMOID') }, 40, 'SIGMOID'],
  [{ '00281056': value('CS', 'LINEAR_EXACT') }, 40, 'LINEAR_EXACT'],
  [{}, 0.5, 'LINEAR_EXACT'],
])('with %j and width %d the function is %s', async (changes, width, shape) => {
  const { voi } = await greyOf({ '00281050': value('DS', 40), '00281051': value('DS', width), ...changes })
  expect(voi).toMatchObject({ function: shape })
})

test.each([0, -1, null])('a width of %j proposes nothing', async (width) => {
  expect((await greyOf({ '00281050': value('DS', 40), '00281051': value('DS', width) })).voi).toBeNull()
})

describe('functional groups', () => {
  const voi = (center: number) => ({ '00289132': sequence({ '00281050': value('DS', center), '00281051': value('DS', 10) }) })
  const rescale = { '00289145': sequence({ '00281052': value('DS', -1024), '00281053': value('DS', 2) }) }
  const changes = { '52009229': sequence({ ...rescale, ...voi(1) }), '52009230': sequence(voi(2), {}) }

  test('of the frame go before shared ones', async () => {
    expect((await greyOf(changes, 1)).voi).toMatchObject({ center: 2 })
    expect((await greyOf(changes, 2)).voi).toMatchObject({ center: 1 })
  })
  test('that are shared hold for every frame', async () => {
    expect((await greyOf(changes, 2)).modality).toEqual({ slope: 2, intercept: -1024 })
  })
})

test.each([
  ['MONOCHROME1', undefined, true],
  ['MONOCHROME2', undefined, false],
  ['MONOCHROME1', 'INVERSE', true],
  ['MONOCHROME2', 'IDENTITY', false],
])('%s with Presentation LUT Shape %s: inverse %s', async (photometric, shape, inverse) => {
  const changes = { '00280004': value('CS', photometric), ...(shape && { '20500020': value('CS', shape) }) }
  expect((await greyOf(changes)).inverse).toBe(inverse)
})

test('a slope of 0 means none', async () => {
  expect((await greyOf({ '00281053': value('DS', 0), '00281052': value('DS', 5) })).modality).toEqual({ slope: 1, intercept: 5 })
})

test('padding is a value or a range, signed where pixels are', async () => {
  expect((await greyOf({ '00280120': value('US', 0) })).padding).toEqual({ low: 0, high: 0 })
  const signed = { '00280103': value('US', 1), '00280120': value('US', 63_536), '00280121': value('SS', -1_900) }
  expect((await greyOf(signed)).padding).toEqual({ low: -2000, high: -1900 })
})

test.each([
  [{ '00280030': value('DS', 1, 0.5) }, 2],
  [{ '00280034': value('IS', 3, 4), '00280030': value('DS', 1, 1) }, 0.75],
  [{ '00181164': value('DS', 0.2, 0.2) }, 1],
  [{ '00280030': value('DS', 0, 0.5) }, 1],
  [{}, 1],
])('%j makes a pixel %d times as high as wide', async (changes: DICOMJSON, aspect) => {
  expect((await describeFrame({ ...image, ...changes }, 1, noBulk)).display.pixelAspect).toBe(aspect)
})

test('tables come inline, as numbers, or from where the BulkDataURI says', async () => {
  const table = (data: DICOMJSON) => ({ '00283010': sequence({ '00283002': value('US', 2, 0, 8), ...data }) })
  const inline = await greyOf(table({ '00283006': { vr: 'OW', InlineBinary: 'AQACAA==' } }))
  const numbers = await greyOf(table({ '00283006': value('US', 1, 2) }))
  expect([inline.voi, numbers.voi]).toEqual(Array(2).fill({ first: 0, bits: 8, entries: Uint16Array.of(1, 2) }))
  const bulk = {
    ...image,
    ...table({ '00283006': { vr: 'OW', BulkDataURI: '/dicomweb/studies/1/series/2/instances/3/bulkdata/00283010/0/00283006' } }),
  }
  const asked: string[] = []
  await describeFrame(bulk, 1, async (path) => {
    asked.push(path)
    return Uint8Array.of(1, 0, 2, 0)
  })
  expect(asked).toEqual(['00283010/0/00283006'])
})

test('without what describes an image there is no picture', async () => {
  await expect(describeFrame({ '00280010': value('US', 2) }, 1, noBulk)).rejects.toThrow(NotRenderable)
  await expect(describeFrame({ ...image, '00280004': value('CS', 'PALETTE COLOR') }, 1, noBulk)).rejects.toThrow(NotRenderable)
})

test.skipIf(!haveSamples)('a segmented palette of 16 bits', async () => {
  const { display } = await sampleImage('pydd-gdcm-US-ALOKA-16.dcm').request(1)
  expect(display.palette?.red.entries.length).toBe(65_536)
})
