/** The printed report as an Encapsulated PDF instance, for viewers that show no SR. PS3.3 A.45.1, C.24. */
import type { ReportContent } from '../reports/report-content.ts'
import { dicomDateTime } from './local-time.ts'
import { sharedModules } from './modules.ts'
import { part10Of } from './part10.ts'

export const EncapsulatedPDFStorage = '1.2.840.10008.5.1.4.1.1.104.1'

export function encapsulatedPDF(content: ReportContent, pdf: Uint8Array): Buffer {
  const signed = dicomDateTime(content.signedAt)
  const sources = [content.study, ...content.alsoStudies]
    .flatMap(({ evidence }) => evidence)
    .flatMap(({ instances }) =>
      instances.map(([ReferencedSOPClassUID, ReferencedSOPInstanceUID]) => ({ ReferencedSOPClassUID, ReferencedSOPInstanceUID })),
    )
  // The value of an OB has an even length; the true one stands beside it (0042,0015).
  const padded = new Uint8Array(pdf.length + (pdf.length % 2))
  padded.set(pdf)
  return part10Of({
    ...sharedModules(content, 'pdf'),
    SOPClassUID: EncapsulatedPDFStorage,
    Modality: 'DOC',
    ConversionType: 'WSD',
    BurnedInAnnotation: 'YES',
    AcquisitionDateTime: `${signed.date}${signed.time}+0800`,
    DocumentTitle: '影像诊断报告',
    ConceptNameCodeSequence: [{ CodeValue: '18748-4', CodingSchemeDesignator: 'LN', CodeMeaning: 'Diagnostic imaging report' }],
    VerificationFlag: content.reviewer === null ? 'UNVERIFIED' : 'VERIFIED',
    ...(sources.length === 0 ? {} : { SourceInstanceSequence: sources }),
    MIMETypeOfEncapsulatedDocument: 'application/pdf',
    EncapsulatedDocumentLength: pdf.length,
    EncapsulatedDocument: padded.buffer,
  })
}
