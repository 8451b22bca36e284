/**
 * What a signed report says: the one value that is hashed, from which SR, PDF and every page are made. It holds all that must not change when names,
 * institutions or the study's attributes are corrected later. Times are ISO 8601 in UTC.
 */
import type { DraftText, ImageGrade, KeyImage, Wording } from '../../../storage/index/reading/drafts.ts'
import type { ReportKind } from '../../../storage/index/reading/reports.ts'
import { canonicalJSON, hashOf, type Json } from './canonical-json.ts'

export type Polarity = 'negative' | 'positive'

/** A `type`, not an interface: it must be assignable to Json. */
export type SignedPerson = { readonly username: string; readonly displayName: string }

/** The instances that there were when it was signed: PS3.3 C.17.2 Current Requested Procedure Evidence. */
export type Evidence = {
  readonly SeriesInstanceUID: string
  /** [SOPClassUID, SOPInstanceUID] */
  readonly instances: readonly (readonly [string, string])[]
}

export type ReportText = Pick<DraftText, 'technique' | 'comparison' | 'findings' | 'impression' | 'advice' | 'remark'>

/** 补充报告: what was added to the report above it, which stays as it was signed. */
export type Addendum = Pick<ReportText, 'findings' | 'impression' | 'advice'> & {
  readonly author: SignedPerson
  readonly reviewer: SignedPerson
  readonly signedAt: string
}

/** A version whose content this one holds, wholly or in part. */
export type Predecessor = {
  readonly version: number
  readonly kind: ReportKind
  /** SHA-256 of its text: versions are chained. */
  readonly hash: string
  readonly signedAt: string
  readonly StudyInstanceUID: string
  readonly sr: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }
}

/** What an author puts their signature under when they submit: the digest of the text, not the text, since a reviewer may improve it. */
export type Submission = {
  readonly format: 'submission/1'
  readonly workitem: string
  readonly StudyInstanceUID: string
  /** SHA-256 of the canonical JSON of the draft. */
  readonly draft: string
  readonly author: SignedPerson
  readonly at: string
}

export type Signature = {
  readonly role: 'author' | 'reviewer'
  readonly username: string
  readonly displayName: string
  readonly title: string
  /** Hexadecimal SHA-256 of the picture that is printed, or null. */
  readonly picture: string | null
  readonly at: string
  /** `report`: all of it but the signatures · `submission`: the value of that name. */
  readonly over: 'report' | 'submission'
  readonly keyId: string
  readonly algorithm: 'Ed25519'
  /** In Base64. */
  readonly value: string
}

export type CorrectionClass = 'typo' | 'missed' | 'misread' | 'side' | 'identity'

export type ReportContent = {
  readonly format: 'report/2' | 'report/1'
  readonly kind: ReportKind
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
  /** Further studies that one report was written for (a DR machine makes a study of each view). */
  readonly alsoStudies: readonly {
    readonly StudyInstanceUID: string
    readonly AccessionNumber: string
    readonly StudyDescription: string
    readonly evidence: readonly Evidence[]
    /** As its own instances say, for what is stored beside them; absent in what was signed before there was such a thing. */
    readonly described?: {
      readonly PatientName: string
      readonly PatientID: string
      readonly IssuerOfPatientID: string
      readonly PatientSex: string
      readonly PatientBirthDate: string
      readonly StudyID: string
      readonly StudyDate: string
      readonly StudyTime: string
      readonly ReferringPhysicianName: string
    }
  }[]
  /** Where the images were taken, and where they were read: both are printed. */
  readonly institution: { readonly code: string; readonly name: string }
  readonly centre: { readonly code: string; readonly name: string; readonly title: string }
  /** Reports that were signed before there were beds have no `ward` and `bed`, and stay as they were signed. */
  readonly clinical: {
    readonly information: string
    readonly department: string
    readonly requester: string
    readonly ward?: string
    /** Without 床 behind it. */
    readonly bed?: string
  }
  readonly technique: string
  readonly comparison: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly remark: string
  readonly addenda: readonly Addendum[]
  readonly polarity: Polarity
  readonly wording: Wording | null
  readonly grade: ImageGrade | null
  readonly keyImages: readonly KeyImage[]
  readonly author: SignedPerson
  readonly authoredAt: string
  /** Null in a temporary report, which has one signature. */
  readonly reviewer: SignedPerson | null
  readonly signedAt: string
  /** Who signed what stands above the addenda; null where there are none. */
  readonly original: {
    readonly author: SignedPerson
    readonly authoredAt: string
    readonly reviewer: SignedPerson | null
    readonly signedAt: string
  } | null
  /** 同一人签. */
  readonly samePerson: boolean
  /** Of a correction: its class, and why in words. */
  readonly correction: { readonly class: CorrectionClass; readonly reason: string } | null
  /** The version before first. */
  readonly predecessors: readonly Predecessor[]
  readonly submission: Submission | null
  readonly verify: { readonly code: string; readonly url: string } | null
  readonly documents: {
    readonly sr: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }
    readonly pdf: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }
    /** Of its key images; absent where it has none of its own study. */
    readonly kos?: { readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }
    /** The same in each further study that it shows images of. */
    readonly alsoKos?: readonly { readonly StudyInstanceUID: string; readonly SOPInstanceUID: string; readonly SeriesInstanceUID: string }[]
  }
  readonly signatures: readonly Signature[]
}

/** A version as it is kept: the text is what was hashed, whatever format it has. */
export interface SignedReport {
  readonly content: ReportContent
  readonly text: string
  readonly hash: string
}

/** The text that is kept and its SHA-256 in hexadecimal. */
export function freeze(content: ReportContent): SignedReport {
  const text = canonicalJSON(content)
  return { content, text, hash: hashOf(text) }
}

/** What a signature stands under, in UTF-8. */
export function signedBytes(content: ReportContent, over: Signature['over']): Buffer {
  const { signatures: _, ...rest } = content
  return Buffer.from(canonicalJSON(over === 'submission' ? content.submission : (rest as Json)), 'utf8')
}

/** What `report/1` did not have. */
const sinceFirstFormat = {
  alsoStudies: [],
  technique: '',
  comparison: '',
  remark: '',
  addenda: [],
  wording: null,
  grade: null,
  keyImages: [],
  original: null,
  samePerson: false,
  correction: null,
  predecessors: [],
  submission: null,
  verify: null,
  signatures: [],
} as const

/** A kept text as a value: reports of every format that was ever signed. */
export function contentOf({ content: text }: { readonly content: string }): ReportContent {
  const kept = JSON.parse(text) as ReportContent
  return kept.format === 'report/2' ? kept : { ...sinceFirstFormat, ...kept }
}

/** A row of the index as it was signed. */
export const signedReportOf = (row: { readonly content: string; readonly hash: string }): SignedReport => ({
  content: contentOf(row),
  text: row.content,
  hash: row.hash,
})
