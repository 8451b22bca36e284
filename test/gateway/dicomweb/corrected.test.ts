/** Corrections, merges and their undoing as DICOMweb shows them: search, metadata, instances, in every form they are asked for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareHeaders } from '../../../archive/corrected-headers.ts'
import type { DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { HeaderReader } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment } from '../../../archive/dicom/metadata-fragment.ts'
import { startTestProgram, type TestProgram } from '../../support/program.ts'
import { haveSamples, type Sample, sampleBytes, samples } from '../../support/samples.ts'

const sampleOf = (name: string): Sample => samples.find((sample) => sample.name === name)!

describe.skipIf(!haveSamples)('a merged and corrected study', () => {
  let program: TestProgram
  const [from, into] = haveSamples ? [sampleOf('pyd-CT_small.dcm'), sampleOf('fod-ct.dcm')] : ([] as never)
  const instance = () => `/dicomweb/studies/${from.study_uid}/series/${from.series_uid}/instances/${from.sop_instance_uid}`
  const levels = () => [`/dicomweb/studies/${from.study_uid}`, `/dicomweb/studies/${from.study_uid}/series/${from.series_uid}`, instance()]

  const east = (path: string, init?: RequestInit) => program.request('east-technologist', path, init)
  const post = async (path: string, body: unknown) => {
    const response = await east(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
    expect(response.status, await response.clone().text()).toBe(200)
    return response.json() as Promise<Record<string, string>>
  }
  const bytesOf = async (query = '', syntax = '*') => {
    const response = await east(`${instance()}${query}`, { headers: { Accept: `application/dicom; transfer-syntax=${syntax}` } })
    expect(response.status).toBe(200)
    return Buffer.from(await response.arrayBuffer())
  }
  const search = async (query: string) => (await (await east(`/dicomweb/studies?${query}`)).json()) as DicomJSON[]
  const everything = async () => ({
    bytes: (await bytesOf()).toString('base64'),
    metadata: await Promise.all(levels().map(async (path) => (await east(`${path}/metadata`)).text())),
    found: await search(`StudyInstanceUID=${from.study_uid}&includefield=all`),
  })
  const read = (bytes: Buffer) => {
    const reader = new HeaderReader({ publicPath: '' })
    reader.write(bytes)
    return JSON.parse(inflateFragment(reader.end().metadata).toString('utf8')) as DicomJSON
  }
  const idOf = async (q: string) => {
    const { items } = (await (await east(`/api/patients?q=${q}`)).json()) as { items: { id: string; PatientID: string }[] }
    return items.find(({ PatientID }) => PatientID === q)!.id
  }

  let before: Awaited<ReturnType<typeof everything>>
  let link: string

  beforeAll(async () => {
    program = await startTestProgram()
    for (const { name } of [from, into])
      await east('/dicomweb/studies', {
        method: 'POST',
        headers: { 'Content-Type': 'application/dicom' },
        body: new Uint8Array(sampleBytes(name)),
      })
    before = await everything()
    link = (await post(`/api/patients/${await idOf('1CT1')}/merge`, { into: await idOf('2178309'), reason: '重复登记' })).link!
    await post(`/api/studies/${from.study_uid}/corrections`, { attributes: { PatientName: 'Li^Si=李^四' }, reason: '登记错误' })
    await post(`/api/studies/${from.study_uid}/corrections`, {
      SeriesInstanceUID: from.series_uid,
      attributes: { BodyPartExamined: 'CHEST', Laterality: 'R' },
      reason: '部位写错',
    })
  }, 60_000)
  afterAll(() => program.close())

  test('is found by the old number and by the surviving one, and shows the surviving one with the old beside it', async () => {
    for (const query of ['PatientID=1CT1', 'PatientID=2178309', 'PatientName=李四&fuzzymatching=true', 'PatientID=1CT*']) {
      const found = await search(query)
      const one = found.find((dataset) => dataset['0020000D']!.Value![0] === from.study_uid)
      expect(one?.['00100020'], query).toEqual({ vr: 'LO', Value: ['2178309'] })
    }
    const [one] = await search('PatientID=1CT1&includefield=all')
    expect(one!['00100021']).toEqual({ vr: 'LO', Value: ['EAST'] })
    expect((one!['00101002']!.Value as DicomJSON[]).at(-1)!['00100020']).toEqual({ vr: 'LO', Value: ['1CT1'] })
    expect((await search('PatientName=CompressedSamples*')).length).toBe(0)
  })

  test('says the same in its metadata at all levels and in its bytes, also transcoded', async () => {
    const dataset = read(await bytesOf())
    expect(dataset).toMatchObject({
      '00080005': { Value: ['ISO_IR 192'] },
      '00100010': { Value: [{ Alphabetic: 'Li^Si', Ideographic: '李^四' }] },
      '00100020': { Value: ['2178309'] },
      '00180015': { Value: ['CHEST'] },
      '00200060': { Value: ['R'] },
    })
    expect((dataset['04000561']!.Value as DicomJSON[]).map((item) => item['04000565']!.Value![0])).toEqual(['CORRECT', 'COERCE', 'CORRECT'])
    for (const path of levels()) {
      const [metadata] = (await (await east(`${path}/metadata`)).json()) as DicomJSON[]
      const { '7FE00010': _, ...attributes } = metadata!
      const { '7FE00010': __, ...same } = dataset
      expect(attributes).toEqual(same)
    }
    for (const syntax of ['1.2.840.10008.1.2', '1.2.840.10008.1.2.4.80', '1.2.840.10008.1.2.1.99'])
      expect(read(await bytesOf('', syntax))).toMatchObject({ '00100020': { Value: ['2178309'] }, '00180015': { Value: ['CHEST'] } })
    const series = (await (await east(`/dicomweb/studies/${from.study_uid}/series?BodyPartExamined=CHEST`)).json()) as DicomJSON[]
    expect(series.length).toBe(1)
  })

  test('is had as it was received at every level, for ever', async () => {
    expect((await bytesOf('?version=as-received')).equals(sampleBytes(from.name))).toBe(true)
    for (const [n, path] of levels().entries()) {
      const asReceived = await east(`${path}/metadata?version=as-received`)
      expect(await asReceived.text()).toBe(before.metadata[n])
      expect(asReceived.headers.get('etag')).not.toBe((await east(`${path}/metadata`)).headers.get('etag'))
    }
    const parts = await east(`${levels()[0]}?version=as-received`)
    expect(Buffer.from(await parts.arrayBuffer()).includes(sampleBytes(from.name))).toBe(true)
    expect((await east(`${instance()}/metadata?version=something`)).status).toBe(400)
  })

  test('goes out the same whether the job has prepared its header or not, and when that is lost', async () => {
    const key = async () => {
      for (let turn = 0; turn < 300; turn++) {
        const { rows } = await program.index.pool.query(
          'select object_key from corrected_header where sop_instance_uid = $1 and object_key is not null order by written_at desc',
          [from.sop_instance_uid],
        )
        if (rows.length === 1) return rows[0].object_key as string
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
      return expect.fail('the job has not come')
    }
    const prepared = await key()
    const bytes = await bytesOf()
    await program.objects.remove(prepared)
    expect((await bytesOf()).equals(bytes)).toBe(true)
    await program.index.pool.query('delete from corrected_header')
    expect((await bytesOf()).equals(bytes)).toBe(true)
  })

  test('that comes back before the job has passed is kept, and known when it passes', async () => {
    const back = await east('/dicomweb/studies', {
      method: 'POST',
      headers: { 'Content-Type': 'application/dicom' },
      body: new Uint8Array(await bytesOf()),
    })
    expect(back.status).toBe(202)
    const { rows } = await program.index.pool.query(
      'select study_pk as pk, (select max(epoch_id) from epoch) as epoch from study where study_instance_uid = $1',
      [from.study_uid],
    )
    const asked = async () =>
      (
        await program.index.pool.query(`select decision from identity_question where kind = 'conflict' and detail = $1`, [
          from.sop_instance_uid,
        ])
      ).rows
    expect(await asked()).toEqual([{ decision: null }])
    const change = {
      number: 0,
      at: new Date(),
      kind: 'correction',
      studyPk: rows[0].pk,
      StudyInstanceUID: from.study_uid,
      ref: null,
      institutions: [],
    }
    const tools = {
      index: program.index,
      objects: program.objects,
      publisher: { epoch: rows[0].epoch },
      clock: () => new Date(),
      log: { warn: () => undefined },
    }
    await prepareHeaders(tools, [change])
    expect(await asked()).toEqual([{ decision: 'own-copy' }])
  })

  test('answers its length, and the same bytes as a part of its study', async () => {
    const response = await east(levels()[0]!, { headers: { Accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' } })
    expect(Buffer.from(await response.arrayBuffer()).includes(await bytesOf())).toBe(true)
    const range = await east(instance(), { headers: { Accept: 'application/dicom; transfer-syntax=*', Range: 'bytes=0-9' } })
    expect(range.status).toBe(200)
  })

  test('taken back in any order, everything is as it was received', async () => {
    const path = `/api/studies/${from.study_uid}/corrections`
    await post(`${path}/1/undo`, { reason: 'r' })
    await post(`/api/patient-links/${link}/undo`, { reason: 'r' })
    await post(`${path}/2/undo`, { reason: 'r' })
    expect(await everything()).toEqual(before)
    expect(
      (await east(`${path}/2/undo`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"reason":"r"}' })).status,
    ).toBe(409)
  })
})
