/** What senders get wrong, each by raw HTTP: PS3.18 §10.5, Table 10.5.3-1, Annex I. */
import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fileMeta } from '../../../archive/dicom/part10.ts'
import { newUID } from '../../../archive/dicom/uid.ts'
import { element, image, us } from '../../support/dataset.ts'
import { type Service, sizeOf, startService } from './service.ts'

type DataSet = Record<string, { vr: string; Value?: DataSet[] | (string | number)[] }>

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service?.close())

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly dataset: DataSet
}

/** Sends exactly these bytes as the body and reads the answer until the connection is closed. */
const post = (body: Uint8Array | string, headers: Record<string, string>, path = '/studies') =>
  new Promise<Answer>((resolve, reject) => {
    const bytes = Buffer.from(body as Uint8Array)
    const lines = Object.entries({ Host: 'x', Connection: 'close', 'Content-Length': String(bytes.length), ...headers })
    const chunks: Buffer[] = []
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1', () => {
      socket.write(`POST /dicomweb${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
      socket.write(bytes)
    })
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject)
    socket.on('close', () => {
      const answer = Buffer.concat(chunks).toString('utf8')
      const blank = answer.indexOf('\r\n\r\n')
      const [statusLine = '', ...rest] = answer.slice(0, blank).split('\r\n')
      const text = answer.slice(blank + 4)
      resolve({
        status: Number(statusLine.split(' ')[1]),
        headers: headersOf(rest),
        text,
        dataset: text.startsWith('{') ? (JSON.parse(text) as DataSet) : {},
      })
    })
  })

/** Names in lower case; several of one name by comma. */
function headersOf(lines: readonly string[]): Record<string, string> {
  const headers = new Headers()
  for (const line of lines) headers.append(line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim())
  return Object.fromEntries(headers)
}

const multipartType = 'multipart/related; type="application/dicom"; boundary=b'
/** The parts, each with its own header lines. */
const parts = (...list: readonly (readonly [header: string, bytes: Uint8Array | string])[]) =>
  Buffer.concat([
    ...list.flatMap(([header, bytes]) => [Buffer.from(`--b\r\n${header}\r\n`), Buffer.from(bytes as Uint8Array), Buffer.from('\r\n')]),
    Buffer.from('--b--\r\n'),
  ])
const dicom = 'Content-Type: application/dicom\r\n'
const store = (...instances: readonly Uint8Array[]) =>
  post(parts(...instances.map((one) => [dicom, one] as const)), { 'Content-Type': multipartType })

const SOPClassUID = '1.2.840.10008.5.1.4.1.1.7'

interface Made {
  readonly study?: string
  readonly series?: string
  readonly instance?: string
  /** Stand instead of the usual of the same tag, or besides. */
  readonly elements?: readonly Buffer[]
  readonly without?: readonly number[]
  readonly pad?: string
}

const tagOf = (bytes: Buffer): number => ((bytes.readUInt16LE(0) << 16) | bytes.readUInt16LE(2)) >>> 0

/** A secondary capture. */
function made({ study = newUID(), series = newUID(), instance = newUID(), elements = [], without = [], pad = '' }: Made = {}): Buffer {
  const usual = [
    element(0x00080016, 'UI', SOPClassUID),
    element(0x00080018, 'UI', instance + pad),
    element(0x00100010, 'PN', 'Zhang^San'),
    element(0x00100020, 'LO', '4711'),
    element(0x0020000d, 'UI', study + pad),
    element(0x0020000e, 'UI', series + pad),
    ...image(),
    element(0x7fe00010, 'OW', Buffer.alloc(8)),
  ]
  const byTag = new Map([...usual, ...elements].map((one) => [tagOf(one), one]))
  const ordered = [...byTag].filter(([tag]) => !without.includes(tag)).sort(([a], [b]) => a - b)
  const meta = fileMeta({ SOPClassUID, SOPInstanceUID: instance, TransferSyntaxUID: '1.2.840.10008.1.2.1' })
  return Buffer.concat([meta, ...ordered.map(([, bytes]) => bytes)])
}

const items = (dataset: DataSet, tag: string) => (dataset[tag]?.Value ?? []) as DataSet[]
const first = (item: DataSet | undefined, tag: string) => item?.[tag]?.Value?.[0]
const search = async (query: string) => service.json(`/studies?${query}`)

test('empty body: 400 with a sentence', async () => {
  for (const type of [multipartType, 'application/dicom']) {
    const { status, headers } = await post('', { 'Content-Type': type })
    expect([status, headers.warning]).toEqual([400, expect.stringMatching(/body (is empty|has no part)/)])
  }
})

test('bad study UID: 400 with a sentence, nothing kept', async () => {
  const before = await sizeOf(service.objects)
  for (const uid of ['1.2.x', '1..2', '1'.repeat(65)]) {
    const { status, headers } = await post(parts([dicom, made()]), { 'Content-Type': multipartType }, `/studies/${uid}`)
    expect([status, headers.warning]).toEqual([400, expect.stringContaining('is not a UID')])
  }
  expect(await sizeOf(service.objects)).toBe(before)
})

test('wrong Accept: 406 that names what can be had, nothing kept', async () => {
  const before = await sizeOf(service.objects)
  for (const Accept of [
    'application/dicom',
    'text/html',
    'application/dicom+json;q=0',
    'multipart/related; type="application/dicom+json"',
  ]) {
    const { status, headers } = await post(parts([dicom, made()]), { 'Content-Type': multipartType, Accept })
    expect([status, headers.warning]).toEqual([
      406,
      expect.stringContaining('application/dicom+json, application/json, application/dicom+xml'),
    ])
  }
  expect(await sizeOf(service.objects)).toBe(before)
})

test('the answer as XML, by header and by ?accept=', async () => {
  const body = parts([dicom, made()])
  const byHeader = await post(body, { 'Content-Type': multipartType, Accept: 'application/dicom+xml' })
  const byQuery = await post(body, { 'Content-Type': multipartType, Accept: '*/*' }, '/studies?accept=application/dicom%2Bxml')
  for (const { status, headers, text } of [byHeader, byQuery]) {
    expect([status, headers['content-type']]).toEqual([200, 'application/dicom+xml'])
    expect(text).toContain('<DicomAttribute tag="00081199" vr="SQ" keyword="ReferencedSOPSequence"><Item number="1">')
  }
})

test('non-multipart: 415, but for one instance as it is', async () => {
  for (const type of ['text/plain', 'application/octet-stream', 'multipart/mixed; boundary=b', '']) {
    const { status } = await post(parts([dicom, made()]), type === '' ? {} : { 'Content-Type': type })
    expect(status).toBe(415)
  }
  expect((await post(made(), { 'Content-Type': 'application/dicom' })).status).toBe(200)
})

test('multipart without parts: 400', async () => {
  for (const body of ['--b--\r\n', '\r\n', 'a preamble only', '--c\r\n\r\nx\r\n--c--\r\n']) {
    const { status } = await post(body, { 'Content-Type': multipartType })
    expect(status).toBe(400)
  }
})

test('an invalid section among good ones: 202, one outcome for each', async () => {
  const good = [newUID(), newUID()] as const
  const { status, dataset, headers } = await post(
    parts(
      [dicom, made({ instance: good[0] })],
      [dicom, 'no DICOM at all'],
      ['Content-Type: image/png\r\n', 'PNG'],
      [dicom, made({ instance: good[1] })],
    ),
    { 'Content-Type': multipartType },
  )
  expect(status).toBe(202)
  expect(items(dataset, '00081199').map((item) => first(item, '00081155'))).toEqual([...good])
  expect(items(dataset, '0008119A').map((item) => [first(item, '00081197'), String(first(item, '00000902')).slice(0, 7)])).toEqual([
    [0xc000, 'part 2:'],
    [0xc000, 'part 3:'],
  ])
  expect(dataset).not.toHaveProperty('00081198')
  expect(headers.warning).toMatch(/^299 .*part 2: Not a DICOM file.*299 .*part 3: A part of type image.png is no DICOM instance/)
})

test('first section without Content-Type: taken for application/dicom', async () => {
  const { status, dataset } = await post(parts(['', made()], [dicom, made()]), { 'Content-Type': multipartType })
  expect(status).toBe(200)
  expect(items(dataset, '00081199')).toHaveLength(2)
})

test('same UID twice in one request: the same content is stored once and told twice; other content is kept as a version, B000', async () => {
  const uids = { study: newUID(), series: newUID(), instance: newUID() }
  const same = await store(made(uids), made(uids))
  expect(same.status).toBe(200)
  expect(items(same.dataset, '00081199')).toHaveLength(2)
  const again = { study: newUID(), series: newUID(), instance: newUID() }
  const other = await store(made(again), made({ ...again, elements: [element(0x7fe00010, 'OW', Buffer.alloc(8, 1))] }))
  expect(other.status).toBe(202)
  expect(items(other.dataset, '00081199').map((item) => first(item, '00081196'))).toEqual([undefined, 0xb000])
  expect((await search(`StudyInstanceUID=${again.study}`))[0]!['00201208']!.Value).toEqual([1])
})

test('padded UID: without its padding it names the instance', async () => {
  for (const pad of ['\0', '\0\0', ' ', '  ']) {
    const uids = { study: newUID(), series: newUID(), instance: newUID() }
    const { status, dataset } = await store(made({ ...uids, pad }))
    expect(status).toBe(200)
    expect(first(items(dataset, '00081199')[0], '00081190')).toBe(
      `http://x/dicomweb/studies/${uids.study}/series/${uids.series}/instances/${uids.instance}`,
    )
    expect(await search(`StudyInstanceUID=${uids.study}`)).toHaveLength(1)
  }
})

