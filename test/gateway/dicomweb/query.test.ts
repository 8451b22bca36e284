/** Queries: PS3.18 §8.3.4, §10.6.1.2; matching: PS3.4 §C.2.2.2. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BadRequest } from '../../../archive/errors.ts'
import type { SearchLevel } from '../../../archive/search.ts'
import { parseQuery } from '../../../gateway/dicomweb/query.ts'
import { queryParameters } from '../../../gateway/dicomweb/query-parameters.ts'

const matchesOf = (text: string, level: SearchLevel = 'study') =>
  Object.fromEntries(parseQuery(text, level).matches.map(({ keyword, match }) => [keyword, match]))

/** Query, level, the one match. */
const matching: [string, string, SearchLevel, object][] = [
  ['a keyword', 'AccessionNumber=A1', 'study', { AccessionNumber: { kind: 'single', value: 'A1' } }],
  ['a tag', '00080050=A1', 'study', { AccessionNumber: { kind: 'single', value: 'A1' } }],
  ['a tag in lower case', '0020000d=1.2', 'study', { StudyInstanceUID: { kind: 'single', value: '1.2' } }],
  ['wildcards', 'StudyDescription=*chest?', 'study', { StudyDescription: { kind: 'wildcard', value: '*chest?' } }],
  ['UIDs by comma', 'StudyInstanceUID=1.2,1.3', 'study', { StudyInstanceUID: { kind: 'list', values: ['1.2', '1.3'] } }],
  [
    'UIDs by backslash, as OHIF joins them',
    'StudyInstanceUID=1.2%5C1.3',
    'study',
    { StudyInstanceUID: { kind: 'list', values: ['1.2', '1.3'] } },
  ],
  ['UIDs by repetition', 'StudyInstanceUID=1.2&0020000D=1.3', 'study', { StudyInstanceUID: { kind: 'list', values: ['1.2', '1.3'] } }],
  ['codes by comma', 'ModalitiesInStudy=CT,MR', 'study', { ModalitiesInStudy: { kind: 'list', values: ['CT', 'MR'] } }],
  ['one code', 'ModalitiesInStudy=CT', 'study', { ModalitiesInStudy: { kind: 'single', value: 'CT' } }],
  ['a comma within text', 'StudyDescription=Chest,%20PA', 'study', { StudyDescription: { kind: 'single', value: 'Chest, PA' } }],
  [
    'text by backslash',
    'AccessionNumber=A%5CB&multiplevaluematching=true',
    'study',
    { AccessionNumber: { kind: 'list', values: ['A', 'B'] } },
  ],
  ['a date', 'StudyDate=20260102', 'study', { StudyDate: { kind: 'single', value: '20260102' } }],
  ['dates', 'StudyDate=20260102-20260103', 'study', { StudyDate: { kind: 'range', from: '20260102', to: '20260103' } }],
  ['dates from', 'StudyDate=20260102-', 'study', { StudyDate: { kind: 'range', from: '20260102' } }],
  ['dates until', 'StudyDate=-20260102', 'study', { StudyDate: { kind: 'range', to: '20260102' } }],
  ['an hour', 'StudyTime=10', 'study', { StudyTime: { kind: 'single', value: '10' } }],
  ['times', 'StudyTime=1015-11', 'study', { StudyTime: { kind: 'range', from: '1015', to: '11' } }],
  ['a number', 'SeriesNumber=007', 'series', { SeriesNumber: { kind: 'single', value: '7' } }],
  ['nothing', 'PatientID=', 'study', {}],
  ['an asterisk', 'PatientID=*', 'study', {}],
  ['an empty value, when asked so', 'PatientID=%22%22&emptyvaluematching=true', 'study', { PatientID: { kind: 'empty' } }],
  ['a study attribute of a series', 'PatientID=7', 'series', { PatientID: { kind: 'single', value: '7' } }],
  ['padding of spaces and NULs', 'PatientID=%207%20%00', 'study', { PatientID: { kind: 'single', value: '7' } }],
  ['a padded UID', 'StudyInstanceUID=1.2.3%00', 'study', { StudyInstanceUID: { kind: 'single', value: '1.2.3' } }],
  ['a padded empty value', 'PatientID=%20%00', 'study', {}],
  [
    'codes, one with a wildcard',
    'ModalitiesInStudy=C*,MR',
    'study',
    {
      ModalitiesInStudy: {
        kind: 'any',
        of: [
          { kind: 'wildcard', value: 'C*' },
          { kind: 'single', value: 'MR' },
        ],
      },
    },
  ],
  [
    'dates, when several are asked for',
    'StudyDate=20260101%5C20260301-20260302&multiplevaluematching=true',
    'study',
    {
      StudyDate: {
        kind: 'any',
        of: [
          { kind: 'single', value: '20260101' },
          { kind: 'range', from: '20260301', to: '20260302' },
        ],
      },
    },
  ],
  ['a backslash within a paragraph', 'PatientComments=a%5Cb', 'study', { PatientComments: { kind: 'single', value: 'a\\b' } }],
  ['a decimal', 'PatientWeight=070.50', 'study', { PatientWeight: { kind: 'single', value: '70.5' } }],
  ['a name of no index', 'ReferringPhysicianName=zhao*', 'study', { ReferringPhysicianName: { kind: 'wildcard', value: 'zhao*' } }],
  ['any name by asterisks', 'PatientName=*%5E*', 'study', {}],
  [
    'a moment',
    'AcquisitionDateTime=20260301101500.25%2B0800',
    'instance',
    { AcquisitionDateTime: { kind: 'single', value: '20260301101500.25+0800' } },
  ],
  [
    'a moment west of Greenwich, not a range',
    'AcquisitionDateTime=2026-0500',
    'instance',
    { AcquisitionDateTime: { kind: 'single', value: '2026-0500' } },
  ],
  [
    'moments west of Greenwich',
    'AcquisitionDateTime=2026-0500-20270101-0500',
    'instance',
    { AcquisitionDateTime: { kind: 'range', from: '2026-0500', to: '20270101-0500' } },
  ],
  ['moments until', 'AcquisitionDateTime=-20270101', 'instance', { AcquisitionDateTime: { kind: 'range', to: '20270101' } }],
  ['moments from', 'AcquisitionDateTime=20270101-', 'instance', { AcquisitionDateTime: { kind: 'range', from: '20270101' } }],
  [
    'within a sequence, by keyword and tag, of one item together',
    'RequestAttributesSequence.ScheduledProcedureStepID=S1&00400275.00401001=R*',
    'series',
    {
      RequestAttributesSequence: {
        kind: 'items',
        keys: [
          { tag: '00400009', vr: 'SH', match: { kind: 'single', value: 'S1' } },
          { tag: '00401001', vr: 'SH', match: { kind: 'wildcard', value: 'R*' } },
        ],
      },
    },
  ],
  [
    'two sequences deep',
    '00400275.00400008.CodeValue=P5',
    'series',
    {
      RequestAttributesSequence: {
        kind: 'items',
        keys: [
          {
            tag: '00400008',
            vr: 'SQ',
            match: { kind: 'items', keys: [{ tag: '00080100', vr: 'SH', match: { kind: 'single', value: 'P5' } }] },
          },
        ],
      },
    },
  ],
  ['nothing within a sequence', 'RequestAttributesSequence.ScheduledProcedureStepID=', 'series', {}],
  ['a series attribute of an instance', 'Modality=CT', 'instance', { Modality: { kind: 'single', value: 'CT' } }],
]

