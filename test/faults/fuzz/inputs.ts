/**
 * What is sent: made of the sample files, of data sets made on the spot, and of requests that are right, all damaged. An input is a function of seed, kind and
 * number alone.
 */
import { encodeAssociateRQ } from '../../../gateway/dimse/associate.ts'
import type { CommandSet } from '../../../gateway/dimse/command-set.ts'
import { encodeAbort, encodeReleaseRQ } from '../../../gateway/dimse/pdu.ts'
import { performed, stateOf, workitem } from '../../gateway/dicomweb/ups/worklist.ts'
import { associateRQ, CT, commandFragment, ctDataset, echoRQ, fragment, storeRQ } from '../../gateway/dimse/fixture.ts'
import { element, encapsulated, image, part10, sequence } from '../../support/dataset.ts'
import { sampleBytes, samples } from '../../support/samples.ts'
import { newInstance } from '../senders.ts'
import { damaged, damagedJSON, type Next, pick } from './mutate.ts'

const smallest = 60_000

/** Files of the samples that are not too long to be sent by the thousand, and a few of our own where there are none. */
const files: readonly Buffer[] = (() => {
  const small = samples
    .filter(({ name }) => name !== '')
    .map(({ name }) => sampleBytes(name))
    .filter(({ length }) => length <= smallest)
  const study = { StudyInstanceUID: '1.2.826.0.1.3680043.2.1', SeriesInstanceUID: '1.2.826.0.1.3680043.2.1.1' }
  return [...small, newInstance(study, 2_000, '1.2.826.0.1.3680043.2.1.1.1').part10]
})()

export interface HTTPInput {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer
}

export interface DIMSEInput {
  readonly bytes: Buffer
  /** Bytes that are written at once. */
  readonly piece: number
}

const file = (next: Next): Buffer => pick(next, files)

/** A single part: the damaged file as the body. */
export function part10Input(next: Next): HTTPInput {
  return {
    method: 'POST',
    path: '/dicomweb/studies',
    headers: { 'Content-Type': 'application/dicom' },
    body: damaged(file(next), next, { other: file(next) }),
  }
}

/** Parts of files, some damaged, in a multipart body that is damaged itself. */
export function multipartInput(next: Next): HTTPInput {
  const mark = pick(next, ['b', '----WebKitFormBoundary7MA4', "'()+_,-./:=?", 'x'.repeat(70)])
  const parts = Array.from({ length: next(4) }, () => {
    const type = pick(next, ['application/dicom', 'application/dicom', 'application/dicom', 'application/dicom+json', 'text/plain', ''])
    const header = type === '' ? '' : `Content-Type: ${type}${pick(next, ['', '; transfer-syntax=1.2.840.10008.1.2.1', '; x="'])}\r\n`
    const body =
      next(3) === 0
        ? damaged(file(next), next)
        : type === 'application/dicom+json'
          ? Buffer.from(JSON.stringify(jsonInstance(next)))
          : file(next)
    return Buffer.concat([Buffer.from(`\r\n--${mark}\r\n${header}\r\n`), body])
  })
  const whole = Buffer.concat([...parts, Buffer.from(`\r\n--${mark}--\r\n`)])
  // Boundaries and headers of the parts stand anywhere: damage falls there too, now and then.
  const body =
    next(4) === 0
      ? whole
      : damaged(whole, next, { head: next(2) === 0 ? 200 : whole.length, other: Buffer.from(`\r\n--${mark}\r\n\r\n--${mark}--`) })
  const type = pick(next, ['"application/dicom"', 'application/dicom', '"application/dicom+json"', '"application/dicom+xml"', '"', ''])
  return {
    method: 'POST',
    path: pick(next, ['/dicomweb/studies', '/dicomweb/studies/1.2.826.0.1.3680043.2.1']),
    headers: { 'Content-Type': `multipart/related; type=${type}; boundary="${mark}"` },
    body,
  }
}

