/** Every resource of every sample file: what the metadata names can be had, frames are the frames, and nothing answers 500. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { haveSamples, sampleBytes, sampleFrames, samples } from '../../support/samples.ts'
import { partsOf, type Service, startService } from './service.ts'

type DataSet = Record<string, { vr: string; Value?: unknown[]; BulkDataURI?: string }>

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
/** Whose compressed frames are damaged on purpose: they are stored and given as they are, a picture of them is refused with the reason. */
const damaged: ReadonlySet<string> = new Set(['pyd-JPEG2000-embedded-sequence-delimiter.dcm'])

const stored = samples.filter(({ expected }) => expected === 'accept')

/** BulkDataURIs of a data set and its items. */
function bulkURIs(dataset: DataSet): string[] {
  return Object.values(dataset).flatMap(({ vr, Value = [], BulkDataURI }) => [
    ...(BulkDataURI === undefined ? [] : [BulkDataURI]),
    ...(vr === 'SQ' ? (Value as DataSet[]).flatMap(bulkURIs) : []),
  ])
}

describe.skipIf(!haveSamples)('real files', () => {
  let service: Service
  beforeAll(async () => {
    service = await startService()
  })
  afterAll(() => service?.close())

  test.each(stored.map((sample) => [sample.name, sample] as const))('%s', async (name, sample) => {
    const response = await service.stow([sampleBytes(name)])
    expect(response.status).toBeLessThan(300)
    if (response.status === 202) return // another file under the same UID came before
    const path = `/studies/${sample.study_uid}/series/${sample.series_uid}/instances/${sample.sop_instance_uid}`
    const [metadata] = (await service.json(`${path}/metadata`)) as unknown as [DataSet]
    expect(metadata['00080018']!.Value).toEqual([sample.sop_instance_uid])
    const text = await (await service.get(`${path}/metadata`)).text()
    expect(text).not.toMatch(/:NaN|"Value":\[""\]/)

    for (const uri of bulkURIs(metadata)) {
      const bulk = await service.get(uri.replace('/dicomweb', ''))
      const bytes = Buffer.from(await bulk.arrayBuffer())
      expect(bulk.status, `${uri}: ${bulk.headers.get('warning')}`).toBe(200)
      expect(bytes.length).toBe(Number(bulk.headers.get('content-length')))
    }

    const frames = sampleFrames.get(name) ?? []
    if (frames.length > 0 && sample.frame_kind !== 'video') {
      const parts = await partsOf(await service.get(`${path}/frames/${frames.map((_, i) => i + 1).join(',')}`))
      expect(parts.map(({ body }) => ({ bytes: body.length, sha256: sha256(body) }))).toEqual(frames)
    }
    if (sample.frame_kind === 'video') {
      const player = await service.get(`${path}/rendered`, { Range: 'bytes=0-3' })
      expect([player.status, player.headers.get('content-type')]).toEqual([206, 'video/mpeg'])
      // ISO/IEC 13818-1 §2.4.3.3: the sync byte of a transport stream; no item header stands before it.
      expect(Buffer.from(await player.arrayBuffer())[0]).toBe(0x47)
      expect((await service.get(`${path}/frames/1`)).status).toBe(404)
    }
    for (const picture of ['/rendered', '/thumbnail', '/frames/1/rendered']) {
      const rendered = await service.get(`${path}${picture}`)
      await rendered.arrayBuffer()
      expect(damaged.has(name) ? [422] : [200, 206, 404, 406], `${picture}: ${rendered.headers.get('warning')}`).toContain(rendered.status)
    }
  })
})
