import { createHash } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Header, HeaderReader, type HeaderReaderOptions } from '../../../archive/dicom/header-reader.ts'
import { inflateFragment, isOnDemand } from '../../../archive/dicom/metadata-json.ts'
import { IdentityMissing, LimitExceeded, NotUnderstood, SOPClassNotSupported, TransferSyntaxNotSupported } from '../../../archive/errors.ts'
import { element, encapsulated, header, image, instance, part10, sequence, uids, us } from '../../support/dataset.ts'

function read(bytes: Buffer, options: Partial<HeaderReaderOptions> = {}): Header {
  const reader = new HeaderReader({ publicPath: '', ...options })
  reader.write(bytes)
  return reader.end()
}

const jsonOf = (found: Header) => JSON.parse(inflateFragment(found.metadata).toString('utf8'))
const bulkURI = (path: string, publicPath = '') =>
  `${publicPath}/dicomweb/studies/${uids.StudyInstanceUID}/series/${uids.SeriesInstanceUID}/instances/${uids.SOPInstanceUID}/bulkdata/${path}`
const pixels = (length: number) => element(0x7fe00010, 'OW', Buffer.alloc(length, 7))

describe('an instance', () => {
  const dataset = instance({
    before: [element(0x00100010, 'PN', 'Zhang^San'), element(0x00100020, 'LO', ' 4711 ')],
    after: [...image(), pixels(8)],
  })
  const file = part10(dataset)

  test('is who its data set says it is', () => {
    expect(read(file)).toMatchObject({ ...uids, TransferSyntaxUID: '1.2.840.10008.1.2.1' })
  })

  test('has the digests of the file and of the data set, and where that begins', () => {
    const found = read(file)
    expect(Buffer.from(found.fileSHA256)).toEqual(createHash('sha256').update(file).digest())
    expect(Buffer.from(found.datasetSHA256)).toEqual(createHash('sha256').update(dataset).digest())
    expect(found.datasetOffset).toBe(file.length - dataset.length)
  })

  test('says its values to the index: text without padding, null where there is none', () => {
    expect(read(file).values).toMatchObject({
      patient_name: 'Zhang^San',
      patient_id: '4711',
      rows: '2',
      study_description: null,
      study_date: null,
    })
    expect(read(file).nameKeys).toContain('zs')
  })

  test('has the JSON of each level, the patient with the study', () => {
    const { json } = read(file)
    expect(JSON.parse(json.study)).toEqual({
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Zhang^San' }] },
      '00100020': { vr: 'LO', Value: ['4711'] },
      '0020000D': { vr: 'UI', Value: [uids.StudyInstanceUID] },
    })
    expect(JSON.parse(json.series)).toEqual({ '0020000E': { vr: 'UI', Value: [uids.SeriesInstanceUID] } })
    expect(JSON.parse(json.instance)).toMatchObject({
      '00280010': { vr: 'US', Value: [2] },
      '00080018': { vr: 'UI', Value: [uids.SOPInstanceUID] },
    })
  })

  test('has one layout for its pixels, and they are bulk data', () => {
    const found = read(file, { publicPath: '/archive' })
    const offset = file.length - 8
    expect(found.pixels).toEqual({
      kind: 'native',
      offset,
      length: 8,
      NumberOfFrames: 1,
      bitsPerFrame: 64,
      BitsAllocated: 16,
      vr: 'OW',
      bigEndian: false,
      frameTable: null,
      unavailable: null,
    })
    expect(found.bulk).toEqual([{ path: '7FE00010', vr: 'OW', offset, length: 8 }])
    expect(jsonOf(found)['7FE00010']).toEqual({ vr: 'OW', BulkDataURI: bulkURI('7FE00010', '/archive') })
  })

  test.each([
    ['dates and times of ACR-NEMA', element(0x00080020, 'DA', '1997.04.24'), 'study_date', '19970424'],
    ['a date that is none', element(0x00080020, 'DA', '***'), 'study_date', null],
    ['a time with colons', element(0x00080030, 'TM', '10:20:30'), 'study_time', '102030'],
    ['a number with a sign', element(0x00200013, 'IS', '+007'), 'instance_number', '7'],
    ['a number that is none', element(0x00200013, 'IS', 'abc'), 'instance_number', null],
    ['a name of delimiters', element(0x00100010, 'PN', '^^^^'), 'patient_name', null],
    ['a name with empty groups', element(0x00100010, 'PN', 'A^B^=='), 'patient_name', 'A^B'],
    ['a NUL within a text', element(0x00100020, 'LO', 'A\0B'), 'patient_id', 'AB'],
    ['a text as long as no number is', element(0x00100020, 'LO', '9'.repeat(5000)), 'patient_id', '9'.repeat(512)],
  ])('is compared by canonical values: %s', (_, attribute, column, value) => {
    expect(read(part10(instance({ before: [attribute] }))).values[column]).toBe(value)
  })

  test('is known before its pixels come', () => {
    const reader = new HeaderReader({ publicPath: '' })
    reader.write(file.subarray(0, -60))
    expect(reader.identity).toMatchObject(uids)
  })

  test('may say other UIDs in File Meta: those of the data set count', () => {
    const other = Buffer.from(file)
    other.write('1.2.3.4.6', other.indexOf('1.2.3.4.5'), 'latin1')
    expect(read(other).SOPInstanceUID).toBe('1.2.3.4.5')
  })

  test('may come deflated; offsets are then within the inflated data set', () => {
    const found = read(part10(Buffer.concat([deflateRawSync(dataset), Buffer.alloc(1)]), '1.2.840.10008.1.2.1.99'))
    expect(found).toMatchObject({
      ...uids,
      bulk: [{ path: '7FE00010', offset: dataset.length - 8 }],
      pixels: { kind: 'deflated', offset: dataset.length - 8 },
    })
  })

  test.each([
    ['implicit little endian', '1.2.840.10008.1.2', { implicit: true }],
    ['explicit big endian', '1.2.840.10008.1.2.2', { bigEndian: true }],
  ])('may come in %s: the same values', (_, syntax, encoding) => {
    const found = read(
      part10(instance({ encoding, after: [...image(1, encoding), element(0x7fe00010, 'OW', Buffer.alloc(8), encoding)] }), syntax),
    )
    expect(found).toMatchObject({ ...uids, values: { rows: '2', bits_allocated: '16', number_of_frames: '1' } })
    expect(jsonOf(found)['00280100']).toEqual({ vr: 'US', Value: [16] })
  })

  test('may have elements out of order; its JSON has them in order, and the first of two equal ones', () => {
    const found = read(
      part10(
        Buffer.concat([
          element(0x0020000d, 'UI', uids.StudyInstanceUID),
          instance({ after: [element(0x00100020, 'LO', 'A'), element(0x00100020, 'LO', 'B')] }),
        ]),
      ),
    )
    const tags = Object.keys(jsonOf(found))
    expect(tags).toEqual([...tags].sort())
    expect(jsonOf(found)['00100020'].Value).toEqual(['A'])
    expect(found.values.patient_id).toBe('A')
  })
})