/** An instance as DICOM JSON, as a store request in metadata form has it. */
const jsonInstance = (next: Next): unknown => {
  const instance = {
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
    '00080018': { vr: 'UI', Value: [`1.2.826.0.1.3680043.2.1.1.${next(1_000)}`] },
    '0020000D': { vr: 'UI', Value: ['1.2.826.0.1.3680043.2.1'] },
    '0020000E': { vr: 'UI', Value: ['1.2.826.0.1.3680043.2.1.1'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
    '00280010': { vr: 'US', Value: [2] },
    '7FE00010': { vr: 'OW', InlineBinary: 'AAAAAAAAAAA=' },
  }
  return next(3) === 0 ? [instance] : damagedJSON([instance], next)
}

const boundary = 'metadata'
const part = (headers: string, body: Buffer): Buffer => Buffer.concat([Buffer.from(`\r\n--${boundary}\r\n${headers}\r\n\r\n`), body])

/** Metadata and bulk data apart: JSON or XML, then the values under their Content-Location; damaged as trees, as text, or in the order of the parts. */
export function metadataInput(next: Next): HTTPInput {
  const uid = `1.2.826.0.1.3680043.2.1.1.${next(1_000)}`
  const bulk = pick(next, ['bulk1', 'http://elsewhere/bulk1', '../../etc/passwd', ''])
  const whole = {
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.7'] },
    '00080018': { vr: 'UI', Value: [uid] },
    '00081140': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: [uid] } }] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
    '00100020': { vr: 'LO', Value: ['1'] },
    '0020000D': { vr: 'UI', Value: ['1.2.826.0.1.3680043.2.1'] },
    '0020000E': { vr: 'UI', Value: ['1.2.826.0.1.3680043.2.1.1'] },
    '00200013': { vr: 'IS', Value: [1] },
    '00280002': { vr: 'US', Value: [1] },
    '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
    '00280010': { vr: 'US', Value: [2] },
    '00280011': { vr: 'US', Value: [2] },
    '00280100': { vr: 'US', Value: [16] },
    '00280101': { vr: 'US', Value: [16] },
    '00280102': { vr: 'US', Value: [15] },
    '00280103': { vr: 'US', Value: [0] },
    '7FE00010': { vr: 'OW', BulkDataURI: bulk },
  }
  const isXML = next(3) === 0
  const tree = next(3) === 0 ? whole : damagedJSON(whole, next)
  let text: Buffer = Buffer.from(isXML ? xmlOf(tree) : JSON.stringify([tree]))
  if (next(6) === 0) text = damaged(text, next, { head: text.length })
  const type = `application/dicom+${isXML ? 'xml' : 'json'}`
  const pixels = pick(next, [
    Buffer.alloc(8),
    Buffer.alloc(7),
    Buffer.from('ffd8ffe0', 'hex'),
    damaged(file(next).subarray(0, 3_000), next),
  ])
  const parts = [
    part(
      `Content-Type: ${type}${pick(next, ['', '; transfer-syntax=1.2.840.10008.1.2.1', '; transfer-syntax=1.2.840.10008.1.2.4.50'])}`,
      text,
    ),
    ...Array.from({ length: next(3) }, () =>
      part(
        `Content-Type: ${pick(next, ['application/octet-stream', 'image/jpeg', 'image/jls', 'image/jp2', 'image/dicom-rle', 'video/mp4'])}\r\nContent-Location: ${bulk}`,
        pixels,
      ),
    ),
  ]
  if (next(8) === 0) parts.reverse()
  const body = Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)])
  return {
    method: 'POST',
    path: '/dicomweb/studies',
    headers: { 'Content-Type': `multipart/related; type="${type}"; boundary=${boundary}` },
    body: next(8) === 0 ? damaged(body, next, { head: body.length }) : body,
  }
}

/** A Native DICOM Model of a tree that may be none: what does not fit is written as text, which is damage too. Arrays may have lost their methods. */
function xmlOf(tree: unknown): string {
  const text = (value: unknown): string => (typeof value === 'object' ? 'object' : String(value)).slice(0, 2_000)
  const attributes = (dataset: unknown): string => {
    let xml = ''
    for (const [tag, attribute] of Object.entries(
      (dataset ?? {}) as Record<string, { vr?: unknown; Value?: unknown; BulkDataURI?: unknown } | null>,
    )) {
      let content = attribute?.BulkDataURI === undefined ? '' : `<BulkData uri="${text(attribute.BulkDataURI)}"/>`
      for (const [at, value] of Object.entries(Array.isArray(attribute?.Value) ? attribute.Value : []))
        content +=
          attribute?.vr === 'SQ'
            ? `<Item number="${Number(at) + 1}">${attributes(value)}</Item>`
            : `<Value number="${Number(at) + 1}">${text(value)}</Value>`
      xml += `<DicomAttribute tag="${tag}" vr="${text(attribute?.vr)}">${content}</DicomAttribute>`
    }
    return xml
  }
  return `<?xml version="1.0" encoding="UTF-8"?><NativeDicomModel>${attributes(tree)}</NativeDicomModel>`
}

