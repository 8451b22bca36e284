/**
 * The report on paper: A4, one page where it fits (reading.md §4). The site that took the images and the centre that read them are both named.
 * The same content gives the same bytes, so that storing it again is no conflict. The signed JSON is attached.
 */
import { freeze, type ReportContent } from '../report-content.ts'
import type { Fonts } from './glyphs.ts'
import { readableDate, readableDateTime } from './local-time.ts'

const margin = 48
const footerHeight = 92
/** Body sizes tried in turn, so that a long report still ends on its first page. Below 9 pt it would be hard to read: then it gets more pages, at 11. */
const bodySizes = [11, 10, 9] as const

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

export async function reportPDF(content: ReportContent, hash: string, fonts: Fonts): Promise<Buffer> {
  const large = await render(content, hash, fonts, bodySizes[0])
  if (large.pages === 1) return large.bytes
  for (const size of bodySizes.slice(1)) {
    const { bytes, pages } = await render(content, hash, fonts, size)
    if (pages === 1) return bytes
  }
  return large.bytes
}

async function render(content: ReportContent, hash: string, fonts: Fonts, size: number): Promise<{ bytes: Buffer; pages: number }> {
  // Only when the first report is printed: it takes an eighth of a second of the start.
  const { default: PDFDocument } = await import('pdfkit')
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: margin, left: margin, right: margin, bottom: footerHeight },
    bufferPages: true,
    lang: 'zh-CN',
    displayTitle: true,
    // No patient's name in what file managers and search engines show.
    info: { Title: '影像诊断报告', Author: content.centre.title, CreationDate: new Date(content.signedAt) },
  })
  const finished = collect(doc)
  doc.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold)
  if (fonts.fallback !== undefined) doc.registerFont('fallback', fonts.fallback)

  const pen = new Pen(doc, fonts)
  head(doc, pen, content)
  particulars(doc, pen, content)
  section(doc, pen, '检查所见', content.findings, size)
  section(doc, pen, '诊断意见', content.impression, size, 'bold')
  section(doc, pen, '建议', content.advice, size)
  // What was signed goes with what is read: the attachment's SHA-256 is the code printed at the foot, so anybody can check it, with the archive gone.
  doc.file(Buffer.from(freeze(content).text, 'utf8'), {
    name: 'report.json',
    type: 'application/json',
    creationDate: new Date(content.signedAt),
    modifiedDate: new Date(content.signedAt),
  })
  const { start, count } = doc.bufferedPageRange()
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(start + page)
    foot(doc, pen, content, hash, page + 1, count)
  }
  doc.end()
  return { bytes: await finished, pages: count }
}

type Weight = 'regular' | 'bold'

/** Writes text in runs, each in a font that has its characters. */
class Pen {
  readonly #doc: PDFKit.PDFDocument
  readonly #fonts: Fonts
  constructor(doc: PDFKit.PDFDocument, fonts: Fonts) {
    this.#doc = doc
    this.#fonts = fonts
  }

  write(text: string, x: number, y: number, weight: Weight, size: number, options: PDFKit.Mixins.TextOptions): void {
    const runs = this.#fonts.split(text)
    runs.forEach((run, at) => {
      this.#doc.font(run.fallback ? 'fallback' : weight).fontSize(size)
      const continued = { ...options, continued: at < runs.length - 1 }
      if (at === 0) this.#doc.text(run.text, x, y, continued)
      else this.#doc.text(run.text, continued)
    })
  }

  height(text: string, weight: Weight, size: number, width: number): number {
    return this.#doc.font(weight).fontSize(size).heightOfString(text, { width })
  }
}

const inner = (doc: PDFKit.PDFDocument) => doc.page.width - 2 * margin

function head(doc: PDFKit.PDFDocument, pen: Pen, { centre, institution, study }: ReportContent): void {
  const centred = { width: inner(doc), align: 'center' } as const
  pen.write(centre.title, margin, margin - 4, 'bold', 17, centred)
  pen.write(`检查单位：${institution.name}`, margin, doc.y + 3, 'regular', 10.5, centred)
  pen.write(`${modalityNames[study.modality] ?? study.modality}检查报告单`, margin, doc.y + 6, 'bold', 14, centred)
  doc.y += 6
  rule(doc, 1.2)
}

