import { describe, expect, test } from 'vitest'
import { attributeOf, followsPixelRepresentation, hexOf, nameOf, tagOf } from '../../../archive/dicom/dictionary.ts'
import { maximumFileMeta, parseFileMeta } from '../../../archive/dicom/file-meta.ts'
import { trimPadding } from '../../../archive/dicom/padding.ts'
import { fileMeta, ImplementationClassUID, ImplementationVersionName } from '../../../archive/dicom/part10.ts'
import { isImageSOPClass, isStorableSOPClass, nameOfSOPClass, storageSOPClasses } from '../../../archive/dicom/sop-classes.ts'
import { transferSyntaxes, transferSyntaxOf } from '../../../archive/dicom/transfer-syntaxes.ts'
import { isUID, newUID, trimUID } from '../../../archive/dicom/uid.ts'
import { vrOfBytes } from '../../../archive/dicom/value-representations.ts'
import { indexedAttributes } from '../../../storage/index/attributes.ts'
import { element } from '../../support/dataset.ts'

describe('UIDs (PS3.5 §9)', () => {
  test.each(['1.2.840.10008.1.2', '2.25.0', `1.${'2'.repeat(62)}`, '1.2.840.0001', '1'])('%s is one', (uid) =>
    expect(isUID(uid)).toBe(true),
  )
  test.each(['', '.', '1.', '.1', '1..2', '1.2a', ' 1.2', '1.2 ', `1.${'2'.repeat(63)}`, '1\\2', '١.٢'])('%j is none', (uid) =>
    expect(isUID(uid)).toBe(false),
  )
  test('padding is trimmed', () => expect(trimUID(' 1.2\0 \0')).toBe('1.2'))
  test('fresh ones are a UUID in decimal (B.2), all different', () => {
    expect(newUID('f81d4fae-7dec-11d0-a765-00a0c91e6bf6')).toBe('2.25.329800735698586629295641978511506172918')
    expect(isUID(newUID())).toBe(true)
    expect(newUID()).not.toBe(newUID())
  })
})

describe('transfer syntaxes', () => {
  test('every compressed one names its codec, and only those are encapsulated', () => {
    for (const { uid, encapsulated, codec, video } of transferSyntaxes.values()) {
      expect([uid, encapsulated]).toEqual([uid, codec !== null])
      expect([uid, video]).toEqual([uid, codec === 'mpeg'])
      expect(isUID(uid)).toBe(true)
    }
  })
  test('JPIP, retired JPEG processes and others are not stored', () => {
    for (const uid of ['1.2.840.10008.1.2.4.94', '1.2.840.10008.1.2.4.55', '1.2.840.10008.1.20', '1.2.3', ''])
      expect(transferSyntaxOf(uid)).toBeUndefined()
  })
})

describe('SOP classes', () => {
  test('are UIDs with a name, each once', () => {
    expect(storageSOPClasses.size).toBeGreaterThan(180)
    for (const [uid, name] of storageSOPClasses) expect([isUID(uid), name.length > 0, isStorableSOPClass(uid)]).toEqual([true, true, true])
  })
  test.each([
    '1.2.840.10008.1.3.10',
    '1.2.840.10008.5.1.4.39.1',
    '1.2.840.10008.5.1.4.38.1',
    '1.2.840.10008.5.1.4.1.1.200.1',
    '1.2.840.10008.5.1.4.1.1.201.1',
    '1.2.840.10008.1.1',
    '1.2.840.10008.5.1.4.31',
  ])('%s belongs to no study', (uid) => expect(isStorableSOPClass(uid)).toBe(false))
  test.each(['1.3.12.2.1107.5.9.1', '1.2.840.113619.4.26', '1.2.840.10008.5.1.4.1.1.999'])('%s, private or new, is stored', (uid) => {
    expect(isStorableSOPClass(uid)).toBe(true)
    expect(nameOfSOPClass(uid)).toBe(uid)
  })
  test('images need pixels, reports and plans do not', () => {
    expect(['1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.5.1.4.1.1.66.4'].map(isImageSOPClass)).toEqual([true, true])
    expect(['1.2.840.10008.5.1.4.1.1.88.11', '1.2.840.10008.5.1.4.1.1.481.5', '1.2.840.10008.5.1.4.1.1.66'].map(isImageSOPClass)).toEqual([
      false,
      false,
      false,
    ])
  })
})