const uriParameters = [
  'requestType=WADO',
  'studyUID=1.2.826.0.1.3680043.2.1',
  'seriesUID=1.2.826.0.1.3680043.2.1.1',
  'objectUID=1.2.826.0.1.3680043.2.1.1.1',
  'contentType=application/dicom',
  'contentType=image/jpeg',
  'contentType=%22',
  'transferSyntax=1.2.840.10008.1.2.4.80',
  'frameNumber=1',
  'frameNumber=-1',
  'rows=0',
  'rows=64',
  'columns=99999999',
  'region=0,0,1,1',
  'region=1,1,0,0',
  'windowCenter=1e400',
  'windowCenter=40',
  'windowWidth=0',
  'windowWidth=400',
  'imageQuality=101',
  'annotation=patient,technique',
  'anonymize=yes',
  'presentationUID=1.2.3',
  'charset=utf-8',
]

/** WADO-URI: PS3.18 §9. */
export function uriInput(next: Next): HTTPInput {
  const needed = uriParameters.slice(0, 4).filter(() => next(12) > 0)
  const query = [...needed, ...Array.from({ length: next(5) }, () => pick(next, uriParameters))].join('&')
  return { method: 'GET', path: `/wado?${query}`, headers: { Accept: '*/*' } }
}

/** Data sets made on the spot: sequences in sequences, encapsulated pixel data, odd character sets; then damaged or not. */
export function generatedInput(next: Next): HTTPInput {
  const uid = `1.2.826.0.1.3680043.2.${next(1_000)}`
  let inner: Buffer = element(0x00081155, 'UI', uid)
  for (let depth = next(8); depth > 0; depth -= 1) inner = sequence(pick(next, [0x00081140, 0x00400275, 0x00081115]), [inner])
  const dataset = Buffer.concat([
    element(0x00080005, 'CS', pick(next, ['ISO_IR 192', 'GB18030', 'ISO 2022 IR 58', '\\ISO 2022 IR 149', 'NONSENSE', ''])),
    element(0x00080016, 'UI', pick(next, ['1.2.840.10008.5.1.4.1.1.7', '1.2.840.10008.5.1.4.1.1.88.11', '1.2.3'])),
    element(0x00080018, 'UI', uid),
    next(2) === 0 ? sequence(0x00081140, [inner]) : inner,
    element(0x00100010, 'PN', Buffer.from(Array.from({ length: next(80) }, () => next(256)))),
    element(0x00100020, 'LO', String(next(10))),
    element(0x0020000d, 'UI', uid),
    element(0x0020000e, 'UI', `${uid}.1`),
    ...image(1 + next(3)),
    next(2) === 0
      ? element(0x7fe00010, 'OW', Buffer.alloc(8 * next(4)))
      : encapsulated([Buffer.alloc(0), Buffer.from(Array.from({ length: next(200) }, () => next(256)))]),
  ])
  const syntax = pick(next, [
    '1.2.840.10008.1.2.1',
    '1.2.840.10008.1.2.4.50',
    '1.2.840.10008.1.2.4.70',
    '1.2.840.10008.1.2.4.90',
    '1.2.840.10008.1.2.4.201',
    '1.2.840.10008.1.2.5',
    '1.2.840.10008.1.2.1.99',
    '1.2.840.10008.1.2',
  ])
  const bytes = part10(dataset, syntax)
  return {
    method: 'POST',
    path: '/dicomweb/studies',
    headers: { 'Content-Type': 'application/dicom' },
    body: next(2) === 0 ? bytes : damaged(bytes, next),
  }
}