/** Label and value, in columns of thirds; `wide` takes a line of its own. */
function particulars(doc: PDFKit.PDFDocument, pen: Pen, content: ReportContent): void {
  const { patient, study, clinical } = content
  const thirds: readonly (readonly [string, string])[] = [
    ['姓名', patient.name],
    ['性别', sexes[patient.PatientSex] ?? '—'],
    ['年龄', patient.age],
    ['检查号', study.AccessionNumber],
    ['患者编号', patient.PatientID],
    ['科室', clinical.department],
    ['申请医师', clinical.requester],
    ['检查日期', readableDate(study.StudyDate)],
    ['报告日期', readableDateTime(content.authoredAt)],
  ]
  const wide: readonly (readonly [string, string])[] = [
    ['检查项目', [study.StudyDescription, study.bodyPart].filter((text) => text !== '').join(' / ')],
    ['临床资料', clinical.information],
  ]
  const columns = [0.36, 0.3, 0.34].map((share) => share * inner(doc))
  for (let at = 0; at < thirds.length; at += 3) {
    const y = doc.y
    let x = margin
    let below = y
    thirds.slice(at, at + 3).forEach((pair, column) => {
      field(doc, pen, pair, x, y, columns[column]!)
      below = Math.max(below, doc.y)
      x += columns[column]!
    })
    doc.y = below + 3
  }
  for (const pair of wide) {
    field(doc, pen, pair, margin, doc.y, inner(doc))
    doc.y += 3
  }
  rule(doc, 0.6)
}

function field(doc: PDFKit.PDFDocument, pen: Pen, [label, value]: readonly [string, string], x: number, y: number, width: number): void {
  const labelWidth = 54
  doc.fillColor('#555555')
  pen.write(`${label}：`, x, y, 'regular', 10, { width: labelWidth, lineBreak: false })
  doc.fillColor('#000000')
  pen.write(value === '' ? '—' : value, x + labelWidth, y, 'regular', 10, { width: width - labelWidth - 6 })
}

function section(doc: PDFKit.PDFDocument, pen: Pen, title: string, text: string, size: number, weight: Weight = 'regular'): void {
  if (text.trim() === '') return
  doc.y += 8
  // A heading alone at the foot of a page says nothing.
  if (doc.y + 60 > doc.page.height - footerHeight) doc.addPage()
  pen.write(`${title}：`, margin, doc.y, 'bold', size + 1, { width: inner(doc) })
  doc.y += 3
  for (const paragraph of text.trim().split(/\r?\n/)) {
    pen.write(paragraph === '' ? ' ' : paragraph, margin, doc.y, weight, size, {
      width: inner(doc),
      indent: 2 * size,
      lineGap: size * 0.45,
      align: 'left',
    })
  }
}

function foot(doc: PDFKit.PDFDocument, pen: Pen, content: ReportContent, hash: string, page: number, pages: number): void {
  // Below the bottom margin pdfkit would begin another page.
  doc.page.margins.bottom = 0
  let y = doc.page.height - footerHeight + 8
  doc.y = y
  rule(doc, 0.6)
  y = doc.y
  const line = { lineBreak: false } as const
  if (page === pages) {
    pen.write(`报告医师：${content.author.displayName}`, margin, y, 'regular', 10.5, line)
    pen.write(`审核医师：${content.reviewer.displayName}`, margin + inner(doc) * 0.34, y, 'regular', 10.5, line)
    pen.write(`审核时间：${readableDateTime(content.signedAt)}`, margin + inner(doc) * 0.66, y, 'regular', 10.5, line)
  } else {
    pen.write(`姓名：${content.patient.name}  检查号：${content.study.AccessionNumber || '—'}`, margin, y, 'regular', 10.5, line)
  }
  doc.fillColor('#555555')
  pen.write('本报告仅供临床医师参考。', margin, y + 22, 'regular', 8.5, line)
  pen.write(`第 ${page} / ${pages} 页`, margin, y + 22, 'regular', 8.5, { width: inner(doc), align: 'right' })
  pen.write(`校验码(SHA-256) ${hash}`, margin, y + 36, 'regular', 7, line)
  doc.fillColor('#000000')
}

function rule(doc: PDFKit.PDFDocument, width: number): void {
  doc
    .moveTo(margin, doc.y)
    .lineTo(doc.page.width - margin, doc.y)
    .lineWidth(width)
    .stroke('#333333')
  doc.y += 7
}

async function collect(doc: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of doc) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
