/** The text being written. One row a workitem with a version tag; what it was before it changed hands stays in `draft_version`. */
import { type Queryable, query } from '../query.ts'

export interface DraftText {
  readonly findings: string
  readonly impression: string
  readonly advice: string
  readonly polarity: 'negative' | 'positive' | null
}

export interface DraftRow extends DraftText {
  readonly rev: number
  readonly savedAt: Date
  readonly author: { readonly username: string; readonly displayName: string }
  readonly authorId: number
}

const columns = `d.findings, d.impression, d.advice, d.polarity, d.rev, d.saved_at as "savedAt", d.author_id as "authorId",
  jsonb_build_object('username', a.username, 'displayName', a.display_name) as author`

export async function findDraft(on: Queryable, workitem: number): Promise<DraftRow | undefined> {
  const rows = await query<DraftRow>(on, `select ${columns} from draft d join account a on a.id = d.author_id where d.workitem_id = $1`, [
    workitem,
  ])
  return rows[0]
}

/** The caller holds the workitem's lock and has compared the version tag. */
export async function saveDraft(on: Queryable, workitem: number, author: number, text: DraftText): Promise<{ rev: number; savedAt: Date }> {
  const [row] = await query<{ rev: number; savedAt: Date }>(
    on,
    `insert into draft as d (workitem_id, rev, findings, impression, advice, polarity, author_id) values ($1, 1, $2, $3, $4, $5, $6)
     on conflict (workitem_id) do update set rev = d.rev + 1, findings = $2, impression = $3, advice = $4, polarity = $5, author_id = $6, saved_at = now()
     returning rev, saved_at as "savedAt"`,
    [workitem, text.findings, text.impression, text.advice, text.polarity, author],
  )
  return row!
}

/** Keeps the text as it stands, once a version; `why` is the verb that called for it. */
export const keepDraft = async (on: Queryable, workitem: number, why: string): Promise<void> => {
  await query(
    on,
    `insert into draft_version (workitem_id, rev, findings, impression, advice, polarity, author_id, saved_at, kept_for)
     select workitem_id, rev, findings, impression, advice, polarity, author_id, saved_at, $2 from draft where workitem_id = $1
     on conflict do nothing`,
    [workitem, why],
  )
}

export interface DraftVersionRow extends DraftText {
  readonly rev: number
  readonly savedAt: Date
  readonly author: { readonly username: string; readonly displayName: string }
  readonly keptFor: string
}

export const draftVersions = (on: Queryable, workitem: number): Promise<DraftVersionRow[]> =>
  query<DraftVersionRow>(
    on,
    `select d.findings, d.impression, d.advice, d.polarity, d.rev, d.saved_at as "savedAt", d.kept_for as "keptFor",
       jsonb_build_object('username', a.username, 'displayName', a.display_name) as author
     from draft_version d join account a on a.id = d.author_id where d.workitem_id = $1 order by d.rev`,
    [workitem],
  )
