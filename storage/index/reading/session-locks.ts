/** The idle lock of a session, known by the SHA-256 of its token. */
import { type Queryable, query } from '../query.ts'

export const lockSession = async (on: Queryable, token: Buffer): Promise<void> => {
  await query(on, 'update session set locked_at = coalesce(locked_at, now()) where token_sha256 = $1', [token])
}

export const unlockSession = async (on: Queryable, token: Buffer): Promise<void> => {
  await query(on, 'update session set locked_at = null where token_sha256 = $1', [token])
}

export async function isSessionLocked(on: Queryable, token: Buffer): Promise<boolean> {
  const rows = await query(on, 'select from session where token_sha256 = $1 and locked_at is not null', [token])
  return rows.length > 0
}
