/** A signed report as the portal shows it. */
import { findReport, type ReportRow } from '../../storage/index/reading/reports.ts'
import { type Asker, demand } from '../access.ts'
import { NotFound } from '../errors.ts'
import { type PatientView, patientOf } from './patient.ts'
import type { ReportContent } from './report-content.ts'
import type { ReadingTools } from './tools.ts'

export interface ReportView {
  readonly id: string
  readonly version: number
  readonly status: 'final'
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly polarity: 'negative' | 'positive'
  /** As it was signed; that never changes. */
  readonly patient: PatientView
  /** Whom the study names now, where it was corrected, matched or merged since; null where that is the same. */
  readonly patientNow: PatientView | null
  readonly institution: string
  readonly centre: string
  readonly author: string
  readonly authoredAt: string
  readonly reviewer: string
  readonly signedAt: string
  /** SHA-256 of the canonical JSON, hexadecimal. */
  readonly hash: string
  readonly StudyInstanceUID: string
  readonly modality: string
  readonly StudyDate: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly SRInstanceUID: string
  readonly PDFInstanceUID: string
  readonly documents: 'pending' | 'stored'
}

export const contentOf = (row: Pick<ReportRow, 'content'>): ReportContent => JSON.parse(row.content) as ReportContent

export function reportView(row: ReportRow): ReportView {
  const content = contentOf(row)
  const { patient, study } = content
  return {
    id: String(row.id),
    version: row.version,
    status: content.kind,
    findings: content.findings,
    impression: content.impression,
    advice: content.advice,
    polarity: content.polarity,
    patient: {
      name: patient.name,
      PatientName: patient.PatientName,
      PatientID: patient.PatientID,
      sex: patient.PatientSex,
      birthDate: patient.PatientBirthDate,
      age: patient.age,
    },
    patientNow: isSigned(row.stands, patient) ? null : patientOf(row.stands),
    institution: content.institution.name,
    centre: content.centre.title,
    author: content.author.displayName,
    authoredAt: content.authoredAt,
    reviewer: content.reviewer.displayName,
    signedAt: content.signedAt,
    hash: row.hash,
    StudyInstanceUID: study.StudyInstanceUID,
    modality: study.modality,
    StudyDate: study.StudyDate,
    StudyDescription: study.StudyDescription,
    AccessionNumber: study.AccessionNumber,
    SRInstanceUID: content.documents.sr.SOPInstanceUID,
    PDFInstanceUID: content.documents.pdf.SOPInstanceUID,
    documents: row.pending > 0 ? 'pending' : 'stored',
  }
}

const compared = ['PatientName', 'PatientID', 'PatientSex', 'PatientBirthDate'] as const

const isSigned = (stands: ReportRow['stands'], signed: ReportContent['patient']): boolean =>
  compared.every((keyword) => (stands[keyword] ?? '') === signed[keyword])

/** @throws NotFound, Forbidden */
export async function getReport(
  { index: { pool } }: ReadingTools,
  asker: Asker,
  id: number,
): Promise<{ view: ReportView; content: ReportContent }> {
  demand(asker, 'retrieve')
  const row = await findReport(pool, asker.scope, id)
  if (row === undefined) throw new NotFound(`There is no report ${id}`)
  return { view: reportView(row), content: contentOf(row) }
}
