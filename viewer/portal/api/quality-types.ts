/** Peer review, follow-up and quality events. */

export const peerStates = ['open', 'scored', 'disagreed', 'closed'] as const
export type PeerState = (typeof peerStates)[number]
export const peerCategories = ['agreed', 'missed', 'misread', 'side', 'position', 'description', 'advice', 'other'] as const
export type PeerCategory = (typeof peerCategories)[number]

export interface PeerReview {
  readonly id: string
  readonly workitem: string
  /** Null while a blind reviewer has not scored. */
  readonly report: string | null
  readonly StudyInstanceUID: string
  readonly month: string | null
  readonly blind: boolean
  readonly modality: string
  readonly institution: string | null
  readonly signedAt: string | null
  readonly author: string | null
  readonly signer: string | null
  readonly reviewer: string | null
  readonly state: PeerState
  readonly score: number | null
  readonly category: string | null
  readonly comment: string | null
  readonly scoredAt: string | null
  readonly answer: 'agreed' | 'disagreed' | null
  readonly answerText: string | null
  readonly answeredAt: string | null
  readonly finalScore: number | null
  readonly finalText: string | null
  readonly settledBy: string | null
  readonly settledAt: string | null
  readonly verbs: readonly string[]
}

export interface PeerReviewDetail extends PeerReview {
  readonly patient: { readonly sex: string; readonly age: string }
  readonly study: { readonly StudyDate: string; readonly StudyDescription: string; readonly bodyPart: string }
  readonly clinicalInformation: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly polarity: string
}

export interface PeerSample {
  readonly id: number
  readonly month: string
  readonly seed: string
  readonly share: number
  readonly blind: boolean
  readonly population: number
  readonly drawn: number
  readonly scored: number
  readonly drawnBy: string
  readonly drawnAt: string
}

export const followUpSources = ['surgery', 'pathology', 're-exam', 'clinical'] as const
export type FollowUpSource = (typeof followUpSources)[number]
export const concordances = ['concordant', 'partly', 'discordant'] as const
export type Concordance = (typeof concordances)[number]
export const followUpKinds = ['missed', 'misread', 'side', 'other'] as const
export type FollowUpKind = (typeof followUpKinds)[number]

export interface FollowUp {
  readonly id: string
  readonly workitem: string
  readonly report: string
  readonly StudyInstanceUID: string
  readonly institution: string
  readonly modality: string
  readonly StudyDate: string | null
  readonly impression: string
  readonly source: FollowUpSource
  readonly concordance: Concordance
  readonly kind: FollowUpKind | null
  readonly outcome: string
  readonly happenedOn: string | null
  readonly by: string
  readonly at: string
  readonly verbs: readonly string[]
}

export interface NewFollowUp {
  readonly source: FollowUpSource
  readonly concordance: Concordance
  readonly kind: FollowUpKind | null
  readonly outcome: string
  readonly happenedOn: string | null
}

export interface QualityEvent {
  readonly id: string
  readonly source: 'correction' | 'retraction' | 'peer-review' | 'follow-up' | 'hand'
  readonly workitem: string
  readonly StudyInstanceUID: string
  readonly institution: string
  readonly modality: string
  readonly kind: string
  readonly text: string
  readonly by: string | null
  readonly at: string
}

export const eventKinds = ['missed', 'misread', 'side', 'identity', 'typo', 'late', 'image', 'other'] as const
