/** Versions of a report as the portal shows them: which stands, what became of the others, and whether the patient is still named as it was signed. */
import { findReport, type ReportRow, type ReportStatus, reportVersions } from '../../../storage/index/reading/reports.ts'
import { type Asker, demand, may } from '../../access.ts'
import { NotFound } from '../../errors.ts'
import { type PatientView, patientOf } from '../patient.ts'
import type { ReadingTools } from '../tools.ts'
import { type Addendum, contentOf, type ReportContent, type Signature, type SignedReport, signedReportOf } from './report-content.ts'

export interface ReportView
  extends Pick<
    ReportContent,
    | 'technique'
    | 'comparison'
    | 'findings'
    | 'impression'
    | 'advice'
    | 'remark'
    | 'polarity'
    | 'wording'
    | 'grade'
    | 'keyImages'
    | 'samePerson'
    | 'correction'
    | 'clinical'
  > {
  readonly id: string
  readonly version: number
  /** What kind of version it is. */
  readonly status: ReportContent['kind']
  /** Whether it counts; and if not, what became of it. */
  readonly standing: boolean
  readonly fate: ReportStatus
  /** Who took it back, when and why. */
  readonly withdrawn: ReportRow['withdrawn']
  readonly addenda: readonly (Omit<Addendum, 'author' | 'reviewer'> & { readonly author: string; readonly reviewer: string })[]
  /** As it was signed; that never changes. */
  readonly patient: PatientView
  /** Whom the study names now, where it was corrected, matched or merged since; null where that is the same. */
  readonly patientNow: PatientView | null
  readonly institution: string
  readonly centre: string
  /** Of what stands above the addenda, where there are any. */
  readonly author: string
  readonly authoredAt: string
  /** Empty in a temporary report. */
  readonly reviewer: string
  readonly signedAt: string
  readonly signatures: readonly Omit<Signature, 'value' | 'username'>[]
  /** SHA-256 of the signed text, hexadecimal. */
  readonly hash: string
  readonly verifyURL: string | null
  readonly workitem: string
  readonly StudyInstanceUID: string
  readonly modality: string
  readonly bodyPart: string
  readonly StudyDate: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  readonly SRInstanceUID: string
  readonly PDFInstanceUID: string
  readonly documents: 'pending' | 'stored'
}

export function reportView(row: ReportRow): ReportView {
  const content = contentOf(row)
  const { patient, study, original } = content
  const {
    technique,
    comparison,
    findings,
    impression,
    advice,
    remark,
    polarity,
    wording,
    grade,
    keyImages,
    samePerson,
    correction,
    clinical,
  } = content
  return {
    ...{
      technique,
      comparison,
      findings,
      impression,
      advice,
      remark,
      polarity,
      wording,
      grade,
      keyImages,
      samePerson,
      correction,
      clinical,
    },
    id: String(row.id),
    version: row.version,
    status: row.kind,
    standing: row.status === 'standing',
    fate: row.status,
    withdrawn: row.withdrawn,
    addenda: content.addenda.map(({ author, reviewer, ...addendum }) => ({
      ...addendum,
      author: author.displayName,
      reviewer: reviewer.displayName,
    })),
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
    author: (original ?? content).author.displayName,
    authoredAt: (original ?? content).authoredAt,
    reviewer: (original ?? content).reviewer?.displayName ?? '',
    signedAt: (original ?? content).signedAt,
    signatures: content.signatures.map(({ value: _, username: __, ...signature }) => signature),
    hash: row.hash,
    verifyURL: content.verify?.url ?? null,
    workitem: String(row.workitem),
    StudyInstanceUID: study.StudyInstanceUID,
    modality: study.modality,
    bodyPart: study.bodyPart,
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

export interface ReportVersion {
  readonly id: string
  readonly version: number
  readonly status: ReportContent['kind']
  readonly fate: ReportStatus
  readonly signedAt: string
  readonly author: string
  readonly reviewer: string
  readonly hash: string
  readonly correction: ReportContent['correction']
  readonly withdrawn: ReportRow['withdrawn']
}

const versionView = (row: ReportRow): ReportVersion => {
  const { signedAt, author, reviewer, correction } = contentOf(row)
  return {
    id: String(row.id),
    version: row.version,
    status: row.kind,
    fate: row.status,
    signedAt,
    author: author.displayName,
    reviewer: reviewer?.displayName ?? '',
    hash: row.hash,
    correction,
    withdrawn: row.withdrawn,
  }
}

export interface ReportDetail extends ReportView {
  /** Newest first; a signature that was taken back is the centre's own affair. */
  readonly versions: readonly ReportVersion[]
  /** The version that counts, when it is another one. */
  readonly standingId: string | null
}

/** What was retracted may be about somebody else: outside the centre its text is gone, inside it is kept. */
const isCentral = (asker: Asker): boolean => asker.institution.readingCentre && (may(asker, 'read') || may(asker, 'quality'))

/** @throws NotFound, Forbidden */
export async function getReport(
  { index: { pool } }: Pick<ReadingTools, 'index'>,
  asker: Asker,
  id: number,
): Promise<{ row: ReportRow; view: ReportDetail; signed: SignedReport }> {
  demand(asker, 'retrieve')
  const row = await findReport(pool, asker.scope, id)
  if (row === undefined || (row.status === 'unsigned' && !isCentral(asker))) throw new NotFound(`There is no report ${id}`)
  const versions = (await reportVersions(pool, row.workitem)).filter(({ status }) => status !== 'unsigned' || isCentral(asker))
  const stands = versions.find(({ status }) => status === 'standing')
  return {
    row,
    view: {
      ...shown(reportView(row), asker),
      versions: versions.map(versionView),
      standingId: stands === undefined ? null : String(stands.id),
    },
    signed: signedReportOf(row),
  }
}

/** @throws NotFound: a retracted text leaves the centre no more, in no form */
export async function getSignedReport(
  tools: Pick<ReadingTools, 'index'>,
  asker: Asker,
  id: number,
): Promise<{ row: ReportRow; signed: SignedReport }> {
  const { row, signed } = await getReport(tools, asker, id)
  if (row.status === 'retracted' && !isCentral(asker)) throw new NotFound(`Report ${id} was retracted`)
  return { row, signed }
}

function shown(view: ReportView, asker: Asker): ReportView {
  if (view.fate !== 'retracted' || isCentral(asker)) return view
  const empty = { technique: '', comparison: '', findings: '', impression: '', advice: '', remark: '' }
  return { ...view, ...empty, addenda: [], keyImages: [], wording: null, grade: null }
}