describe('matching', () => {
  test.each(matching)('%s', (_, text, level, expected) => expect(matchesOf(text, level)).toEqual(expected))

  test('a name is found by its keys; fuzzily only when asked so', () => {
    expect(matchesOf('PatientName=%E5%BC%A0%E4%B8%89&fuzzymatching=true')).toEqual({
      PatientName: { kind: 'name', value: '张三', keys: ['张三'], fuzzy: true },
    })
    expect(matchesOf('PatientName=zhang*')).toEqual({ PatientName: { kind: 'name', value: 'zhang*', keys: ['zhang'], fuzzy: false } })
  })

  test('a literal name that no key can find is matched as text', () => {
    expect(matchesOf('PatientName=*hang*')).toEqual({ PatientName: { kind: 'wildcard', value: '*hang*' } })
    expect(matchesOf('PatientName=%21%21')).toEqual({ PatientName: { kind: 'single', value: '!!' } })
  })

  test("OHIF's list", () => {
    const query = parseQuery(
      'PatientName=*x*&00100020=*x*&AccessionNumber=*x*&StudyDescription=*x*&ModalitiesInStudy=CT&limit=101&offset=0&fuzzymatching=true&includefield=00081030,00080060,00080090,00100030&StudyDate=20260101-20260131',
      'study',
    )
    expect(query.matches.map(({ keyword, match }) => [keyword, match.kind])).toEqual([
      ['PatientName', 'name'],
      ['PatientID', 'wildcard'],
      ['AccessionNumber', 'wildcard'],
      ['StudyDescription', 'wildcard'],
      ['ModalitiesInStudy', 'single'],
      ['StudyDate', 'range'],
    ])
    expect(query).toMatchObject({ limit: 101, offset: 0, include: new Set(['00081030', '00080060', '00080090', '00100030']) })
  })

  test('a percent-encoded value arrives as it was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        expect(queryParameters(`StudyDescription=${encodeURIComponent(text)}`)).toEqual([['StudyDescription', text]])
        expect(queryParameters(new URLSearchParams({ StudyDescription: text }).toString())).toEqual([['StudyDescription', text]])
      }),
    )
  })
})

