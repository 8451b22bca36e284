import { describe, expect, test } from 'vitest'
import { ElementParser, type ElementSink } from '../../../archive/dicom/element-parser.ts'
import { vrOf } from '../../../archive/dicom/value-representations.ts'
import {
  type Encoding,
  element,
  encapsulated,
  header,
  Item,
  ItemDelimitation,
  marker,
  SequenceDelimitation,
  sequence,
  undefinedLength,
  us,
} from '../../support/dataset.ts'

/** What the parser tells, a line each. */
function told(bytes: Buffer, { implicit = false, bigEndian = false }: Encoding = {}): string[] {
  const lines: string[] = []
  const hex = (tag: number) => tag.toString(16).padStart(8, '0')
  const sink: ElementSink = {
    implied: (tag) => vrOf(tag === 0x00081140 ? 'SQ' : tag === 0x00100020 ? 'LO' : tag === 0x00280010 ? 'US' : 'UN'),
    wants: (_, __, length) => length <= 8,
    value: (tag, vr, value, start, end, offset, big) =>
      lines.push(`${hex(tag)} ${vr.name} @${offset} ${value.toString('latin1', start, end)}${big ? ' big' : ''}`),
    passes: (tag, vr, offset, length) => lines.push(`${hex(tag)} ${vr.name} @${offset} passes ${length}`),
    beginSequence: (tag) => lines.push(`${hex(tag)} [`),
    beginItem: () => lines.push('{'),
    endItem: () => lines.push('}'),
    endSequence: () => lines.push(']'),
    beginFragments: (tag, vr, offset) => lines.push(`${hex(tag)} ${vr.name} fragments @${offset}`),
    basicOffsetTable: (_, start, end) => lines.push(`offset table of ${end - start}`),
    fragment: (offset, length, _, __, available) => lines.push(`fragment @${offset} ${length} (${available})`),
    endFragments: (offset) => lines.push(`end of fragments @${offset}`),
  }
  const parser = new ElementParser(sink, { implicit, bigEndian })
  parser.write(bytes)
  parser.end()
  return lines
}

const id = element(0x00100020, 'LO', 'AB')
const refusal = (bytes: Buffer, encoding?: Encoding) => {
  try {
    return told(bytes, encoding)
  } catch (error) {
    return (error as Error).message
  }
}

describe('elements, sequences and items (PS3.5 §7)', () => {
  test('short and long headers, empty values, values that pass by', () => {
    expect(
      told(
        Buffer.concat([id, element(0x00100021, 'LO', ''), element(0x00420011, 'OB', Buffer.alloc(100)), element(0x00420012, 'LO', 'C ')]),
      ),
    ).toEqual(['00100020 LO @8 AB', '00100021 LO @18 ', '00420011 OB @30 passes 100', '00420012 LO @138 C '])
  })

  test.each([true, false])('sequences in sequences, empty ones, empty items (lengths defined: %s)', (defined) => {
    const inner = sequence(0x00081140, [Buffer.alloc(0), id], { defined })
    const lines = told(
      Buffer.concat([sequence(0x00081140, [inner, Buffer.alloc(0)], { defined }), sequence(0x00081150, [], { defined }), id]),
    )
    expect(lines.map((line) => line.replace(/ @\d+/, ''))).toEqual([
      '00081140 [',
      '{',
      '00081140 [',
      '{',
      '}',
      '{',
      '00100020 LO AB',
      '}',
      ']',
      '}',
      '{',
      '}',
      ']',
      '00081150 [',
      ']',
      '00100020 LO AB',
    ])
  })

  test('implicit VR: the dictionary says what it is, an unknown element of undefined length is a sequence', () => {
    const implicit = { implicit: true }
    const bytes = Buffer.concat([
      sequence(0x00081140, [element(0x00100020, 'LO', 'AB', implicit)], implicit),
      sequence(0x00091001, [element(0x00091002, '', 'xy', implicit)], implicit),
    ])
    expect(told(bytes, implicit)).toEqual([
      '00081140 [',
      '{',
      '00100020 LO @24 AB',
      '}',
      ']',
      '00091001 [',
      '{',
      '00091002 UN @66 xy',
      '}',
      ']',
    ])
  })

  test('UN of undefined length is a sequence in implicit little endian (CP-246), in big endian too', () => {
    const content = [
      marker(Item, undefinedLength),
      element(0x00100020, '', 'AB', { implicit: true }),
      marker(ItemDelimitation, 0),
      marker(SequenceDelimitation, 0),
    ]
    const lines = ['00091001 [', '{', '00100020 LO @28 AB', '}', ']']
    expect(told(Buffer.concat([header(0x00091001, 'UN', undefinedLength), ...content]))).toEqual(lines)
    const big = { bigEndian: true }
    expect(told(Buffer.concat([header(0x00091001, 'UN', undefinedLength, big), ...content, us(0x00280010, 1, big)]), big)).toEqual([
      ...lines,
      '00280010 US @54 \0\u0001 big',
    ])
  })

  test('a public attribute that travelled as UN is what the dictionary says, in little endian', () => {
    expect(told(header(0x00100020, 'UN', 0))).toEqual(['00100020 LO @12 '])
    expect(told(element(0x00280010, 'UN', Buffer.from([1, 0]), { bigEndian: true }), { bigEndian: true })).toEqual([
      '00280010 US @12 \u0001\0',
    ])
  })

  test('a sequence that travelled as UN with a length stays bytes', () => {
    expect(told(header(0x00081140, 'UN', 0))).toEqual(['00081140 UN @12 '])
  })

  test('fragments: offset table, heads, the bytes of a delimiter inside one', () => {
    const inside = marker(SequenceDelimitation, 0)
    expect(told(encapsulated([inside, Buffer.alloc(2), Buffer.alloc(0)], { offsets: [0] }))).toEqual([
      '7fe00010 OB fragments @12',
      'offset table of 4',
      'fragment @24 8 (4)',
      'fragment @40 2 (2)',
      'fragment @50 0 (0)',
      'end of fragments @58',
    ])
  })

  test('a few zero bytes at the end are padding', () => {
    expect(told(Buffer.concat([id, Buffer.alloc(5)]))).toEqual(told(id))
  })
})

