/**
 * Peer review (reading.md §6.5): a random share of a month's reports gets a second look. The drawing follows from a seed that is kept, so anybody can draw
 * the same again; whoever signed a report in any role does not review it; a blind reviewer does not learn who did before the score stands. The author
 * answers; who disagrees is heard by the chief, and the settlement stands over the score.
 */
import { randomBytes } from 'node:crypto'
import type { Index } from '../../storage/index/postgres.ts'
import { reportedTask } from '../../storage/index/quality/follow-ups.ts'
import {
  answerPeerReview,
  fileSample,
  findPeerReview,
  insertPeerReview,
  insertSample,
  listPeerReviews,
  listSamples,
  lockPeerReview,
  type PeerReviewRow,
  type PeerState,
  type SampleRow,
  type Score,
  scorePeerReview,
  settlePeerReview,
} from '../../storage/index/quality/peer-reviews.ts'
import { transaction } from '../../storage/index/query.ts'
import { type Asker, demand, demandPerson, may } from '../access.ts'
import { auditIn } from '../audit.ts'
import { Conflict, Forbidden, NotFound } from '../errors.ts'
import { Refused } from '../reading/refused.ts'
import { monthOf, today } from '../statistics/period.ts'

export const peerCategories = ['agreed', 'missed', 'misread', 'side', 'position', 'description', 'advice', 'other'] as const
export type PeerCategory = (typeof peerCategories)[number]
export const defaultShare = 0.05

export interface QualityTools {
  readonly index: Index
  readonly clock: () => Date
}

export type PeerVerb = 'score' | 'agree' | 'disagree' | 'settle'

export interface PeerReviewView {
  readonly id: string
  readonly workitem: string
  /** Null while a blind reviewer has not scored: its documents name the author. */
  readonly report: string | null
  readonly StudyInstanceUID: string
  /** The month that it was drawn from; null: chosen by hand. */
  readonly month: string | null
  readonly blind: boolean
  readonly modality: string
  readonly institution: string | null
  readonly signedAt: Date | null
  readonly author: string | null
  readonly signer: string | null
  readonly reviewer: string | null
  readonly state: Exclude<PeerState, 'all'>
  readonly score: number | null
  readonly category: string | null
  readonly comment: string | null
  readonly scoredAt: Date | null
  readonly answer: 'agreed' | 'disagreed' | null
  readonly answerText: string | null
  readonly answeredAt: Date | null
  readonly finalScore: number | null
  readonly finalText: string | null
  readonly settledBy: string | null
  readonly settledAt: Date | null
  readonly verbs: readonly PeerVerb[]
}

/** What a second reader needs of the report: no name of a patient or a doctor. */
export interface PeerReviewDetail extends PeerReviewView {
  readonly patient: { readonly sex: string; readonly age: string }
  readonly study: { readonly StudyDate: string; readonly StudyDescription: string; readonly bodyPart: string }
  readonly clinicalInformation: string
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly polarity: string
}

const stateOf = (row: PeerReviewRow): PeerReviewView['state'] => {
  if (row.score === null) return 'open'
  if (row.settledAt !== null || row.answer === 'agreed') return 'closed'
  if (row.answer === 'disagreed') return 'disagreed'
  return row.score === 1 ? 'closed' : 'scored'
}

const signedIt = (asker: Asker, row: PeerReviewRow): boolean => row.authorId === asker.account || row.signerId === asker.account

/** Who may score: a second reader or who answers for quality, and nobody their own. */
const mayScore = (asker: Asker): boolean => may(asker, 'review') || may(asker, 'quality')

function verbsOf(asker: Asker, row: PeerReviewRow): PeerVerb[] {
  const state = stateOf(row)
  if (asker.institution.id !== row.centre) return []
  return [
    ...(state === 'open' && mayScore(asker) && !signedIt(asker, row) ? (['score'] as const) : []),
    ...((state === 'scored' || (state === 'closed' && row.answer === null && row.score !== null)) &&
    row.authorId === asker.account &&
    row.settledAt === null
      ? (['agree', 'disagree'] as const)
      : []),
    ...(state === 'disagreed' && may(asker, 'direct') && row.authorId !== asker.account && row.reviewerId !== asker.account
      ? (['settle'] as const)
      : []),
  ]
}