test('null-padded values: kept as they came, found without the padding', async () => {
  const study = newUID()
  const elements = [element(0x00080050, 'SH', 'ACC77\0'), element(0x00080020, 'DA', '20260301\0\0'), element(0x00100020, 'LO', 'P77 \0\0')]
  expect((await store(made({ study, elements }))).status).toBe(200)
  const [found] = await search(`AccessionNumber=ACC77&PatientID=P77&StudyDate=20260301`)
  expect(found).toMatchObject({ '0020000D': { Value: [study] }, '00080050': { Value: ['ACC77'] }, '00100020': { Value: ['P77'] } })
})

test('multi-valued where one is allowed: stored, 202 with B007 and the attribute', async () => {
  const study = newUID()
  const { status, dataset, headers } = await store(made({ study, elements: [element(0x00100020, 'LO', '1001\\1002')] }))
  expect(status).toBe(202)
  const [item] = items(dataset, '00081199')
  expect(first(item, '00081196')).toBe(0xb007)
  expect(items(item!, '00741048')).toEqual([
    {
      '00000902': { vr: 'LO', Value: ['(0010,0020) PatientID has 2 values, one is allowed'] },
      '00720026': { vr: 'AT', Value: ['00100020'] },
    },
  ])
  expect(headers.warning).toContain('PatientID has 2 values')
  const [metadata] = await service.json(`/studies/${study}/metadata`)
  expect(metadata!['00100020']!.Value).toEqual(['1001', '1002'])
})

