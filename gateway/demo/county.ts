/** The demonstration county: who is there, which machines stand where. Names are invented; passwords are published, so it lives on loopback only. */
import type { Role } from '../../archive/access.ts'
import type { AEChanges } from '../../storage/index/ae.ts'
import type { InstitutionLevel } from '../../storage/index/institutions.ts'

export interface DemoInstitution {
  readonly code: string
  readonly name: string
  readonly shortName: string
  readonly level: InstitutionLevel
  readonly readingCentre: boolean
}

const township = (code: string, shortName: string, kind: '镇' | '乡'): DemoInstitution => ({
  code,
  name: `${shortName}${kind}卫生院`,
  shortName,
  level: 'township',
  readingCentre: false,
})

export const centre: DemoInstitution = { code: 'COUNTY', name: '云岭县人民医院', shortName: '县医院', level: 'county', readingCentre: true }
export const townships = [
  township('QS', '青石', '镇'),
  township('LX', '柳溪', '镇'),
  township('BS', '白沙', '乡'),
  township('XQ', '新桥', '镇'),
]

export interface DemoPerson {
  readonly username: string
  readonly displayName: string
  readonly role: Role
  /** Code of the institution. */
  readonly institution: string
}

const person = (username: string, displayName: string, role: Role, institution: string): DemoPerson => ({
  username,
  displayName,
  role,
  institution,
})

export const people = {
  author: person('lina', '李娜', 'radiologist', 'COUNTY'),
  colleague: person('zhangwei', '张伟', 'radiologist', 'COUNTY'),
  reviewer: person('wangmin', '王敏', 'reviewer', 'COUNTY'),
  QS: person('zhaolei', '赵磊', 'technologist', 'QS'),
  LX: person('sunyan', '孙燕', 'technologist', 'LX'),
  BS: person('zhouping', '周平', 'technologist', 'BS'),
  XQ: person('wuhao', '吴昊', 'technologist', 'XQ'),
  ward: person('chenjing', '陈静', 'clinician', 'QS'),
  wardOfLX: person('hufang', '胡芳', 'clinician', 'LX'),
  coordinator: person('hejing', '何静', 'coordinator', 'COUNTY'),
  chief: person('liujianhua', '刘建华', 'chief', 'COUNTY'),
  quality: person('zhenghui', '郑慧', 'quality', 'COUNTY'),
  administrator: person('admin', '系统管理员', 'administrator', 'COUNTY'),
} as const satisfies Record<string, DemoPerson>

/** One for all: whoever reads this page may know it. */
export const demoPassword = 'demo'
/** What the doctors of the demo county sign with. */
export const demoPIN = '246810'

interface Machine extends Omit<AEChanges, 'institution'> {
  /** Code of the institution. */
  readonly institution: string
}

const machine = (title: string, institution: string, description: string, rule: Partial<Omit<AEChanges, 'institution'>> = {}): Machine => ({
  title,
  institution,
  description,
  quietSeconds: 60,
  ...rule,
})

export const machines: readonly Machine[] = [
  machine('QS_CT', 'QS', 'CT室 16排'),
  machine('QS_DR', 'QS', 'DR室'),
  machine('LX_DR', 'LX', 'DR室(旧机,字符集标注有误)', { fallbackCharacterSet: 'GB18030' }),
  machine('LX_MR', 'LX', '磁共振室 1.5T'),
  machine('LX_US', 'LX', '超声室'),
  machine('BS_CT', 'BS', 'CT室'),
  machine('BS_DR', 'BS', 'DR室(不支持汉字)'),
  // 本院出报告: its studies are kept and shown, and nobody at the county waits for them.
  machine('XQ_US', 'XQ', '超声室,本院出报告', { readAtCounty: false }),
]
