/** Store Transaction of metadata and bulk data apart: PS3.18 §10.5.2, §8.6, Annex F; PS3.19 Annex A.1. */
import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AttributeJSON, DicomJSON } from '../../../archive/dicom/dicom-json.ts'
import { newUID } from '../../../archive/dicom/uid.ts'
import { nativeXML } from '../../../gateway/dicomweb/native-xml.ts'
import { ctSeries, drStudy, type Instance, usStudy } from '../../../test-images/index.ts'
import { describeWithPeers, run } from '../../support/foreign-peers.ts'
import { partsOf, type Service, sizeOf, startService } from './service.ts'

type DataSet = Record<string, { vr: string; Value?: DataSet[] | (string | number)[]; BulkDataURI?: string }>

let service: Service
let folder: string
let ct: Instance
let dr: Instance
let us: Instance
const only = async (images: AsyncIterable<Instance>): Promise<Instance> => {
  for await (const instance of images) return instance
  throw new Error('no image')
}
beforeAll(async () => {
  service = await startService(() => ({ maxInstanceBytes: 40_000_000 }))
  folder = await mkdtemp(join(tmpdir(), 'stow-metadata-'))
  ct = await only(ctSeries(1, { seed: 'stow metadata' }))
  dr = await only(drStudy({ seed: 'stow metadata dr' }))
  us = await only(usStudy({ seed: 'stow metadata us', transferSyntax: 'jpegBaseline' }))
  expect((await service.stow([ct, dr, us].map(({ part10 }) => part10))).status).toBe(200)
})
afterAll(async () => {
  await service?.close()
  await rm(folder, { recursive: true, force: true })
})

type Piece = readonly [headers: string, bytes: Uint8Array | string]
const body = (...parts: readonly Piece[]) =>
  Buffer.concat([
    ...parts.flatMap(([headers, bytes]) => [Buffer.from(`\r\n--b\r\n${headers}\r\n`), Buffer.from(bytes as Uint8Array)]),
    Buffer.from('\r\n--b--\r\n'),
  ])