function viewOf(asker: Asker, row: PeerReviewRow): PeerReviewView {
  // Whoever directs or answers for quality sees names once the score stands; the author always knows their own.
  const hidden = row.blind && row.score === null && row.authorId !== asker.account
  // The author of a blind review does not learn who scored.
  const scorerHidden = row.blind && row.authorId === asker.account && !may(asker, 'direct')
  const { id, workitem, report, month, blind, modality, institution, signedAt, author, signer, reviewer, ...rest } = row
  const {
    score,
    category,
    comment,
    scoredAt,
    answer,
    answerText,
    answeredAt,
    finalScore,
    finalText,
    settledBy,
    settledAt,
    StudyInstanceUID,
  } = rest
  return {
    id: String(id),
    workitem: String(workitem),
    report: hidden ? null : String(report),
    StudyInstanceUID,
    month,
    blind,
    modality,
    institution: hidden ? null : institution,
    signedAt: hidden ? null : signedAt,
    author: hidden ? null : author,
    signer: hidden ? null : signer,
    reviewer: scorerHidden ? null : reviewer,
    state: stateOf(row),
    score,
    category,
    comment,
    scoredAt,
    answer,
    answerText,
    answeredAt,
    finalScore,
    finalText,
    settledBy,
    settledAt,
    verbs: verbsOf(asker, row),
  }
}

/** Whoever may score or answers for quality sees all of the centre; an author those of their own reports. */
const authorOnly = (asker: Asker): number | null => (mayScore(asker) || may(asker, 'direct') ? null : asker.account)

/** @throws Forbidden */
export async function searchPeerReviews(
  { index: { pool } }: QualityTools,
  asker: Asker,
  { state, mine, limit }: { readonly state: PeerState; readonly mine: boolean; readonly limit: number },
): Promise<{ items: PeerReviewView[] }> {
  demandReader(asker)
  const author = mine ? asker.account : authorOnly(asker)
  const rows = await listPeerReviews(pool, asker.scope, { centre: asker.institution.id, state, author, limit })
  return { items: rows.map((row) => viewOf(asker, row)) }
}

function demandReader(asker: Asker): void {
  if (!may(asker, 'read') && !may(asker, 'quality')) throw new Forbidden(`${asker.username} has no role that may see peer reviews`)
}

interface ReportText {
  readonly patient?: { readonly PatientSex?: string; readonly age?: string }
  readonly study?: { readonly StudyDate?: string; readonly StudyDescription?: string; readonly bodyPart?: string }
  readonly clinical?: { readonly information?: string }
  readonly findings?: string
  readonly impression?: string
  readonly advice?: string
  readonly polarity?: string
}

/** @throws NotFound, Forbidden */
export async function getPeerReview({ index: { pool } }: QualityTools, asker: Asker, id: number): Promise<PeerReviewDetail> {
  demandReader(asker)
  const row = await findPeerReview(pool, asker.scope, id)
  const author = authorOnly(asker)
  if (row === undefined || row.centre !== asker.institution.id || (author !== null && row.authorId !== author))
    throw new NotFound(`There is no peer review ${id}`)
  const { patient, study, clinical, findings = '', impression = '', advice = '', polarity = '' } = JSON.parse(row.content) as ReportText
  return {
    ...viewOf(asker, row),
    patient: { sex: patient?.PatientSex ?? '', age: patient?.age ?? '' },
    study: { StudyDate: study?.StudyDate ?? '', StudyDescription: study?.StudyDescription ?? '', bodyPart: study?.bodyPart ?? '' },
    clinicalInformation: clinical?.information ?? '',
    findings,
    impression,
    advice,
    polarity,
  }
}

/** @throws Forbidden */
export async function peerSamples({ index: { pool } }: QualityTools, asker: Asker): Promise<{ items: SampleRow[] }> {
  demand(asker, 'quality')
  return { items: await listSamples(pool, asker.institution.id) }
}

export interface Drawing {
  /** `2026-10`: a month that is over, so that nothing can be signed into it any more. */
  readonly month: string
  readonly share: number
  readonly blind: boolean
  /** For drawing again what another archive drew; a random one otherwise. */
  readonly seed?: string | undefined
}

