/** The answer to a store request: PS3.18 §10.5.3, Annex I. */
import { describe, expect, test } from 'vitest'
import type { Stored } from '../../../archive/store.ts'
import { nativeXML } from '../../../gateway/dicomweb/native-xml.ts'
import { type PartOutcome, type StoreFailure, storeResponse } from '../../../gateway/dicomweb/store-response.ts'

const retrieveURL = (...uids: (string | undefined)[]) => `http://archive/${uids.filter(Boolean).join('/')}`

const stored = (part: number, outcome: Stored['outcome'] = 'stored', StudyInstanceUID = '1.1'): PartOutcome => ({
  part,
  stored: {
    outcome,
    SOPClassUID: '1.9',
    SOPInstanceUID: `1.3.${part}`,
    SeriesInstanceUID: '1.2',
    StudyInstanceUID,
    change: 1,
    TransferSyntaxUID: '1.2.840.10008.1.2.1',
    bytes: 1,
    irregularities: [],
  },
})

const failed = (part: number, failure: Partial<StoreFailure> = {}): PartOutcome => ({
  part,
  failure: { FailureReason: 0xc000, http: 400, sentence: 'This is not DICOM', ...failure },
})

test('all stored: 200, each instance with its RetrieveURL, no FailedSOPSequence', () => {
  expect(storeResponse([stored(1), stored(2, 'duplicate'), stored(3, 'held')], retrieveURL)).toEqual({
    status: 200,
    warnings: [],
    dataset: {
      '00081190': { vr: 'UR', Value: ['http://archive/1.1'] },
      '00081199': {
        vr: 'SQ',
        Value: [1, 2, 3].map((n) => ({
          '00081150': { vr: 'UI', Value: ['1.9'] },
          '00081155': { vr: 'UI', Value: [`1.3.${n}`] },
          '00081190': { vr: 'UR', Value: [`http://archive/1.1/1.2/1.3.${n}`] },
        })),
      },
    },
  })
})

test('other content under the same UID: 202, WarningReason B000 and a sentence', () => {
  const { status, dataset, warnings } = storeResponse([stored(1), stored(2, 'conflict'), stored(3, 'other-encoding')], retrieveURL)
  expect(status).toBe(202)
  const items = dataset['00081199']!.Value as Record<string, unknown>[]
  expect(items.map((item) => item['00081196'])).toEqual([undefined, { vr: 'US', Value: [0xb000] }, { vr: 'US', Value: [0xb000] }])
  expect(warnings).toEqual([expect.stringContaining('part 2: another content'), expect.stringContaining('part 3: the same SOPInstanceUID')])
})

describe('what is stored although it is not as it should be', () => {
  const irregularities = [
    { tag: '00080020', sentence: '(0008,0020) StudyDate is not of its VR, DA: "yesterday, or the day before that day"' },
  ]
  const discarded = [{ tag: '00020013', sentence: '(0002,0013) ImplementationVersionName belongs to File Meta and was left out' }]
  const item = (outcome: PartOutcome) => (storeResponse([outcome], retrieveURL).dataset['00081199']!.Value as Record<string, unknown>[])[0]!
  const irregular = (outcome: Stored['outcome'] = 'stored'): Extract<PartOutcome, { stored: Stored }> => {
    const one = stored(1, outcome) as Extract<PartOutcome, { stored: Stored }>
    return { ...one, stored: { ...one.stored, irregularities } }
  }

  test('202, B007, with the attributes and a sentence for each', () => {
    expect(item(irregular())).toMatchObject({
      '00081196': { vr: 'US', Value: [0xb007] },
      '00741048': {
        vr: 'SQ',
        Value: [
          {
            '00000902': { vr: 'LO', Value: ['(0008,0020) StudyDate is not of its VR, DA: "yesterday, or the d'] },
            '00720026': { vr: 'AT', Value: ['00080020'] },
          },
        ],
      },
    })
    const { status, warnings } = storeResponse([irregular()], retrieveURL)
    expect([status, warnings]).toEqual([202, [`part 1: ${irregularities[0]!.sentence}`]])
  })

  test('elements left out: B006; another content under the same UID: B000, and the attributes all the same', () => {
    expect(item({ ...irregular(), discarded })['00081196']).toEqual({ vr: 'US', Value: [0xb006] })
    expect(item({ ...irregular(), discarded })['00741048']).toMatchObject({ Value: { length: 2 } })
    expect(item(irregular('conflict'))).toMatchObject({ '00081196': { Value: [0xb000] }, '00741048': { Value: { length: 1 } } })
  })
})

