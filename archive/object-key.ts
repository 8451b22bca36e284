/**
 * Keys of objects: `<institution>/<yyyy>/<mm>/<dd>/<epoch>/<uuidv7>`. Never reused, so nothing that was acknowledged is ever overwritten. Dated folders
 * let syncs be shared and prefixes be listed; institution and time come back from the key alone.
 */
import { randomBytes } from 'node:crypto'
import type { Source } from '../storage/index/records.ts'

export function newObjectKey({ institutionCode }: Pick<Source, 'institutionCode'>, epoch: number, now: Date): string {
  return `${epochPrefix(institutionCode, epoch, now)}${uuidv7(now)}`
}

/** The epoch that a key was made under. */
export function epochOf(objectKey: string): number {
  return Number(objectKey.split('/')[4])
}

/** Where an epoch writes what it receives for an institution on that day (UTC); ends in `/`. */
export function epochPrefix(institutionCode: string, epoch: number, day: Date): string {
  return `${institutionCode}/${day.toISOString().slice(0, 10).replaceAll('-', '/')}/${epoch}/`
}

/** RFC 9562 §5.7: 48 bits of milliseconds, then random ones. */
function uuidv7(now: Date): string {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(now.getTime(), 0, 6)
  bytes[6] = (bytes[6]! & 0x0f) | 0x70
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
