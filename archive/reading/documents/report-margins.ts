/** Around the text of a printed report: signatures, page numbers, the digest, the QR code and what stands across the page. */
import type { SignedReport } from '../reports/report-content.ts'
import { footerHeight, margin, type Pen } from './pen.ts'
import type { Copy, Drawn } from './report-pdf.ts'
import { disclaimer, printMark, signersOf } from './report-words.ts'

const line = { lineBreak: false } as const

export function foot(pen: Pen, { content, hash }: SignedReport, drawn: Drawn, { print }: Copy, page: number, pages: number): void {
  const { doc } = pen
  doc.y = doc.page.height - footerHeight + 6
  pen.rule(0.6)
  const y = doc.y
  if (page === pages) signatures(pen, content, drawn, y)
  else
    pen.write(
      `姓名：${content.patient.name}　检查号：${content.study.AccessionNumber || '—'}　（接下页）`,
      margin,
      y + 8,
      'regular',
      10,
      line,
    )
  const right = { width: pen.width, align: 'right', ...line } as const
  doc.fillColor('#555555')
  pen.write(disclaimer, margin, y + 36, 'regular', 8.5, line)
  pen.write(`第 ${page} / ${pages} 页`, margin, y + 36, 'regular', 8.5, right)
  pen.write(`校验码(SHA-256) ${hash}`, margin, y + 50, 'regular', 7, line)
  if (print !== null) pen.write(printMark(print), margin, y + 62, 'regular', 8, line)
  pen.write(`报告版本 v${content.version}`, margin, y + 62, 'regular', 8, right)
  doc.fillColor('#000000')
}

function signatures(pen: Pen, content: SignedReport['content'], { signatures: pictures }: Drawn, y: number): void {
  const { doc } = pen
  const { signed, at, flag } = signersOf(content)
  signed.forEach(({ label, name, title, picture }, column) => {
    const x = margin + column * pen.width * 0.33
    const image = picture === null ? undefined : pictures.get(picture)
    pen.write(`${label}：`, x, y + 8, 'regular', 10.5, line)
    if (image === undefined) pen.write(`${name}${title === '' ? '' : ` ${title}`}`, x + 56, y + 8, 'regular', 10.5, line)
    else {
      doc.image(image, x + 56, y - 2, { fit: [90, 26], valign: 'center' })
      pen.write(`${name}${title === '' ? '' : ` ${title}`}`, x + 56, y + 25, 'regular', 7, line)
    }
  })
  pen.write(at, margin + pen.width * 0.66, y + 8, 'regular', 10.5, line)
  if (flag !== null) pen.write(`【${flag}】`, margin + pen.width * 0.66, y + 22, 'bold', 9, line)
}

/** Across the page, light enough to read through. */
export function watermark(pen: Pen, text: string): void {
  const { doc } = pen
  const { width, height } = doc.page
  const size = Math.min(64, (width * 0.95) / [...text].length)
  doc.save()
  doc.rotate(-35, { origin: [width / 2, height / 2] })
  doc.fillColor('#b00020').fillOpacity(0.13)
  pen.write(text, 0, height / 2 - size / 2, 'bold', size, { width, align: 'center', lineBreak: false })
  doc.restore()
  doc.fillOpacity(1)
}

/** Dark squares, merged along each row. */
export async function qrCode(pen: Pen, text: string, x: number, y: number, side: number): Promise<void> {
  const { create } = await import('qrcode')
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules
  const module = side / size
  const { doc } = pen
  for (let row = 0; row < size; row += 1) {
    for (let from = 0; from < size; from += 1) {
      if (data[row * size + from] !== 1) continue
      let to = from
      while (to < size && data[row * size + to] === 1) to += 1
      doc.rect(x + from * module, y + row * module, (to - from) * module, module)
      from = to
    }
  }
  doc.fill('#000000')
}
