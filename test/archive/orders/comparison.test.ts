/** A study held against an order: what agrees, what contradicts, and which of several is the likelier. */
import { describe, expect, test } from 'vitest'
import { nameKeys } from '../../../archive/dicom/person-name.ts'
import { compare, compareNames, type NameAgreement } from '../../../archive/orders/comparison.ts'
import type { CandidateFacts, StudyFacts } from '../../../storage/index/order-matching.ts'

const named = (name: string | null) => ({ name, nameKeys: name === null ? [] : nameKeys(name) })

test.each<[string | null, string | null, NameAgreement]>([
  ['Zhang^San=张^三', '张三', 'same'],
  ['ZHANG^SAN', '张三', 'same'],
  ['ZHANGSAN', '张三', 'same'],
  ['SAN^ZHANG', '张三', 'same'],
  ['SHAN^WENYING', '单文英', 'same'],
  ['DAN^WENYING', '单文英', 'same'],
  ['LYU^BUWEI', '吕不韦', 'same'],
  ['LV^BUWEI', '吕不韦', 'same'],
  ['張^偉', '张伟', 'same'],
  ['ZS', '张三', 'different'],
  ['ZHANG^SANF', '张三丰', 'different'],
  ['QIN^XIULAN', '覃秀兰', 'same'],
  ['张^玮', '张伟', 'alike'],
  ['Zhang^Wei=张^玮', '张伟', 'alike'],
  ['Li^Si=李^四', '张三', 'different'],
  ['ZHANG', '张三', 'different'],
  ['Zhang^San', 'Zhang San', 'same'],
  ['SMITH^JOHN', 'John Smith', 'same'],
  [null, '张三', 'unknown'],
  ['^^^', '张三', 'unknown'],
])('%j and %j: %s', (a, b, expected) => {
  expect(compareNames(named(a), named(b))).toBe(expected)
  expect(compareNames(named(b), named(a))).toBe(expected)
})

const study = (changes: Partial<StudyFacts> = {}): StudyFacts => {
  const PatientName = changes.PatientName === undefined ? 'ZHANG^WEI' : changes.PatientName
  return {
    studyPk: 1,
    StudyInstanceUID: '1.2',
    institution: 1,
    nameKeys: PatientName === null ? [] : nameKeys(PatientName),
    PatientID: '77',
    PatientSex: 'M',
    PatientBirthDate: '19700101',
    AccessionNumber: null,
    StudyDate: '20261122',
    StudyTime: '101500',
    StudyDescription: null,
    modalities: ['CT'],
    instances: 1,
    receivedAt: new Date(2026, 10, 22, 10, 20),
    ...changes,
    PatientName,
  }
}
const order = (changes: Partial<CandidateFacts> = {}): CandidateFacts => {
  const PatientName = changes.PatientName ?? '张伟'
  return {
    id: 1,
    institution: 1,
    state: 'scheduled',
    AccessionNumber: 'EASTCT2611220001',
    nameKeys: nameKeys(PatientName),
    PatientID: 'EASTP2611220001',
    sex: 'M',
    birthDate: '19700101',
    modality: 'CT',
    scheduledAt: new Date(2026, 10, 22, 10, 0),
    startedAt: null,
    ...changes,
    PatientName,
  }
}
const said = (a: StudyFacts, b: CandidateFacts) => compare(a, b).contradictions.map(({ zh }) => zh)

describe('contradictions', () => {
  test.each<[string, Partial<StudyFacts>, Partial<CandidateFacts>, string[]]>([
    ['none where all agrees', {}, {}, []],
    ['none where the machine knows nothing but the name', { PatientSex: null, PatientBirthDate: null, PatientID: null }, {}, []],
    ['sex', { PatientSex: 'F' }, {}, ['性别不一致']],
    ['O says nothing', { PatientSex: 'O' }, {}, []],
    ['another date of birth', { PatientBirthDate: '19650505' }, {}, ['出生日期不一致']],
    ['the first of January is an age that somebody entered', { PatientBirthDate: '19710101' }, { birthDate: '19700615' }, []],
    ['but not of quite another year', { PatientBirthDate: '19800101' }, { birthDate: '19700615' }, ['出生日期不一致']],
    ['a name that only sounds the same, without the date', { PatientName: '张^玮', PatientBirthDate: null }, {}, ['姓名同音，用字不同']],
    ['and with it none', { PatientName: '张^玮' }, {}, []],
    ['a number of its own, where the name agrees', { PatientID: '1' }, {}, []],
    ['and where there is no name', { PatientName: null, PatientID: '1' }, {}, ['患者编号不一致']],
    ['an order that was withdrawn', {}, { state: 'cancelled' }, ['申请单已取消']],
  ])('%s', (_, ofStudy, ofOrder, expected) => {
    expect(said(study(ofStudy), order(ofOrder))).toEqual(expected)
  })
})

test('the score is between nothing and everything, and the more agrees the higher', () => {
  const score = (ofStudy: Partial<StudyFacts>, ofOrder: Partial<CandidateFacts> = {}) => compare(study(ofStudy), order(ofOrder)).score
  const all = score({ AccessionNumber: 'EASTCT2611220001', PatientID: 'EASTP2611220001' })
  const ladder = [
    all,
    score({}),
    score({ StudyDate: '20261121' }),
    score({ StudyDate: '20261101' }),
    score({ StudyDate: '20261101', modalities: ['MR'] }),
    score({ PatientName: 'LI^SI', StudyDate: '20261101', modalities: ['MR'] }),
  ]
  expect(all).toBe(1)
  expect(ladder).toEqual([...ladder].sort((a, b) => b - a))
  expect(new Set(ladder).size).toBe(ladder.length)
  expect(Math.min(...ladder)).toBeGreaterThanOrEqual(0)
})

test('radiographs are one kind, whatever the machine calls them', () => {
  const [dx, us] = [{ modalities: ['DX'] }, { modalities: ['US'] }].map((one) => compare(study(one), order({ modality: 'CR' })))
  expect(dx!.reasons.map(({ zh }) => zh)).toContain('检查类型一致')
  expect(us!.reasons.map(({ zh }) => zh)).toContain('检查类型不同（US）')
})