/** Workitems: created, changed, moved and canceled by bodies that are damaged as trees or as text. */
export function workitemInput(next: Next): HTTPInput {
  const uid = `1.2.826.0.1.3680043.3.${next(50)}`
  const [method, path, body] = pick(next, [
    ['POST', `/workitems?${uid}`, workitem()],
    ['POST', '/workitems', workitem()],
    ['POST', `/workitems/${uid}?1.2.3`, performed()],
    ['PUT', `/workitems/${uid}/state`, stateOf(pick(next, ['IN PROGRESS', 'COMPLETED', 'CANCELED']), '1.2.3')],
    ['POST', `/workitems/${uid}/cancelrequest`, { '00741238': { vr: 'LT', Value: ['x'] } }],
  ] as const)
  const json = JSON.stringify(next(5) < 2 ? body : damagedJSON(body, next))
  const bytes = Buffer.from(json)
  return {
    method,
    path: `/dicomweb${path}`,
    headers: {
      'Content-Type': next(12) === 0 ? 'application/dicom+xml' : pick(next, ['application/dicom+json', 'application/json']),
    },
    body: next(6) === 0 ? damaged(bytes, next, { head: bytes.length }) : bytes,
  }
}

const searches = [
  '/studies',
  '/series',
  '/instances',
  '/studies/1.2.3/series',
  '/studies/1.2.3/instances',
  '/studies/1.2.3/series/1.2.3/instances',
  '/workitems',
]
const names = [
  'PatientName',
  'PatientID',
  'StudyDate',
  'StudyTime',
  'ModalitiesInStudy',
  'AccessionNumber',
  'StudyInstanceUID',
  'StudyDescription',
  '00100010',
  '00080020',
  'RequestAttributesSequence.ScheduledProcedureStepID',
  '00400275.00400009',
  'SeriesNumber',
  'InstanceNumber',
  'SOPClassesInStudy',
  'NumberOfFrames',
  'ProcedureStepState',
  'ScheduledProcedureStepStartDateTime',
  'ReferencedRequestSequence.AccessionNumber',
  'limit',
  'offset',
  'orderby',
  'includefield',
  'fuzzymatching',
  'emptyvaluematching',
  'multiplevaluematching',
  'accept',
  'cursor',
  'after',
]
const values = [
  '*',
  '?',
  '%2A%2A%2A',
  '张*',
  'zhang',
  '%E5%BC%A0%E4%B8%89',
  '20260101-20261231',
  '-20261231',
  '20260101-',
  '235959.999999',
  'CT%5CMR',
  'CT,MR',
  '1.2.3,1.2.4',
  '%00',
  '%ff',
  '%',
  '%5C',
  '""',
  "'; drop table study; --",
  '()[]{}.+^$|',
  'all',
  '-1',
  '1e9',
  '999999999999',
  'true',
  'StudyDate,-PatientName',
  '20261122103000%2B0800-',
  'a'.repeat(3_000),
  '%F0%9D%84%9E',
  '*a*b*c*d*e*f*g*h*',
  '%25%25%25',
  '_',
  '^=^=^',
]

