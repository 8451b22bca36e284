/**
 * The report on paper: A4, one page where it fits, several where it does not (reading.md §4). The site that took the images and the centre that read them are
 * both named. The same content gives the same bytes, so that storing it again is no conflict. The signed text is attached.
 */
import type { ReportStatus } from '../../../storage/index/reading/reports.ts'
import type { SignedReport } from '../reports/report-content.ts'
import type { Fonts } from './glyphs.ts'
import { footerHeight, margin, Pen } from './pen.ts'
import { foot, qrCode, watermark } from './report-margins.ts'
import {
  addendaOf,
  type Field,
  noticesOf,
  originalSignersOf,
  particularsOf,
  type Section,
  sectionsOf,
  titleOf,
  watermarkOf,
  wideParticularsOf,
} from './report-words.ts'

/** Body sizes tried in turn, so that a long report still ends on its first page. Below 9 pt it would be hard to read: then it gets more pages, at 11. */
const bodySizes = [11, 10, 9] as const
const pictureSides = [128, 112, 96] as const

export interface Drawn {
  /** Key images in their order; null where one had no picture. */
  readonly images: readonly (Buffer | null)[]
  /** Signature pictures by their digest. */
  readonly signatures: ReadonlyMap<string, Buffer>
}

export interface Copy {
  /** Whether it still counts. */
  readonly fate: ReportStatus
  /** Null: the one that is stored. */
  readonly print: { readonly number: number; readonly at: Date; readonly by: string } | null
}

export const noPictures: Drawn = { images: [], signatures: new Map() }
export const storedCopy: Copy = { fate: 'standing', print: null }

export async function reportPDF(report: SignedReport, fonts: Fonts, drawn: Drawn, copy: Copy): Promise<Buffer> {
  const large = await render(report, fonts, drawn, copy, 0)
  if (large.pages === 1) return large.bytes
  for (let step = 1; step < bodySizes.length; step += 1) {
    const { bytes, pages } = await render(report, fonts, drawn, copy, step)
    if (pages === 1) return bytes
  }
  return large.bytes
}

async function render(
  report: SignedReport,
  fonts: Fonts,
  drawn: Drawn,
  copy: Copy,
  step: number,
): Promise<{ bytes: Buffer; pages: number }> {
  const { content, text } = report
  // Only when the first report is printed: it takes an eighth of a second of the start.
  const { default: PDFDocument } = await import('pdfkit')
  const signedAt = new Date(content.signedAt)
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: margin, left: margin, right: margin, bottom: footerHeight },
    bufferPages: true,
    lang: 'zh-CN',
    displayTitle: true,
    // No patient's name in what file managers and search engines show.
    info: { Title: '影像诊断报告', Author: content.centre.title, CreationDate: signedAt },
  })
  const finished = collect(doc)
  const pen = new Pen(doc, fonts)
  const size = bodySizes[step]!
  await head(pen, report)
  particulars(pen, report)
  for (const notice of noticesOf(content)) {
    doc.y += 2
    pen.write(notice, margin, doc.y, 'bold', 9.5, { width: pen.width })
  }
  const { before, after } = sectionsOf(content)
  for (const one of before) section(pen, one, size)
  keyImages(pen, report, drawn, pictureSides[step]!)
  for (const one of after) section(pen, one, size)
  addenda(pen, report, size)
  // What was signed goes with what is read: the attachment's SHA-256 is the code printed at the foot, so anybody can check it, with the archive gone.
  doc.file(Buffer.from(text, 'utf8'), { name: 'report.json', type: 'application/json', creationDate: signedAt, modifiedDate: signedAt })
  const { start, count } = doc.bufferedPageRange()
  const mark = watermarkOf(content, copy.fate)
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(start + page)
    // Below the bottom margin pdfkit would begin another page.
    doc.page.margins.bottom = 0
    foot(pen, report, drawn, copy, page + 1, count)
    if (mark !== null) watermark(pen, mark)
  }
  doc.end()
  return { bytes: await finished, pages: count }
}

