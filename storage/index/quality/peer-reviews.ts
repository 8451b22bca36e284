/** Peer review: drawings, reports that wait for a second look, scores, answers, settlements. */
import { type Queryable, query } from '../query.ts'
import type { Scope } from '../records.ts'

export interface SampleRow {
  readonly id: number
  /** `2026-10`. */
  readonly month: string
  readonly seed: string
  readonly share: number
  readonly blind: boolean
  readonly population: number
  readonly drawn: number
  readonly scored: number
  readonly drawnBy: string
  readonly drawnAt: Date
}

export const listSamples = (on: Queryable, centre: number): Promise<SampleRow[]> =>
  query<SampleRow & { [column: string]: unknown }>(
    on,
    `select s.id, to_char(s.month, 'YYYY-MM') as month, s.seed, s.share::float8 as share, s.blind, s.population, a.display_name as "drawnBy", s.drawn_at as "drawnAt",
       count(p.id) as drawn, count(p.score) as scored
     from peer_sample s join account a on a.id = s.drawn_by left join peer_review p on p.sample_id = s.id
     where s.centre_id = $1 group by s.id, a.id order by s.month desc limit 60`,
    [centre],
  )

/** Undefined: the month was drawn before. */
export async function insertSample(
  on: Queryable,
  sample: {
    readonly centre: number
    readonly month: string
    readonly seed: string
    readonly share: number
    readonly blind: boolean
    readonly by: number
  },
): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into peer_sample (centre_id, month, seed, share, blind, population, drawn_by) values ($1, ($2 || '-01')::date, $3, $4, $5, 0, $6)
     on conflict (centre_id, month) do nothing returning id`,
    [sample.centre, sample.month, sample.seed, sample.share, sample.blind, sample.by],
  )
  return row?.id
}

/** First final reports of a month, in the order that the seed puts them in: who doubts the drawing computes SHA-256 of `seed/report` again. */
const shuffled = `select r.id, row_number() over (order by sha256(convert_to($2 || '/' || r.id, 'UTF8'))) as place, count(*) over () as population
  from report r join workitem w on w.id = r.workitem_id
  where w.centre_id = $1 and r.kind = 'final' and not exists (select from report_withdrawal x where x.report_id = r.id)
    and (r.signed_at at time zone 'Asia/Shanghai')::date between ($3 || '-01')::date and (($3 || '-01')::date + interval '1 month - 1 day')::date`

/** The report ids of a drawing, whoever asks and whenever: the same for the same reports. */
export async function drawReports(on: Queryable, centre: number, seed: string, month: string, share: number): Promise<number[]> {
  const rows = await query<{ id: number }>(
    on,
    `select id from (${shuffled}) s where place <= ceil(population * $4::numeric) order by place`,
    [centre, seed, month, share],
  )
  return rows.map(({ id }) => id)
}

/** Files what was drawn under the sample; a report that somebody chose by hand before keeps its review. Answers the population. */
export async function fileSample(
  on: Queryable,
  sample: {
    readonly id: number
    readonly centre: number
    readonly seed: string
    readonly month: string
    readonly share: number
    readonly blind: boolean
  },
): Promise<number> {
  const { id, centre, seed, month, share, blind } = sample
  await query(
    on,
    `insert into peer_review (sample_id, centre_id, report_id, blind)
     select $5, $1, id, $6 from (${shuffled}) s where place <= ceil(population * $4::numeric) order by place on conflict (report_id) do nothing`,
    [centre, seed, month, share, id, blind],
  )
  const [row] = await query<{ population: number }>(
    on,
    `update peer_sample set population = (select count(*) from (${shuffled}) s) where id = $4 returning population`,
    [centre, seed, month, id],
  )
  return row?.population ?? 0
}

/** Undefined: it is under review already. */
export async function insertPeerReview(
  on: Queryable,
  review: { readonly centre: number; readonly report: number; readonly blind: boolean },
): Promise<number | undefined> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into peer_review (centre_id, report_id, blind) values ($1, $2, $3) on conflict (report_id) do nothing returning id`,
    [review.centre, review.report, review.blind],
  )
  return row?.id
}

export interface PeerReviewRow {
  readonly id: number
  readonly centre: number
  readonly report: number
  readonly workitem: number
  readonly StudyInstanceUID: string
  readonly month: string | null
  readonly blind: boolean
  readonly modality: string
  readonly institution: string
  readonly signedAt: Date
  readonly authorId: number
  readonly author: string
  readonly signerId: number
  readonly signer: string
  readonly reviewerId: number | null
  readonly reviewer: string | null
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
  /** Canonical JSON of the report. */
  readonly content: string
}