/** Queries of every search, by keys and values that are right, odd or damaged. */
export function queryInput(next: Next): HTTPInput {
  const parameters = Array.from({ length: next(6) }, () => `${pick(next, names)}=${pick(next, values)}`)
  let query = parameters.join(pick(next, ['&', '&', '&', ';', '&&']))
  if (next(4) === 0)
    query = [...damaged(Buffer.from(query || 'x'), next, { head: 200 })]
      .map((byte) => (byte > 0x20 && byte < 0x7f && byte !== 0x23 ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
      .join('')
  return {
    method: 'GET',
    path: `/dicomweb${pick(next, searches)}${pick(next, ['', '', '', '/count'])}?${query.slice(0, 8_000)}`,
    headers: {
      Accept:
        next(5) > 0
          ? 'application/dicom+json'
          : pick(next, ['*/*', 'multipart/related; type="application/dicom+xml"', 'image/png', '"', ';;;,,,q=9']),
    },
  }
}

const instance = '/studies/1.2.826.0.1.3680043.2.1/series/1.2.826.0.1.3680043.2.1.1/instances/1.2.826.0.1.3680043.2.1.1.1'
const resources = [
  '',
  '/metadata',
  '/frames/1',
  '/frames/1,2,3',
  '/frames/0',
  '/frames/99999999999999999999',
  '/frames/1/rendered',
  '/rendered',
  '/thumbnail',
  '/pixeldata',
  '/bulkdata/7FE00010',
  '/bulkdata/00081140/0/00081155',
  '/bulkdata/..%2f..%2f',
]
const renderings = [
  'window=0,0',
  'window=1e309,1',
  'window=-1,-1,sigmoid',
  'viewport=0,0',
  'viewport=1,1',
  'viewport=99999,99999',
  'viewport=10,10,-5,-5,3,3',
  'quality=0',
  'quality=100',
  'annotation=patient',
  'version=2',
  'accept=image/png',
  'accept=*/*',
  'iccprofile=srgb',
]

/** Retrievals of an instance that is there (`storedFirst`), by addresses, parameters and headers that are right, odd or damaged. */
export function retrieveInput(next: Next): HTTPInput {
  const [study, series] = [instance.split('/series')[0]!, instance.split('/instances')[0]!]
  const parameters = Array.from({ length: next(3) }, () => pick(next, renderings)).join('&')
  let path = `${pick(next, [instance, instance, series, study])}${pick(next, resources)}`
  if (next(5) === 0)
    path = [...damaged(Buffer.from(path), next, { head: path.length })]
      .map((byte) => (/[\w./,%-]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`))
      .join('')
  return {
    method: pick(next, ['GET', 'GET', 'GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT', 'POST']),
    path: `/dicomweb${path.startsWith('/') ? path : `/${path}`}${parameters === '' ? '' : `?${parameters}`}`.slice(0, 4_000),
    headers: {
      Accept: pick(next, [
        '*/*',
        'application/dicom',
        'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.80',
        'multipart/related; type="application/octet-stream"; transfer-syntax=*',
        'image/jpeg',
        'image/png',
        'application/zip',
        'multipart/related; type=image/jphc',
        '"',
        '*/*;q=0',
      ]),
      ...(next(3) === 0
        ? {
            Range: pick(next, [
              'bytes=0-0',
              'bytes=-1',
              'bytes=5-',
              'bytes=9999999999-',
              'bytes=3-1',
              'bytes=0-1,4-5',
              'lines=1-2',
              'bytes=',
            ]),
          }
        : {}),
      ...(next(4) === 0 ? { 'If-None-Match': pick(next, ['*', '""', 'W/"1"', '"a', '"1", "2"']) } : {}),
    },
  }
}

/** What retrievals find. */
export const storedFirst = (): HTTPInput => ({
  method: 'POST',
  path: '/dicomweb/studies',
  headers: { 'Content-Type': 'application/dicom' },
  body: files.at(-1)!,
})

/** An upgrade to a WebSocket and frames behind it, right or damaged: RFC 6455 §5.2. */
export function channelInput(next: Next): DIMSEInput {
  const request = Buffer.from(
    `GET /dicomweb/subscribers/FUZZ${next(5)} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
  )
  const frame = () => {
    const payload = Buffer.from(Array.from({ length: next(140) }, () => next(256)))
    const length =
      payload.length < 126 ? Buffer.of(0x80 | payload.length) : Buffer.of(0x80 | 126, payload.length >> 8, payload.length & 0xff)
    return Buffer.concat([Buffer.of((next(4) === 0 ? 0 : 0x80) | pick(next, [0, 1, 2, 8, 9, 10, 3, 15])), length, Buffer.alloc(4), payload])
  }
  const whole = Buffer.concat([
    next(6) === 0 ? damaged(request, next, { head: request.length }) : request,
    ...Array.from({ length: next(6) }, frame),
  ])
  const bytes =
    next(2) === 0 ? whole : Buffer.concat([whole.subarray(0, request.length), damaged(whole.subarray(request.length), next, { head: 20 })])
  return { bytes, piece: next(3) === 0 ? 1 + next(64) : 100_000 }
}

const finds: readonly CommandSet[] = ['1.2.840.10008.5.1.4.1.2.2.1', '1.2.840.10008.5.1.4.1.2.1.1', '1.2.840.10008.5.1.4.31'].map(
  (AffectedSOPClassUID, at) => ({
    CommandField: 0x0020,
    MessageID: 10 + at,
    Priority: 0,
    CommandDataSetType: 0x0000,
    AffectedSOPClassUID,
  }),
)
const identifier = Buffer.concat([
  element(0x00080020, 'DA', '20260101-'),
  element(0x00080052, 'CS', 'STUDY'),
  element(0x00100010, 'PN', '*'),
  element(0x00100020, 'LO', ''),
  element(0x0020000d, 'UI', ''),
  sequence(0x00400100, [element(0x00080060, 'CS', 'CT')]),
])
const explicit = ['1.2.840.10008.1.2.1']
const association = associateRQ({
  callingAETitle: 'FUZZ',
  contexts: [
    { id: 1, abstractSyntax: '1.2.840.10008.1.1', transferSyntaxes: ['1.2.840.10008.1.2'] },
    { id: 3, abstractSyntax: CT, transferSyntaxes: explicit },
    ...[
      '1.2.840.10008.5.1.4.1.2.2.1',
      '1.2.840.10008.5.1.4.1.2.1.1',
      '1.2.840.10008.5.1.4.31',
      '1.2.840.10008.5.1.4.1.2.2.2',
      '1.2.840.10008.5.1.4.1.2.2.3',
      '1.2.840.10008.3.1.2.3.3',
      '1.2.840.10008.1.20.1',
    ].map((abstractSyntax, at) => ({ id: 5 + 2 * at, abstractSyntax, transferSyntaxes: explicit })),
  ],
})
const dataset = ctDataset('1.2.826.0.1.3680043.4.1', 2_000)
const retrieve = (field: number, at: number): CommandSet => ({
  CommandField: field,
  MessageID: 20 + at,
  Priority: 0,
  CommandDataSetType: 0x0000,
  AffectedSOPClassUID: pick((n) => at % n, ['1.2.840.10008.5.1.4.1.2.2.2', '1.2.840.10008.5.1.4.1.2.2.3']),
  ...(field === 0x0021 ? { MoveDestination: 'NOWHERE' } : {}),
})

/** Pieces of conversations, each right by itself. */
const pdus: readonly Buffer[] = [
  commandFragment(1, echoRQ),
  commandFragment(3, storeRQ({ AffectedSOPInstanceUID: '1.2.826.0.1.3680043.4.1' })),
  fragment(3, 0, dataset.subarray(0, 900)),
  fragment(3, 2, dataset.subarray(900)),
  ...finds.flatMap((command, at) => [commandFragment(5 + 2 * at, command), fragment(5 + 2 * at, 2, identifier)]),
  commandFragment(11, retrieve(0x0021, 0)),
  fragment(11, 2, identifier),
  commandFragment(13, retrieve(0x0010, 1)),
  fragment(13, 2, identifier),
  commandFragment(15, {
    CommandField: 0x0140,
    MessageID: 30,
    CommandDataSetType: 0x0000,
    AffectedSOPClassUID: '1.2.840.10008.3.1.2.3.3',
    AffectedSOPInstanceUID: '1.2.3.9',
  }),
  fragment(15, 2, Buffer.concat([element(0x00400252, 'CS', 'IN PROGRESS'), element(0x00400253, 'SH', 'X')])),
  commandFragment(17, {
    CommandField: 0x0130,
    MessageID: 31,
    CommandDataSetType: 0x0000,
    RequestedSOPClassUID: '1.2.840.10008.1.20.1',
    RequestedSOPInstanceUID: '1.2.840.10008.1.20.1.1',
    ActionTypeID: 1,
  }),
  fragment(17, 2, Buffer.concat([element(0x00081195, 'UI', '1.2.3'), sequence(0x00081199, [element(0x00081150, 'UI', CT)])])),
  commandFragment(3, { CommandField: 0x0fff, MessageIDBeingRespondedTo: 10, CommandDataSetType: 0x0101 }),
  encodeReleaseRQ(),
  encodeAbort({ source: 0, reason: 0 }),
]

/** A conversation with bytes changed, cut, doubled and swapped. */
export function associationInput(next: Next): DIMSEInput {
  const first = encodeAssociateRQ(association)
  const said = [next(8) === 0 ? damaged(first, next, { head: 600 }) : first]
  for (let count = next(6); count > 0; count -= 1) {
    // Command and data set belong together; half of the time they stay so.
    const at = next(pdus.length - 1)
    const group = next(2) === 0 ? pdus.slice(at, at + 2) : [pdus[at]!]
    said.push(...group.map((pdu) => (next(3) === 0 ? damaged(pdu, next, { head: 200 }) : pdu)))
  }
  if (next(2) === 0) said.push(encodeReleaseRQ())
  const bytes = Buffer.concat(said)
  return { bytes: next(5) === 0 ? bytes.subarray(0, next(bytes.length)) : bytes, piece: next(3) === 0 ? 1 + next(64) : 100_000 }
}
