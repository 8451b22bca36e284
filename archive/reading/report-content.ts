/**
 * What a signed report says: the one value that is hashed, from which SR, PDF and every page are made. It holds all that must not change when names,
 * institutions or the study's attributes are corrected later. Times are ISO 8601 in UTC.
 */
import { canonicalJSON, hashOf } from './canonical-json.ts'

export type Polarity = 'negative' | 'positive'

/** A `type`, not an interface: it must be assignable to Json. */
export type SignedPerson = { readonly username: string; readonly displayName: string }

/** The instances that there were when it was signed: PS3.3 C.17.2 Current Requested Procedure Evidence. */
export type Evidence = {
  readonly SeriesInstanceUID: string
  /** [SOPClassUID, SOPInstanceUID] */
  readonly instances: readonly (readonly [string, string])[]
}

export type ReportContent = {
  readonly format: 'report/1'
  readonly kind: 'final'
  readonly version: number
  readonly workitem: string
  readonly patient: {
    /** As printed: the supplementary Chinese name where there is one. */
    readonly name: string
    /** As received, and so in the documents: they lie beside the images. */
    readonly PatientName: string
    readonly PatientID: string
    readonly IssuerOfPatientID: string
    readonly PatientSex: string
    readonly PatientBirthDate: string
    readonly age: string
  }
  readonly study: {
    readonly StudyInstanceUID: string
    readonly StudyID: string
    readonly StudyDate: string
    readonly StudyTime: string
    readonly AccessionNumber: string
    readonly StudyDescription: string
    readonly ReferringPhysicianName: string
    readonly modality: string
    readonly bodyPart: string
    readonly evidence: readonly Evidence[]
  }
  /** Where the images were taken, and where they were read: both are printed. */
  readonly institution: { readonly code: string; readonly name: string }
  readonly centre: { readonly code: string; readonly name: string; readonly title: string }
  readonly clinical: { readonly information: string; readonly department: string; readonly requester: string }
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly polarity: Polarity
  readonly author: SignedPerson
  readonly authoredAt: string
  readonly reviewer: SignedPerson
  readonly signedAt: string
  readonly documents: {
    readonly sr: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }
    readonly pdf: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }
  }
}

/** The text that is kept and its SHA-256 in hexadecimal: what both signatures stand under. */
export function freeze(content: ReportContent): { text: string; hash: string } {
  const text = canonicalJSON(content)
  return { text, hash: hashOf(text) }
}
