/** Invented people. Their family names are the ones whose reading a program gets wrong: 单 is Shàn, not Dān (surname readings, 多音字). */
import type { CharacterSet } from './character-sets.ts'

export interface Patient {
  readonly family: string
  readonly given: string
  /** Pinyin of the family and the given name, as a careful clerk writes it. */
  readonly pinyin: readonly [string, string]
  readonly PatientID: string
  readonly PatientBirthDate: string
  readonly PatientSex: 'M' | 'F'
}

const patient = (
  family: string,
  given: string,
  pinyin: readonly [string, string],
  PatientID: string,
  PatientBirthDate: string,
  PatientSex: 'M' | 'F',
): Patient => ({
  family,
  given,
  pinyin,
  PatientID,
  PatientBirthDate,
  PatientSex,
})

export const patients = {
  shan: patient('单', '文英', ['Shan', 'WenYing'], '1001', '19580312', 'F'),
  zeng: patient('曾', '广林', ['Zeng', 'GuangLin'], '1002', '19490721', 'M'),
  qiu: patient('仇', '小妹', ['Qiu', 'XiaoMei'], '1003', '19910105', 'F'),
  xie: patient('解', '长河', ['Xie', 'ChangHe'], '1004', '19640930', 'M'),
  yuchi: patient('尉迟', '敬德', ['YuChi', 'JingDe'], '1005', '19770214', 'M'),
  zha: patient('查', '良玉', ['Zha', 'LiangYu'], '1006', '19830617', 'F'),
  moqi: patient('万俟', '春生', ['MoQi', 'ChunSheng'], '1007', '19550401', 'M'),
  qin: patient('覃', '秀兰', ['Qin', 'XiuLan'], '1008', '19690828', 'F'),
  ou: patient('区', '志强', ['Ou', 'ZhiQiang'], '1009', '19880519', 'M'),
  ge: patient('盖', '玉芬', ['Ge', 'YuFen'], '1010', '19471111', 'F'),
  piao: patient('朴', '哲洙', ['Piao', 'ZheZhu'], '1011', '19720303', 'M'),
  /** The same number as 单文英 in another institution: two people who must never be shown as one. */
  zhong: patient('种', '大年', ['Chong', 'DaNian'], '1001', '19660606', 'M'),
  lv: patient('吕', '绿华', ['Lv', 'LvHua'], '1012', '20140920', 'F'),
} as const satisfies Record<string, Patient>

/**
 * The name as the machine sends it (PS3.5 §6.2.1): pinyin and characters in their groups; a mislabelled machine has the characters where the
 * alphabetic group belongs; one without Chinese has pinyin only.
 */
export function personName({ family, given, pinyin }: Patient, characterSet: CharacterSet): string {
  if (characterSet === 'none') return `${pinyin[0]}^${pinyin[1]}`.toUpperCase()
  if (characterSet === 'GBK as ISO_IR 100') return family + given
  return `${pinyin[0]}^${pinyin[1]}=${family}^${given}`
}

/** Age at the study, `045Y`. */
export function ageAt(PatientBirthDate: string, StudyDate: string): string {
  const years = Math.floor((Number(StudyDate) - Number(PatientBirthDate)) / 10000)
  return `${String(Math.max(0, years)).padStart(3, '0')}Y`
}
