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
  ['an attribute that is not searched by', 'PatientWeight=70', 'study', 'PatientWeight (PatientWeight) cannot be searched by'],
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

  test('includefield in lists, repeated, by keyword and tag, all', () => {
    expect(parseQuery('includefield=PatientName,00080050&includefield=StudyDate', 'series').include).toEqual(
      new Set(['00100010', '00080050', '00080020']),
    )
    expect(parseQuery('includefield=StudyDate&includefield=all', 'series').include).toBe('all')
  })
})
