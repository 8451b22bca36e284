/** Accounts of people and programs, their sessions, and failed sign-ins. Tokens are kept as SHA-256 only. */
import { type Queryable, query } from '../query.ts'

export interface AccountRow {
  readonly id: number
  readonly username: string
  readonly displayName: string
  readonly kind: 'person' | 'program'
  readonly roles: string[]
  readonly institution: { readonly id: number; readonly code: string; readonly name: string; readonly readingCentre: boolean }
  readonly enabled: boolean
  readonly demo: boolean
  readonly revision: number
  readonly lastSignIn: Date | null
}

export interface Credentials extends AccountRow {
  readonly passwordHash: string | null
}

const columns = `a.id, a.username, a.display_name as "displayName", a.kind, a.roles, a.enabled, a.demo, a.revision, a.last_sign_in as "lastSignIn",
  jsonb_build_object('id', i.institution_id, 'code', i.code, 'name', i.name, 'readingCentre', i.reading_centre) as institution`

export async function findCredentials(on: Queryable, username: string): Promise<Credentials | undefined> {
  const rows = await query<Credentials>(
    on,
    `select ${columns}, a.password_hash as "passwordHash" from account a join institution i on i.institution_id = a.institution_id where a.username = $1`,
    [username],
  )
  return rows[0]
}

export async function findAccount(on: Queryable, id: number): Promise<AccountRow | undefined> {
  const rows = await query<AccountRow>(
    on,
    `select ${columns} from account a join institution i on i.institution_id = a.institution_id where a.id = $1`,
    [id],
  )
  return rows[0]
}

export async function findAccountByToken(on: Queryable, tokenSHA256: Uint8Array): Promise<AccountRow | undefined> {
  const rows = await query<AccountRow>(
    on,
    `select ${columns} from account a join institution i on i.institution_id = a.institution_id where a.token_sha256 = $1 and a.enabled`,
    [tokenSHA256],
  )
  return rows[0]
}

export const listAccounts = (on: Queryable): Promise<AccountRow[]> =>
  query<AccountRow>(on, `select ${columns} from account a join institution i on i.institution_id = a.institution_id order by a.username`)

/** `demo`: those of the demo county count. */
export async function countAdministrators(on: Queryable, demo: boolean): Promise<number> {
  const [row] = await query<{ n: number }>(
    on,
    `select count(*) as n from account where enabled and 'administrator' = any(roles) and (not demo or $1)`,
    [demo],
  )
  return row?.n ?? 0
}

export interface AccountChange {
  readonly username: string
  readonly displayName: string
  readonly kind: 'person' | 'program'
  readonly roles: readonly string[]
  readonly institution: number
  /** Undefined: stays as it is. */
  readonly passwordHash?: string | undefined
  readonly tokenSHA256?: Uint8Array | undefined
  readonly enabled: boolean
  readonly demo: boolean
}

/** Undefined when the username is taken. */
export async function insertAccount(on: Queryable, account: AccountChange): Promise<number | undefined> {
  const rows = await query<{ id: number }>(
    on,
    `insert into account (username, display_name, kind, roles, institution_id, password_hash, token_sha256, enabled, demo)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (username) do nothing returning id`,
    [
      account.username,
      account.displayName,
      account.kind,
      account.roles,
      account.institution,
      account.passwordHash ?? null,
      account.tokenSHA256 ?? null,
      account.enabled,
      account.demo,
    ],
  )
  return rows[0]?.id
}

/** Undefined when there is no such account. Kind and demo never change. */
export async function updateAccount(on: Queryable, account: AccountChange): Promise<number | undefined> {
  const rows = await query<{ id: number }>(
    on,
    `update account set display_name = $2, roles = $3, institution_id = $4, password_hash = coalesce($5, password_hash),
       token_sha256 = coalesce($6, token_sha256), enabled = $7, revision = revision + 1
     where username = $1 returning id`,
    [
      account.username,
      account.displayName,
      account.roles,
      account.institution,
      account.passwordHash ?? null,
      account.tokenSHA256 ?? null,
      account.enabled,
    ],
  )
  return rows[0]?.id
}

