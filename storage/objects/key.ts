/** Object keys: `<institution>/<yyyy>/<mm>/<dd>/<epoch>/<uuidv7>`, `quarantine/…`, `journal/…`. Segments of ASCII letters, digits, `_`, `-` and inner dots. */
import { ArchiveError } from '../errors.ts'

const key = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*(\/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*$/
const longest = 512

/** Refuses what could mean another place than it says: `..`, absolute paths, empty segments, names that a disk or S3 would change. */
export function checkKey(text: string): void {
  if (text.length > longest || !key.test(text)) throw new ArchiveError(`Not an object key: ${JSON.stringify(text.slice(0, 80))}`)
}

/** A prefix is the beginning of a key; it may end within a segment or after a slash, and empty means everything. */
export function checkPrefix(text: string): void {
  if (text !== '') checkKey(text.endsWith('/') ? `${text}x` : text)
}