/** Query, what the refusal names. */
const refused: [string, string, SearchLevel, string][] = [
  ['an unknown attribute', 'PatientNam=x', 'study', 'PatientNam is not an attribute'],
  ['an unknown tag', '0009AAAA=x', 'study', '0009AAAA is not an attribute'],
  ['an attribute that is not searched by', 'KVP=70', 'instance', 'KVP (KVP) cannot be searched by'],
  ['an attribute that is not searched by, by tag', '00180060=70', 'instance', 'KVP (00180060) cannot be searched by'],
  ['a sequence itself', 'RequestAttributesSequence=1', 'series', 'RequestAttributesSequence is a sequence'],
  ['a path through what is no sequence', 'PatientID.CodeValue=1', 'study', 'PatientID in PatientID.CodeValue is no sequence'],
  ['a path to nothing known', 'RequestAttributesSequence.Nonsense=1', 'series', 'RequestAttributesSequence.Nonsense is not an attribute'],
  ['a path without end', `RequestAttributesSequence${'.RequestAttributesSequence'.repeat(9)}=1`, 'series', 'goes deeper'],
  ['a path twice', '00400275.00400009=1&RequestAttributesSequence.00400009=2', 'series', 'ScheduledProcedureStepID is given 2 times'],
  ['several values where one is allowed', 'PatientID=1%5C2', 'study', 'PatientID takes one value'],
  ['several names', 'PatientName=a*%5Cb&multiplevaluematching=true', 'study', 'PatientName takes one value'],
  ['a moment that is none', 'AcquisitionDateTime=20261301', 'instance', 'AcquisitionDateTime must be YYYYMMDDHHMMSS'],
  ['a weight that is no number', 'PatientWeight=heavy', 'study', 'PatientWeight must be a number'],
  ['an offset from UTC that is none', 'TimezoneOffsetFromUTC=CST', 'study', 'TimezoneOffsetFromUTC must be one offset'],
  ['an order of two directions', 'orderby=-StudyDate:asc', 'study', 'orderby must be attributes'],
  ['an order by a sequence', 'orderby=RequestAttributesSequence', 'series', 'RequestAttributesSequence has no order'],
  ['an order by very much', `orderby=${'StudyDate,'.repeat(9)}`, 'study', 'at most 8'],
  ['cursor and offset together', 'cursor=abc&offset=1', 'study', 'only one of them'],
  ['another character set', 'charset=gbk', 'study', 'UTF-8'],
  ['an attribute of a lower level', 'Modality=CT', 'study', 'ModalitiesInStudy'],
  ['an attribute of a lower level', 'SOPInstanceUID=1.2', 'series', 'SOPInstanceUID is an attribute of the instance'],
  ['a date that is none', 'StudyDate=2026-01-02', 'study', 'StudyDate must be YYYYMMDD'],
  ['an endless date range', 'StudyDate=-', 'study', 'StudyDate'],
  ['a limit that is no number', 'limit=many', 'study', 'limit must be a whole number'],
  ['a negative offset', 'offset=-1', 'study', 'offset'],
  ['an offset far out', 'offset=10001', 'study', 'offset must be at most 10000'],
  ['a flag that is none', 'fuzzymatching=yes', 'study', 'fuzzymatching must be true or false'],
  ['an unknown includefield', 'includefield=Nonsense', 'study', 'Nonsense'],
  ['an unknown orderby', 'orderby=Nonsense', 'study', 'Nonsense'],
  ['a key twice', 'PatientID=1&00100020=2', 'study', 'PatientID is given 2 times'],
  ['another encoding than UTF-8', 'PatientName=%D5%C5', 'study', 'not percent-encoded UTF-8'],
  ['a number that is none', 'SeriesNumber=one', 'series', 'SeriesNumber must be a whole number'],
]

