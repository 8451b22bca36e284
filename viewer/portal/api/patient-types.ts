/** What the portal and `/api` say to each other of patients, the links between them, conflicts and corrections. */

/** Values by DICOM keyword, as people enter and read them. */
export type Attributes = Readonly<Record<string, string>>

export interface Sentence {
  readonly zh: string
  readonly en: string
}

export interface ConflictDecision extends Sentence {
  readonly code: string
  readonly destructive: boolean
}

export interface Conflict {
  readonly id: string
  readonly kind: string
  readonly at: string
  readonly StudyInstanceUID: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly what: Sentence
  readonly current: Attributes
  readonly other: Attributes
  readonly decisions: readonly ConflictDecision[]
  readonly decided: { readonly decision: string; readonly by: string; readonly at: string; readonly reason: string } | null
}

export interface PatientRow {
  readonly id: string
  readonly issuer: string
  readonly PatientID: string
  readonly name: string
  readonly sex: string
  readonly birthDate: string
  readonly studies: number
  readonly lastStudyDate: string | null
  readonly mergedInto: string | null
  /** Filed apart until a person decides whether it is the same one. */
  readonly provisional: boolean
}

export interface PatientStudy {
  readonly StudyInstanceUID: string
  readonly StudyDate: string
  readonly modality: string
  readonly StudyDescription: string
  readonly AccessionNumber: string
  /** As they stand in this study. */
  readonly name: string
  readonly PatientID: string
  readonly institution: { readonly id: number; readonly name: string }
  readonly instances: number
  readonly corrected: boolean
}

export type LinkKind = 'merge' | 'match' | 'person'

export interface PatientLink {
  readonly id: string
  readonly kind: LinkKind
  readonly from: string
  readonly into: string
  /** Of a match: the study that was said to be another patient's. */
  readonly StudyInstanceUID: string | null
  readonly reason: string
  readonly by: string
  readonly at: string
  readonly undone: Deed | null
}

export interface PatientDetail extends Omit<PatientRow, 'studies'> {
  readonly studies: readonly PatientStudy[]
  readonly links: readonly PatientLink[]
}

export interface Deed {
  readonly by: string
  readonly at: string
  readonly reason: string
}

export interface Correction {
  readonly revision: number
  readonly by: string
  readonly at: string
  readonly reason: string
  readonly attributes: Attributes
  /** Null: the attributes are the study's. */
  readonly SeriesInstanceUID: string | null
  readonly undone: Deed | null
}

/** What a study or a series says: as it came, and as it stands. */
export interface Correctable {
  readonly asReceived: Attributes
  readonly now: Attributes
  readonly correctable: readonly string[]
}

export interface CorrectableSeries extends Correctable {
  readonly SeriesInstanceUID: string
  readonly Modality: string
  readonly SeriesNumber: string
  readonly SeriesDescription: string
}

export interface Corrections extends Correctable {
  readonly corrections: readonly Correction[]
  readonly series: readonly CorrectableSeries[]
}
