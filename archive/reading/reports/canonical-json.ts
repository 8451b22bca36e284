/**
 * One text for one value: JSON as RFC 8785 (JCS) canonicalises it, for hashing and signing. Keys are sorted by UTF-16 code units, no white space,
 * numbers and strings as ECMAScript writes them (which is what the RFC prescribes).
 */
import { createHash } from 'node:crypto'

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** @throws TypeError for NaN, infinities and lone surrogates, which JSON cannot carry unambiguously. */
export function canonicalJSON(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('A number that is not finite has no canonical form')
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new TypeError('A text with a lone surrogate has no canonical form')
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJSON).join(',')}]`
  const entries = Object.entries(value as Readonly<Record<string, Json>>).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return `{${entries.map(([key, item]) => `${canonicalJSON(key)}:${canonicalJSON(item)}`).join(',')}}`
}

/** Hexadecimal SHA-256 of the canonical text in UTF-8. */
export const hashOf = (canonical: string): string => createHash('sha256').update(canonical, 'utf8').digest('hex')
