/** Invented people for a day's traffic: the same seed is the same person. */
import { createHash } from 'node:crypto'
import type { Patient } from '../../test-images/index.ts'

const families: readonly (readonly [string, string])[] = [
  ['王', 'Wang'],
  ['李', 'Li'],
  ['张', 'Zhang'],
  ['刘', 'Liu'],
  ['陈', 'Chen'],
  ['杨', 'Yang'],
  ['赵', 'Zhao'],
  ['黄', 'Huang'],
  ['周', 'Zhou'],
  ['吴', 'Wu'],
  ['徐', 'Xu'],
  ['孙', 'Sun'],
  ['马', 'Ma'],
  ['朱', 'Zhu'],
  ['胡', 'Hu'],
  ['郭', 'Guo'],
  ['单', 'Shan'],
  ['曾', 'Zeng'],
  ['仇', 'Qiu'],
  ['解', 'Xie'],
  ['覃', 'Qin'],
  ['欧阳', 'OuYang'],
]
const women: readonly (readonly [string, string])[] = [
  ['秀英', 'XiuYing'],
  ['桂兰', 'GuiLan'],
  ['玉梅', 'YuMei'],
  ['丽华', 'LiHua'],
  ['春燕', 'ChunYan'],
  ['小芳', 'XiaoFang'],
  ['淑珍', 'ShuZhen'],
  ['红霞', 'HongXia'],
  ['雨桐', 'YuTong'],
  ['晓琳', 'XiaoLin'],
]
const men: readonly (readonly [string, string])[] = [
  ['建国', 'JianGuo'],
  ['志刚', 'ZhiGang'],
  ['大勇', 'DaYong'],
  ['明', 'Ming'],
  ['德福', 'DeFu'],
  ['永强', 'YongQiang'],
  ['海涛', 'HaiTao'],
  ['文斌', 'WenBin'],
  ['子轩', 'ZiXuan'],
  ['长庚', 'ChangGeng'],
]

export function passerBy(seed: string, on: Date): Patient {
  const digest = createHash('sha256').update(seed).digest()
  const sex = digest[0]! % 2 === 0 ? 'F' : 'M'
  const [family, familyPinyin] = families[digest[1]! % families.length]!
  const [given, givenPinyin] = (sex === 'F' ? women : men)[digest[2]! % 10]!
  const years = 8 + (digest[3]! % 80)
  return {
    family,
    given,
    pinyin: [familyPinyin, givenPinyin],
    PatientID: `M${digest.readUInt32BE(4) % 1_000_000}`.padEnd(7, '0'),
    PatientBirthDate: `${on.getFullYear() - years}${String(1 + (digest[8]! % 12)).padStart(2, '0')}${String(1 + (digest[9]! % 28)).padStart(2, '0')}`,
    PatientSex: sex,
  }
}
