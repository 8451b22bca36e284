/** What is typed into an order and what of it goes to the server; how two sides are compared. viewer/portal/orders, language. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { likenessOf } from '../../viewer/portal/language/attributes.ts'
import { personName } from '../../viewer/portal/language/person-name.ts'
import {
  dateOf,
  type Entry,
  emptyEntry,
  entryOf,
  inputOf,
  plainNumber,
  sameEntry,
  shapeOf,
  yearsOn,
} from '../../viewer/portal/orders/entry.ts'
import { changedIn } from '../../viewer/portal/patients/differences.ts'
import { afterCorrection, patientContradicts, studyDiffers } from '../../viewer/portal/unmatched/compared.ts'
import { order, unmatchedStudy } from './small-api.ts'

describe('an identity card number', () => {
  test('is the same number in full-width digits, in groups and with a small x', () => {
    for (const typed of ['11010519491231002X', '１１０１０５１９４９１２３１００２ｘ', '110105 19491231 002x', '110105-19491231-002X'])
      expect(plainNumber(typed)).toBe('11010519491231002X')
  })
  test('is asked about when it is whole, and said to be wrong before when it cannot be one', () => {
    expect(
      ['', '1101', '11010519491231002X', '110105194912310021', '110105194912310021 3', '11O105', 'X1'].map(plainNumber).map(shapeOf),
    ).toEqual(['none', 'short', 'whole', 'whole', 'long', 'characters', 'characters'])
  })
})

describe('a date of birth', () => {
  test('is read as people write it', () => {
    for (const typed of ['19900307', '1990-03-07', '1990/3/7', '1990.3.7', '1990年3月7日', '１９９００３０７', ' 1990-3-07 '])
      expect(dateOf(typed), typed).toBe('19900307')
  })
  test('that the calendar does not have is none', () => {
    for (const typed of ['19900230', '1990-13-01', '90-3-7', '1990', '0', '三月', '']) expect(dateOf(typed), typed).toBeUndefined()
  })
  test('every day that is written is read back', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date('1850-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), (date) => {
        const written = date.toISOString().slice(0, 10)
        expect(dateOf(written)).toBe(written.replaceAll('-', ''))
      }),
    )
  })
  test('gives whole years, the birthday included, and none for a day to come', () => {
    const today = new Date(2026, 10, 22)
    expect([yearsOn('19901122', today), yearsOn('19901123', today), yearsOn('20261122', today), yearsOn('20261123', today)]).toEqual([
      36,
      35,
      0,
      undefined,
    ])
  })
})

describe('the form', () => {
  test('sends no number where none was typed: that of the order stays', () => {
    expect(inputOf(entryOf(order())).patient).toEqual({
      PatientName: '单文远',
      PatientID: 'E1001',
      sex: 'M',
      birthDate: '19580314',
      phone: '13800000000',
    })
  })
  test('sends trimmed text, and a date as DA', () => {
    const entry: Entry = {
      ...emptyEntry,
      PatientName: ' 单文远 ',
      birthDate: '1958-3-14',
      idCardNumber: '１10105 195803140011',
      modality: 'CT',
      procedure: ' 颅脑平扫',
    }
    const input = inputOf(entry)
    expect(input).toMatchObject({
      procedure: '颅脑平扫',
      patient: { PatientName: '单文远', birthDate: '19580314', idCardNumber: '110105195803140011' },
    })
    expect('scheduledAt' in input).toBe(false)
  })
  test('sends a bed only of an inpatient, whatever was typed before', () => {
    const entry: Entry = { ...entryOf(order()), patientClass: 'inpatient', ward: ' 内科3病区 ', bed: ' 十二床' }
    expect(inputOf(entry)).toMatchObject({ patientClass: 'inpatient', ward: '内科3病区', bed: '十二床' })
    for (const patientClass of ['outpatient', 'emergency', 'check-up', null] as const)
      expect(inputOf({ ...entry, patientClass }), String(patientClass)).toMatchObject({ patientClass, ward: '', bed: '' })
  })
  test('knows whether anything was typed; what a select empties is empty', () => {
    expect(sameEntry(emptyEntry, { ...emptyEntry })).toBe(true)
    expect(sameEntry(emptyEntry, { ...emptyEntry, AETitle: undefined as unknown as null })).toBe(true)
    expect(sameEntry(emptyEntry, { ...emptyEntry, phone: '1' })).toBe(false)
  })
})

describe('a name', () => {
  test('is shown in Chinese where it has Chinese, and a foreign one in its own order', () => {
    expect(
      ['SHAN^WENYUAN=单^文远', '=单^文远', '单文远', 'Yamada^Tarou=山田^太郎=やまだ^たろう', 'Adams^John^^Dr', '欧阳^^', '^^^=', ''].map(
        personName,
      ),
    ).toEqual(['单文远', '单文远', '单文远', '山田太郎', 'Adams John Dr', '欧阳', '', ''])
  })
})

describe('two sides', () => {
  test('are the same in any way of writing the same, and said to differ only where they can be compared', () => {
    expect(likenessOf('PatientName', 'SHAN^WENYUAN=单^文远', '单文远')).toBe('same')
    expect(likenessOf('PatientName', 'Shan^Wenyuan', 'SHAN WENYUAN')).toBe('same')
    expect(likenessOf('PatientName', 'SHAN^WENYUAN', '单文远')).toBe('other-script')
    expect(likenessOf('PatientName', '单文渊', '单文远')).toBe('differs')
    expect(likenessOf('StudyDescription', 'HEAD', '颅脑平扫')).toBe('other-script')
    expect(likenessOf('PatientBirthDate', '19580314', '1958-03-14')).toBe('same')
    expect(likenessOf('PatientSex', 'M', 'F')).toBe('differs')
    // A machine that knew an age only wrote the first of January: the year fits, and is no contradiction.
    expect(likenessOf('PatientBirthDate', '19580101', '19580314')).toBe('fits')
    expect(likenessOf('PatientBirthDate', '19590101', '19580314')).toBe('fits')
    expect(likenessOf('PatientBirthDate', '19600101', '19580314')).toBe('differs')
    expect(likenessOf('PatientBirthDate', '19580314', '19580101')).toBe('differs')
    expect(likenessOf('PatientID', '', 'E1001')).toBe('absent')
  })
  test('contradict each other in name, sex or birth date, never in a number alone', () => {
    const { patient } = unmatchedStudy()
    const study = (change: Partial<typeof patient>) => unmatchedStudy({ patient: { ...patient, ...change } })
    expect(patientContradicts(study({}), order())).toBe(false)
    expect(studyDiffers(study({}), order())).toBe(true)
    expect(patientContradicts(study({ sex: 'F' }), order())).toBe(true)
    expect(patientContradicts(study({ PatientName: '曾^小红' }), order())).toBe(true)
  })
  test('after a correction are the order’s, where the order says something', () => {
    const corrected = afterCorrection(unmatchedStudy(), order({ patient: { ...order().patient, birthDate: null } }))
    expect(corrected).toEqual({
      PatientName: 'SHAN^WENYUAN=单^文远',
      PatientSex: 'M',
      PatientBirthDate: '19580314',
      PatientID: 'E1001',
      AccessionNumber: order().AccessionNumber,
    })
  })
})

test('a correction has what was changed, and says that a value was emptied', () => {
  const now = { PatientName: '单文远', PatientID: 'E1001', AccessionNumber: '' }
  expect(changedIn(now, { PatientName: ' 单文远 ', PatientID: '', AccessionNumber: undefined })).toEqual({ PatientID: '' })
  expect(changedIn(now, { ...now, AccessionNumber: 'E7' })).toEqual({ AccessionNumber: 'E7' })
})