/** Draws a month once. @throws Conflict, BadRequest, Forbidden */
export async function drawSample({ index, clock }: QualityTools, asker: Asker, drawing: Drawing): Promise<{ population: number }> {
  demand(asker, 'quality')
  demandPerson(asker)
  const { month, share, blind } = drawing
  if (monthOf(month).to >= today(clock())) throw new Refused('month-running', `${month} is not over yet`)
  const seed = drawing.seed ?? randomBytes(16).toString('hex')
  const centre = asker.institution.id
  return transaction(index.pool, async (client) => {
    const id = await insertSample(client, { centre, month, seed, share, blind, by: asker.account })
    if (id === undefined) throw new Conflict(`${month} was drawn before`)
    const population = await fileSample(client, { id, centre, seed, month, share, blind })
    await auditIn(client, asker, { action: 'peer-sample', object: `peer-sample/${id}`, detail: { month, seed, share, blind, population } })
    return { population }
  })
}

/** A report that somebody wants looked at again. @throws NotFound, Conflict, Forbidden */
export async function choosePeerReview({ index }: QualityTools, asker: Asker, report: number, blind: boolean): Promise<{ id: string }> {
  demand(asker, 'quality')
  demandPerson(asker)
  return transaction(index.pool, async (client) => {
    const task = await reportedTask(client, asker.scope, report)
    if (task === undefined || task.centre !== asker.institution.id) throw new NotFound(`There is no report ${report}`)
    const id = await insertPeerReview(client, { centre: task.centre, report: task.report, blind })
    if (id === undefined) throw new Conflict('This report is under review already')
    await auditIn(client, asker, { action: 'peer-choose', StudyInstanceUID: task.StudyInstanceUID, object: `peer-review/${id}` })
    return { id: String(id) }
  })
}

async function doing(
  { index }: QualityTools,
  asker: Asker,
  id: number,
  verb: PeerVerb,
  detail: Readonly<Record<string, unknown>>,
  deed: (client: Parameters<typeof auditIn>[0], row: PeerReviewRow) => Promise<void>,
): Promise<PeerReviewDetail> {
  demandPerson(asker)
  await transaction(index.pool, async (client) => {
    const row = await lockPeerReview(client, asker.scope, id)
    if (row === undefined || row.centre !== asker.institution.id) throw new NotFound(`There is no peer review ${id}`)
    if (verb === 'score' && signedIt(asker, row)) throw new Refused('own-report', 'Nobody reviews what they have signed')
    if (!verbsOf(asker, row).includes(verb)) throw new Refused('peer-settled', `${verb} cannot be done with peer review ${id} now`)
    await deed(client, row)
    await auditIn(client, asker, { action: `peer-${verb}`, StudyInstanceUID: row.StudyInstanceUID, object: `peer-review/${id}`, detail })
  })
  return getPeerReview({ index, clock: () => new Date() }, asker, id)
}

/** @throws NotFound, Refused: `own-report`, `peer-settled`, `comment-missing` */
export function scorePeer(tools: QualityTools, asker: Asker, id: number, score: Score): Promise<PeerReviewDetail> {
  if (score.score > 1 && score.comment === '') throw new Refused('comment-missing', 'A score of 2 to 4 needs a comment')
  return doing(tools, asker, id, 'score', { score: score.score, category: score.category }, (client) =>
    scorePeerReview(client, id, asker.account, score),
  )
}

/** @throws NotFound, Refused: `peer-settled`, `comment-missing` */
export function answerPeer(tools: QualityTools, asker: Asker, id: number, agreed: boolean, text: string): Promise<PeerReviewDetail> {
  if (!agreed && text === '') throw new Refused('comment-missing', 'A disagreement needs a reason')
  return doing(tools, asker, id, agreed ? 'agree' : 'disagree', {}, (client) =>
    answerPeerReview(client, id, agreed ? 'agreed' : 'disagreed', text),
  )
}

/** @throws NotFound, Refused: `peer-settled`, `comment-missing` */
export function settlePeer(tools: QualityTools, asker: Asker, id: number, score: number, text: string): Promise<PeerReviewDetail> {
  if (text === '') throw new Refused('comment-missing', 'A settlement needs a reason')
  return doing(tools, asker, id, 'settle', { score }, (client) => settlePeerReview(client, id, asker.account, score, text))
}