describe('the dictionary', () => {
  test('knows every attribute of the index as the index does', () => {
    for (const { keyword, tag, vr } of indexedAttributes) expect(attributeOf(Number.parseInt(tag, 16))).toEqual({ keyword, tag, vr })
  })
  test('knows repeating groups and group lengths, not private ones', () => {
    expect(attributeOf(0x60023000)).toEqual({ keyword: 'OverlayData', vr: 'OW', tag: '60023000' })
    expect(attributeOf(0x50040010)?.vr).toBe('US')
    expect(attributeOf(0x00280000)?.vr).toBe('UL')
    expect(attributeOf(0x00290010)).toBeUndefined()
    expect(attributeOf(0x60013000)).toBeUndefined()
    expect(attributeOf(0xfffee000)).toBeUndefined()
  })
  test('tags and keywords lead to each other', () => {
    expect(tagOf('PatientName')).toBe(0x00100010)
    expect(tagOf('PixelData')).toBe(0x7fe00010)
    expect(tagOf('toString')).toBeUndefined()
    expect(hexOf(0x0020000d)).toBe('0020000D')
    expect(nameOf(0x0020000d)).toBe('(0020,000D) StudyInstanceUID')
    expect(nameOf(0x00091001)).toBe('(0009,1001)')
  })
  test('knows which attributes are signed with the pixels', () => {
    expect(followsPixelRepresentation(0x00280106)).toBe(true)
    expect(followsPixelRepresentation(0x00280010)).toBe(false)
  })
})

describe('value representations', () => {
  const of = (text: string) => vrOfBytes(text.charCodeAt(0), text.charCodeAt(1))
  test('long ones have a length of 32 bits', () => {
    expect(['OB', 'UT', 'SQ', 'UN', 'OV', 'SV', 'UV', 'UR', 'UC'].every((vr) => of(vr)?.long)).toBe(true)
    expect(['AT', 'DS', 'PN', 'US', 'LT'].some((vr) => of(vr)?.long)).toBe(false)
  })
  test('one that is not known yet is long, a placeholder short, and other bytes are none', () => {
    expect(of('ZZ')).toMatchObject({ name: 'UN', long: true })
    expect(of('??')).toMatchObject({ name: 'UN', long: false })
    expect(of('1x')).toBeUndefined()
  })
})

describe('File Meta Information (PS3.10 §7.1)', () => {
  const request = { SOPClassUID: '1.2.840.10008.5.1.4.1.1.2', SOPInstanceUID: '1.2.3', TransferSyntaxUID: '1.2.840.10008.1.2.1' }
  const meta = fileMeta({ ...request, sourceAETitle: 'CT1' })

  test('is read as it was written, and ends where it says', () => {
    expect(parseFileMeta(Buffer.concat([meta, Buffer.from([8, 0, 0x16, 0])]))).toEqual({
      MediaStorageSOPClassUID: request.SOPClassUID,
      MediaStorageSOPInstanceUID: request.SOPInstanceUID,
      TransferSyntaxUID: request.TransferSyntaxUID,
      end: meta.length,
    })
    expect(meta.readUInt32LE(140)).toBe(meta.length - 144)
    expect(meta.includes(ImplementationClassUID) && meta.includes(ImplementationVersionName)).toBe(true)
    expect([isUID(ImplementationClassUID), ImplementationVersionName.length <= 16]).toEqual([true, true])
  })

  test('says how many bytes it needs', () => {
    for (let length = 0; length < meta.length; length++) expect(parseFileMeta(meta.subarray(0, length))).toBeGreaterThan(length)
  })

  test.each([0, 1, 60, 4000])('a group length of %s instead does not matter', (wrong) => {
    const other = Buffer.from(meta)
    other.writeUInt32LE(wrong, 140)
    expect(parseFileMeta(Buffer.concat([other, Buffer.from([8, 0])]))).toMatchObject({ end: meta.length })
  })

  test('a deflated data set that looks like group 2 is not File Meta', () => {
    const deflated = fileMeta({ ...request, TransferSyntaxUID: '1.2.840.10008.1.2.1.99' })
    expect(parseFileMeta(Buffer.concat([deflated, Buffer.from([2, 0, 0, 0, 0x55, 0x4c, 0, 0])]))).toMatchObject({ end: deflated.length })
  })

  test('more than 256 KiB of it are refused', () => {
    const private1 = element(0x00020102, 'OB', Buffer.alloc(200_000))
    expect(() => parseFileMeta(Buffer.concat([meta, private1, private1]))).toThrow(`larger than ${maximumFileMeta} bytes`)
  })
})

test('padding is trimmed at the end, and in front where it does not count', () => {
  expect(trimPadding('  a b \0 ')).toBe('a b')
  expect(trimPadding('  a ', true)).toBe('  a')
  expect(trimPadding(' \0 ')).toBe('')
})
