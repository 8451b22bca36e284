/** Entity tags and what they save: RFC 9110 §8.8.3, §13.1.2. What was stored never changes, so a tag made of its digest is right for ever. */
import { createHash } from 'node:crypto'
import type { InstanceRow } from '../../archive/retrieve.ts'
import type { DICOMwebContext } from './tools.ts'

/**
 * Sets the tag and says whether the asker already has it; then the answer is 304 and nothing is read. Kept by the browser only, and asked for each
 * time, so that who may no longer see a study no longer does.
 */
export function isKnown(ctx: DICOMwebContext, tag: string): boolean {
  ctx.status = 200
  ctx.set('ETag', tag)
  ctx.set('Cache-Control', 'private, no-cache')
  if (!names(ctx.get('If-None-Match'), tag)) return false
  ctx.status = 304
  return true
}

/**
 * Weak comparison (RFC 9110 §8.8.3.2). Not koa's `fresh`, which gives the whole again for `Cache-Control: no-cache`: that only forbids an answer without
 * asking us, and scripts that set If-None-Match send it without knowing.
 */
function names(header: string, tag: string): boolean {
  const opaque = (text: string) => text.trim().replace(/^W\//, '')
  return header.trim() === '*' || header.split(',').some((known) => opaque(known) === opaque(tag))
}

/** A strong tag of one representation (media type, frames, window …) of what the digest names. */
export const entityTag = (digest: Uint8Array, ...representation: (string | number)[]): string =>
  `"${createHash('sha256').update(digest).update(representation.join('\n')).digest('base64url').slice(0, 27)}"`

/** What of a representation changes with the corrections of the study: the data set, and the words in a picture. */
export const correctedAs = ({ overlay }: Pick<InstanceRow, 'overlay'>): string | number => overlay?.key ?? ''