test('one outcome for every part: those with UIDs in FailedSOPSequence, the others in OtherFailuresSequence', () => {
  const { status, dataset } = storeResponse(
    [stored(1), failed(2, { FailureReason: 0x0122, SOPClassUID: '1.9', SOPInstanceUID: '1.3.2' }), failed(3)],
    retrieveURL,
  )
  expect(status).toBe(202)
  expect(dataset['00081198']).toEqual({
    vr: 'SQ',
    Value: [
      {
        '00000902': { vr: 'LO', Value: ['part 2: This is not DICOM'] },
        '00081150': { vr: 'UI', Value: ['1.9'] },
        '00081155': { vr: 'UI', Value: ['1.3.2'] },
        '00081197': { vr: 'US', Value: [0x0122] },
      },
    ],
  })
  expect(dataset['0008119A']).toEqual({
    vr: 'SQ',
    Value: [{ '00000902': { vr: 'LO', Value: ['part 3: This is not DICOM'] }, '00081197': { vr: 'US', Value: [0xc000] } }],
  })
})

describe('nothing stored', () => {
  const status = (...outcomes: PartOutcome[]) => storeResponse(outcomes, retrieveURL).status
  test('409', () => expect(status(failed(1), failed(2, { http: 413 }))).toBe(409))
  test('413 when all are too large', () => expect(status(failed(1, { http: 413 }))).toBe(413))
  test('503 when the archive is out of resources', () =>
    expect(status(failed(1), failed(2, { FailureReason: 0xa700, http: 503 }))).toBe(503))
  test('RetrieveURL has no value', () => expect(storeResponse([failed(1)], retrieveURL).dataset['00081190']).toEqual({ vr: 'UR' }))
})

test('instances of two studies: the RetrieveURL of the response has no value', () => {
  expect(storeResponse([stored(1), stored(2, 'stored', '1.7')], retrieveURL).dataset['00081190']).toEqual({ vr: 'UR' })
})

test('the comment fits its VR, LO of 64 characters without backslash', () => {
  const { dataset, warnings } = storeResponse([failed(1, { sentence: `C:\\${'x'.repeat(100)}` })], retrieveURL)
  const [item] = dataset['0008119A']!.Value as [Record<string, { Value: string[] }>]
  expect(item['00000902']!.Value[0]).toHaveLength(64)
  expect(item['00000902']!.Value[0]).not.toContain('\\')
  expect(warnings[0]!.length).toBeGreaterThan(100)
})

test('the Native DICOM Model: keywords, names by component, items, bulk data', () => {
  const xml = nativeXML({
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San', Ideographic: '张^三' }] },
    '00091001': { vr: 'UN', InlineBinary: 'AAE=' },
    '00081199': { vr: 'SQ', Value: [{ '00081155': { vr: 'UI', Value: ['1.2'] } }] },
    '00200013': { vr: 'IS', Value: [1, null, 3] },
    '7FE00010': { vr: 'OW', BulkDataURI: '/a?b&c' },
    '00081030': { vr: 'LO', Value: ['<1 & "2">'] },
    '00080050': { vr: 'SH' },
  })
  for (const expected of [
    '<DicomAttribute tag="00080005" vr="CS" keyword="SpecificCharacterSet"><Value number="1">ISO_IR 192</Value></DicomAttribute>',
    '<PersonName number="1"><Alphabetic><FamilyName>Zhang</FamilyName><GivenName>San</GivenName></Alphabetic><Ideographic><FamilyName>张</FamilyName>',
    '<DicomAttribute tag="00091001" vr="UN"><InlineBinary>AAE=</InlineBinary></DicomAttribute>',
    '<Item number="1"><DicomAttribute tag="00081155" vr="UI" keyword="ReferencedSOPInstanceUID">',
    '<Value number="2"></Value>',
    '<BulkData uri="/a?b&amp;c"/>',
    '&lt;1 &amp; &quot;2&quot;&gt;',
    '<DicomAttribute tag="00080050" vr="SH" keyword="AccessionNumber"></DicomAttribute>',
  ])
    expect(xml).toContain(expected)
})