describe('DICOM JSON (PS3.18 Annex F)', () => {
  const json = (...after: Buffer[]) => jsonOf(read(part10(instance({ after }))))
  test('values over 256 bytes stand outside, wherever they are, before the UIDs too', () => {
    const long = Buffer.alloc(258, 1)
    const found = read(
      part10(
        instance({
          before: [
            sequence(0x00081140, [element(0x00420011, 'OB', long), element(0x00420011, 'OB', long)]),
            element(0x00091001, 'UN', long),
          ],
          after: [element(0x00420011, 'OB', long.subarray(0, 256))],
        }),
      ),
    )
    const result = jsonOf(found)
    expect(result['00081140'].Value[1]['00420011']).toEqual({ vr: 'OB', BulkDataURI: bulkURI('00081140/1/00420011') })
    expect(result['00091001']).toEqual({ vr: 'UN', BulkDataURI: bulkURI('00091001') })
    expect(result['00420011']).toEqual({ vr: 'OB', InlineBinary: long.subarray(0, 256).toString('base64') })
    expect(found.bulk.map(({ path, length }) => [path, length])).toEqual([
      ['00081140/0/00420011', 258],
      ['00081140/1/00420011', 258],
      ['00091001', 258],
    ])
  })

  test('a report of some pages stays in the JSON, a text beyond 64 KiB does not', () => {
    const result = json(element(0x0040a160, 'UT', 'x'.repeat(1000)), element(0x0040db76, 'UT', 'x'.repeat(65538)))
    expect(result['0040A160'].Value[0]).toHaveLength(1000)
    expect(result['0040DB76'].BulkDataURI).toBe(bulkURI('0040DB76'))
  })

  test('group lengths are left out', () => {
    expect(Object.keys(json(element(0x00280000, 'UL', Buffer.from([4, 0, 0, 0]))))).not.toContain('00280000')
  })

  test('the character set is that of JSON; the one of the data set is kept beside', () => {
    const found = read(
      part10(
        Buffer.concat([element(0x00080005, 'CS', 'GB18030'), instance({ after: [element(0x00204000, 'LT', Buffer.from([0xd6, 0xd0]))] })]),
      ),
    )
    expect(jsonOf(found)).toMatchObject({ '00080005': { vr: 'CS', Value: ['ISO_IR 192'] }, '00204000': { vr: 'LT', Value: ['中'] } })
    expect(found.characterSet).toEqual({ declared: 'GB18030', used: 'GB18030', repaired: false })
  })

  test('undeclared GBK is repaired, marked, and declared in the JSON', () => {
    const name = Buffer.from('d5c55ec8fd20', 'hex')
    const found = read(part10(instance({ before: [element(0x00100010, 'PN', name)] })))
    expect(found.characterSet).toEqual({ declared: null, used: 'GB18030', repaired: true })
    expect(found.values.patient_name).toBe('张^三')
    expect(Object.keys(jsonOf(found))[0]).toBe('00080005')
  })

  test('an item may have a character set of its own', () => {
    const item = Buffer.concat([element(0x00080005, 'CS', 'ISO_IR 192'), element(0x00080104, 'LO', Buffer.from('中文', 'utf8'))])
    const plain = element(0x00080104, 'LO', Buffer.from('d6d0', 'hex'))
    const found = read(
      part10(Buffer.concat([element(0x00080005, 'CS', 'GB18030'), instance({ before: [sequence(0x00081032, [item, plain])] })])),
    )
    expect(jsonOf(found)['00081032'].Value.map((one: Record<string, unknown>) => one['00080104'])).toEqual([
      { vr: 'LO', Value: ['中文'] },
      { vr: 'LO', Value: ['中'] },
    ])
  })

  test('JSON that is too long is not kept: it is made on demand', () => {
    const file = part10(instance({ before: [element(0x00100010, 'PN', 'A^B')], after: [element(0x00204000, 'LT', 'x'.repeat(500))] }))
    const found = read(file, { limits: { json: 600 } })
    expect(isOnDemand(found.metadata)).toBe(true)
    expect(found.values.patient_name).toBe('A^B')
    expect(JSON.parse(found.json.study)['00100010'].Value).toEqual([{ Alphabetic: 'A^B' }])
  })

  test('attributes that follow the Pixel Representation are signed with it in implicit VR', () => {
    const implicit = { implicit: true }
    const minusOne = Buffer.from([0xff, 0xff])
    const found = read(
      part10(
        instance({ encoding: implicit, after: [us(0x00280103, 1, implicit), element(0x00280106, 'US', minusOne, implicit)] }),
        '1.2.840.10008.1.2',
      ),
    )
    expect(jsonOf(found)['00280106']).toEqual({ vr: 'SS', Value: [-1] })
  })
})

