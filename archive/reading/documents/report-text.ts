/** The report as plain text: for a text field of another system, and for whoever has nothing else. */
import type { ReportStatus } from '../../../storage/index/reading/reports.ts'
import type { SignedReport } from '../reports/report-content.ts'
import {
  addendaOf,
  disclaimer,
  noticesOf,
  originalSignersOf,
  particularsOf,
  sectionsOf,
  signersOf,
  titleOf,
  watermarkOf,
  wideParticularsOf,
} from './report-words.ts'

export function reportText({ content, hash }: SignedReport, fate: ReportStatus): string {
  const { before, after } = sectionsOf(content)
  const { signed, at, flag } = signersOf(content)
  const mark = watermarkOf(content, fate)
  const original = originalSignersOf(content)
  const lines = [
    content.centre.title,
    `检查单位：${content.institution.name}　诊断中心：${content.centre.name}`,
    titleOf(content),
    ...(mark === null ? [] : [`【${mark}】`]),
    ...noticesOf(content),
    '',
    ...[...particularsOf(content), ...wideParticularsOf(content)]
      .filter(([, value]) => value !== '')
      .map(([label, value]) => `${label}：${value}`),
    ...[...before, ...after].flatMap(({ title, text }) => ['', `${title}：`, text]),
    ...(content.keyImages.length === 0 ? [] : ['', `关键图像：${content.keyImages.length} 幅（见 PDF）`]),
    ...(original === null ? [] : ['', original]),
    ...addendaOf(content).flatMap(({ title, sections, signed: by }) => [
      '',
      `—— ${title} ——`,
      ...sections.flatMap((section) => [`${section.title}：`, section.text]),
      by,
    ]),
    '',
    ...signed.map(({ label, name, title }) => `${label}：${name}${title === '' ? '' : ` ${title}`}`),
    `${at}${flag === null ? '' : `　【${flag}】`}`,
    '',
    disclaimer,
    `报告版本 v${content.version}　校验码(SHA-256) ${hash}`,
    ...(content.verify === null ? [] : [`验真：${content.verify.url}`]),
  ]
  return `${lines.join('\n').replace(/\r?\n/g, '\r\n')}\r\n`
}