async function head(pen: Pen, { content }: SignedReport): Promise<void> {
  const { doc } = pen
  const { centre, institution, verify } = content
  const code = 56
  const centred = { width: pen.width - 2 * (code + 8), align: 'center' } as const
  const left = margin + code + 8
  pen.write(centre.title, left, margin - 6, 'bold', 17, centred)
  pen.write(`检查单位：${institution.name}　诊断中心：${centre.name}`, left, doc.y + 2, 'regular', 10, centred)
  pen.write(titleOf(content), left, doc.y + 4, 'bold', 14, centred)
  const below = Math.max(doc.y + 4, margin + code + 6)
  if (verify !== null) await qrCode(pen, verify.url, doc.page.width - margin - code, margin - 8, code)
  doc.fillColor('#555555')
  doc
    .rect(margin, margin - 6, code, 34)
    .lineWidth(0.5)
    .stroke('#888888')
  pen.write('互认标识', margin, margin - 4, 'regular', 7, { width: code, align: 'center' })
  if (verify !== null)
    pen.write('扫码验真', doc.page.width - margin - code, margin + code - 6, 'regular', 7, { width: code, align: 'center' })
  doc.fillColor('#000000')
  doc.y = below
  pen.rule(1.2)
}

/** Label and value in columns of thirds; the wide ones take a line of their own. */
function particulars(pen: Pen, { content }: SignedReport): void {
  const { doc } = pen
  const columns = [0.32, 0.36, 0.32].map((share) => share * pen.width)
  const thirds = particularsOf(content)
  for (let at = 0; at < thirds.length; at += 3) {
    const y = doc.y
    let x = margin
    let below = y
    thirds.slice(at, at + 3).forEach((pair, column) => {
      field(pen, pair, x, y, columns[column]!)
      below = Math.max(below, doc.y)
      x += columns[column]!
    })
    doc.y = below + 2
  }
  for (const pair of wideParticularsOf(content)) {
    field(pen, pair, margin, doc.y, pen.width)
    doc.y += 2
  }
  pen.rule(0.6)
}

function field(pen: Pen, [label, value]: Field, x: number, y: number, width: number): void {
  const { doc } = pen
  const labelWidth = [...label].length > 4 ? 66 : 54
  doc.fillColor('#555555')
  pen.write(`${label}：`, x, y, 'regular', 10, { width: labelWidth, lineBreak: false })
  doc.fillColor('#000000')
  pen.write(value === '' ? '—' : value, x + labelWidth, y, 'regular', 10, { width: width - labelWidth - 6 })
}

function section(pen: Pen, { title, text, strong = false }: Section, size: number): void {
  const { doc } = pen
  doc.y += 7
  // A heading alone at the foot of a page says nothing.
  pen.make(60)
  pen.write(`${title}：`, margin, doc.y, 'bold', size + 1, { width: pen.width })
  doc.y += 3
  for (const paragraph of text.trim().split(/\r?\n/)) {
    pen.write(paragraph === '' ? ' ' : paragraph, margin, doc.y, strong ? 'bold' : 'regular', size, {
      width: pen.width,
      indent: 2 * size,
      lineGap: size * 0.45,
      align: 'left',
    })
  }
}

/** Four in a row, with what the reader wrote below each. */
function keyImages(pen: Pen, { content }: SignedReport, { images }: Drawn, side: number): void {
  const { doc } = pen
  const gap = 6
  for (let at = 0; at < images.length; at += 4) {
    pen.make(side + 26)
    const y = doc.y + 8
    images.slice(at, at + 4).forEach((image, column) => {
      const x = margin + column * (side + gap)
      doc.rect(x, y, side, side).fill('#000000')
      if (image !== null) doc.image(image, x, y, { fit: [side, side], align: 'center', valign: 'center' })
      else {
        doc.fillColor('#ffffff')
        pen.write('图像不可显示', x, y + side / 2 - 5, 'regular', 8, { width: side, align: 'center' })
      }
      doc.fillColor('#000000')
      const caption = `图 ${at + column + 1}　${content.keyImages[at + column]?.caption ?? ''}`
      pen.write(caption, x, y + side + 2, 'regular', 8, { width: side, height: 10, ellipsis: true })
    })
    doc.y = y + side + 14
  }
}

function addenda(pen: Pen, { content }: SignedReport, size: number): void {
  const { doc } = pen
  const original = originalSignersOf(content)
  if (original === null) return
  pen.make(24)
  doc.y += 6
  pen.write(original, margin, doc.y, 'regular', 9, { width: pen.width, align: 'right' })
  for (const { title, sections, signed } of addendaOf(content)) {
    doc.y += 6
    pen.make(70)
    pen.rule(0.6)
    pen.write(title, margin, doc.y, 'bold', size + 1, { width: pen.width })
    for (const one of sections) section(pen, one, size)
    pen.make(20)
    pen.write(signed, margin, doc.y + 3, 'regular', 9, { width: pen.width, align: 'right' })
  }
}

async function collect(doc: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of doc) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