describe('bytes that contradict themselves are refused with attribute and place', () => {
  const item = (content: Buffer, length = content.length) => Buffer.concat([marker(Item, length), content])
  test.each([
    [
      'a value longer than its item',
      Buffer.concat([header(0x00081140, 'SQ', 16), item(header(0x00100020, 'LO', 4))]),
      /\(0010,0020\) PatientID at byte 20 announces 4 bytes, but .*ReferencedImageSequence.* ends after 0/,
    ],
    [
      'an item longer than its sequence',
      Buffer.concat([header(0x00081140, 'SQ', 10), marker(Item, 100)]),
      /holds an item of 100 bytes, but ends after 2/,
    ],
    [
      'a header that its item cuts',
      Buffer.concat([header(0x00081140, 'SQ', 12), item(Buffer.alloc(4)), id]),
      /begins 4 bytes before the end/,
    ],
    [
      'an element where an item must be',
      Buffer.concat([header(0x00081140, 'SQ', undefinedLength), id]),
      /\(0010,0020\) PatientID at byte 12 stands inside/,
    ],
    ['an item outside a sequence', marker(Item, 0), /stands outside any sequence/],
    ['a delimiter outside a sequence', Buffer.concat([id, marker(SequenceDelimitation, 0)]), /at byte 10 stands outside/],
    [
      'an item delimiter in an item of given length',
      Buffer.concat([header(0x00081140, 'SQ', undefinedLength), item(marker(ItemDelimitation, 0))]),
      /stands inside/,
    ],
    ['a text of undefined length', header(0x00100020, 'UT', undefinedLength), /undefined length, which UT cannot have/],
    ['no VR', Buffer.from('10002000010203040000', 'hex'), /PatientID at byte 0 has no value representation/],
    [
      'a fragment of undefined length',
      Buffer.concat([header(0x7fe00010, 'OB', undefinedLength), marker(Item, 0), marker(Item, undefinedLength)]),
      /fragment of undefined length/,
    ],
    [
      'a sequence that is not closed',
      Buffer.concat([header(0x00081140, 'SQ', undefinedLength), marker(Item, 0)]),
      /breaks off at byte 20, inside \(0008,1140\) ReferencedImageSequence: it is not closed/,
    ],
    ['half a header', Buffer.concat([id, Buffer.from([8, 0, 0x18])]), /breaks off at byte 10, inside the header/],
    ['half a value', id.subarray(0, 9), /inside \(0010,0020\) PatientID: 1 more bytes/],
    ['half a long value', element(0x00420011, 'OB', Buffer.alloc(100)).subarray(0, 50), /EncapsulatedDocument: 62 more bytes/],
  ])('%s', (_, bytes, sentence) => {
    expect(refusal(bytes)).toMatch(sentence)
  })
})