describe('refusals', () => {
  test.each(refused)('%s: %s', (_, text, level, sentence) => {
    expect(() => parseQuery(text, level)).toThrow(BadRequest)
    expect(() => parseQuery(text, level)).toThrow(sentence)
  })

  test('any text is a query or refused', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        try {
          parseQuery(text, 'instance')
        } catch (error) {
          expect(error).toBeInstanceOf(BadRequest)
        }
      }),
    )
  })
})

describe('pieces', () => {
  test('limit is at most 1,000, offset begins at 0', () => {
    expect(parseQuery('', 'study')).toEqual({ matches: [], include: new Set(), limit: 1000, offset: 0, order: [] })
    expect(parseQuery('limit=5000&offset=10000', 'study')).toMatchObject({ limit: 1000, offset: 10_000 })
  })

  test('order by several attributes, descending by a minus', () => {
    expect(parseQuery('orderby=-StudyDate,00100010', 'study').order).toEqual([
      { keyword: 'StudyDate', descending: true },
      { keyword: 'PatientName', descending: false },
    ])
  })

  test('order in words, repeated, by what is counted', () => {
    expect(parseQuery('orderby=StudyDate:desc,00100010%20asc&orderby=+NumberOfStudyRelatedInstances', 'study').order).toEqual([
      { keyword: 'StudyDate', descending: true },
      { keyword: 'PatientName', descending: false },
      { keyword: 'NumberOfStudyRelatedInstances', descending: false },
    ])
  })

  test('TimezoneOffsetFromUTC says in which zone the dates are meant, and is no key', () => {
    expect(parseQuery('TimezoneOffsetFromUTC=%2B0800&StudyDate=20260301', 'study')).toMatchObject({
      zone: '+0800',
      matches: [{ keyword: 'StudyDate' }],
    })
    expect(parseQuery('00080201=+0800', 'study')).toMatchObject({ zone: '+0800', matches: [] })
    expect(parseQuery('00080201=-0330', 'study').zone).toBe('-0330')
  })

  test('includefield by path and of private attributes', () => {
    expect(parseQuery('includefield=RequestAttributesSequence.ScheduledProcedureStepID,00091001', 'series').include).toEqual(
      new Set(['00400275', '00091001']),
    )
  })

  test('includefield in lists, repeated, by keyword and tag, all', () => {
    expect(parseQuery('includefield=PatientName,00080050&includefield=StudyDate', 'series').include).toEqual(
      new Set(['00100010', '00080050', '00080020']),
    )
    expect(parseQuery('includefield=StudyDate&includefield=all', 'series').include).toBe('all')
  })
})