describe('what cannot be identified is refused, naming the attribute', () => {
  const refusal = (bytes: Buffer, options?: Partial<HeaderReaderOptions>): unknown => {
    try {
      return read(bytes, options)
    } catch (error) {
      return error
    }
  }
  const without = (keyword: keyof typeof uids) => {
    const tags = { SOPClassUID: 0x00080016, SOPInstanceUID: 0x00080018, StudyInstanceUID: 0x0020000d, SeriesInstanceUID: 0x0020000e }
    return part10(
      Buffer.concat(Object.entries(tags).map(([name, tag]) => element(tag, 'UI', name === keyword ? '' : uids[name as keyof typeof uids]))),
    )
  }

  test.each(Object.keys(uids) as (keyof typeof uids)[])('%s is missing', (keyword) => {
    const error = refusal(without(keyword))
    expect(error).toBeInstanceOf(IdentityMissing)
    expect((error as IdentityMissing).attribute).toContain(keyword)
  })

  test.each([
    ['65 characters', `1.${'2'.repeat(63)}`, /65 characters/],
    ['hexadecimal', '1.2.abc', /digits and single dots/],
    ['two dots', '1..2', /digits and single dots/],
    ['two values', '1.2\\1.3', /digits and single dots/],
    ['markup', '<script>', /digits and single dots/],
  ])('a UID of %s', (_, uid, reason) => {
    const file = part10(Buffer.concat([element(0x00080016, 'UI', uids.SOPClassUID), element(0x00080018, 'UI', uid)]))
    const error = refusal(file) as IdentityMissing
    expect(error).toBeInstanceOf(IdentityMissing)
    expect(error.message).toMatch(reason)
    expect(error.attribute).toBe('(0008,0018) SOPInstanceUID')
  })

  test('a UID padded with spaces or with leading zeros in a component is one', () => {
    const file = part10(instance())
    expect(read(Buffer.from(file.toString('latin1').replaceAll('1.2.3.4.5\0', '1.02.3.04 '), 'latin1')).SOPInstanceUID).toBe('1.02.3.04')
  })

  test('identity that does not come in the first MiB', () => {
    const reader = new HeaderReader({ publicPath: '' })
    reader.write(part10(Buffer.concat([element(0x00080016, 'UI', uids.SOPClassUID), header(0x00091001, 'UN', 3 << 20)])))
    expect(() => {
      for (let i = 0; i < 40; i++) reader.write(Buffer.alloc(64 << 10))
    }).toThrow(LimitExceeded)
    expect(reader.length).toBeLessThan((1 << 20) + (128 << 10))
  })

  test('identity that does not come before the pixels', () => {
    const reader = new HeaderReader({ publicPath: '' })
    const file = part10(Buffer.concat([element(0x00080016, 'UI', uids.SOPClassUID), header(0x7fe00010, 'OW', 1 << 30)]))
    expect(() => reader.write(file)).toThrow(IdentityMissing)
  })

  test('no transfer syntax, and one that is not stored', () => {
    expect(refusal(part10(instance(), ''))).toMatchObject({ attribute: '(0002,0010) TransferSyntaxUID' })
    expect(refusal(part10(instance(), '1.2.840.10008.1.2.4.94'))).toBeInstanceOf(TransferSyntaxNotSupported)
  })

  test('a SOP class without a patient', () => {
    const file = part10(element(0x00080016, 'UI', '1.2.840.10008.5.1.4.38.1'))
    expect(refusal(file)).toBeInstanceOf(SOPClassNotSupported)
    expect((refusal(file) as Error).message).toContain('Hanging Protocol Storage')
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello')],
    ['zeros', Buffer.alloc(4096)],
    ['a preamble and nothing more', part10(Buffer.alloc(0)).subarray(0, 132)],
    ['half of File Meta', part10(Buffer.alloc(0)).subarray(0, 200)],
  ])('%s', (_, bytes) => {
    expect(refusal(bytes)).toBeInstanceOf(NotUnderstood)
  })

  test('every truncation that cuts an element', () => {
    const file = part10(instance({ before: [sequence(0x00081140, [element(0x00081155, 'UI', '1.2')])], after: [...image(), pixels(8)] }))
    const whole = new Set<number>()
    for (let end = 0; end < file.length; end++) {
      const result = refusal(file.subarray(0, end))
      if (!(result instanceof NotUnderstood)) whole.add(end)
    }
    // Cut exactly behind an element there is nothing wrong, until Rows and Columns ask for pixels.
    expect(whole.size).toBeLessThan(12)
  })
})