test('a value that is not of its VR: stored, 202 with B007, not found by it', async () => {
  const study = newUID()
  const { status, dataset } = await store(made({ study, elements: [element(0x00080020, 'DA', 'yesterday')] }))
  expect(status).toBe(202)
  expect(first(items(items(dataset, '00081199')[0]!, '00741048')[0], '00720026')).toBe('00080020')
  expect(await search(`StudyInstanceUID=${study}&StudyDate=19000101-20991231`)).toEqual([])
})

test('an image without image, a File Meta of another instance: stored, 202 with B007', async () => {
  const withoutPixels = await store(made({ without: [0x00280010, 0x00280011, 0x7fe00010] }))
  expect(items(items(withoutPixels.dataset, '00081199')[0]!, '00741048').map((item) => first(item, '00720026'))).toEqual(['7FE00010'])
  const meta = fileMeta({ SOPClassUID, SOPInstanceUID: newUID(), TransferSyntaxUID: '1.2.840.10008.1.2.1' })
  const one = made()
  const another = Buffer.concat([meta, one.subarray(one.indexOf(element(0x00080016, 'UI', SOPClassUID)))])
  const { status, dataset, headers } = await post(parts([dicom, another]), { 'Content-Type': multipartType })
  expect([status, headers.warning]).toEqual([202, expect.stringContaining('MediaStorageSOPInstanceUID')])
  expect(items(items(dataset, '00081199')[0]!, '00741048').map((item) => first(item, '00720026'))).toEqual(['00020003'])
})

test('null PatientID then a real one, in one study: both are stored and the study is there', async () => {
  const study = newUID()
  const nobody = await store(made({ study, elements: [element(0x00100020, 'LO', '')] }))
  const somebody = await store(made({ study, elements: [element(0x00100020, 'LO', 'REAL-1')] }))
  expect([nobody.status, somebody.status]).toEqual([200, 200])
  const [found] = await search(`StudyInstanceUID=${study}`)
  expect(found!['00201208']!.Value).toEqual([2])
})

test('unknown tag: kept, and given back in the metadata', async () => {
  const study = newUID()
  const elements = [
    element(0x00090010, 'LO', 'ACME'),
    element(0x00091001, 'LO', 'private'),
    element(0x00189999, 'LO', 'of a later standard'),
    us(0x00289999, 7),
  ]
  expect((await store(made({ study, elements }))).status).toBe(200)
  const [metadata] = await service.json(`/studies/${study}/metadata`)
  expect(metadata).toMatchObject({
    '00091001': { vr: 'LO', Value: ['private'] },
    '00189999': { vr: 'LO', Value: ['of a later standard'] },
    '00289999': { vr: 'US', Value: [7] },
  })
})

test('each reason has its code', async () => {
  const classOf = (uid: string) => ({ elements: [element(0x00080016, 'UI', uid)] })
  const syntax = Buffer.concat([fileMeta({ SOPClassUID, SOPInstanceUID: newUID(), TransferSyntaxUID: '1.2.3.4' }), Buffer.alloc(100)])
  const withoutSeries = made({ without: [0x0020000e] })
  const { status, dataset } = await store(
    made(classOf('1.2.840.10008.1.3.10')),
    syntax,
    withoutSeries,
    made().subarray(0, -6),
    Buffer.from('x'),
  )
  expect(status).toBe(409)
  const reasons = [...items(dataset, '00081198'), ...items(dataset, '0008119A')]
    .map((item) => [Number(/part (\d+)/.exec(String(first(item, '00000902')))![1]), first(item, '00081197')])
    .sort((a, b) => Number(a[0]) - Number(b[0]))
  expect(reasons).toEqual([
    [1, 0x0122],
    [2, 0xc122],
    [3, 0xa900],
    [4, 0xc000],
    [5, 0xc000],
  ])
  expect(dataset).not.toHaveProperty('00081199')
  expect(dataset['00081190']).toEqual({ vr: 'UR' })
})