const post = async (parts: readonly Piece[], kind: 'json' | 'xml' = 'json', path = '/studies') => {
  const response = await fetch(`${service.url}/dicomweb${path}`, {
    method: 'POST',
    headers: { 'Content-Type': `multipart/related; type="application/dicom+${kind}"; boundary=b` },
    body: body(...parts),
  })
  const text = await response.text()
  return {
    status: response.status,
    warning: response.headers.get('warning') ?? '',
    dataset: text.startsWith('{') ? (JSON.parse(text) as DataSet) : {},
  }
}
const json = (...datasets: readonly DicomJSON[]): Piece => ['Content-Type: application/dicom+json\r\n', JSON.stringify(datasets)]
const xml = (dataset: DicomJSON): Piece => ['Content-Type: application/dicom+xml\r\n', nativeXML(dataset)]
const bulk = (location: string, bytes: Uint8Array, type = 'application/octet-stream'): Piece => [
  `Content-Type: ${type}\r\nContent-Location: ${location}\r\n`,
  bytes,
]
const pathOf = ({
  StudyInstanceUID,
  SeriesInstanceUID,
  SOPInstanceUID,
}: Pick<Instance, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'>) =>
  `/studies/${StudyInstanceUID}/series/${SeriesInstanceUID}/instances/${SOPInstanceUID}`

const ui = (uid: string): AttributeJSON => ({ vr: 'UI', Value: [uid] })
/** What the archive says of an instance, under UIDs of its own. */
async function copyOf(
  instance: Instance,
): Promise<{ dataset: DicomJSON; uids: Pick<Instance, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'> }> {
  const [metadata] = (await service.json(`${pathOf(instance)}/metadata`)) as unknown as [DicomJSON]
  const uids = { StudyInstanceUID: newUID(), SeriesInstanceUID: newUID(), SOPInstanceUID: newUID() }
  return {
    dataset: {
      ...metadata,
      '0020000D': ui(uids.StudyInstanceUID),
      '0020000E': ui(uids.SeriesInstanceUID),
      '00080018': ui(uids.SOPInstanceUID),
    },
    uids,
  }
}
const framesOf = async (instance: Pick<Instance, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'>, list = '1') =>
  (
    await partsOf(await service.get(`${pathOf(instance)}/frames/${list}`, { Accept: 'multipart/related; type="*/*"; transfer-syntax=*' }))
  ).map(({ body }) => body)
const items = (dataset: DataSet, tag: string) => (dataset[tag]?.Value ?? []) as DataSet[]
const first = (item: DataSet | undefined, tag: string) => item?.[tag]?.Value?.[0]
const withoutBulk = (dataset: DicomJSON) =>
  Object.fromEntries(Object.entries(dataset).filter(([, { BulkDataURI }]) => BulkDataURI === undefined))

describe.each(['json', 'xml'] as const)('metadata as %s', (kind) => {
  const metadata = (dataset: DicomJSON) => (kind === 'json' ? json(dataset) : xml(dataset))

  test.each([
    ['a small image', () => ct],
    ['an image that does not wait in memory', () => dr],
  ])('%s: what comes back is what was sent, and nothing is left behind', async (_, original) => {
    const before = await sizeOf(service.objects)
    const { dataset, uids } = await copyOf(original())
    const [pixels] = await framesOf(original())
    const { status, dataset: answer, warning } = await post([metadata(dataset), bulk(dataset['7FE00010']!.BulkDataURI!, pixels!)], kind)
    expect([status, warning]).toEqual([200, ''])
    expect(items(answer, '00081199').map((item) => first(item, '00081190'))).toEqual([`${service.url}/dicomweb${pathOf(uids)}`])
    const [stored] = (await service.json(`${pathOf(uids)}/metadata`)) as unknown as [DicomJSON]
    expect(withoutBulk(stored)).toEqual({ ...withoutBulk(dataset), '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } })
    expect((await framesOf(uids))[0]!.equals(pixels!)).toBe(true)
    expect(await sizeOf(service.objects)).toBe(before + 1)
  })

  test('compressed frames, one in a part, stay as they are', async () => {
    const { dataset, uids } = await copyOf(us)
    const count = Number(dataset['00280008']?.Value?.[0] ?? 1)
    const list = Array.from({ length: count }, (_, at) => at + 1).join(',')
    const frames = await framesOf(us, list)
    const type = 'image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50'
    const uri = dataset['7FE00010']!.BulkDataURI!
    const { status, warning } = await post([metadata(dataset), ...frames.map((frame) => bulk(uri, frame, type))], kind)
    expect([status, warning]).toEqual([200, ''])
    const kept = await framesOf(uids, list)
    expect(kept).toHaveLength(count)
    kept.forEach((frame, at) => void expect(frame.equals(frames[at]!)).toBe(true))
  })
})

test('a picture that says itself what it is: its description is taken from it', async () => {
  const { dataset, uids } = await copyOf(us)
  const [frame] = await framesOf(us)
  const described = Object.fromEntries(Object.entries(dataset).filter(([tag]) => !tag.startsWith('0028')))
  const { status, warning } = await post([json(described), bulk(dataset['7FE00010']!.BulkDataURI!, frame!, 'image/jpeg')])
  expect([status, warning]).toEqual([200, ''])
  const [stored] = await service.json(`${pathOf(uids)}/metadata`)
  for (const tag of ['00280010', '00280011', '00280002', '00280100', '00280101', '00280102', '00280103'])
    expect([tag, stored![tag]!.Value]).toEqual([tag, dataset[tag]!.Value])
  expect(stored!['00282110']!.Value).toEqual(['01'])
  const kept = await service.get(pathOf(uids), { Accept: 'application/dicom; transfer-syntax=*' })
  expect(Buffer.from(await kept.arrayBuffer()).includes('1.2.840.10008.1.2.4.50')).toBe(true)
})

/** A report in Chinese with a value of each kind, inside items too. */
const document = (uids = { study: newUID(), series: newUID(), instance: newUID() }): DicomJSON => ({
  '00080016': ui('1.2.840.10008.5.1.4.1.1.104.1'),
  '00080018': ui(uids.instance),
  '00080020': { vr: 'DA', Value: ['20260301'] },
  '00080060': { vr: 'CS', Value: ['DOC'] },
  '00081030': { vr: 'LO', Value: ['胸部正位片'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
  '00100020': { vr: 'LO', Value: ['D-1'] },
  '0020000D': ui(uids.study),
  '0020000E': ui(uids.series),
  '00200013': { vr: 'IS', Value: [1] },
  '00090010': { vr: 'LO', Value: ['ACME'] },
  '00091001': { vr: 'FD', Value: [1.5, -2.25] },
  '00091002': { vr: 'SV', Value: ['9007199254740993'] },
  '0040A043': {
    vr: 'SQ',
    Value: [
      {
        '00080100': { vr: 'SH', Value: ['18748-4'] },
        '00080102': { vr: 'SH', Value: ['LN'] },
        '00080104': { vr: 'LO', Value: ['Diagnostic Imaging Report'] },
      },
    ],
  },
  '00420011': { vr: 'OB', BulkDataURI: 'cid:pdf' },
  '00420012': { vr: 'LO', Value: ['application/pdf'] },
})
const pdf = Buffer.from(`%PDF-1.4 ${'not really '.repeat(40)}`)

test('an encapsulated document; the bulk data of an item; values that several instances share', async () => {
  const [one, two] = [document(), document()]
  const inItem: DicomJSON = {
    ...two,
    '00420011': { vr: 'OB', InlineBinary: pdf.toString('base64') },
    '00091010': { vr: 'SQ', Value: [{ '00091011': { vr: 'OB', BulkDataURI: 'cid:pdf' } }] },
  }
  const { status, warning, dataset } = await post([json(one, inItem), bulk('cid:pdf', pdf, 'application/pdf')])
  expect([status, warning, items(dataset, '00081199').length]).toEqual([200, '', 2])
  for (const { '0020000D': study, '0020000E': series, '00080018': instance } of [one, inItem]) {
    const path = pathOf({
      StudyInstanceUID: String(study!.Value![0]),
      SeriesInstanceUID: String(series!.Value![0]),
      SOPInstanceUID: String(instance!.Value![0]),
    })
    const [stored] = await service.json(`${path}/metadata`)
    expect(stored).toMatchObject({
      '00081030': { Value: ['胸部正位片'] },
      '00091001': { Value: [1.5, -2.25] },
      '00091002': { Value: ['9007199254740993'] },
    })
    const rendered = await service.get(`${path}/rendered`, { Accept: 'application/pdf' })
    expect(
      Buffer.from(await rendered.arrayBuffer())
        .subarray(0, pdf.length)
        .equals(pdf),
    ).toBe(true)
  }
  const path = pathOf({
    StudyInstanceUID: String(inItem['0020000D']!.Value![0]),
    SeriesInstanceUID: String(inItem['0020000E']!.Value![0]),
    SOPInstanceUID: String(inItem['00080018']!.Value![0]),
  })
  const [stored] = (await service.json(`${path}/metadata`)) as unknown as [DicomJSON]
  const { BulkDataURI } = (stored['00091010']!.Value![0] as DicomJSON)['00091011']!
  const inside = await fetch(`${service.url}${BulkDataURI}`, { headers: { Accept: 'application/octet-stream' } })
  expect(Buffer.from(await inside.arrayBuffer()).equals(Buffer.concat([pdf, Buffer.of(0)]))).toBe(true)
  expect(await service.json('/studies?PatientName=zs&fuzzymatching=true&PatientID=D-1')).toHaveLength(2)
})

test('elements that no data set has are left out and named: B006', async () => {
  const dataset = {
    ...document(),
    '00020013': { vr: 'SH', Value: ['X'] },
    '00020010': ui('1.2.840.10008.1.2.1'),
    '00080000': { vr: 'UL', Value: [4] },
  }
  const { status, dataset: answer, warning } = await post([json(dataset), bulk('cid:pdf', pdf)])
  expect(status).toBe(202)
  const [item] = items(answer, '00081199')
  expect(first(item, '00081196')).toBe(0xb006)
  expect(items(item!, '00741048').map((one) => first(one, '00720026'))).toEqual(['00020013'])
  expect(warning).toContain('ImplementationVersionName')
})

describe('what fails, fails alone and leaves nothing behind', () => {
  const withValue = (tag: string, attribute: unknown): DicomJSON => ({ ...document(), [tag]: attribute as AttributeJSON })
  const good = document()
  const withoutBulkData: DicomJSON = { ...good, '00420011': { vr: 'OB' } }
  test.each<[string, Piece[], number, string]>([
    ['metadata that are no JSON', [['Content-Type: application/dicom+json\r\n', '{']], 0xc000, 'not JSON'],
    [
      'metadata in another encoding',
      [['Content-Type: application/dicom+json\r\n', Buffer.from([0x22, 0xd5, 0xc5, 0x22])]],
      0xc000,
      'not JSON in UTF-8',
    ],
    ['an empty array', [['Content-Type: application/dicom+json\r\n', '[]']], 0xc000, 'no data set'],
    ['a data set that is none', [['Content-Type: application/dicom+json\r\n', '[5]']], 0xc000, 'must be a JSON object'],
    ['a tag that is none', [json(withValue('PatientName', { vr: 'PN' }))], 0xc000, '"PatientName" is no tag'],
    ['no VR', [json(withValue('00080050', { Value: ['1'] }))], 0xc000, 'AccessionNumber has no VR'],
    ['a VR that is none', [json(withValue('00080050', { vr: 'XX' }))], 0xc000, 'AccessionNumber has no VR'],
    [
      'a value of another kind',
      [json(withValue('00080050', { vr: 'SH', Value: [{ a: 1 }] }))],
      0xc000,
      'AccessionNumber has a value that SH cannot have',
    ],
    [
      'a number beyond its VR',
      [json(withValue('00280010', { vr: 'US', Value: [70_000] })), bulk('cid:pdf', pdf)],
      0xc000,
      'Rows has a value that US cannot hold',
    ],
    ['a backslash', [json(withValue('00080050', { vr: 'SH', Value: ['a\\b'] }))], 0xc000, 'backslash'],
    ['Base64 that is none', [json(withValue('00091003', { vr: 'OB', InlineBinary: '***' }))], 0xc000, 'not Base64'],
    ['two contents', [json(withValue('00091003', { vr: 'OB', InlineBinary: '', BulkDataURI: 'x' }))], 0xc000, 'more than one of'],
    ['no SOPInstanceUID', [json({ ...withoutBulkData, '00080018': { vr: 'UI' } })], 0xa900, 'SOPInstanceUID is missing'],
    ['no SeriesInstanceUID', [json({ ...withoutBulkData, '0020000E': { vr: 'UI' } })], 0xa900, 'SeriesInstanceUID is missing'],
    ['a UID that is none', [json({ ...withoutBulkData, '0020000D': ui('1.2.x') })], 0xa900, 'StudyInstanceUID is not a UID'],
    ['bulk data that did not come', [json(good)], 0xc000, 'the bulk data cid:pdf did not come'],
    ['bulk data under another name', [json(good), bulk('cid:other', pdf)], 0xc000, 'the bulk data cid:pdf did not come'],
    ['bulk data without a name', [json(good), ['Content-Type: application/octet-stream\r\n', pdf]], 0xc000, 'has no Content-Location'],
    ['bulk data before metadata', [bulk('cid:pdf', pdf)], 0xc000, 'Nothing in the metadata is called cid:pdf'],
    ['a class that is not stored', [json({ ...withoutBulkData, '00080016': ui('1.2.840.10008.1.3.10') })], 0x0122, 'are not stored'],
  ])('%s', async (_, parts, reason, sentence) => {
    const before = await sizeOf(service.objects)
    const { status, dataset, warning } = await post(parts)
    expect([status, warning.replaceAll(';', ',')]).toEqual([409, expect.stringContaining(sentence.replaceAll(';', ','))])
    const failures = [...items(dataset, '00081198'), ...items(dataset, '0008119A')]
    expect(failures.map((item) => first(item, '00081197'))).toContain(reason)
    expect(await sizeOf(service.objects)).toBe(before)
  })

  test.each([
    ['a picture that is no pixel data', 'image/png', 0xc000, 'Pixel Data cannot be stored as image/png'],
    [
      'a transfer syntax that its type does not carry',
      'image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.90',
      0xc122,
      'is not what image/jpeg carries',
    ],
    ['a transfer syntax that is not stored', 'application/octet-stream; transfer-syntax=1.2.3', 0xc122, '1.2.3 is not stored'],
    ['bytes that are not what they are called', 'image/jp2', 0xc000, 'not what they are called'],
    ['pixels too few', 'application/octet-stream', 0xc000, 'PixelData'],
  ])('%s', async (_, type, reason, sentence) => {
    const before = await sizeOf(service.objects)
    const { dataset: whole } = await copyOf(ct)
    const dataset = type === 'image/jp2' ? Object.fromEntries(Object.entries(whole).filter(([tag]) => !tag.startsWith('0028'))) : whole
    const { status, dataset: answer, warning } = await post([json(dataset), bulk(whole['7FE00010']!.BulkDataURI!, Buffer.alloc(100), type)])
    expect([status, warning]).toEqual([409, expect.stringContaining(sentence)])
    expect(items(answer, '00081198').map((item) => [first(item, '00081155'), first(item, '00081197')])).toEqual([
      [first(dataset as DataSet, '00080018'), reason],
    ])
    expect(await sizeOf(service.objects)).toBe(before)
  })

  test('one of two, of another study than the address names', async () => {
    const uids = { study: newUID(), series: newUID(), instance: newUID() }
    const { status, dataset } = await post([json(document(uids), document()), bulk('cid:pdf', pdf)], 'json', `/studies/${uids.study}`)
    expect(status).toBe(202)
    expect(items(dataset, '00081199').map((item) => first(item, '00081155'))).toEqual([uids.instance])
    expect(items(dataset, '00081198').map((item) => first(item, '00081197'))).toEqual([0xa900])
  })

  test('bulk data beyond the limit of an instance: 413', async () => {
    const before = await sizeOf(service.objects)
    const { status, dataset } = await post([json(good), bulk('cid:pdf', Buffer.alloc(41_000_000))])
    expect([status, items(dataset, '00081198').map((item) => first(item, '00081197'))]).toEqual([413, [0xc000]])
    expect(await sizeOf(service.objects)).toBe(before)
  })

  test('broken off within the bulk data', async () => {
    const before = await sizeOf(service.objects)
    const whole = body(json(good), bulk('cid:pdf', Buffer.alloc(3_000_000)))
    const response = await fetch(`${service.url}/dicomweb/studies`, {
      method: 'POST',
      headers: { 'Content-Type': 'multipart/related; type="application/dicom+json"; boundary=b' },
      body: whole.subarray(0, -100),
    })
    expect(response.status).toBe(409)
    expect(response.headers.get('warning')).toContain('ends within part 2')
    expect(await sizeOf(service.objects)).toBe(before)
  })

  test('XML that is none, between two that are', async () => {
    const [one, two] = [
      { ...withoutBulkData, '00080018': ui(newUID()) },
      { ...withoutBulkData, '00080018': ui(newUID()) },
    ]
    const { status, dataset } = await post([xml(one), ['Content-Type: application/dicom+xml\r\n', '<html/>'], xml(two)], 'xml')
    expect(status).toBe(202)
    expect(items(dataset, '00081199')).toHaveLength(2)
    expect(items(dataset, '0008119A')).toHaveLength(1)
  })
})

describeWithPeers('foreign readers of what was written', ['dciodvfy', 'dcm2json', 'dcmdjpeg'], () => {
  const retrieved = async (uids: Pick<Instance, 'StudyInstanceUID' | 'SeriesInstanceUID' | 'SOPInstanceUID'>, name: string) => {
    const path = join(folder, name)
    const response = await service.get(pathOf(uids), { Accept: 'application/dicom; transfer-syntax=*' })
    await writeFile(path, Buffer.from(await response.arrayBuffer()))
    return path
  }

  test('dciodvfy finds no error that the original has not, dcm2json reads what was posted', async () => {
    const { dataset, uids } = await copyOf(ct)
    const [pixels] = await framesOf(ct)
    expect((await post([json(dataset), bulk(dataset['7FE00010']!.BulkDataURI!, pixels!)])).status).toBe(200)
    const path = await retrieved(uids, 'ct.dcm')
    const errors = async (file: string) => (await run('dciodvfy', [file])).output.split('\n').filter((line) => line.startsWith('Error'))
    expect(await errors(path)).toEqual(await errors(await retrieved(ct, 'original.dcm')))
    const theirs = JSON.parse(execFileSync('dcm2json', ['-q', path], { maxBuffer: 1 << 28 }).toString()) as DataSet
    for (const [tag, { vr, Value }] of Object.entries(withoutBulk(dataset))) {
      if (tag === '00080005' || vr === 'SQ') continue
      expect([tag, (theirs[tag]?.Value ?? []).map(comparable)]).toEqual([tag, ((Value ?? []) as (string | number)[]).map(comparable)])
    }
  })

  test('dcmdjpeg decodes the frames', async () => {
    const { dataset, uids } = await copyOf(us)
    const count = Number(dataset['00280008']?.Value?.[0] ?? 1)
    const frames = await framesOf(us, Array.from({ length: count }, (_, at) => at + 1).join(','))
    const uri = dataset['7FE00010']!.BulkDataURI!
    expect(
      (await post([json(dataset), ...frames.map((frame) => bulk(uri, frame, 'image/jpeg; transfer-syntax=1.2.840.10008.1.2.4.50'))]))
        .status,
    ).toBe(200)
    const path = await retrieved(uids, 'us.dcm')
    expect(await run('dcmdjpeg', [path, join(folder, 'decoded.dcm')])).toMatchObject({ code: 0 })
  })
})

/** Numbers as numbers, texts without padding. */
const comparable = (value: unknown): unknown => {
  if (typeof value === 'object') return value
  const number = Number(value)
  return Number.isFinite(number) && String(value).trim() !== '' ? number : String(value).trim()
}
