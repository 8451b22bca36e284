/** Content negotiation: PS3.18 §8.7.5. */
import { describe, expect, test } from 'vitest'
import { NotAcceptable } from '../../../archive/errors.ts'
import { acceptOf, nameOf, negotiate, type Offer } from '../../../gateway/dicomweb/accept.ts'
import { parseMediaType, parseMediaTypes } from '../../../gateway/dicomweb/media-type.ts'

const dicomParts: Offer = { mediaType: 'application/dicom', multipart: true, TransferSyntaxUID: '1.2.840.10008.1.2.4.70' }
const dicom: Offer = { ...dicomParts, multipart: false }
const htj2k: Offer = { mediaType: 'image/jphc', multipart: true, TransferSyntaxUID: '1.2.840.10008.1.2.4.202' }
const storedBytes: Offer = {
  mediaType: 'application/octet-stream',
  multipart: true,
  TransferSyntaxUID: '1.2.840.10008.1.2.4.202',
  unlessNamed: false,
}
const json: Offer = { mediaType: 'application/dicom+json', multipart: false }
const jpeg: Offer = { mediaType: 'image/jpeg', multipart: false }
const png: Offer = { mediaType: 'image/png', multipart: false }

const chosen = (accept: string | undefined, ...offers: Offer[]) => negotiate(acceptOf(undefined, accept), offers)

describe('media types', () => {
  test('are read with quotes, without quotes, in lists, in any case', () => {
    expect(parseMediaType('Multipart/Related; Type="application/dicom"; boundary="a,b;c\\"d"')).toEqual({
      name: 'multipart/related',
      parameters: new Map([
        ['type', 'application/dicom'],
        ['boundary', 'a,b;c"d'],
      ]),
    })
    const list = parseMediaTypes('multipart/related;type=application/octet-stream;transfer-syntax=*, text/html;q=0.1,')
    expect(list.map(({ name }) => name)).toEqual(['multipart/related', 'text/html'])
    expect(list[0]!.parameters.get('type')).toBe('application/octet-stream')
  })

  test('what is no media type is left out', () => {
    expect(parseMediaTypes('nonsense, , ;;, text/html')).toHaveLength(1)
    expect(parseMediaType(undefined)).toBeUndefined()
  })
})

/** Accept, the offers, the one chosen (undefined: 406). */
const table: [string, string | undefined, Offer[], Offer | undefined][] = [
  ['no Accept gives the default', undefined, [dicomParts, dicom], dicomParts],
  ['an empty Accept gives the default', '', [dicomParts, dicom], dicomParts],
  ['*/* gives the default', '*/*', [dicomParts, dicom], dicomParts],
  ['a quoted type', 'multipart/related; type="application/dicom"', [dicom, dicomParts], dicomParts],
  ['an unquoted type', 'multipart/related; type=application/dicom; transfer-syntax=*', [dicom, dicomParts], dicomParts],
  ['multipart/related of no type', 'multipart/related', [dicom, dicomParts], dicomParts],
  ['single part', 'application/dicom', [dicomParts, dicom], dicom],
  ['single part of any transfer syntax', 'application/dicom; transfer-syntax=*', [dicomParts, dicom], dicom],
  ['the stored transfer syntax by name', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.70', [dicomParts, dicom], dicom],
  ['another transfer syntax', 'application/dicom; transfer-syntax=1.2.840.10008.1.2.4.90', [dicomParts, dicom], undefined],
  ['a type that is not offered', 'text/html', [json], undefined],
  ['weights decide', 'image/jpeg; q=0.5, image/png; q=0.9', [jpeg, png], png],
  ['a weight of 0 excludes', 'image/png; q=0, image/*', [png, jpeg], jpeg],
  ['of equal weights the first named', 'image/png, image/jpeg', [jpeg, png], png],
  ['a browser', 'text/html,application/xhtml+xml,image/avif,image/webp,*/*;q=0.8', [jpeg, png], jpeg],
  ['the type of a part may be a range', 'multipart/related; type="image/*"', [jpeg, htj2k], htj2k],
  [
    "OHIF's frames, when the side copy is there",
    'multipart/related; type="image/jphc"; transfer-syntax=1.2.840.10008.1.2.4.202, multipart/related; type="application/octet-stream"; transfer-syntax=*; q=0.5',
    [storedBytes, htj2k],
    htj2k,
  ],
  ["OHIF's frames by default", 'multipart/related; type=application/octet-stream; transfer-syntax=*', [htj2k, storedBytes], storedBytes],
  [
    'octet-stream of no transfer syntax means uncompressed',
    'multipart/related; type="application/octet-stream"',
    [htj2k, storedBytes],
    undefined,
  ],
]

describe('negotiation', () => {
  test.each(table)('%s', (_, accept, offers, expected) => {
    if (expected === undefined) expect(() => chosen(accept, ...offers)).toThrow(NotAcceptable)
    else expect(chosen(accept, ...offers)).toBe(expected)
  })

  test('?accept= takes the place of the header', () => {
    expect(negotiate(acceptOf('image/png', 'image/jpeg'), [jpeg, png])).toBe(png)
  })

  test('a refusal names what can be had', () => {
    expect(() => chosen('text/html', dicomParts)).toThrow(
      'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.70',
    )
    expect(nameOf(jpeg)).toBe('image/jpeg')
  })
})
