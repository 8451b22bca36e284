/**
 * Whoever signs for a doctor (reading.md §8.5). The built-in one keeps an Ed25519 key (RFC 8032) for each doctor, its private half sealed with the field
 * key; an adapter of a certification authority fills the same interface. Public keys are kept for ever.
 */
import { createHash, createPrivateKey, generateKeyPairSync, sign } from 'node:crypto'
import type { Queryable } from '../../../storage/index/query.ts'
import { currentKey, insertKey, retireKey } from '../../../storage/index/reading/signing.ts'
import type { FieldKey } from '../../field-key.ts'

export interface KeySignature {
  readonly keyId: string
  readonly algorithm: 'Ed25519'
  /** In Base64. */
  readonly value: string
}

export interface Signer {
  /** Signs in the name of an account, whose PIN was proved, inside the transaction of the deed. The key is made when there is none yet. */
  sign(on: Queryable, account: number, bytes: Uint8Array): Promise<KeySignature>
  /** The next signature is made with another key. */
  rotate(on: Queryable, account: number): Promise<string>
}

/** The first 16 bytes of the SHA-256 of a public key (SubjectPublicKeyInfo in DER), in hexadecimal. */
export const keyIdOf = (publicKey: Uint8Array): string => createHash('sha256').update(publicKey).digest('hex').slice(0, 32)

export function archiveSigner(fieldKey: FieldKey): Signer {
  const keyOf = async (on: Queryable, account: number) => {
    const found = await currentKey(on, account)
    if (found !== undefined) return found
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const spki = publicKey.export({ type: 'spki', format: 'der' })
    const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' })
    const sealedPrivateKey = fieldKey.seal('signing-key', pkcs8.toString('base64'))
    pkcs8.fill(0)
    await insertKey(on, { keyId: keyIdOf(spki), account, publicKey: spki, sealedPrivateKey })
    return (await currentKey(on, account))!
  }
  return {
    async sign(on, account, bytes) {
      const { keyId, algorithm, sealedPrivateKey } = await keyOf(on, account)
      const pkcs8 = Buffer.from(fieldKey.unseal('signing-key', sealedPrivateKey), 'base64')
      const value = sign(null, bytes, createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })).toString('base64')
      pkcs8.fill(0)
      return { keyId, algorithm, value }
    },
    async rotate(on, account) {
      await retireKey(on, account)
      return (await keyOf(on, account)).keyId
    },
  }
}
