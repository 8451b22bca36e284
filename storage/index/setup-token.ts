/** The one-time tokens with which the first administrator is made; kept as SHA-256 only. */
import { type Queryable, query } from './query.ts'

export async function keepSetupToken(on: Queryable, tokenSHA256: Uint8Array): Promise<void> {
  await query(on, `delete from setup_token where made_at < now() - interval '1 day'`)
  await query(on, 'insert into setup_token (token_sha256) values ($1)', [tokenSHA256])
}

/** Uses a token up, and with it all others. False: there is no such token, or it is older than a day. */
export async function useSetupToken(on: Queryable, tokenSHA256: Uint8Array): Promise<boolean> {
  const found = await query(on, `select from setup_token where token_sha256 = $1 and made_at > now() - interval '1 day' for update`, [
    tokenSHA256,
  ])
  if (found.length === 0) return false
  await query(on, 'delete from setup_token')
  return true
}