describe('pixels', () => {
  const refusal = (after: Buffer[], syntax?: string) => () => read(part10(instance({ after }), syntax))

  test('are missing where Rows and Columns describe an image', () => {
    expect(refusal(image())).toThrow(/PixelData is missing/)
  })

  test('are fewer than the frames need', () => {
    expect(refusal([...image(3), pixels(22)])).toThrow(/22 bytes, but 3 frames of 64 bits need 24/)
  })

  test('are more than needed: kept, and the frames are the first ones', () => {
    expect(read(part10(instance({ after: [...image(2), pixels(100)] }))).pixels).toMatchObject({
      length: 100,
      NumberOfFrames: 2,
      unavailable: null,
    })
  })

  test('without a description are kept, their frames unavailable', () => {
    expect(read(part10(instance({ after: [pixels(100)] }))).pixels?.unavailable).toContain('Rows')
  })

  test('without the delimiter of their sequence are refused', () => {
    expect(refusal([...image(), encapsulated([Buffer.alloc(10)], { end: false })], '1.2.840.10008.1.2.4.50')).toThrow(
      /sequence delimiter is missing/,
    )
  })

  test('encapsulated in a native transfer syntax are refused', () => {
    expect(refusal([...image(), encapsulated([Buffer.alloc(10)])])).toThrow(
      /is encapsulated, which Explicit VR Little Endian does not allow/,
    )
  })

  test('encapsulated have a table of frames', () => {
    const found = read(
      part10(instance({ after: [...image(2), encapsulated([Buffer.alloc(10), Buffer.alloc(20)])] }), '1.2.840.10008.1.2.5'),
    )
    expect(found.pixels).toMatchObject({ kind: 'encapsulated', bitsPerFrame: 0, unavailable: null })
    expect(found.pixels?.frameTable).toHaveLength(32)
  })

  test('of an icon are bulk data and not the pixels of the instance', () => {
    const icon = sequence(0x00880200, [Buffer.concat([...image(), element(0x7fe00010, 'OW', Buffer.alloc(300))])])
    const found = read(part10(instance({ after: [icon] })))
    expect(found.pixels).toBeNull()
    expect(found.bulk).toMatchObject([{ path: '00880200/0/7FE00010', length: 300 }])
  })

  test('zeros behind the data set are padding, however many', () => {
    expect(jsonOf(read(Buffer.concat([part10(instance()), Buffer.alloc(2051)])))).toEqual(jsonOf(read(part10(instance()))))
  })

  test('a header goes on behind them', () => {
    const found = read(part10(instance({ after: [...image(), pixels(8), element(0xfffcfffc, 'OB', Buffer.alloc(10))] })))
    expect(jsonOf(found).FFFCFFFC.vr).toBe('OB')
  })
})
