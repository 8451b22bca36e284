/**
 * The monthly pack on paper: A4, a section after the other, each table under its charts, headers repeated where a table goes on, what every figure means at
 * the end of its section. Charts are the portal's, drawn by ECharts as SVG and laid into the page as vectors with the embedded Chinese font.
 */

import type { Fonts } from '../reading/documents/glyphs.ts'
import { readableDateTime } from '../reading/documents/local-time.ts'
import type { Statistics } from './statistics.ts'
import { type Chart, type Column, type FigureTable, kindOf, type Language, type Row, speaker } from './table.ts'
import { valueText } from './value-text.ts'

const margin = 42
const footerHeight = 36
const chartWidth = 760
const size = 8.5
const padding = 3

interface Options {
  readonly title: string
  readonly language: Language
  readonly fonts: Fonts
}

export async function packPDF(sections: readonly Statistics[], options: Options): Promise<Buffer> {
  const [{ default: PDFDocument }, drawing] = await Promise.all([import('pdfkit'), openDrawing()])
  const { language, fonts, title } = options
  const say = speaker(language)
  const [first] = sections
  const month = first?.period.from.slice(0, 7) ?? ''
  const doc = new PDFDocument({
    size: 'A4',
    margins: { top: margin, left: margin, right: margin, bottom: footerHeight + margin / 2 },
    bufferPages: true,
    lang: language === 'zh' ? 'zh-CN' : 'en',
    displayTitle: true,
    info: { Title: say(`影像诊断质控月报 ${month}`, `Monthly report ${month}`), Author: title, CreationDate: first?.at ?? new Date(0) },
  })
  const finished = collect(doc)
  doc.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold)

  doc.font('bold').fontSize(18).text(title, { align: 'center' })
  doc
    .moveDown(0.3)
    .fontSize(14)
    .text(say(`影像诊断质控月报　${month}`, `Monthly report of quality ${month}`), { align: 'center' })
  if (first !== undefined) {
    const about = `${first.of}　${first.period.from} – ${first.period.to}　${say('生成于', 'made')} ${readableDateTime(first.at.toISOString())}`
    doc.moveDown(0.3).font('regular').fontSize(9).fillColor('#555555').text(about, { align: 'center' }).fillColor('#000000')
  }
  sections.forEach((section, at) => {
    if (at > 0) doc.addPage()
    else doc.moveDown(1)
    section.tables.forEach((table, place) => {
      const [chart] = table.charts
      const follows = chart === undefined ? fewRows : drawnHeight(doc, chart) + 18
      if (place === 0) heading(doc, section.title, 14, follows + 40)
      heading(doc, table.title, 11, follows)
      for (const chart of table.charts) drawing(doc, chart)
      drawTable(doc, table, language)
    })
    drawDefinitions(doc, section, language)
  })
  const { start, count } = doc.bufferedPageRange()
  for (let page = 0; page < count; page += 1) {
    doc.switchToPage(start + page)
    foot(doc, `${title}　${month}`, say(`第 ${page + 1} / ${count} 页`, `Page ${page + 1} of ${count}`))
  }
  doc.end()
  return finished
}

const inner = (doc: PDFKit.PDFDocument) => doc.page.width - 2 * margin
const left = (doc: PDFKit.PDFDocument) => doc.page.height - doc.page.margins.bottom - doc.y

/** Room for the head of a table and some of its rows. */
const fewRows = 90

/** A heading alone at the foot of a page says nothing: it goes where what follows it goes. */
function heading(doc: PDFKit.PDFDocument, text: string, fontSize: number, follows: number): void {
  if (left(doc) < follows + 30) doc.addPage()
  doc.x = margin
  doc
    .moveDown(0.6)
    .font('bold')
    .fontSize(fontSize)
    .text(text, { width: inner(doc) })
    .moveDown(0.25)
}

/** A chart that is higher than a page is drawn smaller, never cut. */
function drawnHeight(doc: PDFKit.PDFDocument, { height }: Chart): number {
  const whole = doc.page.height - margin - doc.page.margins.bottom - 90
  return height * Math.min(inner(doc) / chartWidth, whole / height)
}

/** Loaded when the first pack is made: ECharts is a megabyte that no start waits for. */
async function openDrawing(): Promise<(doc: PDFKit.PDFDocument, chart: Chart) => void> {
  const [echarts, { default: SVGtoPDF }] = await Promise.all([import('echarts'), import('svg-to-pdfkit')])
  return (doc, chart) => {
    const drawn = echarts.init(null, null, { renderer: 'svg', ssr: true, width: chartWidth, height: chart.height })
    let svg: string
    try {
      drawn.setOption({ ...chart.option, animation: false, backgroundColor: '#ffffff' })
      svg = drawn.renderToSVGString()
    } finally {
      drawn.dispose()
    }
    const height = drawnHeight(doc, chart)
    const scale = height / chart.height
    if (left(doc) < height + 18) doc.addPage()
    doc
      .font('regular')
      .fontSize(9)
      .fillColor('#333333')
      .text(chart.title, margin, doc.y, { width: inner(doc) })
      .fillColor('#000000')
    const top = doc.y + 2
    SVGtoPDF(doc, svg, margin, top, {
      width: chartWidth * scale,
      height,
      preserveAspectRatio: 'xMinYMin meet',
      assumePt: true,
      fontCallback: (_family: string, bold: boolean) => (bold ? 'bold' : 'regular'),
    })
    doc.x = margin
    doc.y = top + height + 6
  }
}

