/**
 * Values that a copy of the database must not give away: identity card and telephone numbers. Sealed with AES-256-GCM; found again by a keyed hash
 * (HMAC-SHA-256), since equal values never look equal. Whoever has no key can neither read nor search them.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { ArchiveError } from './errors.ts'

/** What is sealed says what it is: a telephone number is not taken for an identity card. */
export type SealedField = 'identity-card' | 'phone' | 'signing-key'

/** Sealed with another key, for another field, or damaged. */
export class NotUnsealed extends ArchiveError {}

export const fieldKeyBytes = 32
const version = 1
const ivBytes = 12
const tagBytes = 16

export class FieldKey {
  readonly #encryption: Uint8Array
  readonly #search: Uint8Array

  /** @param secret 32 random bytes */
  constructor(secret: Uint8Array) {
    if (secret.length !== fieldKeyBytes) throw new RangeError(`a field key has ${fieldKeyBytes} bytes, not ${secret.length}`)
    const derived = (purpose: string) => new Uint8Array(hkdfSync('sha256', secret, new Uint8Array(), purpose, 32))
    this.#encryption = derived('field encryption')
    this.#search = derived('field search')
  }

  /** Version, initialisation vector, tag, ciphertext. */
  seal(field: SealedField, text: string): Buffer {
    const iv = randomBytes(ivBytes)
    const cipher = createCipheriv('aes-256-gcm', this.#encryption, iv).setAAD(Buffer.from(field))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([Buffer.from([version]), iv, cipher.getAuthTag(), sealed])
  }

  /** @throws NotUnsealed */
  unseal(field: SealedField, sealed: Uint8Array): string {
    const bytes = Buffer.from(sealed)
    const [iv, tag, text] = [
      bytes.subarray(1, 1 + ivBytes),
      bytes.subarray(1 + ivBytes, 1 + ivBytes + tagBytes),
      bytes.subarray(1 + ivBytes + tagBytes),
    ]
    try {
      if (bytes[0] !== version) throw new RangeError(`version ${bytes[0]}`)
      const decipher = createDecipheriv('aes-256-gcm', this.#encryption, iv).setAAD(Buffer.from(field)).setAuthTag(tag)
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new NotUnsealed(`a sealed ${field} cannot be read with this key`, { cause })
    }
  }

  /** Equal for equal values, and for nobody without the key. */
  index(field: SealedField, text: string): Buffer {
    return createHmac('sha256', this.#search).update(`${field}\0${text}`).digest()
  }
}