export interface SessionRow extends AccountRow {
  /** Its signing session began then. */
  readonly pinGivenAt: Date | null
}

export const insertSession = async (on: Queryable, tokenSHA256: Uint8Array, account: number, seconds: number): Promise<void> => {
  await query(on, `insert into session (token_sha256, account_id, expires_at) values ($1, $2, now() + make_interval(secs => $3))`, [
    tokenSHA256,
    account,
    seconds,
  ])
}

export const markSignedIn = async (on: Queryable, account: number): Promise<void> => {
  await query(on, `update account set last_sign_in = now() where id = $1`, [account])
}

/** The account behind a token while the session lives: not past its end, not idle for longer than allowed, the account still enabled. */
export async function findSession(on: Queryable, tokenSHA256: Uint8Array, idleSeconds: number): Promise<SessionRow | undefined> {
  const rows = await query<SessionRow>(
    on,
    `select ${columns}, s.pin_given_at as "pinGivenAt"
     from session s join account a on a.id = s.account_id join institution i on i.institution_id = a.institution_id
     where s.token_sha256 = $1 and a.enabled and s.expires_at > now() and s.last_seen > now() - make_interval(secs => $2)`,
    [tokenSHA256, idleSeconds],
    'find_session',
  )
  return rows[0]
}

/** At most one write a minute and session. */
export const touchSession = async (on: Queryable, tokenSHA256: Uint8Array): Promise<void> => {
  await query(
    on,
    `update session set last_seen = now() where token_sha256 = $1 and last_seen < now() - interval '1 minute'`,
    [tokenSHA256],
    'touch_session',
  )
}

export const deleteSession = async (on: Queryable, tokenSHA256: Uint8Array): Promise<void> => {
  await query(on, `delete from session where token_sha256 = $1`, [tokenSHA256])
}

export const deleteSessionsOf = async (on: Queryable, account: number): Promise<void> => {
  await query(on, `delete from session where account_id = $1`, [account])
}

/**
 * Counts a try before it is made, so that of many at once no more than the limit are looked at; whoever is let in is forgotten. Every `limit`th locks the name, and
 * while it is locked nothing is counted. Tries older than the lock's length are forgotten. Answers until when it is locked, or null for a try that may be made.
 */
export async function countTry(on: Queryable, username: string, limit: number, lockSeconds: number): Promise<Date | null> {
  const counted = await query(
    on,
    `insert into sign_in_failure as f (username, failures) values ($1, 1)
     on conflict (username) do update set
       failures = case when f.last_at < now() - make_interval(secs => $3) then 1 else f.failures + 1 end,
       locked_until = case when f.last_at >= now() - make_interval(secs => $3) and (f.failures + 1) % $2 = 0
         then now() + make_interval(secs => $3) end,
       last_at = now()
     where f.locked_until is null or f.locked_until <= now()
     returning 1`,
    [username, limit, lockSeconds],
  )
  if (counted.length > 0) return null
  const [row] = await query<{ until: Date }>(
    on,
    `select locked_until as until from sign_in_failure where username = $1 and locked_until > now()`,
    [username],
  )
  return row?.until ?? null
}

export const forgetFailures = async (on: Queryable, username: string): Promise<void> => {
  await query(on, `delete from sign_in_failure where username = $1`, [username])
}

/** Ended sessions, forgotten failures, old idempotency keys. */
export async function sweepAccounts(on: Queryable, idleSeconds: number): Promise<void> {
  await query(on, `delete from session where expires_at < now() or last_seen < now() - make_interval(secs => $1)`, [idleSeconds])
  await query(on, `delete from sign_in_failure where last_at < now() - interval '1 day' and (locked_until is null or locked_until < now())`)
  await query(on, `delete from idempotency_key where at < now() - interval '7 days'`)
}