/** Widths by what stands in each column, together the page's. */
function widthsOf(doc: PDFKit.PDFDocument, { columns, rows, total }: FigureTable, language: Language): number[] {
  const shown = total === null ? rows : [...rows, total]
  const wanted = columns.map((column) => {
    doc.font('regular').fontSize(size)
    const values = shown.map((row) => doc.widthOfString(valueText(kindOf(column, row), row[column.key] ?? null, language)))
    const title = doc.font('bold').fontSize(size).widthOfString(column.title)
    // A long title breaks into two lines before it takes room from the values.
    return Math.max(22, ...values, Math.min(title, Math.max(title / 2 + 6, 30))) + 2 * padding
  })
  const sum = wanted.reduce((all, width) => all + width, 0)
  const room = inner(doc)
  return sum > room ? wanted.map((width) => (width * room) / sum) : wanted.map((width) => width + ((room - sum) / columns.length) * 0.6)
}

function drawTable(doc: PDFKit.PDFDocument, table: FigureTable, language: Language): void {
  const { columns, rows, total, empty } = table
  if (rows.length === 0) {
    doc
      .font('regular')
      .fontSize(9)
      .fillColor('#555555')
      .text(empty, margin, doc.y, { width: inner(doc) })
      .fillColor('#000000')
    return
  }
  const widths = widthsOf(doc, table, language)
  // Of many columns the type shrinks rather than the page.
  const type = columns.length > 14 ? 6 : columns.length > 10 ? 7.2 : size
  const head = (): void =>
    drawRow(doc, columns, widths, Object.fromEntries(columns.map(({ key, title }) => [key, title])), 'head', type, language)
  if (left(doc) < fewRows) doc.addPage()
  head()
  for (const row of rows) {
    if (left(doc) < type * 2.4) {
      doc.addPage()
      head()
    }
    drawRow(doc, columns, widths, row, 'body', type, language)
  }
  if (total !== null) {
    if (left(doc) < type * 2.4) {
      doc.addPage()
      head()
    }
    drawRow(doc, columns, widths, total, 'total', type, language)
  }
  doc.x = margin
  doc.y += 6
}

function drawRow(
  doc: PDFKit.PDFDocument,
  columns: readonly Column[],
  widths: readonly number[],
  row: Row,
  role: 'head' | 'body' | 'total',
  type: number,
  language: Language,
): void {
  doc.font(role === 'body' ? 'regular' : 'bold').fontSize(type)
  const texts = columns.map((column) =>
    role === 'head' ? String(row[column.key]) : valueText(kindOf(column, row), row[column.key] ?? null, language),
  )
  const height = Math.max(...texts.map((text, at) => doc.heightOfString(text || ' ', { width: widths[at]! - 2 * padding }))) + 2 * padding
  const top = doc.y
  const width = widths.reduce((all, each) => all + each, 0)
  if (role !== 'body') doc.rect(margin, top, width, height).fill(role === 'head' ? '#e8eff8' : '#f5f7f9')
  doc.fillColor('#000000')
  let x = margin
  texts.forEach((text, at) => {
    const align = columns[at]!.kind === 'text' ? 'left' : 'right'
    doc.text(text, x + padding, top + padding, { width: widths[at]! - 2 * padding, align })
    x += widths[at]!
  })
  doc
    .moveTo(margin, top + height)
    .lineTo(margin + width, top + height)
    .lineWidth(0.4)
    .stroke('#c9d1d9')
  doc.x = margin
  doc.y = top + height
}

function drawDefinitions(doc: PDFKit.PDFDocument, { definitions }: Statistics, language: Language): void {
  if (definitions.length === 0) return
  const say = speaker(language)
  heading(doc, say('指标说明', 'What the figures mean'), 10, 40)
  for (const { name, numerator, denominator, clock } of definitions) {
    const of = denominator === null ? '' : say(`；分母：${denominator}`, `; out of: ${denominator}`)
    const text = say(`${name}：${numerator}${of}；时间：${clock}。`, `${name}: ${numerator}${of}; counted on: ${clock}.`)
    doc.font('regular').fontSize(8)
    if (left(doc) < doc.heightOfString(text, { width: inner(doc) })) doc.addPage()
    doc
      .fillColor('#444444')
      .text(text, margin, doc.y, { width: inner(doc) })
      .moveDown(0.2)
  }
  doc.fillColor('#000000')
}

function foot(doc: PDFKit.PDFDocument, title: string, page: string): void {
  // Below the bottom margin pdfkit would begin another page.
  doc.page.margins.bottom = 0
  const y = doc.page.height - footerHeight
  doc.font('regular').fontSize(8).fillColor('#555555')
  doc.text(title, margin, y, { lineBreak: false })
  doc.text(page, margin, y, { width: inner(doc), align: 'right', lineBreak: false })
  doc.fillColor('#000000')
}

async function collect(doc: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of doc) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
