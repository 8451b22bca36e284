/** Writing on A4: text in runs, each in a font that has its characters. */
import type { Fonts } from './glyphs.ts'

export const margin = 44
export const footerHeight = 104

export type Weight = 'regular' | 'bold'

export class Pen {
  readonly doc: PDFKit.PDFDocument
  readonly #fonts: Fonts
  constructor(doc: PDFKit.PDFDocument, fonts: Fonts) {
    this.doc = doc
    this.#fonts = fonts
    doc.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold)
    if (fonts.fallback !== undefined) doc.registerFont('fallback', fonts.fallback)
  }

  /** Of the page, between the margins. */
  get width(): number {
    return this.doc.page.width - 2 * margin
  }

  write(text: string, x: number, y: number, weight: Weight, size: number, options: PDFKit.Mixins.TextOptions): void {
    const runs = this.#fonts.split(text)
    runs.forEach((run, at) => {
      this.doc.font(run.fallback ? 'fallback' : weight).fontSize(size)
      const continued = { ...options, continued: at < runs.length - 1 }
      if (at === 0) this.doc.text(run.text, x, y, continued)
      else this.doc.text(run.text, continued)
    })
  }

  rule(width: number): void {
    const { doc } = this
    doc
      .moveTo(margin, doc.y)
      .lineTo(doc.page.width - margin, doc.y)
      .lineWidth(width)
      .stroke('#333333')
    doc.y += 6
  }

  /** Room of so many points below, or the next page. */
  make(room: number): void {
    if (this.doc.y + room > this.doc.page.height - footerHeight) this.doc.addPage()
  }
}
