/** PINs, signing sessions, keys and what is printed beside a name. */
import { type Queryable, query } from '../query.ts'

export interface PINRow {
  readonly hash: string
  readonly lockedUntil: Date | null
}

export async function findPIN(on: Queryable, account: number): Promise<PINRow | undefined> {
  const [row] = await query<PINRow>(
    on,
    `select pin_hash as hash, case when locked_until > now() then locked_until end as "lockedUntil" from signing_pin where account_id = $1`,
    [account],
  )
  return row
}

export const savePIN = async (on: Queryable, account: number, hash: string): Promise<void> => {
  await query(
    on,
    `insert into signing_pin (account_id, pin_hash) values ($1, $2)
     on conflict (account_id) do update set pin_hash = $2, set_at = now(), failures = 0, locked_until = null`,
    [account, hash],
  )
}

/** Counted before it is known whether the PIN is right, so that many at once are no more tries than one after another. False: locked. */
export async function countPINTry(on: Queryable, account: number, failures: number, lockSeconds: number): Promise<boolean> {
  const rows = await query(
    on,
    `update signing_pin set failures = case when locked_until is not null then 1 else failures + 1 end,
       locked_until = case when (case when locked_until is not null then 1 else failures + 1 end) >= $2 then now() + make_interval(secs => $3) end
     where account_id = $1 and (locked_until is null or locked_until <= now()) returning account_id`,
    [account, failures, lockSeconds],
  )
  return rows.length === 1
}

export const forgetPINTries = async (on: Queryable, account: number): Promise<void> => {
  await query(on, `update signing_pin set failures = 0, locked_until = null where account_id = $1`, [account])
}

/** The signing session of a browser begins or ends. */
export const markPINGiven = async (on: Queryable, tokenSHA256: Uint8Array, given: boolean): Promise<void> => {
  await query(on, `update session set pin_given_at = case when $2 then now() end where token_sha256 = $1`, [tokenSHA256, given])
}

export interface SigningKeyRow {
  readonly keyId: string
  readonly algorithm: 'Ed25519'
  readonly sealedPrivateKey: Buffer
}

/** The key that signs for the account now. */
export async function currentKey(on: Queryable, account: number): Promise<SigningKeyRow | undefined> {
  const [row] = await query<SigningKeyRow>(
    on,
    `select key_id as "keyId", algorithm, sealed_private_key as "sealedPrivateKey" from signing_key where account_id = $1 and retired_at is null`,
    [account],
  )
  return row
}

/** Two at once: the second waits for the first and finds that there is one. */
export const insertKey = async (
  on: Queryable,
  key: { keyId: string; account: number; publicKey: Uint8Array; sealedPrivateKey: Uint8Array },
): Promise<void> => {
  await query(
    on,
    `insert into signing_key (key_id, account_id, algorithm, public_key, sealed_private_key) values ($1, $2, 'Ed25519', $3, $4)
     on conflict (account_id) where retired_at is null do nothing`,
    [key.keyId, key.account, key.publicKey, key.sealedPrivateKey],
  )
}

/** Its private half is gone with it; what it signed stays verifiable. */
export const retireKey = async (on: Queryable, account: number): Promise<void> => {
  await query(on, `update signing_key set retired_at = now(), sealed_private_key = null where account_id = $1 and retired_at is null`, [
    account,
  ])
}

export interface PublicKeyRow {
  readonly keyId: string
  readonly algorithm: 'Ed25519'
  readonly username: string
  readonly displayName: string
  readonly publicKey: Buffer
  readonly createdAt: Date
  readonly retiredAt: Date | null
}

/** All there ever were, oldest first. */
export const publicKeys = (on: Queryable, account: number | null): Promise<PublicKeyRow[]> =>
  query<PublicKeyRow>(
    on,
    `select k.key_id as "keyId", k.algorithm, a.username, a.display_name as "displayName", k.public_key as "publicKey",
       k.created_at as "createdAt", k.retired_at as "retiredAt"
     from signing_key k join account a on a.id = k.account_id where $1::int is null or k.account_id = $1 order by k.created_at, k.key_id`,
    [account],
  )

export interface ProfileRow {
  readonly title: string
  /** Hexadecimal SHA-256 of the signature picture. */
  readonly picture: string | null
}

export async function profileOf(on: Queryable, account: number): Promise<ProfileRow> {
  const [row] = await query<ProfileRow>(
    on,
    `select title, encode(picture_sha256, 'hex') as picture from signing_profile where account_id = $1`,
    [account],
  )
  return row ?? { title: '', picture: null }
}

export const saveTitle = async (on: Queryable, account: number, title: string): Promise<void> => {
  await query(on, `insert into signing_profile (account_id, title) values ($1, $2) on conflict (account_id) do update set title = $2`, [
    account,
    title,
  ])
}

export interface SignaturePicture {
  readonly mediaType: 'image/png' | 'image/jpeg'
  readonly bytes: Buffer
}

/** Null takes it off; what was printed with it stays. */
export async function savePicture(on: Queryable, account: number, picture: SignaturePicture | null): Promise<void> {
  if (picture !== null) {
    await query(on, `insert into signature_picture (sha256, media_type, bytes) values (sha256($2), $1, $2) on conflict do nothing`, [
      picture.mediaType,
      picture.bytes,
    ])
  }
  await query(
    on,
    `insert into signing_profile (account_id, picture_sha256) values ($1, sha256($2::bytea))
     on conflict (account_id) do update set picture_sha256 = sha256($2::bytea)`,
    [account, picture?.bytes ?? null],
  )
}

export async function findPicture(on: Queryable, sha256: string): Promise<SignaturePicture | undefined> {
  const [row] = await query<SignaturePicture>(
    on,
    `select media_type as "mediaType", bytes from signature_picture where sha256 = decode($1, 'hex')`,
    [sha256],
  )
  return row
}
