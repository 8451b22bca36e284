/** Statements of the second pair of eyes: forks of a text, and what a reviewer changed and why. */
import { type Queryable, query } from '../query.ts'
import type { DraftText } from './drafts.ts'

interface Person {
  readonly username: string
  readonly displayName: string
}

export interface ForkRow {
  readonly id: number
  readonly author: Person
  readonly authorId: number
  readonly baseRev: number
  readonly text: DraftText
  readonly savedAt: Date
}

const person = `jsonb_build_object('username', a.username, 'displayName', a.display_name)`

/** Texts that wait to be merged, oldest first. */
export const openForks = (on: Queryable, workitem: number): Promise<ForkRow[]> =>
  query<ForkRow & { [column: string]: unknown }>(
    on,
    `select f.id, ${person} as author, f.account_id as "authorId", f.base_rev as "baseRev", f.text, f.saved_at as "savedAt"
     from draft_fork f join account a on a.id = f.account_id where f.workitem_id = $1 and f.settled_at is null order by f.id limit 50`,
    [workitem],
  )

/** Typing on replaces the own fork that waits. */
export async function saveFork(
  on: Queryable,
  workitem: number,
  account: number,
  baseRev: number,
  text: DraftText,
): Promise<{ id: number; savedAt: Date }> {
  const [row] = await query<{ id: number; savedAt: Date }>(
    on,
    `insert into draft_fork (workitem_id, account_id, base_rev, text) values ($1, $2, $3, $4)
     on conflict (workitem_id, account_id) where settled_at is null do update set base_rev = $3, text = $4, saved_at = now()
     returning id, saved_at as "savedAt"`,
    [workitem, account, baseRev, JSON.stringify(text)],
  )
  return row!
}

/** False: it is not one of this workitem's, or was settled before. */
export async function settleFork(on: Queryable, workitem: number, fork: number, account: number, merged: boolean): Promise<boolean> {
  const rows = await query(
    on,
    'update draft_fork set settled_at = now(), settled_by = $3, merged = $4 where workitem_id = $1 and id = $2 and settled_at is null returning id',
    [workitem, fork, account, merged],
  )
  return rows.length > 0
}

export type ReviewChange = {
  readonly field: string
  readonly before: string
  readonly after: string
  readonly reason: string | null
}

export interface ReviewRow {
  readonly verb: 'rework' | 'sign'
  readonly reviewer: Person
  readonly baseRev: number | null
  readonly rev: number
  readonly grade: number | null
  readonly comment: string
  readonly changes: readonly ReviewChange[]
  readonly at: Date
}

export const reviewsOf = (on: Queryable, workitem: number): Promise<ReviewRow[]> =>
  query<ReviewRow & { [column: string]: unknown }>(
    on,
    `select r.verb, ${person} as reviewer, r.base_rev as "baseRev", r.rev, r.grade, r.comment, r.changes, r.at
     from report_review r join account a on a.id = r.reviewer_id where r.workitem_id = $1 order by r.id desc limit 20`,
    [workitem],
  )

/** Version of the draft that was submitted last, as the log of workitem $1 says. */
const submitted = `(select (e.detail ->> 'rev')::int from workitem_event e where e.workitem_id = $1 and e.verb = 'submit' order by e.number desc limit 1)`

export async function submittedRev(on: Queryable, workitem: number): Promise<number | null> {
  const [row] = await query<{ rev: number | null }>(on, `select ${submitted} as rev`, [workitem])
  return row?.rev ?? null
}

export interface NewReview {
  readonly workitem: number
  readonly reviewer: number
  readonly author: number | null
  readonly verb: 'rework' | 'sign'
  readonly grade: number | null
  readonly comment: string
  readonly changes: readonly ReviewChange[]
}

/** Both texts are the versions that are kept: the last that was submitted, and the draft as it stands. */
export const insertReview = async (
  on: Queryable,
  { workitem, reviewer, author, verb, grade, comment, changes }: NewReview,
): Promise<void> => {
  await query(
    on,
    `insert into report_review (workitem_id, reviewer_id, author_id, verb, base_rev, rev, grade, comment, changes)
     select $1, $2, $3, $4, ${submitted}, d.rev, $5, $6, $7
     from draft d where d.workitem_id = $1`,
    [workitem, reviewer, author, verb, grade, comment, JSON.stringify(changes)],
  )
}
