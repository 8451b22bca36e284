/** Statements of templates and macros. What a doctor may use: their own, and those of their institution that are approved. */
import { type Queryable, query } from '../query.ts'
import type { Wording } from './drafts.ts'

export type PhraseKind = 'template' | 'macro'
export type PhraseState = 'approved' | 'proposed' | 'refused' | 'hidden' | 'replaced'
export type AgeBand = '' | 'infant' | 'child' | 'adult' | 'elderly'

export interface PhraseText {
  readonly title: string
  /** Pinyin initials, as they are typed: `xbwj`. */
  readonly abbreviation: string
  readonly modality: string
  /** As BodyPartExamined has it; empty: any. */
  readonly bodyPart: string
  readonly sex: '' | 'M' | 'F'
  readonly ageBand: AgeBand
  readonly polarity: 'negative' | 'positive' | null
  readonly wording: Wording | null
  /** Of a template by section; of a macro `{text}`. */
  readonly sections: Readonly<Record<string, string>>
}

export interface PhraseRow extends PhraseText {
  readonly id: number
  readonly kind: PhraseKind
  readonly institution: number
  /** Null: the centre's. */
  readonly account: number | null
  readonly state: PhraseState
  readonly replaces: string | null
  readonly rev: number
  readonly proposedBy: string | null
  readonly proposer: number | null
  readonly reason: string | null
  readonly changedAt: Date
}

const columns = `p.id, p.kind, p.institution_id as institution, p.account_id as account, p.state, p.title, p.abbreviation, p.modality,
  p.body_part as "bodyPart", p.sex, p.age_band as "ageBand", p.polarity, p.wording, p.sections, p.replaces, p.rev, a.display_name as "proposedBy",
  p.proposed_by as proposer, p.reason, p.changed_at as "changedAt"`
const tables = 'phrase p left join account a on a.id = p.proposed_by'

export const phrasesOf = (on: Queryable, institution: number, account: number, kind: PhraseKind, limit: number): Promise<PhraseRow[]> =>
  query<PhraseRow & { [column: string]: unknown }>(
    on,
    `select ${columns} from ${tables} where p.kind = $3 and p.state <> 'replaced' and (p.account_id = $2 or p.account_id is null and p.institution_id = $1)
     order by p.title, p.id limit $4`,
    [institution, account, kind, limit],
  )

export async function lockPhrase(on: Queryable, institution: number, kind: PhraseKind, id: number): Promise<PhraseRow | undefined> {
  await query(on, 'select from phrase where id = $1 for update', [id])
  const rows = await query<PhraseRow & { [column: string]: unknown }>(
    on,
    `select ${columns} from ${tables} where p.id = $1 and p.institution_id = $2 and p.kind = $3`,
    [id, institution, kind],
  )
  return rows[0]
}

export interface NewPhrase extends PhraseText {
  readonly kind: PhraseKind
  readonly institution: number
  readonly account: number | null
  readonly state: PhraseState
  readonly replaces: string | null
  readonly proposer: number
}

export async function insertPhrase(on: Queryable, phrase: NewPhrase): Promise<number> {
  const [row] = await query<{ id: number }>(
    on,
    `insert into phrase (kind, institution_id, account_id, state, title, abbreviation, modality, body_part, sex, age_band, polarity, wording, sections,
       replaces, proposed_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) returning id`,
    [phrase.kind, phrase.institution, phrase.account, phrase.state, ...valuesOf(phrase), phrase.replaces, phrase.proposer],
  )
  return row!.id
}

const valuesOf = ({ title, abbreviation, modality, bodyPart, sex, ageBand, polarity, wording, sections }: PhraseText): unknown[] => [
  title,
  abbreviation,
  modality,
  bodyPart,
  sex,
  ageBand,
  polarity,
  wording,
  JSON.stringify(sections),
]

export const updatePhrase = async (on: Queryable, id: number, text: PhraseText): Promise<void> => {
  await query(
    on,
    `update phrase set title = $2, abbreviation = $3, modality = $4, body_part = $5, sex = $6, age_band = $7, polarity = $8, wording = $9,
       sections = $10, rev = rev + 1, changed_at = now() where id = $1`,
    [id, ...valuesOf(text)],
  )
}

export const decidePhrase = async (
  on: Queryable,
  id: number,
  state: PhraseState,
  account: number,
  reason: string | null,
): Promise<void> => {
  await query(on, 'update phrase set state = $2, decided_by = $3, reason = $4, rev = rev + 1, changed_at = now() where id = $1', [
    id,
    state,
    account,
    reason,
  ])
}

/** What it stood for before is put aside: a row of the centre by id, and whatever else stands in the place of the same starter. */
export const replacePhrase = async (on: Queryable, institution: number, replaces: string, by: number, account: number): Promise<void> => {
  await query(
    on,
    `update phrase set state = 'replaced', decided_by = $4, changed_at = now()
     where institution_id = $1 and account_id is null and id <> $3 and state in ('approved', 'hidden') and (id::text = $2 or replaces = $2)`,
    [institution, replaces, by, account],
  )
}

export const deletePhrase = async (on: Queryable, id: number): Promise<void> => {
  await query(on, 'delete from phrase where id = $1', [id])
}

/** How many there are of the asker's own, or of the centre. The caller holds `lockPhrases`. */
export async function countPhrases(on: Queryable, institution: number, account: number | null): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    'select count(*)::int as n from phrase where institution_id = $1 and account_id is not distinct from $2',
    [institution, account],
  )
  return row?.n ?? 0
}

/** One writer of an institution's phrases at a time, so that their number can be bounded. */
export const lockPhrases = async (on: Queryable, institution: number): Promise<void> => {
  await query(on, `select pg_advisory_xact_lock(hashtextextended('phrases ' || $1::text, 0))`, [institution])
}

export async function usesOf(on: Queryable, account: number): Promise<Map<string, number>> {
  const rows = await query<{ key: string; uses: number }>(
    on,
    'select key, uses from phrase_use where account_id = $1 order by last_at desc limit 1000',
    [account],
  )
  return new Map(rows.map(({ key, uses }) => [key, uses]))
}

export const noteUse = async (on: Queryable, account: number, key: string): Promise<void> => {
  await query(
    on,
    `insert into phrase_use (account_id, key) values ($1, $2)
     on conflict (account_id, key) do update set uses = least(phrase_use.uses + 1, 1000000), last_at = now()`,
    [account, key],
  )
}
