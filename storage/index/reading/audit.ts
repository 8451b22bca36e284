/** The audit: rows are added, then sealed into one chain; never changed, never removed. */
import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { type Queryable, query, transaction } from '../query.ts'

export interface AuditRow {
  readonly account: number
  readonly username: string
  readonly institution: number | null
  readonly action: string
  readonly outcome: 'done' | 'refused'
  readonly StudyInstanceUID: string | null
  readonly object: string | null
  readonly address: string | null
  readonly detail: Readonly<Record<string, unknown>> | null
  /** Number of the five-minute span, for views; null otherwise. */
  readonly span: number | null
}

/** A view that is there already (same person, study and five minutes, on whatever gateway) is not written again. */
export const insertAudit = async (on: Queryable, rows: readonly AuditRow[]): Promise<void> => {
  if (rows.length === 0) return
  await query(
    on,
    `insert into audit_event (account_id, username, institution_id, action, outcome, study_instance_uid, object, address, detail, span)
     select account, username, institution, action, outcome, "StudyInstanceUID", object, address, detail, span
     from jsonb_to_recordset($1) as r (account int, username text, institution int, action text, outcome text, "StudyInstanceUID" text, object text,
       address text, detail jsonb, span int)
     on conflict (account_id, study_instance_uid, span) where span is not null do nothing`,
    [JSON.stringify(rows)],
  )
}

export interface AuditSearch {
  readonly institution: number | null
  readonly StudyInstanceUID: string | null
  readonly username: string | null
  readonly action: string | null
  readonly before: number | null
  readonly limit: number
}

export interface AuditView {
  readonly id: number
  readonly at: Date
  readonly username: string
  readonly action: string
  readonly outcome: string
  readonly StudyInstanceUID: string | null
  readonly object: string | null
  readonly address: string | null
  readonly detail: unknown
}

export const listAudit = (on: Queryable, search: AuditSearch): Promise<AuditView[]> =>
  query<AuditView>(
    on,
    `select id, at, username, action, outcome, study_instance_uid as "StudyInstanceUID", object, address, detail from audit_event
     where ($1::int is null or institution_id = $1) and ($2::text is null or study_instance_uid = $2) and ($3::text is null or username = $3)
       and ($4::text is null or action = $4) and ($5::bigint is null or id < $5)
     order by id desc limit $6`,
    [search.institution, search.StudyInstanceUID, search.username, search.action, search.before, search.limit],
  )

/** What a row's hash is taken over: jsonb prints one value in one way, but a time in the session's zone. */
const sealed = `(to_jsonb(e) - 'seal' - 'hash' || jsonb_build_object('at', extract(epoch from e.at)))::text`

const link = (previous: Uint8Array, number: number, text: string): Buffer =>
  createHash('sha256').update(previous).update(`${number}\n`).update(text, 'utf8').digest()

/** Chains what is not chained yet, at most `limit` rows; one sealer at a time across all gateways. Answers how many were sealed. */
export function sealAudit(pool: Pool, limit: number): Promise<number> {
  return transaction(pool, async (client) => {
    const [lock] = await query<{ mine: boolean }>(client, `select pg_try_advisory_xact_lock(hashtext('audit seal')) as mine`)
    if (lock?.mine !== true) return 0
    const [last] = await query<{ seal: number; hash: Buffer }>(
      client,
      `select seal, hash from audit_event where seal is not null order by seal desc limit 1`,
    )
    const rows = await query<{ id: number; text: string }>(
      client,
      `select e.id, ${sealed} as text from audit_event e where e.seal is null order by e.id limit $1`,
      [limit],
    )
    let number = last?.seal ?? 0
    let hash: Buffer = last?.hash ?? Buffer.alloc(0)
    const ids: number[] = []
    const seals: number[] = []
    const hashes: Buffer[] = []
    for (const row of rows) {
      number += 1
      hash = link(hash, number, row.text)
      ids.push(row.id)
      seals.push(number)
      hashes.push(hash)
    }
    await query(
      client,
      `update audit_event e set seal = s.seal, hash = s.hash from unnest($1::bigint[], $2::bigint[], $3::bytea[]) as s (id, seal, hash) where e.id = s.id`,
      [ids, seals, hashes],
    )
    return rows.length
  })
}

/** The number of the first seal that does not follow from the one before; null when the chain is whole. */
export async function brokenSeal(on: Queryable): Promise<number | null> {
  let hash: Buffer = Buffer.alloc(0)
  let expected = 1
  for (;;) {
    const rows = await query<{ seal: number; hash: Buffer; text: string }>(
      on,
      `select e.seal, e.hash, ${sealed} as text from audit_event e where e.seal >= $1 order by e.seal limit 1000`,
      [expected],
    )
    if (rows.length === 0) return null
    for (const row of rows) {
      hash = link(hash, expected, row.text)
      if (row.seal !== expected || !row.hash.equals(hash)) return expected
      expected += 1
    }
  }
}
