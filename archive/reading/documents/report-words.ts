/** The Chinese words of a printed report (reading.md §4): on paper, as HTML and as text they are the same. */
import type { ReportKind, ReportStatus } from '../../../storage/index/reading/reports.ts'
import { wardText } from '../../orders/bed.ts'
import type { ReportContent } from '../reports/report-content.ts'
import { readableDate, readableDateTime } from './local-time.ts'

const modalityNames: Readonly<Record<string, string>> = {
  CT: 'CT',
  MR: '磁共振(MR)',
  DX: '数字 X 线摄影(DR)',
  CR: '数字 X 线摄影(CR)',
  MG: '乳腺 X 线摄影',
  US: '超声',
  RF: 'X 线透视造影',
  XA: '血管造影',
}
const sexes: Readonly<Record<string, string>> = { M: '男', F: '女', O: '其他' }
const wordings = { normal: '未见异常', affirmative: '肯定', consistent: '符合', possible: '可能', 'not-excluded': '不除外' } as const
export const correctionClasses = { typo: '笔误', missed: '漏诊', misread: '误诊', side: '左右', identity: '身份' } as const

const kindTitles: Readonly<Record<ReportKind, string>> = {
  temporary: '急诊临时报告',
  final: '检查报告单',
  addendum: '检查报告单（补充报告）',
  correction: '检查报告单（更正报告）',
}

export const titleOf = ({ study, kind }: ReportContent): string => `${modalityNames[study.modality] ?? study.modality}${kindTitles[kind]}`

export const temporaryNotice = '急诊临时报告，以正式报告为准'
export const disclaimer = '本报告仅供临床医师参考。'

/** What stands across the page: what kind of version it is, and whether it still counts. */
export function watermarkOf({ kind, version }: ReportContent, fate: ReportStatus): string | null {
  if (fate === 'retracted') return '已撤销 作废'
  if (fate === 'unsigned') return '已撤回 作废'
  if (fate === 'superseded') return '已被新报告代替 作废'
  if (kind === 'temporary') return temporaryNotice
  if (kind === 'addendum') return `补充报告 v${version}`
  return kind === 'correction' ? `更正报告 v${version}` : null
}

export type Field = readonly [label: string, value: string]

/** Row by row, three in a row. */
export function particularsOf(content: ReportContent): readonly Field[] {
  const { patient, study, clinical } = content
  return [
    ['姓名', patient.name],
    ['性别', sexes[patient.PatientSex] ?? '—'],
    ['年龄', patient.age],
    ['检查号', study.AccessionNumber],
    ['门诊/住院号', patient.PatientID],
    ['床号', clinical.bed ?? ''],
    ['科室', wardText({ department: clinical.department, ward: clinical.ward ?? '' })],
    ['申请医师', clinical.requester],
    ['影像质量', gradeText(content)],
    ['检查日期', readableDate(study.StudyDate)],
    ['报告日期', readableDateTime(content.authoredAt)],
    ['阴/阳性', content.polarity === 'positive' ? '阳性' : '阴性'],
  ]
}

/** Lines of their own. */
export function wideParticularsOf({ study, alsoStudies, clinical, technique }: ReportContent): readonly Field[] {
  const studies = [study, ...alsoStudies].map(({ StudyDescription }) => StudyDescription).filter((text) => text !== '')
  const procedure = [...new Set(studies), study.bodyPart].filter((text) => text !== '').join(' / ')
  return [['检查项目', procedure], ...(technique === '' ? [] : [['检查方法', technique] as const]), ['临床资料', clinical.information]]
}

const gradeText = ({ grade }: ReportContent): string =>
  grade === null ? '' : typeof grade.grade === 'number' ? `${grade.grade} 级` : `${grade.grade}级`

export interface Section {
  readonly title: string
  readonly text: string
  readonly strong?: boolean
}

/** What comes before the key images, and what after. */
export function sectionsOf(content: ReportContent): { readonly before: readonly Section[]; readonly after: readonly Section[] } {
  const { comparison, findings, impression, wording, advice, remark } = content
  const filled = (sections: readonly Section[]) => sections.filter(({ text }) => text.trim() !== '')
  return {
    before: filled([
      { title: '对比检查', text: comparison },
      { title: '检查所见', text: findings },
    ]),
    after: filled([
      { title: wording === null ? '诊断意见' : `诊断意见（${wordings[wording]}）`, text: impression, strong: true },
      { title: '建议', text: advice },
      { title: '附注', text: remark },
    ]),
  }
}

/** Lines above the text: of a correction, why. */
export function noticesOf({ kind, correction, predecessors, version }: ReportContent): readonly string[] {
  const [before] = predecessors
  const when = before === undefined ? '' : `（${readableDateTime(before.signedAt)}）`
  if (kind === 'correction' && correction !== null) {
    const reason = correction.reason === '' ? '' : `：${correction.reason}`
    return [
      `更正报告 v${version}，代替 v${before?.version ?? version - 1}${when}。更正原因 ${correctionClasses[correction.class]}${reason}`,
    ]
  }
  if (kind === 'addendum') return [`补充报告 v${version}，原报告 v${before?.version ?? version - 1}${when}内容未改动，补充内容见下`]
  return kind === 'temporary' ? [temporaryNotice] : []
}

export interface AddendumText {
  readonly title: string
  readonly sections: readonly Section[]
  readonly signed: string
}

export const addendaOf = ({ addenda }: ReportContent): readonly AddendumText[] =>
  addenda.map(({ findings, impression, advice, author, reviewer, signedAt }, at) => ({
    title: addenda.length === 1 ? '补充报告' : `补充报告 ${at + 1}`,
    sections: [
      { title: '补充所见', text: findings },
      { title: '补充意见', text: impression, strong: true },
      { title: '建议', text: advice },
    ].filter(({ text }) => text !== ''),
    signed: `报告医师 ${author.displayName}　审核医师 ${reviewer.displayName}　${readableDateTime(signedAt)}`,
  }))

export interface Signed {
  readonly label: string
  readonly name: string
  readonly title: string
  /** Hexadecimal SHA-256 of the signature picture, or null. */
  readonly picture: string | null
}

/** Who signs at the foot: this version's author and reviewer; the signers of what stands above addenda are named with it. */
export function signersOf(content: ReportContent): {
  readonly signed: readonly Signed[]
  readonly at: string
  readonly flag: string | null
} {
  const signatureOf = (role: 'author' | 'reviewer') => content.signatures.find((signature) => signature.role === role)
  const signer = (label: string, name: string, role: 'author' | 'reviewer'): Signed => ({
    label,
    name,
    title: signatureOf(role)?.title ?? '',
    picture: signatureOf(role)?.picture ?? null,
  })
  return {
    signed: [
      signer('报告医师', content.author.displayName, 'author'),
      ...(content.reviewer === null ? [] : [signer('审核医师', content.reviewer.displayName, 'reviewer')]),
    ],
    at: `${content.reviewer === null ? '签发时间' : '审核时间'}：${readableDateTime(content.signedAt)}`,
    flag: content.samePerson ? '同一人签' : content.reviewer === null ? '未审核' : null,
  }
}

export const originalSignersOf = ({ original }: ReportContent): string | null =>
  original === null
    ? null
    : `原报告：报告医师 ${original.author.displayName}　审核医师 ${original.reviewer?.displayName ?? '—'}　${readableDateTime(original.signedAt)}`

/** The mark of a copy on paper. */
export const printMark = ({ number, at, by }: { readonly number: number; readonly at: Date; readonly by: string }): string =>
  `第 ${number} 次打印　${readableDateTime(at.toISOString())}　${by}`
