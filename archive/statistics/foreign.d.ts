/** What the printed pack uses of a package that comes without types. */
declare module 'svg-to-pdfkit' {
  interface Options {
    readonly width?: number
    readonly height?: number
    readonly preserveAspectRatio?: string
    readonly assumePt?: boolean
    /** Answers the name of a registered font. */
    readonly fontCallback?: (family: string, bold: boolean, italic: boolean) => string
  }
  export default function SVGtoPDF(doc: PDFKit.PDFDocument, svg: string, x: number, y: number, options?: Options): void
}