const columns = `p.id, p.centre_id as centre, p.report_id as report, r.workitem_id as workitem, s.study_instance_uid as "StudyInstanceUID",
  to_char(sample.month, 'YYYY-MM') as month, p.blind, coalesce(f.modality, '') as modality, i.name as institution, r.signed_at as "signedAt",
  r.author_id as "authorId", author.display_name as author, r.reviewer_id as "signerId", signer.display_name as signer,
  p.reviewer_id as "reviewerId", reviewer.display_name as reviewer, p.score, p.category, p.comment, p.scored_at as "scoredAt", p.answer, p.answer_text as "answerText",
  p.answered_at as "answeredAt", p.final_score as "finalScore", p.final_text as "finalText", settler.display_name as "settledBy", p.settled_at as "settledAt", r.content`

const tables = `peer_review p
  join report r on r.id = p.report_id
  join study s on s.study_pk = r.study_pk
  join institution i on i.institution_id = s.institution_id
  join account author on author.id = r.author_id
  join account signer on signer.id = r.reviewer_id
  left join peer_sample sample on sample.id = p.sample_id
  left join reading_fact f on f.workitem_id = r.workitem_id
  left join account reviewer on reviewer.id = p.reviewer_id
  left join account settler on settler.id = p.settled_by`

const inScope = `exists (select from study_access a where a.study_pk = r.study_pk and a.institution_id = any($1))`

export type PeerState = 'open' | 'scored' | 'disagreed' | 'closed' | 'all'

/** 1 needs no answer; a disagreement waits for its settlement. */
const states: Readonly<Record<PeerState, string>> = {
  open: 'p.score is null',
  scored: `p.score > 1 and p.answer is null`,
  disagreed: `p.answer = 'disagreed' and p.settled_at is null`,
  closed: `(p.score = 1 and p.answer is distinct from 'disagreed' or p.answer = 'agreed' or p.settled_at is not null)`,
  all: 'true',
}

export interface PeerSearch {
  readonly centre: number
  readonly state: PeerState
  /** Only those of this author; null: of everybody. */
  readonly author: number | null
  readonly limit: number
}

export const listPeerReviews = (on: Queryable, scope: Scope, search: PeerSearch): Promise<PeerReviewRow[]> =>
  query<PeerReviewRow & { [column: string]: unknown }>(
    on,
    `select ${columns} from ${tables} where ${inScope} and p.centre_id = $2 and ${states[search.state]} and ($3::int is null or r.author_id = $3)
     order by ${search.state === 'open' ? 'p.id' : 'coalesce(p.scored_at, r.signed_at) desc, p.id desc'} limit $4`,
    [scope, search.centre, search.author, search.limit],
  )

/** Held until the transaction ends; read after the lock, so that who waited sees what was written. */
export async function lockPeerReview(on: Queryable, scope: Scope, id: number): Promise<PeerReviewRow | undefined> {
  await query(on, `select from peer_review where id = $1 for update`, [id])
  return findPeerReview(on, scope, id)
}

export async function findPeerReview(on: Queryable, scope: Scope, id: number): Promise<PeerReviewRow | undefined> {
  const [row] = await query<PeerReviewRow & { [column: string]: unknown }>(
    on,
    `select ${columns} from ${tables} where ${inScope} and p.id = $2`,
    [scope, id],
  )
  return row
}

export interface Score {
  readonly score: number
  readonly category: string
  readonly comment: string
}

export async function scorePeerReview(on: Queryable, id: number, reviewer: number, { score, category, comment }: Score): Promise<void> {
  await query(on, `update peer_review set reviewer_id = $2, score = $3, category = $4, comment = $5, scored_at = now() where id = $1`, [
    id,
    reviewer,
    score,
    category,
    comment,
  ])
}

export async function answerPeerReview(on: Queryable, id: number, answer: 'agreed' | 'disagreed', text: string): Promise<void> {
  await query(on, `update peer_review set answer = $2, answer_text = $3, answered_at = now() where id = $1`, [id, answer, text])
}

export async function settlePeerReview(on: Queryable, id: number, by: number, score: number, text: string): Promise<void> {
  await query(on, `update peer_review set final_score = $3, final_text = $4, settled_by = $2, settled_at = now() where id = $1`, [
    id,
    by,
    score,
    text,
  ])
}

export interface PeerFigures {
  readonly score: number
  readonly reports: number
}

/** Scores of a period, the settlement over the score; of one institution where one is named. */
export const peerFigures = (
  on: Queryable,
  {
    centre,
    institution,
    from,
    to,
  }: { readonly centre: number | null; readonly institution: number | null; readonly from: string; readonly to: string },
): Promise<PeerFigures[]> =>
  query<PeerFigures & { [column: string]: unknown }>(
    on,
    `select coalesce(p.final_score, p.score)::int as score, count(*) as reports
     from peer_review p join report r on r.id = p.report_id join study s on s.study_pk = r.study_pk
     where p.score is not null and (p.scored_at at time zone 'Asia/Shanghai')::date between $3::date and $4::date
       and ($1::int is null or p.centre_id = $1) and ($2::int is null or s.institution_id = $2)
     group by 1 order by 1`,
    [centre, institution, from, to],
  )
