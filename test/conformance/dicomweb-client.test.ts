/** A foreign peer: the client library that OHIF uses, against every resource it knows. */
import { api } from 'dicomweb-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
// @ts-expect-error: it has no types
import XMLHttpRequest from 'xhr2'
import { ctSeries, type Instance, usStudy } from '../../test-images/index.ts'
import { type Service, startService } from '../gateway/dicomweb/service.ts'

let service: Service
/** Its types ask for arguments that it does not need; its results are buffers and DICOM JSON. */
let client: Record<string, (options: object) => Promise<unknown>>
const ct: Instance[] = []
let us: Instance

beforeAll(async () => {
  Object.assign(globalThis, { XMLHttpRequest })
  service = await startService()
  client = new api.DICOMwebClient({ url: `${service.url}/dicomweb`, singlepart: '' }) as unknown as typeof client
  for await (const instance of ctSeries(3, { seed: 'dicomweb-client' })) ct.push(instance)
  for await (const instance of usStudy({ seed: 'dicomweb-client us', transferSyntax: 'jpegBaseline' })) us = instance
})
afterAll(() => service?.close())

const uidsOf = ({
  StudyInstanceUID: studyInstanceUID,
  SeriesInstanceUID: seriesInstanceUID,
  SOPInstanceUID: sopInstanceUID,
}: Instance) => ({
  studyInstanceUID,
  seriesInstanceUID,
  sopInstanceUID,
})
/** The bytes as a buffer of their own, which the library wants. */
const own = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer

test('stores', async () => {
  await client.storeInstances!({ datasets: [...ct, us].map(({ part10 }) => own(part10)) })
  expect(await client.searchForInstances!({})).toHaveLength(4)
})

describe('searches', () => {
  test('studies', async () => {
    const studies = await client.searchForStudies!({ queryParams: { PatientName: '单', fuzzymatching: 'true', limit: '10' } })
    expect(studies).toHaveLength(2)
  })

  test('series and instances of a study', async () => {
    expect(await client.searchForSeries!(uidsOf(ct[0]!))).toHaveLength(1)
    expect(await client.searchForInstances!(uidsOf(ct[0]!))).toHaveLength(3)
    expect(await client.searchForStudies!({ queryParams: { PatientID: 'nobody' } })).toEqual([])
  })
})

describe('retrieves', () => {
  test('metadata at three levels', async () => {
    expect(await client.retrieveStudyMetadata!(uidsOf(ct[0]!))).toHaveLength(3)
    expect(await client.retrieveSeriesMetadata!(uidsOf(ct[0]!))).toHaveLength(3)
    expect(await client.retrieveInstanceMetadata!(uidsOf(ct[0]!))).toMatchObject([{ '00080018': { Value: [ct[0]!.SOPInstanceUID] } }])
  })

  test('instances, series and studies, byte for byte', async () => {
    expect(Buffer.from((await client.retrieveInstance!(uidsOf(ct[0]!))) as ArrayBuffer).equals(ct[0]!.part10)).toBe(true)
    const series = (await client.retrieveSeries!(uidsOf(ct[0]!))) as ArrayBuffer[]
    expect(series.map((bytes) => Buffer.from(bytes).equals(ct[series.indexOf(bytes)]!.part10))).toEqual([true, true, true])
    expect(await client.retrieveStudy!(uidsOf(us))).toHaveLength(1)
  })

  test('uncompressed frames', async () => {
    const [frame] = (await client.retrieveInstanceFrames!({ ...uidsOf(ct[0]!), frameNumbers: [1] })) as ArrayBuffer[]
    expect(Buffer.from(frame!).equals(ct[0]!.dataset.subarray(-frame!.byteLength))).toBe(true)
  })

  test('compressed frames', async () => {
    const frames = (await client.retrieveInstanceFrames!({
      ...uidsOf(us),
      frameNumbers: [1, 2, 20],
      mediaTypes: [{ mediaType: 'image/jpeg', transferSyntaxUID: '1.2.840.10008.1.2.4.50' }],
    })) as ArrayBuffer[]
    expect(frames.map((frame) => Buffer.from(frame).readUInt16BE(0))).toEqual([0xffd8, 0xffd8, 0xffd8])
  })

  test('bulk data by the URI of the metadata', async () => {
    const [metadata] = (await client.retrieveInstanceMetadata!(uidsOf(ct[0]!))) as Record<string, { BulkDataURI: string }>[]
    const [bytes] = (await client.retrieveBulkData!({
      BulkDataURI: `${service.url}${metadata!['7FE00010']!.BulkDataURI}`,
    })) as ArrayBuffer[]
    expect(Buffer.from(bytes!).equals(ct[0]!.dataset.subarray(-bytes!.byteLength))).toBe(true)
  })

  test('rendered instances and frames', async () => {
    const [picture] = (await client.retrieveInstanceRendered!({
      ...uidsOf(ct[0]!),
      mediaTypes: [{ mediaType: 'image/png' }],
    })) as ArrayBuffer[]
    expect(Buffer.from(picture!).subarray(1, 4).toString()).toBe('PNG')
    const [frame] = (await client.retrieveInstanceFramesRendered!({
      ...uidsOf(us),
      frameNumbers: [2],
      mediaTypes: [{ mediaType: 'image/jpeg' }],
      queryParams: { quality: 60 },
    })) as ArrayBuffer[]
    expect(Buffer.from(frame!).readUInt16BE(0)).toBe(0xffd8)
  })
})
