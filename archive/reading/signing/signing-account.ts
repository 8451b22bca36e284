/** What a doctor signs with, as they see and change it themselves: PIN, session, key, title and signature picture. Public keys are anybody's to have. */
import { createPublicKey } from 'node:crypto'
import { transaction } from '../../../storage/index/query.ts'
import {
  findPIN,
  findPicture,
  profileOf,
  publicKeys,
  type SignaturePicture,
  savePicture,
  saveTitle,
} from '../../../storage/index/reading/signing.ts'
import { type Asker, demand, demandPerson } from '../../access.ts'
import { auditIn } from '../../audit.ts'
import { BadRequest } from '../../errors.ts'
import type { ReadingTools } from '../tools.ts'

type AccountTools = Pick<ReadingTools, 'index' | 'signer' | 'signingSeconds'>

export interface SigningAccount {
  readonly username: string
  readonly displayName: string
  readonly title: string
  readonly pinSet: boolean
  /** Of this browser's signing session; null: there is none. */
  readonly signingUntil: Date | null
  /** As a data URL. */
  readonly picture: string | null
  readonly keys: readonly {
    readonly keyId: string
    readonly algorithm: string
    readonly createdAt: Date
    readonly retiredAt: Date | null
  }[]
}

export async function signingAccount({ index: { pool }, signingSeconds }: AccountTools, asker: Asker): Promise<SigningAccount> {
  const [pin, { title, picture }, keys] = await Promise.all([
    findPIN(pool, asker.account),
    profileOf(pool, asker.account),
    publicKeys(pool, asker.account),
  ])
  const drawn = picture === null ? undefined : await findPicture(pool, picture)
  const until = asker.pinGivenAt === null ? null : new Date(asker.pinGivenAt.getTime() + signingSeconds * 1000)
  return {
    username: asker.username,
    displayName: asker.displayName,
    title,
    pinSet: pin !== undefined,
    signingUntil: until !== null && until > new Date() ? until : null,
    picture: drawn === undefined ? null : `data:${drawn.mediaType};base64,${drawn.bytes.toString('base64')}`,
    keys: keys.map(({ keyId, algorithm, createdAt, retiredAt }) => ({ keyId, algorithm, createdAt, retiredAt })),
  }
}

export async function setTitle({ index: { pool } }: AccountTools, asker: Asker, title: string): Promise<void> {
  demandPerson(asker)
  await transaction(pool, async (client) => {
    await saveTitle(client, asker.account, title)
    await auditIn(client, asker, { action: 'set-title', detail: { title } })
  })
}

/** @param picture a data URL of a PNG or JPEG; null takes it off. @throws BadRequest */
export async function setPicture({ index: { pool } }: AccountTools, asker: Asker, picture: string | null): Promise<void> {
  demandPerson(asker)
  const parsed = picture === null ? null : pictureOf(picture)
  await transaction(pool, async (client) => {
    await savePicture(client, asker.account, parsed)
    await auditIn(client, asker, { action: 'set-signature-picture', detail: { removed: parsed === null } })
  })
}

const magic = { 'image/png': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), 'image/jpeg': Buffer.from([0xff, 0xd8, 0xff]) }
const mostBytes = 200 * 1024

function pictureOf(url: string): SignaturePicture {
  const [, type, base64] = /^data:(image\/png|image\/jpeg);base64,([A-Za-z0-9+/]+={0,2})$/.exec(url) ?? []
  const bytes = Buffer.from(base64 ?? '', 'base64')
  const mediaType = type as SignaturePicture['mediaType'] | undefined
  if (mediaType === undefined || !bytes.subarray(0, 8).subarray(0, magic[mediaType].length).equals(magic[mediaType])) {
    throw new BadRequest('picture: must be a PNG or JPEG as a data URL')
  }
  if (bytes.length > mostBytes) throw new BadRequest(`picture: larger than ${mostBytes} bytes`)
  return { mediaType, bytes }
}

/** A fresh key; the old one signs nothing more and verifies for ever. The caller has proved the PIN. */
export async function rotateKey({ index: { pool }, signer }: AccountTools, asker: Asker): Promise<{ keyId: string }> {
  demandPerson(asker)
  demand(asker, 'read')
  return transaction(pool, async (client) => {
    const keyId = await signer.rotate(client, asker.account)
    await auditIn(client, asker, { action: 'rotate-key', object: keyId })
    return { keyId }
  })
}

export interface ExportedKeys {
  readonly format: 'signing-keys/1'
  readonly keys: readonly {
    readonly keyId: string
    readonly algorithm: string
    readonly username: string
    readonly displayName: string
    readonly createdAt: Date
    readonly retiredAt: Date | null
    /** SubjectPublicKeyInfo, as `openssl` reads it. */
    readonly pem: string
  }[]
}

export async function exportKeys({ index: { pool } }: AccountTools): Promise<ExportedKeys> {
  const rows = await publicKeys(pool, null)
  return {
    format: 'signing-keys/1',
    keys: rows.map(({ publicKey, ...row }) => ({
      ...row,
      pem: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }).export({ type: 'spki', format: 'pem' }).toString(),
    })),
  }
}
