/** The transfer syntaxes that the generators write (PS3.5 §10, Annex A). */
export const transferSyntaxes = {
  implicit: '1.2.840.10008.1.2',
  explicit: '1.2.840.10008.1.2.1',
  deflated: '1.2.840.10008.1.2.1.99',
  bigEndian: '1.2.840.10008.1.2.2',
  jpegBaseline: '1.2.840.10008.1.2.4.50',
  jpegLSLossless: '1.2.840.10008.1.2.4.80',
  jpeg2000Lossless: '1.2.840.10008.1.2.4.90',
  htj2kLossless: '1.2.840.10008.1.2.4.201',
  htj2kLosslessRPCL: '1.2.840.10008.1.2.4.202',
  rle: '1.2.840.10008.1.2.5',
} as const

export type TransferSyntax = keyof typeof transferSyntaxes

const native: readonly TransferSyntax[] = ['implicit', 'explicit', 'deflated', 'bigEndian']
export const isEncapsulated = (syntax: TransferSyntax): boolean => !native.includes(syntax)
