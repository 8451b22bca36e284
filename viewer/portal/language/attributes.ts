/** Attributes of a patient and a study, by DICOM keyword, as people read and compare them. */
import { dicomDate } from '../clock.ts'
import { named, sexText } from './domain.ts'
import { isHan, personName } from './person-name.ts'
import { type Language, words } from './words.ts'

export const attributeWords = words({
  PatientName: ['姓名', 'Name'],
  PatientSex: ['性别', 'Sex'],
  PatientBirthDate: ['出生日期', 'Born'],
  PatientAge: ['年龄', 'Age'],
  PatientID: ['患者编号', 'Patient ID'],
  IssuerOfPatientID: ['编号签发方', 'Issuer'],
  OtherPatientIDs: ['其他编号', 'Other IDs'],
  OtherPatientIDsSequence: ['其他编号', 'Other IDs'],
  Laterality: ['左右', 'Side'],
  AccessionNumber: ['检查号', 'Accession'],
  Modality: ['检查类型', 'Modality'],
  ModalitiesInStudy: ['检查类型', 'Modality'],
  StudyDescription: ['检查项目', 'Exam'],
  StudyDate: ['检查日期', 'Study date'],
  StudyTime: ['检查时间', 'Study time'],
  StudyID: ['检查编号', 'Study ID'],
  SeriesDescription: ['序列说明', 'Series'],
  BodyPartExamined: ['部位', 'Body part'],
  ReferringPhysicianName: ['申请医师', 'Requested by'],
  InstitutionName: ['检查单位', 'Institution'],
  SpecificCharacterSet: ['字符集', 'Character set'],
  TransferSyntaxUID: ['传输语法', 'Transfer syntax'],
  SourceApplicationEntityTitle: ['来自设备', 'Sent by'],
  Rows: ['行数', 'Rows'],
  Columns: ['列数', 'Columns'],
  InstanceNumber: ['图像号', 'Instance number'],
  SeriesNumber: ['序列号', 'Series number'],
  StudyInstanceUID: ['检查 UID', 'Study UID'],
  SeriesInstanceUID: ['序列 UID', 'Series UID'],
  SOPInstanceUID: ['图像 UID', 'Instance UID'],
})

const dates = /Date$/
const names = /Name$/
/** Free text: the machine's English and the desk's Chinese may mean the same. */
const texts = /(Name|Description)$/

export const attributeName = (keyword: string, language: Language): string => named(attributeWords, keyword, language)

export function attributeText(keyword: string, value: string, language: Language): string {
  if (keyword === 'PatientSex') return sexText(value, language)
  if (dates.test(keyword)) return dicomDate(value)
  if (names.test(keyword)) return personName(value)
  return value
}

/**
 * `other script`: 张三 and ZHANG SAN say neither that they are the same person nor that they are not · `fits`: the machine knew an age only, and it is the
 * same year, give or take one.
 */
export type Likeness = 'same' | 'differs' | 'absent' | 'other-script' | 'fits'

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replaceAll(/[\s·・-]/g, '')
    .toUpperCase()

/** Machines without a birth date enter an age: the first of January of a year. As `archive/orders/comparison.ts` reckons it. */
const fitsAge = (one: string, other: string): boolean =>
  /^\d{4}0101$/.test(one) && /^\d{8}$/.test(other) && Math.abs(Number(one.slice(0, 4)) - Number(other.slice(0, 4))) <= 1

/** How the same attribute on two sides compares, as a person would say it. */
export function likenessOf(keyword: string, one: string, other: string): Likeness {
  const [a, b] = [one, other].map((value) => plain(attributeText(keyword, value, 'en')))
  if (!a || !b) return 'absent'
  if (a === b) return 'same'
  if (keyword === 'PatientBirthDate' && fitsAge(one, other)) return 'fits'
  if (texts.test(keyword) && isHan(a) !== isHan(b)) return 'other-script'
  return 'differs'
}
